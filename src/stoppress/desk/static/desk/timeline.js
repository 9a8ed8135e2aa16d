// Keeps the timeline up to date: on a change in the stream, after an action of one's own, and, while the stream is
// away, every few seconds. Rows that did not change are left alone, so that the focus and the scroll stay where they are.
//
//   <div id="timeline" data-timeline="/desk/live/storm-maren/timeline?shown=30" data-stream="/live/storm-maren/stream?after=…">
//     <ol class="timeline__posts"><li data-row="ID">…</li></ol></div>
import { relativeTimes } from "../coverage/relative-time.js"

const TOKEN = /name="csrfmiddlewaretoken" value="[^"]*"/g
const AGE = /(<span class="post__day"[^>]*>)[^<]*/g
const POLL = 5000
const place = document.getElementById("timeline")
let isLoading = false, again = false, poll, times

const looks = (row) => row.outerHTML.replace(TOKEN, "").replace(AGE, "$1").replace(" row--new", "")

async function refresh() {
  if (isLoading) { again = true; return }
  isLoading = true
  try {
    const answer = await fetch(place.dataset.timeline, { headers: { "X-Requested-With": "fetch" } })
    if (answer.ok) merge(await answer.text())
  } catch { /* The next change or poll tries again. */ }
  isLoading = false
  if (again) { again = false; refresh() }
}

function merge(html) {
  const fresh = new DOMParser().parseFromString(html, "text/html").querySelector(".timeline__posts")
  const list = place.querySelector(".timeline__posts")
  const standing = new Map([...list.children].map((row) => [row.dataset.row, row]))
  let before = list.firstElementChild
  for (const row of [...fresh.children]) {
    const old = standing.get(row.dataset.row)
    standing.delete(row.dataset.row)
    const now = old ? renewed(old, row) : arrived(row)
    if (old && before === old) before = now
    if (before === now) before = now.nextElementSibling
    else list.insertBefore(now, before)
  }
  standing.forEach((row) => row.remove())
  if (list.children.length) place.querySelector(".empty")?.remove()
  times.refresh()
}

function renewed(old, row) {
  if (looks(old) === looks(document.adoptNode(row))) return old
  const index = [...old.querySelectorAll("a, button")].indexOf(document.activeElement)
  old.replaceWith(row)
  globalThis.htmx?.process(row)
  if (index >= 0) row.querySelectorAll("a, button")[index]?.focus()
  return row
}

function arrived(row) {
  const mine = document.adoptNode(row)
  mine.classList.add("row--new")
  globalThis.htmx?.process(mine)
  return mine
}

function follow() {
  const stream = new EventSource(place.dataset.stream)
  const watch = (away) => { clearInterval(poll); poll = away ? setInterval(refresh, POLL) : undefined }
  for (const name of ["change", "reset"]) stream.addEventListener(name, refresh)
  stream.addEventListener("open", () => { watch(false); refresh() })
  stream.addEventListener("error", () => {
    watch(true)
    if (stream.readyState === EventSource.CLOSED) setTimeout(follow, 6 * POLL)
  })
}

if (place) {
  times = relativeTimes(place)
  document.body.addEventListener("desk-changed", refresh)
  follow()
}
