// Submits a form once. The id in the form makes a second submission harmless anyway.
//
//   <form data-once>…</form>
for (const form of document.querySelectorAll("form[data-once]")) {
  let isSubmitted = false
  form.addEventListener("submit", (event) => { if (isSubmitted) event.preventDefault(); isSubmitted = true })
  window.addEventListener("pageshow", () => { isSubmitted = false })
}
