/* One polite announcement per batch of changes, for those who listen to the page.

   <p role="status" data-announce></p> */

import { counted, text } from "../coverage/texts.js";
import { wait } from "./waiting-time.js";

const AFTER = 1.2;           // seconds: changes that come close together are told together

export function announcer(region) {
  const timer = wait();
  let rest = [];
  const fresh = new Map(), corrected = new Map();  // titles by post: what was withdrawn before it was told is not told

  /* The region is emptied first: the same words a second time would not be told otherwise. */
  function soon() {
    region.textContent = "";
    timer.start(AFTER, speak);
  }
  function say(sentence) {
    rest.push(sentence);
    soon();
  }
  function batch(told) {
    for (const [post, title] of told.fresh) fresh.set(post, title);
    for (const [post, title] of told.titles) if (fresh.has(post)) fresh.set(post, title);
    for (const [post, title] of told.corrected) (fresh.has(post) ? fresh : corrected).set(post, title);
    for (const post of told.withdrawn) fresh.delete(post), corrected.delete(post);
    const gone = told.withdrawn.length;
    if (gone) rest.push(counted("withdrawn", gone));
    if (told.ended) rest.push(text("ended"));
    if (fresh.size || corrected.size || rest.length) soon();
  }
  function speak() {
    const titles = [...fresh.values()];
    const news = titles.length === 1 ? [text("newPost", { title: titles[0] })] : titles.length ? [counted("newPosts", titles.length)] : [];
    const mended = [...corrected.values()].map((title) => text("correction", { title }));
    region.textContent = [...news, ...mended, ...rest].join(text("between"));
    fresh.clear();
    corrected.clear();
    rest = [];
  }
  return { say, batch };
}
