/* The parts above the posts: headline, standfirst, state line, number of posts, key events.

   <h1 data-headline>  <div data-standfirst>  <p data-state-line>  <p data-post-count>
   <nav data-key-events-box><div data-key-events>…   <section data-key-events-box><div data-key-events>… */

import { counted, text } from "../coverage/texts.js";

export function pageHeader(main) {
  const setHtml = (selector, html) => {
    const template = document.createElement("template");
    template.innerHTML = html;
    for (const element of main.querySelectorAll(selector)) {
      if (withClosedDetails(element).innerHTML === template.innerHTML) continue;
      const wasOpen = element.querySelector("details[open]");
      element.replaceChildren(template.content.cloneNode(true));
      if (wasOpen) element.querySelector("details")?.setAttribute("open", "");
    }
  };
  const setText = (selector, text) => {
    for (const element of main.querySelectorAll(selector)) if (element.textContent !== text) element.textContent = text;
  };

  function update({ blog, key_events_html: keyEvents }) {
    main.dataset.state = blog.state;
    setText("[data-headline]", blog.headline);
    setHtml("[data-standfirst]", blog.standfirst_html);
    setHtml("[data-state-line]", blog.state_html);
    setText("[data-post-count]", blog.posts ? counted("posts", blog.posts) : text("noPosts"));
    if (keyEvents !== undefined) updateKeyEvents(keyEvents);
  }

  function updateKeyEvents(html) {
    setHtml("[data-key-events]", html);
    for (const box of main.querySelectorAll("[data-key-events-box]")) box.hidden = !html;
  }

  return { update };
}

/* Returns the element as the server sent it: a <details> that the reader opened is no difference. */
function withClosedDetails(element) {
  const copy = element.cloneNode(true);
  for (const details of copy.querySelectorAll("details[open]")) details.removeAttribute("open");
  return copy;
}
