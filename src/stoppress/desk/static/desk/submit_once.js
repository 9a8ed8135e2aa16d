// A form that is sent once; its id makes a second time harmless anyway.
//
//   <form data-once>…</form>
for (const form of document.querySelectorAll("form[data-once]")) {
  let sent = false
  form.addEventListener("submit", (event) => { if (sent) event.preventDefault(); sent = true })
  window.addEventListener("pageshow", () => { sent = false })
}
