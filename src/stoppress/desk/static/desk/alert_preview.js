// The mail follows what is typed, and Send follows the preflight.
//
//   <form data-alert="/desk/live/SLUG/posts/ID/alert"> <select data-submits> … <button data-send>Send</button></form>
//   <section data-mail> <iframe data-mail-frame="light"></iframe> <pre data-mail-text></pre> <select data-mail-language></section>
const form = document.querySelector("form[data-alert]"), mail = document.querySelector("[data-mail]")
const send = form?.querySelector("[data-send]"), language = mail?.querySelector("[data-mail-language]")
const COMMON = ["topic", "urgency", "picture", "corrects"], WORDS = ["subject", "headline", "summary"]
let timer

function query() {
  const code = language?.value ?? "", fields = new FormData(form), given = new URLSearchParams({ language: code })
  for (const name of [...COMMON, "subject", "summary"]) if (fields.get(name)) given.set(name, fields.get(name))
  if (code) for (const word of WORDS) if (fields.get(`${word}.${code}`)) given.set(`${word}.${code}`, fields.get(`${word}.${code}`))
  return given
}

async function show() {
  const given = query(), code = given.get("language")
  for (const frame of mail.querySelectorAll("[data-mail-frame]")) {
    frame.hidden = frame.dataset.language !== ""
    if (!frame.hidden) frame.src = `${form.dataset.alert}/preview?${given}&theme=${frame.dataset.mailFrame}`
  }
  const answer = await fetch(`${form.dataset.alert}/text?${given}`, { headers: { "X-Requested-With": "fetch" } })
  if (answer.ok && code === (language?.value ?? "")) mail.querySelector("[data-mail-text]").textContent = await answer.text()
}

form?.addEventListener("input", (event) => {
  if (event.target.matches("[data-submits]")) return form.requestSubmit(form.querySelector("button[value=check]"))
  clearTimeout(timer)
  timer = setTimeout(show, 500)
})
language?.addEventListener("input", show)
document.addEventListener("htmx:afterSwap", (event) => {
  const told = event.target.id === "ready" && event.target.querySelector("[data-ready]")
  if (told) send.disabled = told.dataset.ready === "no" || send.hasAttribute("data-nobody")
})
