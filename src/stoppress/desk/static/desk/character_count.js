// Counts the characters of a field while the editor types, and shows where a phone would cut the text.
//
//   <textarea id="subject" data-length="40"></textarea> <output data-length-of="subject"></output>
import { counted } from "../coverage/texts.js"

function showLength(field) {
  const limit = Number(field.dataset.length), characters = [...field.value.trim()]
  const output = document.querySelector(`[data-length-of="${field.id}"]`), isTooLong = characters.length > limit
  output.toggleAttribute("data-long", isTooLong)
  const visiblePart = isTooLong ? `“${characters.slice(0, limit).join("").trimEnd()}…”` : ""
  output.textContent = `${counted("characters", characters.length)} ${visiblePart}`
}

for (const field of document.querySelectorAll("[data-length]")) {
  field.addEventListener("input", () => showLength(field))
  showLength(field)
}
