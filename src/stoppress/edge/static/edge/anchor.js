/* Never move the reader: whatever changes, the post that is being read stays where it is on the screen.
   Browsers' own scroll anchoring is switched off, because Safari has none and two anchors would pull twice. */

document.documentElement.style.overflowAnchor = "none";

export function keepPlace(change) {
  const held = placeHeld();
  const result = change();
  if (held) hold(held);
  return result;
}

/* The post at the top of the screen and how far down it is; nothing as long as the reader is above the posts. */
export function placeHeld() {
  if (scrollY <= 0) return null;
  const line = document.querySelector("[data-bar]")?.getBoundingClientRect().bottom ?? 0;
  const post = [...document.querySelectorAll("[data-post]")].find((each) => each.getBoundingClientRect().bottom > line);
  return post ? { id: post.dataset.post, top: post.getBoundingClientRect().top } : null;
}

export function hold({ id, top }) {
  const post = document.querySelector(`[data-post="${CSS.escape(id)}"]`);
  if (post) scrollBy({ top: post.getBoundingClientRect().top - top, behavior: "instant" });
}
