// Says in the bar how many are reading and how the newest post reached them; more for those who open it.
//
//   <details data-readers="/desk/live/storm-maren/readers" hidden><summary></summary><p></p></details>
const EVERY = 5000
const place = document.querySelector("[data-readers]")

async function refresh() {
  if (document.hidden) return
  try {
    const answer = await fetch(place.dataset.readers, { headers: { "X-Requested-With": "fetch" } })
    if (answer.ok) say(await answer.json())
  } catch { /* The next one tries again. */ }
}

function say({ sentence, details }) {
  place.hidden = !sentence
  put("summary", sentence)
  put("p", details ?? "")
}

function put(where, text) {
  const line = place.querySelector(where)
  if (line.textContent !== text) line.textContent = text
}

if (place) {
  refresh()
  setInterval(refresh, EVERY)
  document.addEventListener("visibilitychange", refresh)
}
