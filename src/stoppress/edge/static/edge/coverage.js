/* Puts changes on the page: edits, corrections and tombstones in place and at once; new posts at the top if the reader
   is there, else behind a counted button. On older pages and on a post's own page new posts are only counted. */

import { keepPlace } from "./anchor.js";
import { counter } from "./counter.js";
import { head } from "./head.js";
import { atTop, postsOn } from "./posts.js";
import { pageTitle } from "./title.js";

export function coverage(main, { announce, times }) {
  const newest = main.dataset.page === "newest";
  const posts = postsOn(main);
  const above = head(main);
  const title = pageTitle(main);
  const waiting = new Map();
  const elsewhere = new Set();
  const button = counter(main, newest ? { onPress: () => bringIn(true) } : { href: `/live/${main.dataset.slug}` });
  const unseen = new Set();

  function take(changes) {
    const told = { fresh: new Map(), corrected: new Map(), withdrawn: [], titles: new Map(), ended: false };
    keepPlace(() => changes.forEach((change) => takeOne(change, told)));
    if (waiting.size && (atTop(main) || !counted())) bringIn(false);
    times.refresh();
    show();
    announce.batch(told);
  }

  function takeOne(change, told) {
    told.ended ||= change.blog.state === "ended" && main.dataset.state !== "ended";
    above.take(change);
    if (change.post) takePost(change, told);
    if (!change.post || change.kind === "published") return;
    told.titles.set(change.post, change.title);
    if (change.withdrawn) unseen.delete(change.post);
    forgetPast(change);
  }

  function takePost(change, told) {
    const known = posts.find(change.post);
    if (known) {
      if (change.kind === "corrected") told.corrected.set(change.post, change.title);
      if (change.kind === "withdrawn") told.withdrawn.push(change.post);
      posts.replace(known, change, { move: newest });
    } else if (waiting.has(change.post)) {
      if (change.kind === "corrected") told.corrected.set(change.post, change.title);
      if (change.kind === "withdrawn") told.withdrawn.push(change.post);
      waiting.set(change.post, change);
    } else if (newest && posts.belongs(change)) {
      if (change.kind === "moved") return void posts.insert(change);
      if (!change.withdrawn) told.fresh.set(change.post, change.title);
      waiting.set(change.post, change);
    } else if (elsewhere.has(change.post)) {
      if (change.withdrawn && elsewhere.delete(change.post)) told.withdrawn.push(change.post);
      else if (change.kind === "corrected") told.corrected.set(change.post, change.title);
    } else if (!newest && change.kind === "published" && !change.withdrawn) {
      told.fresh.set(change.post, change.title);
      elsewhere.add(change.post);
    }
  }

  /* Puts the waiting posts in. `asked`: the reader pressed the button and is taken to the first of them. */
  function bringIn(asked) {
    const changes = [...waiting.values()];
    const calm = atTop(main);
    const insert = () => changes.map((change) => posts.insert(change, { gently: calm && !asked }));
    waiting.clear();
    if (document.hidden) for (const change of changes) if (!change.withdrawn) unseen.add(change.post);
    const articles = calm || asked ? insert() : keepPlace(insert);
    times.refresh();
    show();
    if (asked) posts.goTo(articles);
  }

  function counted() {
    return [...waiting.values()].filter((change) => !change.withdrawn).length;
  }

  function show() {
    const count = newest ? counted() : elsewhere.size;
    button.show(count);
    title.show(count + unseen.size);
  }

  /* What the page says of its posts to machines is of the past now. */
  function forgetPast(change) {
    document.querySelector("script[type='application/ld+json']")?.remove();
    if (change.withdrawn) forget("meta[property^='og:image']");
    if (main.dataset.page !== "single" || !posts.find(change.post)) return;
    forget("meta[name='description'], meta[property='og:title'], meta[property='og:description']");
    title.rename(change.title);
  }

  function forget(selector) {
    for (const found of document.head.querySelectorAll(selector)) found.remove();
  }

  document.addEventListener("visibilitychange", () => {
    if (!document.hidden) { unseen.clear(); show(); }
  });
  addEventListener("scroll", () => { if (waiting.size && scrollY <= 0 && atTop(main)) bringIn(false); }, { passive: true });
  return { take };
}
