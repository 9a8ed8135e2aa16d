// Saves the composer: in this browser at once, on the server a moment after the last key. Shows where and how long ago.
//
//   <form data-composer="storm-maren" data-save-to="/desk/live/storm-maren/drafts" data-saved-at="2026-03-08T20:04:11Z">
//     … <p data-save-status></p>
//   </form>
import { text } from "../coverage/texts.js"
import { forget, remember, remembered } from "./local_copies.js"

const DELAY_MS = 700, RETRY_MS = 5000
const CLOCK_TOLERANCE_MS = 1500
const isPublished = (copy) => !copy.post && document.getElementById(`post-${copy.id}`)

function autosave(form) {
  const status = form.querySelector("[data-save-status]")
  let timer, request, savedAt = Date.parse(form.dataset.savedAt ?? "") || null, isLeaving = false

  // An error is announced at once. The ticking of "4 s ago" is not announced.
  const showStatus = (message, isError = false) => {
    isError ? status.setAttribute("role", "alert") : status.removeAttribute("role")
    status.toggleAttribute("data-error", isError)
    if (status.textContent !== message) status.textContent = message
  }
  const showAge = () => { if (savedAt && !status.hasAttribute("data-error")) showStatus(savedAgo(Date.now() - savedAt)) }

  async function save() {
    request?.abort()
    request = new AbortController()
    try {
      const body = new FormData(form)
      body.delete("picture_file")
      const response = await fetch(form.dataset.saveTo, { method: "POST", body, headers: { "X-Requested-With": "fetch" }, signal: request.signal })
      if (response.status === 401 || response.status === 403) return showStatus(text("loggedOut"), true)
      if (response.status === 409) return showStatus(text("draftIdTaken"), true)
      if (!response.ok) throw new Error(String(response.status))
      savedAt = (await response.json()).saved_at ? Date.now() : null
      status.removeAttribute("data-error")
      savedAt ? showAge() : showStatus("")
    } catch (error) {
      if (error.name === "AbortError" || isLeaving) return
      showStatus(text("saveFailed"), true)
      timer = setTimeout(save, RETRY_MS)
    }
  }

  form.addEventListener("input", (event) => {
    if (event.target.form !== form || event.target.type === "file") return
    remember(form, Date.now())
    clearTimeout(timer)
    timer = setTimeout(save, DELAY_MS)
  })
  form.addEventListener("submit", (event) => {
    if (event.submitter?.hasAttribute("data-preview")) return
    isLeaving = true
    clearTimeout(timer)
    request?.abort()
    remember(form, Date.now())
  })
  window.addEventListener("pageshow", (event) => { if (event.persisted) isLeaving = false })
  window.addEventListener("online", () => { if (status.hasAttribute("data-error")) save() })
  setInterval(showAge, 1000)
  showAge()
  if (restore(form, savedAt)) save()
}

// Restore the copy of this browser if it is newer than the server's draft. Copies of published posts are deleted.
function restore(form, savedAt) {
  const copies = remembered(form.dataset.composer)
  copies.filter(isPublished).forEach((copy) => forget(copy.id))
  copies.filter((copy) => copy.post && isOutdated(copy)).forEach((copy) => forget(copy.id))
  const post = form.elements.post?.value ?? "", isBlank = !form.elements.headline.value && !form.elements.body.value
  const belongsHere = (copy) => copy.post === post && (copy.id === form.elements.id.value || (isBlank && !savedAt) || post)
  const copy = copies.find((each) => !isPublished(each) && belongsHere(each))
  if (!copy || copy.at <= (savedAt ?? 0) + CLOCK_TOLERANCE_MS) return false
  if (form.querySelector("[aria-invalid]") || location.search.includes("draft=new")) return false
  if (post && fieldValue(copy, "based_on") !== form.elements.based_on.value) return false
  for (const [name, value] of copy.fields) fill(form, name, value)
  for (const box of form.querySelectorAll("input[type=checkbox]")) box.checked = copy.fields.some(([name]) => name === box.name)
  form.elements.body.dispatchEvent(new Event("editor:set"))
  return true
}

const fieldValue = (copy, name) => copy.fields.find(([key]) => key === name)?.[1]

function isOutdated(copy) {
  const shown = document.getElementById(`post-${copy.post}`)
  return shown && Number(shown.dataset.revision) > Number(fieldValue(copy, "based_on"))
}

function fill(form, name, value) {
  const target = form.elements[name]
  if (target instanceof RadioNodeList) { if (["note", "notice"].includes(name)) target.value = value; return }
  if (target && target.type !== "checkbox") target.value = value
}

function savedAgo(milliseconds) {
  const seconds = Math.max(0, Math.round(milliseconds / 1000)), minutes = Math.round(seconds / 60)
  if (seconds < 60) return text("savedSecondsAgo", { number: seconds })
  return minutes < 60 ? text("savedMinutesAgo", { number: minutes }) : text("savedHoursAgo", { number: Math.round(minutes / 60) })
}

document.querySelectorAll("form[data-composer]").forEach(autosave)
