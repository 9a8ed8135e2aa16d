/* How many new posts wait: a button that brings them in, or a link to where they are.

   <p data-new hidden></p>  →  <p data-new><button type="button">3 new posts</button></p> */

import { counted } from "../coverage/texts.js";

export function counter(main, { onPress, href }) {
  const holder = main.querySelector("[data-new]");
  const control = document.createElement(href ? "a" : "button");
  if (href) control.href = href;
  else { control.type = "button"; control.addEventListener("click", onPress); }
  holder.append(control);

  function show(count) {
    if (count) control.textContent = counted("newPosts", count);
    holder.hidden = !count;
  }
  return { show };
}
