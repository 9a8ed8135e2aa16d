// Publishes with Ctrl+Enter (or Cmd+Enter) from anywhere in the composer. Ignores a second submission while the first is
// in progress; the id in the form makes even that one harmless.
//
//   <form data-composer="…"> … <button data-publish>Publish</button></form>
// An input method uses Enter to accept a word. Safari ends the composition before the key, which then has the code 229.
const isComposing = (event) => event.isComposing || event.keyCode === 229

function enableShortcut(form) {
  let isSubmitted = false
  const button = form.querySelector("[data-publish]")
  form.addEventListener("keydown", (event) => {
    if (event.key !== "Enter" || !(event.ctrlKey || event.metaKey) || isComposing(event)) return
    event.preventDefault()
    form.requestSubmit(button)
  })
  form.addEventListener("submit", (event) => {
    if (event.submitter?.hasAttribute("data-preview")) return
    if (isSubmitted) return event.preventDefault()
    isSubmitted = true
    button.setAttribute("aria-busy", "true")
  })
  window.addEventListener("pageshow", () => { isSubmitted = false; button.removeAttribute("aria-busy") })
  form.querySelector("[data-one-line]")?.addEventListener("keydown", (event) => {
    if (event.key === "Enter" && !event.ctrlKey && !event.metaKey && !isComposing(event)) {
      event.preventDefault()
      ;(form.querySelector(".ProseMirror") ?? form.querySelector("[data-editor]"))?.focus()
    }
  })
}

// Focus the headline after a post was published. On a phone the keyboard would cover the new post, so not there.
function focusNextHeadline() {
  const headline = document.querySelector("form[data-composer] [data-one-line]")
  if (document.querySelector(".message--success") && matchMedia("(pointer: fine)").matches) headline?.focus({ preventScroll: true })
}

document.querySelectorAll("form[data-composer]").forEach(enableShortcut)
focusNextHeadline()
