// Counts the characters of a field while it is typed, and says what a phone would cut off.
//
//   <textarea id="subject" data-length="40"></textarea> <output data-length-of="subject"></output>
function count(field) {
  const most = Number(field.dataset.length), text = [...field.value.trim()], told = document.querySelector(`[data-length-of="${field.id}"]`)
  told.toggleAttribute("data-long", text.length > most)
  told.textContent = `${text.length} characters. ` + (text.length > most ? `“${text.slice(0, most).join("").trimEnd()}…”` : "")
}

for (const field of document.querySelectorAll("[data-length]")) {
  field.addEventListener("input", () => count(field))
  count(field)
}
