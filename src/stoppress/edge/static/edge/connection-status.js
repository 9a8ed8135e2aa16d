/* The line that shows whether this page still receives changes.

   <div data-status-bar [data-disconnected]><p data-connection hidden>Reconnecting… last update 20:04 GMT</p></div> */

import { text } from "../coverage/texts.js";

export function connectionStatus(bar, announcer) {
  const line = bar.querySelector("[data-connection]");
  let shown = "open";

  function show(connection) {
    if (connection === shown) return;
    const previous = shown;
    shown = connection;
    const isOpen = connection === "open";
    bar.toggleAttribute("data-disconnected", !isOpen);
    line.hidden = isOpen;
    line.textContent = isOpen ? "" : description(connection) + lastUpdate(bar);
    if (isOpen || previous === "open") announcer.say(isOpen ? text("connected") : description(connection));
  }
  return { show };
}

const description = (connection) => text(connection === "offline" ? "offline" : "reconnecting");

function lastUpdate(bar) {
  const time = bar.querySelector("[data-last-change]");
  return time ? ` ${text("lastUpdate", { time: time.textContent })}` : "";
}
