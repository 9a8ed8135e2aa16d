/* The posts of a page and their order: pinned first, then by place, highest first (coverage/public_state.py does the same).

   <section data-posts><article data-post="UUID" data-place="42" [data-pinned]>…</article>…</section> */

const SOFTLY = { duration: 260, easing: "ease-out" };

export function postsOn(main) {
  const list = main.querySelector("[data-posts]");
  const all = () => [...list.querySelectorAll(":scope > [data-post]")];
  const find = (id) => list.querySelector(`:scope > [data-post="${CSS.escape(id)}"]`);

  /* Whether a post that is not here should be: above the oldest one, or anywhere if no page follows. */
  function belongs(change) {
    if (change.pinned || !main.querySelector(".pager a[rel=next]")) return true;
    const places = all().filter((post) => !isPinned(post)).map(place);
    return !places.length || change.place > Math.min(...places);
  }

  function insert(change, { gently = false } = {}) {
    main.querySelector("[data-none]")?.remove();
    const article = build(change.html);
    put(article);
    if (gently) reveal(article);
    return article;
  }

  function put(article) {
    list.insertBefore(article, all().find((other) => other !== article && standsBelow(other, article)) ?? null);
  }

  function replace(old, change, { move }) {
    const article = build(change.html);
    const focus = focusWithin(old);
    keepPictures(old, article);
    const moved = isPinned(old) !== isPinned(article) || place(old) !== place(article);
    old.replaceWith(article);
    if (move && moved) {
      article.remove();
      if (belongs(change)) put(article);
    }
    focus?.(article);
  }

  function goTo(articles) {
    const first = all().find((post) => articles.includes(post));
    if (!first) return;
    first.focus({ preventScroll: true });
    first.scrollIntoView({ behavior: calm() ? "auto" : "smooth", block: "start" });
  }

  return { find, belongs, insert, replace, goTo };
}

/* Whether the reader is at the top of the posts, with nothing focused or selected there that would be pushed away. */
export function atTop(main) {
  const list = main.querySelector("[data-posts]");
  const line = main.querySelector("[data-bar]").getBoundingClientRect().bottom;
  const busy = list.contains(document.activeElement) || (!getSelection().isCollapsed && list.contains(getSelection().anchorNode));
  return !busy && list.getBoundingClientRect().top >= line - 8;
}

function build(html) {
  const template = document.createElement("template");
  template.innerHTML = html;
  return template.content.querySelector("article");
}

const place = (post) => Number(post.dataset.place);
const isPinned = (post) => "pinned" in post.dataset;
const standsBelow = (other, post) =>
  isPinned(other) === isPinned(post) ? place(other) < place(post) : isPinned(post);

/* If the focus is inside `old`, a function that puts it to the same link of what replaces it, or to the post. */
function focusWithin(old) {
  const active = document.activeElement;
  if (!old.contains(active)) return null;
  const links = (post) => [...post.querySelectorAll("a, button")].filter((link) => link.getAttribute("href") === active.getAttribute("href"));
  const number = links(old).indexOf(active);
  return (article) => (links(article)[number] ?? article).focus({ preventScroll: true });
}

/* A picture that stays the same is not loaded anew. */
function keepPictures(old, article) {
  for (const picture of article.querySelectorAll("img")) {
    const same = [...old.querySelectorAll("img")].find((other) => other.isEqualNode(picture));
    if (same) picture.replaceWith(same);
  }
}

function reveal(article) {
  if (calm() || document.hidden) return;
  const height = `${article.offsetHeight}px`;
  const from = { height: 0, paddingBlock: 0, opacity: 0, overflow: "clip" };
  article.animate([from, { height, opacity: 1, overflow: "clip" }], SOFTLY);
}

function calm() {
  return matchMedia("(prefers-reduced-motion: reduce)").matches;
}
