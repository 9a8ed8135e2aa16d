/* One polite announcement per batch of changes, for those who listen to the page.

   <p role="status" data-announce></p> */

import { wait } from "./waiting-time.js";

const AFTER = 1.2;           // seconds: changes that come close together are told together

export function announcer(region) {
  const timer = wait();
  let fresh = [], rest = [];

  /* The region is emptied first: the same words a second time would not be told otherwise. */
  function soon() {
    region.textContent = "";
    timer.start(AFTER, speak);
  }
  function say(text) {
    rest.push(text);
    soon();
  }
  function batch(told) {
    fresh.push(...told.fresh);
    rest.push(...told.corrected.map((title) => `Correction: ${title}`));
    if (told.withdrawn) rest.push(told.withdrawn === 1 ? "A post was withdrawn" : `${told.withdrawn} posts were withdrawn`);
    if (told.ended) rest.push("Coverage has ended");
    if (fresh.length || rest.length) soon();
  }
  function speak() {
    const news = fresh.length === 1 ? [`New post: ${fresh[0]}`] : fresh.length ? [`${fresh.length} new posts`] : [];
    region.textContent = [...news, ...rest].join(". ");
    fresh = [];
    rest = [];
  }
  return { say, batch };
}
