// Ctrl+Enter (or Cmd+Enter) publishes from anywhere in the composer; a second press or click while the first is on its
// way does nothing. The id in the form makes even a second one harmless.
//
//   <form data-composer="…"> … <button data-publish>Publish</button></form>
function guard(form) {
  let sent = false
  const button = form.querySelector("[data-publish]")
  form.addEventListener("keydown", (event) => {
    if (event.key !== "Enter" || !(event.ctrlKey || event.metaKey)) return
    event.preventDefault()
    form.requestSubmit(button)
  })
  form.addEventListener("submit", (event) => {
    if (event.submitter?.hasAttribute("data-preview")) return
    if (sent) return event.preventDefault()
    sent = true
    button.setAttribute("aria-busy", "true")
  })
  window.addEventListener("pageshow", () => { sent = false; button.removeAttribute("aria-busy") })
  form.querySelector("[data-one-line]")?.addEventListener("keydown", (event) => {
    if (event.key === "Enter" && !event.ctrlKey && !event.metaKey) {
      event.preventDefault()
      form.querySelector(".ProseMirror, [data-editor]")?.focus()
    }
  })
}

// After one post comes the next; on a phone the keyboard would cover what has just been published.
function goOn() {
  const headline = document.querySelector("form[data-composer] [data-one-line]")
  if (document.querySelector(".message--success") && matchMedia("(pointer: fine)").matches) headline?.focus({ preventScroll: true })
}

document.querySelectorAll("form[data-composer]").forEach(guard)
goOn()
