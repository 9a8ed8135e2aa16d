// Refreshes the timeline: on a change in the stream, after an action of this editor, and every few seconds while the
// stream is disconnected. Unchanged rows stay in the document, so that focus and scroll position stay where they are.
//
//   <div id="timeline" data-timeline="/desk/live/storm-maren/timeline?shown=30" data-stream="/live/storm-maren/stream?after=…">
//     <ol class="timeline__posts"><li data-row="ID">…</li></ol></div>
import { relativeTimes } from "../coverage/relative-time.js"

const TOKEN = /name="csrfmiddlewaretoken" value="[^"]*"/g
const AGE = /(<span class="post__day"[^>]*>)[^<]*/g
const POLL_MS = 5000
const timeline = document.getElementById("timeline")
let isLoading = false, loadAgain = false, poll, times

const comparable = (row) => row.outerHTML.replace(TOKEN, "").replace(AGE, "$1").replace(" row--new", "")

async function refresh() {
  if (isLoading) { loadAgain = true; return }
  isLoading = true
  try {
    const response = await fetch(timeline.dataset.timeline, { headers: { "X-Requested-With": "fetch" } })
    if (response.ok) merge(await response.text())
  } catch { /* The next change or poll tries again. */ }
  isLoading = false
  if (loadAgain) { loadAgain = false; refresh() }
}

function merge(html) {
  const fresh = new DOMParser().parseFromString(html, "text/html").querySelector(".timeline__posts")
  const list = timeline.querySelector(".timeline__posts")
  const oldRows = new Map([...list.children].map((row) => [row.dataset.row, row]))
  let position = list.firstElementChild
  for (const row of [...fresh.children]) {
    const old = oldRows.get(row.dataset.row)
    oldRows.delete(row.dataset.row)
    const merged = old ? replaceIfChanged(old, row) : adopt(row)
    if (old && position === old) position = merged
    if (position === merged) position = merged.nextElementSibling
    else list.insertBefore(merged, position)
  }
  oldRows.forEach((row) => row.remove())
  if (list.children.length) timeline.querySelector(".empty")?.remove()
  times.refresh()
}

function replaceIfChanged(old, row) {
  if (comparable(old) === comparable(document.adoptNode(row))) return old
  const index = [...old.querySelectorAll("a, button")].indexOf(document.activeElement)
  old.replaceWith(row)
  globalThis.htmx?.process(row)
  if (index >= 0) row.querySelectorAll("a, button")[index]?.focus()
  return row
}

function adopt(row) {
  const adopted = document.adoptNode(row)
  adopted.classList.add("row--new")
  globalThis.htmx?.process(adopted)
  return adopted
}

function follow() {
  const stream = new EventSource(timeline.dataset.stream)
  const setPolling = (isOn) => { clearInterval(poll); poll = isOn ? setInterval(refresh, POLL_MS) : undefined }
  for (const name of ["change", "reset"]) stream.addEventListener(name, refresh)
  stream.addEventListener("open", () => { setPolling(false); refresh() })
  stream.addEventListener("error", () => {
    setPolling(true)
    if (stream.readyState === EventSource.CLOSED) setTimeout(follow, 6 * POLL_MS)
  })
}

if (timeline) {
  times = relativeTimes(timeline)
  document.body.addEventListener("desk-changed", refresh)
  follow()
}
