// Uploads pictures as soon as they are chosen, and adds their rows to the composer.
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

  input.addEventListener("change", async () => {
    const files = [...input.files]
    input.value = ""
    for (const file of files) {
      try { await upload(file) } catch (error) { status.textContent = `${file.name}: ${error.message || text("noConnection")}`; return }
    }
    rowsOf(rows).at(-1)?.querySelector("textarea").focus()
  })
  rows.addEventListener("click", ({ target }) => {
    if (!target.matches("[data-remove]")) return
    target.closest("li").remove()
    rows.dispatchEvent(new Event("input", { bubbles: true }))
    input.focus()
  })
}

document.querySelectorAll("[data-pictures]").forEach(enableUpload)
