/* The posts of a page in their order: pinned first, then by position, highest first (as in coverage/public_state.py); or
   from the start, by position alone, lowest first.

   <section data-posts><article data-post="UUID" data-place="42" [data-pinned]>…</article>…</section> */

import { patchElement } from "./patch-element.js";

const REVEAL = { duration: 260, easing: "ease-out" };

export function postList(main) {
  const list = main.querySelector("[data-posts]");
  const all = () => [...list.querySelectorAll(":scope > [data-post]")];
  const fromStart = ["start", "later"].includes(main.dataset.page);
  const hasNextPage = () => Boolean(main.querySelector(".pager a[rel~=next]"));
  const takesNew = main.dataset.page === "newest" || (fromStart && !hasNextPage());
  const isBelow = (other, post) => (fromStart ? position(other) > position(post) : isBelowNewest(other, post));
  const find = (id) => main.querySelector(`[data-post="${CSS.escape(id)}"]`);

  /* Returns true if a post belongs on this page: above the oldest one, or anywhere if no page is beyond that one. */
  function belongs(change) {
    if (fromStart ? main.dataset.page === "start" : change.pinned || !hasNextPage()) return true;
    const positions = all().filter((post) => fromStart || !isPinned(post)).map(position);
    return !positions.length || change.place > Math.min(...positions);
  }

  function insert(change, { animate = false } = {}) {
    main.querySelector("[data-no-posts]")?.remove();
    const article = parse(change.html);
    place(article);
    if (animate) reveal(article);
    return article;
  }

  function place(article) {
    list.insertBefore(article, all().find((other) => other !== article && isBelow(other, article)) ?? null);
  }

  /* Puts every post at its place: while the reader pauses, posts stay where they are. */
  function sort() {
    const sorted = all().sort((a, b) => (isBelow(a, b) ? 1 : -1));
    sorted.forEach((post, index) => { if (all()[index] !== post) list.insertBefore(post, all()[index]); });
  }

  function replace(old, change, { move }) {
    const article = parse(change.html);
    const restoreFocus = saveFocus(old);
    const moved = isPinned(old) !== isPinned(article) || position(old) !== position(article);
    if (!move || !moved) {
      patchElement(old, article);
      restoreFocus?.(old);
      return;
    }
    keepPictures(old, article);
    old.remove();
    if (belongs(change)) place(article);
    restoreFocus?.(article);
  }

  function scrollToFirst(articles) {
    const first = all().find((post) => articles.includes(post));
    if (!first) return;
    first.focus({ preventScroll: true });
    first.scrollIntoView({ behavior: prefersReducedMotion() ? "auto" : "smooth", block: "start" });
  }

  const isFirst = (id) => all()[0]?.dataset.post === id;

  /* Returns true if new posts appear where the reader is. */
  const isAtEdge = () => (fromStart ? list.getBoundingClientRect().bottom <= innerHeight : isAtTop(main));

  return { fromStart, takesNew, isAtEdge, isFirst, find, belongs, insert, replace, sort, scrollToFirst };
}

/* Returns true if the reader is at the top of the posts, and an insertion would move nothing focused or selected. */
function isAtTop(main) {
  const list = main.querySelector("[data-posts]");
  const line = main.querySelector("[data-status-bar]").getBoundingClientRect().bottom;
  const isBusy = list.contains(document.activeElement) || (!getSelection().isCollapsed && list.contains(getSelection().anchorNode));
  return !isBusy && list.getBoundingClientRect().top >= line - 8;
}

function parse(html) {
  const template = document.createElement("template");
  template.innerHTML = html;
  return template.content.querySelector("article");
}

const position = (post) => Number(post.dataset.place);
const isPinned = (post) => "pinned" in post.dataset;
const isBelowNewest = (other, post) =>
  isPinned(other) === isPinned(post) ? position(other) < position(post) : isPinned(post);

/* Returns, if the focus is inside `old`, a function that moves it to the same link of the new article, or to the article.
   It does nothing if the focused element stayed. */
function saveFocus(old) {
  const active = document.activeElement;
  if (!old.contains(active)) return null;
  const links = (post) => [...post.querySelectorAll("a, button")].filter((link) => link.getAttribute("href") === active.getAttribute("href"));
  const index = links(old).indexOf(active);
  return (article) => {
    if (document.activeElement !== active) (links(article)[index] ?? article).focus({ preventScroll: true });
  };
}

/* Moves unchanged pictures to the new article, so that the browser does not load them again. */
function keepPictures(old, article) {
  for (const picture of article.querySelectorAll("img")) {
    const same = [...old.querySelectorAll("img")].find((other) => other.isEqualNode(picture));
    if (same) picture.replaceWith(same);
  }
}

function reveal(article) {
  if (prefersReducedMotion() || document.hidden) return;
  const height = `${article.offsetHeight}px`;
  const from = { height: 0, paddingBlock: 0, opacity: 0, overflow: "clip" };
  article.animate([from, { height, opacity: 1, overflow: "clip" }], REVEAL);
}

function prefersReducedMotion() {
  return matchMedia("(prefers-reduced-motion: reduce)").matches;
}
