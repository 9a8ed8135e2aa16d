/* Choices of the reader that this browser remembers, for all live pages. Storage may be closed: in a sandboxed frame, or if
   the reader blocks it. Then the choice lasts as long as the page. */

export function recall(key) {
  try {
    return localStorage.getItem(key) === "yes";
  } catch {
    return false;
  }
}

export function remember(key, isChosen) {
  try {
    if (isChosen) localStorage.setItem(key, "yes");
    else localStorage.removeItem(key);
  } catch { /* see above */ }
}
