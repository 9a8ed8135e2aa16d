// Uploads pictures as soon as they are chosen, pasted or dropped, and adds their rows to the composer.
//
//   <div data-pictures="/desk/live/storm-maren/pictures"><ul class="pictures__rows"></ul>
//     <input type="file" name="picture_file" multiple><p class="pictures__status" role="status"></p></div>
import { text } from "../coverage/texts.js"
import { rowsOf } from "./form_snapshot.js"

function enableUpload(section) {
  const rows = section.querySelector(".pictures__rows"), status = section.querySelector(".pictures__status")
  const input = section.querySelector("input[type=file]"), form = section.closest("form")

  async function upload(file) {
    const body = new FormData()
    body.set("csrfmiddlewaretoken", form.elements.csrfmiddlewaretoken.value)
    body.set("picture_file", file)
    status.textContent = text("uploading", { file: file.name })
    const response = await fetch(section.dataset.pictures, { method: "POST", body, headers: { "X-Requested-With": "fetch" } })
    const content = await response.text()
    if (!response.ok) throw new Error(response.status < 500 && response.status !== 403 ? content : text("uploadFailed"))
    rows.querySelector(":scope > template").insertAdjacentHTML("beforebegin", content)
    rows.dispatchEvent(new Event("input", { bubbles: true }))
    status.textContent = ""
  }

  async function uploadAll(files) {
    const refused = []
    for (const file of files) {
      try { await upload(file) } catch (error) { refused.push(`${file.name}: ${error.message || text("noConnection")}`) }
    }
    status.textContent = refused.join(" ")
    if (refused.length < files.length) rowsOf(rows).at(-1)?.querySelector("textarea").focus()
  }

  input.addEventListener("change", () => {
    const files = [...input.files]
    input.value = ""
    uploadAll(files)
  })
  // Pictures may be pasted into any field and dropped anywhere on the page; the browser would open a dropped file.
  form.addEventListener("paste", (event) => {
    const files = [...event.clipboardData.files]
    if (!files.length || hasText(event.clipboardData)) return
    event.preventDefault()
    event.stopPropagation()
    uploadAll(files)
  }, true)
  document.addEventListener("dragover", (event) => { if (event.dataTransfer?.types.includes("Files")) event.preventDefault() }, true)
  document.addEventListener("drop", (event) => {
    const files = [...(event.dataTransfer?.files ?? [])]
    if (!files.length || event.target === input) return
    event.preventDefault()
    event.stopPropagation()
    uploadAll(files)
  }, true)
  rows.addEventListener("click", ({ target }) => {
    if (!target.matches("[data-remove]")) return
    target.closest("li").remove()
    rows.dispatchEvent(new Event("input", { bubbles: true }))
    input.focus()
  })
}

// Word processors and spreadsheets put a picture of the copied text beside the text.
const hasText = (clipboard) => /[^<>\s]/.test(clipboard.getData("text/plain") + clipboard.getData("text/html").replace(/<[^>]*>/g, ""))

document.querySelectorAll("[data-pictures]").forEach(enableUpload)
