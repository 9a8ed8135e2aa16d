/* One polite announcement per batch of changes, for screen readers.

   <p role="status" data-announce></p> */

import { counted, text } from "../coverage/texts.js";
import { createTimer } from "./timer.js";

const DELAY_SECONDS = 1.2;   // changes that arrive close together share one announcement
const MAX_DELAY_SECONDS = 5; // however fast they come

export function createAnnouncer(region) {
  const timer = createTimer();
  let sentences = [], oldestAt = 0;
  const newTitles = new Map(), correctedTitles = new Map();  // by post: a withdrawal removes what was not announced yet

  /* The region is emptied first: a screen reader would not announce the same words a second time. */
  function schedule() {
    region.textContent = "";
    if (!timer.running) oldestAt = performance.now();
    const secondsLeft = MAX_DELAY_SECONDS - (performance.now() - oldestAt) / 1000;
    timer.start(Math.max(0, Math.min(DELAY_SECONDS, secondsLeft)), announce);
  }
  function say(sentence) {
    sentences.push(sentence);
    schedule();
  }
  function addBatch(batch) {
    for (const [post, title] of batch.added) newTitles.set(post, title);
    for (const [post, title] of batch.titles) if (newTitles.has(post)) newTitles.set(post, title);
    for (const [post, title] of batch.corrected) (newTitles.has(post) ? newTitles : correctedTitles).set(post, title);
    for (const post of batch.withdrawn) newTitles.delete(post), correctedTitles.delete(post);
    const withdrawnCount = batch.withdrawn.length;
    if (withdrawnCount) sentences.push(counted("withdrawn", withdrawnCount));
    if (batch.ended) sentences.push(text("ended"));
    if (newTitles.size || correctedTitles.size || sentences.length) schedule();
  }
  function announce() {
    const titles = [...newTitles.values()];
    const news = titles.length === 1 ? [text("newPost", { title: titles[0] })] : titles.length ? [counted("newPosts", titles.length)] : [];
    const corrections = [...correctedTitles.values()].map((title) => text("correction", { title }));
    region.textContent = [...news, ...corrections, ...sentences].join(text("between"));
    newTitles.clear();
    correctedTitles.clear();
    sentences = [];
  }
  return { say, addBatch };
}
