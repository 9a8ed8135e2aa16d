/* Keys for reading: j and k go to the next and the previous post, n shows new posts, c copies the link of the post that is
   being read, ? lists the keys. They do nothing while one types, and can be turned off (WCAG 2.1.4), for all live pages.

   <button type="button" data-keys-open>…</button>  <dialog data-keys>…<input type="checkbox" data-keys-on>…</dialog> */

import { text } from "../coverage/texts.js";
import { copyLink } from "./copy-link.js";
import { recall, remember } from "./stored-choice.js";

const OFF = "stoppress-keys-off";
const TYPING = "input, textarea, select, [contenteditable], dialog";
const TOLERANCE = 2;         // pixels

export function readingKeys(main, announcer) {
  const dialog = document.querySelector("[data-keys]");
  const choice = dialog.querySelector("[data-keys-on]");
  const open = () => dialog.showModal();
  const keys = { j: () => step(1), k: () => step(-1), n: showNew, c: copy, "?": open, "؟": open };

  const posts = () => [...main.querySelectorAll("[data-post]")].filter((post) => post.getClientRects().length);
  /* Returns how far a post is below the place to which it would be scrolled. */
  const distance = (post) => post.getBoundingClientRect().top - parseFloat(getComputedStyle(document.documentElement).scrollPaddingBlockStart);

  /* Returns the post that has the focus, if it is on the screen. */
  function focused() {
    const post = document.activeElement?.closest("[data-post]");
    const rect = post?.getBoundingClientRect();
    return rect && rect.bottom > 0 && rect.top < innerHeight ? post : null;
  }
  function atLine() {
    return posts().findLast((post) => distance(post) <= TOLERANCE);
  }

  function step(by) {
    const all = posts(), at = all.indexOf(focused());
    const isBeyond = (post) => by * distance(post) > TOLERANCE;
    const target = at >= 0 ? all[at + by] : by > 0 ? all.find(isBeyond) : all.findLast(isBeyond);
    if (!target) return announcer.say(text("noMorePosts"));
    target.focus({ preventScroll: true });
    target.scrollIntoView({ block: "start" });
  }
  function showNew() {
    const control = main.querySelector("[data-new-posts]:not([hidden]) > *");
    control ? control.click() : announcer.say(text("noNewPosts"));
  }
  function copy() {
    const link = (focused() ?? atLine() ?? posts()[0])?.querySelector("[data-copy-link]");
    if (link) copyLink(link, announcer);
  }

  choice.checked = !recall(OFF);
  choice.addEventListener("change", () => remember(OFF, !choice.checked));
  document.querySelector("[data-keys-open]").addEventListener("click", open);
  document.addEventListener("keydown", (event) => {
    const isTyping = event.isComposing || event.target.closest?.(TYPING);
    if (!choice.checked || isTyping || event.ctrlKey || event.metaKey || event.altKey || event.repeat && event.key === "n") return;
    const act = keys[latinKey(event)];
    if (!act) return;
    event.preventDefault();
    act();
  });
}

/* Returns the letter at the same place of a Latin keyboard, if the layout has another alphabet there. */
function latinKey({ key, code }) {
  return /^\p{Letter}$/u.test(key) && !/^[a-z]$/i.test(key) && code.startsWith("Key") ? code.slice(3).toLowerCase() : key;
}
