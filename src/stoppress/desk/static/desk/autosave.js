// Keeps what is typed: on the server a moment after the last key, in this browser at once. Says which, and how long ago.
//
//   <form data-composer="storm-maren" data-keep="/desk/live/storm-maren/drafts" data-saved-at="2026-03-08T20:04:11Z">
//     … <p data-kept></p>
//   </form>
import { forget, remember, remembered } from "./local_copies.js"

const PAUSE = 700, AGAIN = 5000
const isOut = (entry) => !entry.post && document.getElementById(`post-${entry.id}`)

function keep(form) {
  const line = form.querySelector("[data-kept]")
  let timer, request, keptAt = Date.parse(form.dataset.savedAt ?? "") || null, leaving = false

  const say = (text, trouble = false) => { // Trouble is announced at once; the ticking of "4 s ago" is not announced at all.
    trouble ? line.setAttribute("role", "alert") : line.removeAttribute("role")
    line.toggleAttribute("data-trouble", trouble)
    if (line.textContent !== text) line.textContent = text
  }
  const tell = () => { if (keptAt && !line.hasAttribute("data-trouble")) say(`Kept ${ago(Date.now() - keptAt)}`) }

  async function send() {
    request?.abort()
    request = new AbortController()
    try {
      const body = new FormData(form)
      body.delete("picture_file")
      const answer = await fetch(form.dataset.keep, { method: "POST", body, headers: { "X-Requested-With": "fetch" }, signal: request.signal })
      if (answer.status === 401 || answer.status === 403) return say("You have been logged out. This browser keeps what you type: reload and log in.", true)
      if (answer.status === 409) return say("Not kept on the server: this form belongs to another text. This browser keeps what you type: copy it into a new post.", true)
      if (!answer.ok) throw new Error(String(answer.status))
      keptAt = (await answer.json()).saved_at ? Date.now() : null
      line.removeAttribute("data-trouble")
      keptAt ? tell() : say("")
    } catch (error) {
      if (error.name === "AbortError" || leaving) return
      say("No connection. This browser keeps what you type and tries again.", true)
      timer = setTimeout(send, AGAIN)
    }
  }

  form.addEventListener("input", (event) => {
    if (event.target.form !== form || event.target.type === "file") return
    remember(form, Date.now())
    clearTimeout(timer)
    timer = setTimeout(send, PAUSE)
  })
  form.addEventListener("submit", (event) => {
    if (event.submitter?.hasAttribute("data-preview")) return
    leaving = true
    clearTimeout(timer)
    request?.abort()
    remember(form, Date.now())
  })
  window.addEventListener("pageshow", (event) => { if (event.persisted) leaving = false })
  window.addEventListener("online", () => { if (line.hasAttribute("data-trouble")) send() })
  setInterval(tell, 1000)
  tell()
  if (restore(form, keptAt)) send()
}

// What this browser kept and the server does not know comes back; what has been published is forgotten.
function restore(form, keptAt) {
  const entries = remembered(form.dataset.composer)
  entries.filter(isOut).forEach((entry) => forget(entry.id))
  entries.filter((entry) => entry.post && overtaken(entry)).forEach((entry) => forget(entry.id))
  const post = form.elements.post?.value ?? "", blank = !form.elements.headline.value && !form.elements.body.value
  const mine = entries.find((entry) => !isOut(entry) && entry.post === post && (entry.id === form.elements.id.value || (blank && !keptAt) || post))
  if (!mine || mine.at <= (keptAt ?? 0) + 1500 || form.querySelector("[aria-invalid]") || location.search.includes("draft=new")) return false
  if (post && field(mine, "based_on") !== form.elements.based_on.value) return false
  for (const [name, value] of mine.fields) fill(form, name, value)
  for (const box of form.querySelectorAll("input[type=checkbox]")) box.checked = mine.fields.some(([name]) => name === box.name)
  form.elements.body.dispatchEvent(new Event("editor:set"))
  return true
}

const field = (entry, name) => entry.fields.find(([key]) => key === name)?.[1]

function overtaken(entry) {
  const shown = document.getElementById(`post-${entry.post}`)
  return shown && Number(shown.dataset.revision) > Number(field(entry, "based_on"))
}

function fill(form, name, value) {
  const target = form.elements[name]
  if (target instanceof RadioNodeList) { if (["note", "notice"].includes(name)) target.value = value; return }
  if (target && target.type !== "checkbox") target.value = value
}

function ago(milliseconds) {
  const seconds = Math.max(0, Math.round(milliseconds / 1000))
  if (seconds < 60) return `${seconds} s ago`
  const minutes = Math.round(seconds / 60)
  return minutes < 60 ? `${minutes} min ago` : `${Math.round(minutes / 60)} h ago`
}

document.querySelectorAll("form[data-composer]").forEach(keep)
