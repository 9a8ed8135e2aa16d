/* "Link to this post" copies the address; without a clipboard it is an ordinary link.

   <a href="/live/storm-maren/posts/UUID" data-copy-link>Link to this post</a> */

import { text } from "../coverage/texts.js";

export function copyLinks(root, announce) {
  root.addEventListener("click", async (event) => {
    const link = event.target.closest("[data-copy-link]");
    const plain = !event.ctrlKey && !event.metaKey && !event.shiftKey && !event.altKey;
    if (!link || !plain || !navigator.clipboard) return;
    event.preventDefault();
    try {
      await navigator.clipboard.writeText(address(link));
      said(link, announce);
    } catch {
      location.href = link.href;
    }
  });
}

/* The public address, also where the page was opened under another name. */
function address(link) {
  const canonical = document.querySelector("link[rel=canonical]")?.href ?? location.href;
  return new URL(link.getAttribute("href"), canonical).href;
}

const SAID = text("copied");

function said(link, announce) {
  announce.say(SAID);
  const before = link.textContent;
  if (before === SAID) return;
  link.textContent = SAID;
  setTimeout(() => { link.textContent = before; }, 2000);
}
