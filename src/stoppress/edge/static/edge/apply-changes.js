/* Applies changes to the page: edits, corrections and tombstones in place and at once; new posts at the top if the reader
   is there, else behind a button with their number. From the start, new posts belong at the end, where they move nothing.
   Pages that do not reach the newest post only count new posts. */

import { newPostsButton } from "./new-posts-button.js";
import { pauseButton } from "./pause-button.js";
import { pageHeader } from "./page-header.js";
import { pageTitle } from "./page-title.js";
import { postList } from "./post-list.js";
import { keepPlace, releasePlace } from "./scroll-anchor.js";

export function coveragePage(main, { announcer, times }) {
  const posts = postList(main);
  const { takesNew } = posts;
  const header = pageHeader(main);
  const title = pageTitle(main);
  const button = newPostsButton(main, takesNew ? { onPress: () => insertWaiting(true), words: posts.fromStart ? "newPostsAtEnd" : "newPosts" } : { href: `/live/${main.dataset.slug}` });
  const pause = pauseButton(main, { onResume });
  const waiting = new Map();     // changes of posts behind the button, by post
  const elsewhere = new Set();   // new posts that belong on the newest page, while another page is shown
  const unseen = new Set();      // posts inserted while the tab was hidden

  function apply(changes) {
    const batch = { added: new Map(), corrected: new Map(), withdrawn: [], titles: new Map(), ended: false };
    keepPlace(() => {
      changes.forEach((change) => applyOne(change, batch));
      times.refresh();
    });
    insertIfAllowed();
    showCounts();
    announcer.addBatch(batch);
  }

  function applyOne(change, batch) {
    batch.ended ||= change.blog.state === "ended" && main.dataset.state !== "ended";
    header.update(change);
    if (change.post) applyToPost(change, batch);
    if (!change.post || change.kind === "published") return;
    batch.titles.set(change.post, change.title);
    if (change.withdrawn) unseen.delete(change.post);
    removeOutdatedMetadata(change);
  }

  function applyToPost(change, batch) {
    const shown = posts.find(change.post);
    if (shown) {
      if (change.kind === "corrected") batch.corrected.set(change.post, change.title);
      if (change.kind === "withdrawn") batch.withdrawn.push(change.post);
      posts.replace(shown, change, { move: takesNew && !pause.isPaused });
    } else if (waiting.has(change.post)) {
      if (change.kind === "corrected") batch.corrected.set(change.post, change.title);
      if (change.kind === "withdrawn") batch.withdrawn.push(change.post);
      waiting.set(change.post, change);
    } else if (takesNew && posts.belongs(change)) {
      if (change.kind === "moved" && !pause.isPaused) return void posts.insert(change);
      if (!change.withdrawn) batch.added.set(change.post, change.title);
      waiting.set(change.post, change);
    } else if (elsewhere.has(change.post)) {
      if (change.withdrawn && elsewhere.delete(change.post)) batch.withdrawn.push(change.post);
      else if (change.kind === "corrected") batch.corrected.set(change.post, change.title);
    } else if (!takesNew && change.kind === "published" && !change.withdrawn) {
      batch.added.set(change.post, change.title);
      elsewhere.add(change.post);
    }
  }

  /* Inserts the waiting posts if the reader is where they appear, or if all of them were withdrawn meanwhile. */
  function insertIfAllowed() {
    if (waiting.size && !pause.isPaused && (posts.isAtEdge() || !countWaiting())) insertWaiting(false);
  }

  function onResume() {
    keepPlace(posts.sort);
    insertIfAllowed();
  }

  /* Inserts the waiting posts. `pressed`: the reader pressed the button, and the page scrolls to the first of them. */
  function insertWaiting(pressed) {
    const changes = [...waiting.values()];
    const atEdge = posts.isAtEdge();
    const insert = () => {
      const inserted = changes.map((change) => posts.insert(change, { animate: atEdge && !pressed }));
      times.refresh();
      return inserted;
    };
    waiting.clear();
    if (document.hidden) for (const change of changes) if (!change.withdrawn) unseen.add(change.post);
    if (atEdge || pressed) releasePlace();
    const articles = atEdge || pressed ? insert() : keepPlace(insert);
    showCounts();
    if (pressed) posts.scrollToFirst(articles);
  }

  function countWaiting() {
    return [...waiting.values()].filter((change) => !change.withdrawn).length;
  }

  function showCounts() {
    const count = takesNew ? countWaiting() : elsewhere.size;
    button.showCount(count);
    title.showCount(count + unseen.size);
  }

  /* Removes structured data and link previews that describe the post as it was before the change. */
  function removeOutdatedMetadata(change) {
    document.querySelector("script[type='application/ld+json']")?.remove();
    if (change.withdrawn) removeFromHead("meta[property^='og:image']");
    if (main.dataset.page !== "post" || !posts.isFirst(change.post)) return;
    removeFromHead("meta[name='description'], meta[property='og:title'], meta[property='og:description']");
    title.rename(change.title);
  }

  function removeFromHead(selector) {
    for (const element of document.head.querySelectorAll(selector)) element.remove();
  }

  document.addEventListener("visibilitychange", () => {
    if (!document.hidden) { unseen.clear(); showCounts(); }
  });
  addEventListener("scroll", () => { if (scrollY <= 0 || posts.fromStart) insertIfAllowed(); }, { passive: true });
  return { apply };
}
