// Saves the composer: in this browser at once, on the server a moment after the last key. Shows where and how long ago.
//
//   <form data-composer="storm-maren" data-person="7" data-save-to="/desk/live/storm-maren/drafts" data-version="WRITER:12"
//     data-saved-at="2026-03-08T20:04:11Z" data-finished="ID ID" data-unsaved>  … <p data-save-status></p></form>
//
// No clock decides which text is newer. Each composer has an id (`writer`) and counts its changes (`turn`). The server refuses to
// replace a draft that another composer wrote meanwhile: then this text becomes a draft of its own, so that both are kept.
import { text } from "../coverage/texts.js"
import { applySnapshot, snapshotBody, takeSnapshot } from "./form_snapshot.js"
import { forget, newId, remember, remembered } from "./local_copies.js"

const DELAY_MS = 700, RETRY_MS = 5000
const VERSION = /^(.*):(\d+)$/

// Send a copy to the server. Return { saved_at, version, is_published }, or { problem, status } if it was refused.
async function send(address, token, copy, keepalive = false) {
  const { writer, turn, replaces } = copy
  const body = snapshotBody(copy.fields, { csrfmiddlewaretoken: token, writer, turn, replaces })
  const response = await fetch(address, { method: "POST", body, keepalive, headers: { "X-Requested-With": "fetch" } })
  const isJson = response.headers.get("Content-Type")?.includes("json")
  if (response.ok && isJson) return response.json()
  if (response.status >= 500) throw new Error(String(response.status))
  return { status: response.status, problem: isJson ? ((await response.json()).type ?? "").split("#").at(-1) : "" }
}

function autosave(form) {
  const status = form.querySelector("[data-save-status]"), { saveTo, person, composer: slug } = form.dataset
  const token = form.elements.csrfmiddlewaretoken.value
  let writer = newId(), turn = 0, replaces = form.dataset.version, last = JSON.stringify(takeSnapshot(form))
  let savedAt = Date.parse(form.dataset.savedAt ?? "") || null, isUnsaved = false, isSubmitting = false, isDiscarded = false, timer

  // An error is announced at once. The ticking of "4 s ago" is not announced.
  const showStatus = (message, isError = false) => {
    isError ? status.setAttribute("role", "alert") : status.removeAttribute("role")
    status.toggleAttribute("data-error", isError)
    if (status.textContent !== message) status.textContent = message
  }
  const showAge = () => { if (savedAt && !status.hasAttribute("data-error")) showStatus(savedAgo(Date.now() - savedAt)) }
  const copyOf = (fields, isSubmitted = false) => ({
    writer, turn, replaces, person, slug, id: form.elements.id.value, post: form.elements.post?.value ?? "", isSubmitted, at: Date.now(), fields,
  })
  const current = (isSubmitted) => copyOf(JSON.parse(last), isSubmitted)

  // Store the form in this browser if it differs from what was stored last.
  function keep() {
    const now = JSON.stringify(takeSnapshot(form))
    if (now === last) return false
    last = now
    turn += 1
    isUnsaved = true
    isSubmitting = false
    remember(current())
    return true
  }

  async function save(keepalive = false) {
    clearTimeout(timer)
    const copy = current()
    try {
      settle(copy, await send(saveTo, token, copy, keepalive))
    } catch {
      if (isSubmitting) return
      showStatus(text("saveFailed"), true)
      timer = setTimeout(save, RETRY_MS)
    }
  }

  function settle(copy, answer) {
    if (isSubmitting) return
    if (answer.problem === "draft-changed" || answer.is_published) return startDraftOfItsOwn()
    if (answer.problem === "id-taken") return showStatus(text("draftIdTaken"), true)
    if (answer.status) return showStatus(text("loggedOut"), true)
    replaces = answer.version
    savedAt = answer.saved_at ? Date.now() : null
    if (copy.turn === turn) isUnsaved = false
    forget(copy)
    status.removeAttribute("data-error")
    savedAt ? showAge() : showStatus("")
  }

  // Another tab has changed or published the text. An edit has one draft, so that it can only be kept here.
  function startDraftOfItsOwn() {
    if (form.elements.post) return showStatus(text("otherTabEdit"), true)
    forget({ writer, turn })
    form.elements.id.value = newId()
    writer = newId()
    replaces = ""
    keep()
    save().then(() => showStatus(text("otherTab"), true))
  }

  function adopt(copy, isApplied = true) {
    writer = copy.writer
    turn = copy.turn
    if (isApplied) applySnapshot(form, copy.fields)
    last = JSON.stringify(takeSnapshot(form))
    isUnsaved = true
  }

  // Decide what to do with the copies that earlier pages left in this browser.
  async function restore() {
    const finished = new Set((form.dataset.finished ?? "").split(" "))
    const copies = remembered(person, slug).filter((copy) => !finished.has(copy.id) || forget(copy))
    const [, storedBy, storedTurn] = VERSION.exec(replaces) ?? []
    let own = copies.find((copy) => copy.id === form.elements.id.value)
    if (own && "unsaved" in form.dataset) adopt(own, false)
    else if (own?.writer === storedBy && own?.turn <= Number(storedTurn)) forget(own)
    else if (own && (own.writer === storedBy || own.replaces === replaces)) adopt(own)
    else own = undefined
    if ("unsaved" in form.dataset) { turn += 1; isUnsaved = true; remember(current()); save() }
    else if (own && isUnsaved) save()
    const post = form.elements.post?.value ?? "", isFresh = !own && !replaces && !("unsaved" in form.dataset)
    const wanted = isFresh && !location.search.includes("draft=new") && copies.find((copy) => copy.post === post)
    if (wanted) await restoreInto(wanted)
    for (const copy of copies) if (copy !== own && copy !== wanted) copy.isStored ? forget(copy) : await handOver(copy)
  }

  async function restoreInto(copy) {
    const before = last
    const answer = await handOver(copy).catch(() => ({ status: 0, copy }))
    const isWanted = (answer.saved_at || "status" in answer) && answer.copy.post === copy.post
    if (!isWanted || answer.problem || JSON.stringify(takeSnapshot(form)) !== before) return
    adopt(answer.copy)
    if (answer.saved_at) { replaces = answer.version; savedAt = Date.now(); isUnsaved = false; showAge() } else save()
  }

  // Make the server store a copy that no form shows, as a draft of its own if its text was changed elsewhere.
  async function handOver(copy) {
    const answer = await send(saveTo, token, copy)
    const isRefused = ["draft-changed", "id-taken"].includes(answer.problem)
    const isElsewhere = !copy.isStored && (isRefused || (answer.is_published && !copy.isSubmitted))
    if (isElsewhere) return handOver(asOwnDraft(copy))
    if (answer.saved_at) remember({ ...copy, isStored: true })
    else if (!answer.status || copy.isStored) forget(copy)
    return { ...answer, copy }
  }

  function asOwnDraft(copy) {
    const id = newId(), fields = copy.fields.filter(([name]) => name !== "post").map((field) => (field[0] === "id" ? ["id", id] : field))
    const own = { ...copy, writer: newId(), replaces: "", id, post: "", fields }
    remember(own)
    forget(copy)
    return own
  }

  const onChange = () => { if (keep()) { clearTimeout(timer); timer = setTimeout(save, DELAY_MS) } }
  for (const name of ["input", "change"]) form.addEventListener(name, onChange)
  form.addEventListener("submit", (event) => {
    if (event.submitter?.hasAttribute("data-preview") || event.defaultPrevented) return
    keep()
    clearTimeout(timer)
    isSubmitting = true
    turn += 1
    remember(current(true))
  })
  const leave = () => {
    if (isSubmitting || isDiscarded) return
    keep()
    if (turn) remember({ ...current(), isStored: !isUnsaved })
    if (isUnsaved) save(true)
  }
  window.addEventListener("pagehide", leave)
  document.addEventListener("visibilitychange", () => { if (document.visibilityState === "hidden") leave() })
  // A page from the back/forward cache shows the past. The copies and the server's draft have the present.
  window.addEventListener("pageshow", (event) => {
    if (event.persisted && navigator.onLine) location.reload()
    isSubmitting = false
  })
  window.addEventListener("online", () => { if (status.hasAttribute("data-error")) save() })
  document.addEventListener("submit", ({ target }) => {
    if (!target.dataset.discards) return
    isDiscarded = target.dataset.discards === form.elements.id.value
    remembered(person, slug).filter((copy) => copy.id === target.dataset.discards).forEach(forget)
  })
  setInterval(showAge, 1000)
  showAge()
  restore().catch(() => {})
}

function savedAgo(milliseconds) {
  const seconds = Math.max(0, Math.round(milliseconds / 1000)), minutes = Math.round(seconds / 60)
  if (seconds < 60) return text("savedSecondsAgo", { number: seconds })
  return minutes < 60 ? text("savedMinutesAgo", { number: minutes }) : text("savedHoursAgo", { number: Math.round(minutes / 60) })
}

document.querySelectorAll("form[data-save-to]").forEach(autosave)
