// Shows in the bar how many people are reading and how fast the newest post reached them; details on demand.
//
//   <details data-readers="/desk/live/storm-maren/readers" hidden><summary></summary><p></p></details>
const POLL_MS = 5000
const element = document.querySelector("[data-readers]")

async function refresh() {
  if (document.hidden) return
  try {
    const response = await fetch(element.dataset.readers, { headers: { "X-Requested-With": "fetch" } })
    if (response.ok) show(await response.json())
  } catch { /* The next poll tries again. */ }
}

function show({ summary, details }) {
  element.hidden = !summary
  setText("summary", summary)
  setText("p", details ?? "")
}

function setText(selector, content) {
  const target = element.querySelector(selector)
  if (target.textContent !== content) target.textContent = content
}

if (element) {
  refresh()
  setInterval(refresh, POLL_MS)
  document.addEventListener("visibilitychange", refresh)
}
