// Says in the bar how many are reading and how the newest post reached them.
//
//   <span class="bar__reading" data-readers="/desk/live/storm-maren/readers"></span>
const EVERY = 5000
const place = document.querySelector("[data-readers]")

async function refresh() {
  if (document.hidden) return
  try {
    const answer = await fetch(place.dataset.readers, { headers: { "X-Requested-With": "fetch" } })
    if (answer.ok) say((await answer.json()).sentence)
  } catch { /* The next one tries again. */ }
}

function say(sentence) {
  if (place.textContent !== sentence) place.textContent = sentence
}

if (place) {
  refresh()
  setInterval(refresh, EVERY)
  document.addEventListener("visibilitychange", refresh)
}
