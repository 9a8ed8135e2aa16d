// Updates the preview of the mail while the editor types, and enables Send when the preflight passes.
//
//   <form data-alert="/desk/live/SLUG/posts/ID/alert"> <select data-submits> … <button data-send>Send</button></form>
//   <section data-mail> <iframe data-mail-frame="light"></iframe> <pre data-mail-text></pre> <select data-mail-language></section>
const form = document.querySelector("form[data-alert]"), mail = document.querySelector("[data-mail]")
const sendButton = form?.querySelector("[data-send]"), languageSelect = mail?.querySelector("[data-mail-language]")
const COMMON_FIELDS = ["topic", "urgency", "picture", "corrects"]
const TEXT_FIELDS = ["subject", "headline", "summary", "note"]
const DELAY_MS = 500
let timer

function previewFields() {
  const language = languageSelect?.value ?? "", fields = new FormData(form), sent = new URLSearchParams({ language })
  for (const name of ["csrfmiddlewaretoken", ...COMMON_FIELDS, ...TEXT_FIELDS]) if (fields.get(name)) sent.set(name, fields.get(name))
  for (const field of language ? TEXT_FIELDS : []) {
    const name = `${field}.${language}`
    if (fields.get(name)) sent.set(name, fields.get(name))
  }
  return sent
}

// By POST: access logs keep addresses, and the words have not been sent yet.
function postToFrame(frame, fields) {
  const carrier = document.createElement("form")
  Object.assign(carrier, { method: "post", action: `${form.dataset.alert}/preview`, target: frame.name, hidden: true })
  for (const [name, value] of [...fields, ["theme", frame.dataset.mailFrame]]) {
    const input = Object.assign(document.createElement("input"), { type: "hidden", name, value })
    carrier.append(input)
  }
  document.body.append(carrier)
  carrier.submit()
  carrier.remove()
}

async function updatePreview() {
  const fields = previewFields(), language = fields.get("language")
  for (const frame of mail.querySelectorAll("[data-mail-frame]")) {
    frame.hidden = frame.dataset.language !== ""
    if (!frame.hidden) postToFrame(frame, fields)
  }
  const response = await fetch(`${form.dataset.alert}/text`, { method: "POST", body: fields, headers: { "X-Requested-With": "fetch" } })
  const isCurrent = language === (languageSelect?.value ?? "")
  if (response.ok && isCurrent) mail.querySelector("[data-mail-text]").textContent = await response.text()
}

form?.addEventListener("input", (event) => {
  if (event.target.matches("[data-submits]")) return form.requestSubmit(form.querySelector("button[value=check]"))
  clearTimeout(timer)
  timer = setTimeout(updatePreview, DELAY_MS)
})
languageSelect?.addEventListener("input", updatePreview)
if (form && mail?.hasAttribute("data-typed")) updatePreview()
document.addEventListener("htmx:afterSwap", (event) => {
  const result = event.target.id === "preflight" && event.target.querySelector("[data-ready]")
  if (result) sendButton.disabled = result.dataset.ready === "no" || sendButton.hasAttribute("data-no-recipients")
})
