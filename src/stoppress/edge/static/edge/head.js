/* What stands above the posts: headline, introduction, state line, number of posts, key events.

   <h1 data-headline>  <div data-standfirst>  <p data-state-line>  <p data-count>
   <details data-events-box><div data-events>…   <section data-events-box><div data-events>… */

import { counted, text } from "../coverage/texts.js";

export function head(main) {
  const put = (selector, html) => {
    const fresh = document.createElement("template");
    fresh.innerHTML = html;
    for (const place of main.querySelectorAll(selector)) {
      if (folded(place).innerHTML === fresh.innerHTML) continue;
      const open = place.querySelector("details[open]");
      place.replaceChildren(fresh.content.cloneNode(true));
      if (open) place.querySelector("details")?.setAttribute("open", "");
    }
  };
  const write = (selector, text) => {
    for (const place of main.querySelectorAll(selector)) if (place.textContent !== text) place.textContent = text;
  };

  function take({ blog, key_events_html: events }) {
    main.dataset.state = blog.state;
    write("[data-headline]", blog.headline);
    put("[data-standfirst]", blog.standfirst_html);
    put("[data-state-line]", blog.state_html);
    write("[data-count]", blog.posts ? counted("posts", blog.posts) : text("noPosts"));
    if (events !== undefined) takeEvents(events);
  }

  function takeEvents(html) {
    put("[data-events]", html);
    for (const box of main.querySelectorAll("[data-events-box]")) box.hidden = !html;
  }

  return { take };
}

/* What the newsroom sent: the fold that the reader opened is not a difference. */
function folded(place) {
  const copy = place.cloneNode(true);
  for (const fold of copy.querySelectorAll("details[open]")) fold.removeAttribute("open");
  return copy;
}
