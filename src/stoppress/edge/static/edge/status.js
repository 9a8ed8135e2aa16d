/* The honest line: whether this page still hears from the newsroom.

   <div data-bar [data-lost]><p data-link hidden>Reconnecting… last update 20:04 GMT</p></div> */

import { text } from "../coverage/texts.js";

export function statusLine(bar, announce) {
  const line = bar.querySelector("[data-link]");
  let shown = "open";

  function show(link) {
    if (link === shown) return;
    const before = shown;
    shown = link;
    bar.toggleAttribute("data-lost", link !== "open");
    line.hidden = link === "open";
    line.textContent = link === "open" ? "" : words(link) + lastUpdate(bar);
    if (link === "open" || before === "open") announce.say(link === "open" ? text("connected") : words(link));
  }
  return { show };
}

const words = (link) => text(link === "offline" ? "offline" : "reconnecting");

function lastUpdate(bar) {
  const time = bar.querySelector("[data-last-change]");
  return time ? ` ${text("lastUpdate", { time: time.textContent })}` : "";
}
