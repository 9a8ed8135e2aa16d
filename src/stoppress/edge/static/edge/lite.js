/* Keeps the light page up to date by polling. Pictures of changed posts stay links.

   <main data-slug="storm-maren" data-cursor="5f2c-34" data-state="live" data-page="newest"> */

import { counted, text } from "../coverage/texts.js";
import { fetchChanges } from "./fetch-changes.js";
import { postList } from "./post-list.js";
import { keepPlace } from "./scroll-anchor.js";
import { withJitter } from "./timer.js";

// seconds between polls
const LIVE_WAIT = 15;
const HIDDEN_WAIT = 60;
const ENDED_WAIT = 120;

const main = document.querySelector("main");
const posts = postList(main);
const waiting = new Map();   // changes of new posts behind the button, by post
const line = main.querySelector("[data-new-posts]");
const button = document.createElement("button");
let { cursor } = main.dataset, timer = 0;

async function poll() {
  let seconds = LIVE_WAIT;
  try {
    const answer = await fetchChanges(main.dataset.slug, cursor);
    if (answer.reset) return location.reload();
    cursor = answer.cursor;
    keepPlace(() => answer.changes.forEach(apply));
    if (scrollY <= 0) insertWaiting();
    showCount();
    seconds = answer.more ? 0 : Math.max(LIVE_WAIT, answer.wait);
  } catch { /* the next poll may get through */ }
  const minimum = main.dataset.state === "ended" ? ENDED_WAIT : document.hidden ? HIDDEN_WAIT : 0;
  timer = setTimeout(poll, withJitter(Math.max(seconds, minimum)) * 1000);
}

function apply(change) {
  main.dataset.state = change.blog.state;
  main.querySelector("[data-state-line]").replaceChildren(parse(change.blog.state_html));
  if (!change.post) return;
  const light = { ...change, html: withoutPictures(change.html) };
  const shown = posts.find(change.post);
  if (shown) posts.replace(shown, light, { move: true });
  else if (waiting.has(change.post) || posts.belongs(change)) waiting.set(change.post, light);
}

function insertWaiting() {
  const articles = [...waiting.values()].map((change) => posts.insert(change));
  waiting.clear();
  showCount();
  return articles;
}

function showCount() {
  const count = [...waiting.values()].filter((change) => !change.withdrawn).length;
  line.hidden = !count;
  button.textContent = count ? counted("newPosts", count) : "";
}

function withoutPictures(html) {
  const content = parse(html);
  for (const picture of content.querySelectorAll("figure img")) {
    const link = document.createElement("a");
    link.href = picture.getAttribute("srcset").split(" ")[0];
    link.rel = "noopener";
    link.textContent = text("picture", { alt: picture.alt });
    picture.replaceWith(link);
  }
  const box = document.createElement("div");
  box.append(content);
  return box.innerHTML;
}

/* Returns parsed HTML whose pictures are not loaded. */
function parse(html) {
  const template = document.createElement("template");
  template.innerHTML = html;
  return template.content;
}

button.type = "button";
button.addEventListener("click", () => posts.scrollToFirst(insertWaiting()));
line.append(button);
document.addEventListener("visibilitychange", () => {
  if (document.hidden) return;
  clearTimeout(timer);
  poll();
});
timer = setTimeout(poll, withJitter(LIVE_WAIT) * 1000);
