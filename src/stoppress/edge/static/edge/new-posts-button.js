/* The number of new posts that wait: a button that inserts them, or a link to the page that has them. `words` is the name
   of its sentence.

   <p data-new-posts hidden></p>  →  <p data-new-posts><button type="button">3 new posts</button></p> */

import { counted } from "../coverage/texts.js";

export function newPostsButton(main, { onPress, href, words = "newPosts" }) {
  const container = main.querySelector("[data-new-posts]");
  const control = document.createElement(href ? "a" : "button");
  if (href) control.href = href;
  else { control.type = "button"; control.addEventListener("click", onPress); }
  container.append(control);

  function showCount(count) {
    if (count) control.textContent = counted(words, count);
    container.hidden = !count;
  }
  return { showCount };
}
