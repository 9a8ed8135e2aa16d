/* Updates an element to a new version of itself and keeps every part that is the same: text that is being read or selected,
   a focused link and a loaded picture stay the elements that they were.

   patchElement(article, parsedArticle) */

const CONTAINERS = new Set(["ARTICLE", "DIV", "SECTION", "BLOCKQUOTE", "UL", "OL", "FIGURE"]);

export function patchElement(old, fresh) {
  for (const { name } of [...old.attributes]) if (!fresh.hasAttribute(name)) old.removeAttribute(name);
  for (const { name, value } of fresh.attributes) if (old.getAttribute(name) !== value) old.setAttribute(name, value);
  let next = old.firstElementChild;
  for (const part of [...fresh.children]) {
    const same = findEqual(next, part);
    if (same) {
      while (next !== same) next = removeAndStep(next);
      next = same.nextElementSibling;
    } else if (next && isSameContainer(next, part)) {
      patchElement(next, part);
      next = next.nextElementSibling;
    } else {
      old.insertBefore(part, next);
    }
  }
  while (next) next = removeAndStep(next);
}

function findEqual(from, part) {
  let element = from;
  while (element && !element.isEqualNode(part)) element = element.nextElementSibling;
  return element;
}

function removeAndStep(element) {
  const next = element.nextElementSibling;
  element.remove();
  return next;
}

const isSameContainer = (old, fresh) =>
  old.tagName === fresh.tagName && CONTAINERS.has(old.tagName) && old.classList[0] === fresh.classList[0] && !hasText(old) && !hasText(fresh);

const hasText = (element) => [...element.childNodes].some((node) => node.nodeType === Node.TEXT_NODE && node.data.trim());
