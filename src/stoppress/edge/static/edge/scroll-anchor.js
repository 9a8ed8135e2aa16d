/* Keeps the text that is being read at its place on the screen while the page around it changes.

   The anchor is a piece of text: the first line below the status bar; or, if most of its post has been scrolled past and
   the next post begins in the upper part of the screen, the beginning of that post. If the change removes or moves it,
   the nearest text that stayed takes its place. Browsers round scroll positions, so what rounding left over is carried to
   the next change: many changes add up to nothing.

   The browser's own scroll anchoring is switched off: Safari has none, and two anchors would move the page twice. */

const BLOCKS = "h1, h2, h3, h4, p, li, dt, dd, pre, td, img, figcaption, summary, legend, label";
const MINOR = ".post__time, .post__meta, .labels, figure *, .footer *";  // not what is being read, unless there is nothing else
const REGIONS = ".masthead, .page-header, .embed__header, .key-events-strip, .pager, .sidebar, .footer";
const SCOPES = "[data-post], [data-standfirst], [data-key-events]";  // what is updated as a whole
const NEXT_POST_LIMIT = 0.6;     // of the screen: how far down the next post may begin to be the one that is being read
const MAX_POSTS = 12, MAX_ANCHORS = 24;  // how many of the nearest are looked at
const QUOTE_LENGTH = 48;         // characters
const MIN_QUOTE_LENGTH = 8;
const SETTLE_DELAY = 120;        // milliseconds without scrolling or a change

let leftOver = 0, settledAt = null;     // pixels that the last restore could not scroll; void once the reader scrolls
let topPadding = 0;                     // pixels of space above the coverage, for text that the page's top would pull up
let held = null, holdTimer = 0;         // the place that a change of size restores

document.documentElement.style.overflowAnchor = "none";

/* Makes a change of the page and returns its result. */
export function keepPlace(change) {
  const anchors = findAnchors();
  const result = change();
  restore(anchors);
  return result;
}

/* Keeps the place also when the page changes its size by itself: a picture that fails, a turned screen, larger letters. */
export function holdPlace(main) {
  addEventListener("scroll", () => {
    if (scrollY <= 0 && topPadding) setPadding(main, 0, 0);
    if (scrollY !== settledAt) holdSoon();
  }, { passive: true });
  new ResizeObserver(() => { if (held) restore(held); }).observe(main);
}

function holdSoon() {
  held = null;
  clearTimeout(holdTimer);
  holdTimer = setTimeout(() => { held = findAnchors(); }, SETTLE_DELAY);
}

/* Lets the next change of size move the page: posts slide in at the top. */
export function releasePlace() {
  held = null;
  clearTimeout(holdTimer);
}

/* Returns the place as data that survives a reload; null at the top of the page. */
export function currentPlace() {
  const anchors = findAnchors()?.filter(({ scope, quote }) => scope?.dataset.post && quote).slice(0, 40);
  return anchors?.map(({ scope, quote, top }) => ({ post: scope.dataset.post, quote, top })) ?? null;
}

export function restorePlace(place) {
  restore(place.map(({ post, ...anchor }) => ({ ...anchor, scope: document.querySelector(`[data-post="${CSS.escape(post)}"]`) })));
}

/* Returns pieces of text with their places on the screen, best first; null at the top of the page. */
function findAnchors() {
  if (scrollY <= 0 && !topPadding) return null;
  const line = readingLine(), owed = scrollY === settledAt ? leftOver : 0;
  const blocks = [...nearestPosts(line), ...otherRegions()].flatMap(blocksOf).filter(({ rect }) => rect.height);
  const onScreen = blocks.filter(({ rect }) => rect.bottom > line + 1 && rect.top < innerHeight);
  const read = onScreen.filter(({ isMinor }) => !isMinor);
  const first = nextPostIfMostlyPast(read, line) ?? read[0] ?? onScreen[0] ?? blocks[0];
  if (!first) return null;
  const rank = (each) => (!onScreen.includes(each) ? 3 : each.isMinor ? 2 : each.rect.top >= first.rect.top ? 0 : 1);
  const distance = ({ rect }) => Math.abs(rect.top - line);
  blocks.sort((a, b) => rank(a) - rank(b) || distance(a) - distance(b));
  return [first, ...blocks.slice(0, MAX_ANCHORS)].map((anchor) => describe(anchor, line, owed));
}

function readingLine() {
  return document.querySelector("[data-status-bar]")?.getBoundingClientRect().bottom ?? 0;
}

function nearestPosts(line) {
  const posts = [...document.querySelectorAll("[data-post]")].map((post) => ({ post, rect: post.getBoundingClientRect() }));
  const distance = ({ rect }) => Math.max(rect.top - line, line - rect.bottom, 0);
  return posts.sort((a, b) => distance(a) - distance(b)).slice(0, MAX_POSTS).map(({ post }) => post);
}

/* Returns the parts around the posts that scroll with them. */
function otherRegions() {
  return [...document.querySelectorAll(REGIONS)].filter((region) => getComputedStyle(region).position !== "sticky");
}

function blocksOf(region) {
  return [...region.querySelectorAll(BLOCKS)].map((block) => (
    { block, scope: block.closest(SCOPES), isMinor: block.matches(MINOR), rect: block.getBoundingClientRect() }));
}

function nextPostIfMostlyPast(read, line) {
  const post = read[0]?.scope;
  const rect = post?.getBoundingClientRect();
  if (!post?.dataset.post || line - rect.top < rect.bottom - line) return null;
  const next = read.find(({ scope }) => scope !== post);
  return next && next.rect.top < line + (innerHeight - line) * NEXT_POST_LIMIT ? next : null;
}

/* Adds to a block the text by which it is found again, and its place: of its first line that is not cut by `line`. */
function describe({ block, scope, rect }, line, owed) {
  const start = (rect.top < line && rect.bottom > line && firstLine(block, line)) || firstLine(block, -Infinity);
  if (!start) return { block, scope, quote: "", top: rect.top - owed };
  const quote = start.node.data.slice(start.offset, start.offset + QUOTE_LENGTH).trimEnd();
  return { block, scope, quote, ...start, top: textTop(start.node, start.offset) - owed };
}

/* Returns the text node and offset of the first line of a block that begins below `line`; null if there is none. */
function firstLine(block, line) {
  const walker = document.createTreeWalker(block, NodeFilter.SHOW_TEXT);
  for (let node = walker.nextNode(); node; node = walker.nextNode()) {
    const last = node.data.trimEnd().length - 1;
    if (last < 0 || !(textTop(node, last) >= line)) continue;
    let low = node.data.length - node.data.trimStart().length, high = last;
    while (low < high) {
      const middle = (low + high) >> 1;
      if (textTop(node, middle) >= line) high = middle;
      else low = middle + 1;
    }
    return { node, offset: low };
  }
  return null;
}

/* Returns the place of one character; NaN if it has none, as white space between lines. */
function textTop(node, offset) {
  const range = document.createRange();
  range.setStart(node, offset);
  range.setEnd(node, offset + 1);
  return range.getClientRects()[0]?.top ?? NaN;
}

function restore(anchors) {
  if (!anchors) return;
  const main = document.querySelector("main");
  const anchor = anchors.find((each) => !Number.isNaN(presentTop(each)));
  if (!anchor) return;
  setPadding(main, 0, 0);
  const wanted = scrollY + presentTop(anchor) - anchor.top;
  const space = wanted - (document.documentElement.scrollHeight - document.documentElement.clientHeight);
  setPadding(main, Math.ceil(-wanted), Math.ceil(space));
  const target = Math.round((wanted + topPadding) * devicePixelRatio) / devicePixelRatio;
  if (Math.abs(target - scrollY) > 0.01) scrollTo({ top: target, behavior: "instant" });
  leftOver = presentTop(anchor) - anchor.top;
  settledAt = scrollY;
  holdSoon();
}

function setPadding(main, above, below) {
  topPadding = Math.max(0, above);
  main.style.paddingBlockStart = topPadding ? `${topPadding}px` : "";
  main.style.paddingBlockEnd = below > 0 ? `${below}px` : "";
}

/* Returns where the text is now; NaN if it is gone. Text of a post that was moved is gone: the post is another element. */
function presentTop({ block, scope, quote, node, offset }) {
  if (node?.isConnected && node.data.startsWith(quote, offset)) return textTop(node, offset);
  if (!node && block?.isConnected && block.getClientRects().length) return block.getBoundingClientRect().top;
  if (!scope?.isConnected || quote.length < MIN_QUOTE_LENGTH) return NaN;
  const found = findQuote(scope, quote);
  return found ? textTop(found.node, found.offset) : NaN;
}

/* Returns where the quote is; null if it is nowhere, or more than once. */
function findQuote(scope, quote) {
  let found = null;
  const walker = document.createTreeWalker(scope, NodeFilter.SHOW_TEXT);
  for (let node = walker.nextNode(); node; node = walker.nextNode()) {
    for (let offset = node.data.indexOf(quote); offset >= 0; offset = node.data.indexOf(quote, offset + 1)) {
      if (found) return null;
      found = { node, offset };
    }
  }
  return found;
}
