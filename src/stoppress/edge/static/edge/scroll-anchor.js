/* Keeps the post that is being read at its place on the screen while the page around it changes.
   The browser's own scroll anchoring is switched off: Safari has none, and two anchors would move the page twice. */

document.documentElement.style.overflowAnchor = "none";

export function keepPlace(change) {
  const place = currentPlace();
  const result = change();
  if (place) restorePlace(place);
  return result;
}

/* Returns the post at the top of the screen and its offset; null while the reader is above the posts. */
export function currentPlace() {
  if (scrollY <= 0) return null;
  const line = document.querySelector("[data-status-bar]")?.getBoundingClientRect().bottom ?? 0;
  const post = [...document.querySelectorAll("[data-post]")].find((each) => each.getBoundingClientRect().bottom > line);
  return post ? { id: post.dataset.post, top: post.getBoundingClientRect().top } : null;
}

export function restorePlace({ id, top }) {
  const post = document.querySelector(`[data-post="${CSS.escape(id)}"]`);
  if (post) scrollBy({ top: post.getBoundingClientRect().top - top, behavior: "instant" });
}
