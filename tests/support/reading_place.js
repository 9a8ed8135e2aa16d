/* Measures by how much the text that is being read moves on the screen, without the page's own code.

   After each change of the page, and in each frame, it notes where every piece of text stands. The text being read is the first one that begins below the status
   bar; if its post is mostly above the bar and another post begins in the upper part of the screen, that post's text.
   What a change removes, rewrites or moves is no measure: then the nearest text that stayed is. */

window.readingPlace = { drift: 0, largestStep: 0, lost: 0, frames: 0, steps: [] };

(() => {
  const bar = document.querySelector("[data-status-bar]");
  const note = () => {
    const line = bar.getBoundingClientRect().bottom;
    const texts = new Map();
    for (const element of document.querySelectorAll(".post p, .post h2")) {
      if (element.closest(".post__time, .post__meta, .labels")) continue;
      const post = element.closest(".post");
      const rect = element.getBoundingClientRect();
      if (!rect.height) continue;
      const box = post?.getBoundingClientRect();
      texts.set(`${post?.id}: ${element.textContent}`, {
        top: rect.top, post: post?.id, place: post && post.dataset.place + ("pinned" in post.dataset), box, visible: rect.top >= line - 1 && rect.top < innerHeight,
      });
    }
    return { line, texts, y: scrollY };
  };
  const order = ({ line, texts }) => {
    const all = [...texts].map(([key, value]) => ({ key, ...value }));
    const visible = all.filter((each) => each.visible);
    let start = 0;
    const first = visible[0]?.box;
    if (first && line - first.top > first.bottom - line) {
      const next = visible.findIndex((each) => each.post !== visible[0].post);
      if (next > 0 && visible[next].top < line + (innerHeight - line) * 0.5) start = next;
    }
    const rest = all.filter((each) => !each.visible).sort((a, b) => Math.abs(a.top - line) - Math.abs(b.top - line));
    return [...visible.slice(start), ...visible.slice(0, start), ...rest];
  };
  let before = note();
  const look = () => {
    const now = note(), result = window.readingPlace;
    const kept = order(before).find(({ key, place }) => now.texts.get(key) && now.texts.get(key).place === place);
    result.frames++;
    if (kept) {
      const step = now.texts.get(kept.key).top - kept.top;
      result.drift += step;
      if (Math.abs(step) > result.largestStep) result.largestStep = Math.abs(step);
      if (Math.abs(step) > 1) result.steps.push([kept.key.slice(0, 90), step, kept.top, kept.visible, before.y, now.y]);
    } else result.lost++;
    before = now;
  };
  const lookEachFrame = () => { look(); requestAnimationFrame(lookEachFrame); };
  requestAnimationFrame(lookEachFrame);
  new MutationObserver(look).observe(document.querySelector("main"), { subtree: true, childList: true, characterData: true });
})();
