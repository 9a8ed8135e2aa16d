// Shows the preview in a dialog over the composer. Without this script it opens in another tab.
//
//   <button formaction="/desk/live/storm-maren/preview" data-preview>Preview</button>
//   <dialog data-preview-dialog><div data-preview-page></div></dialog>
import { text } from "../coverage/texts.js"

document.addEventListener("click", async (event) => {
  const button = event.target.closest("[data-preview]")
  if (!button) return
  event.preventDefault()
  const dialog = document.querySelector("[data-preview-dialog]"), body = new FormData(button.form)
  const page = dialog.querySelector("[data-preview-page]")
  body.delete("picture_file")
  try {
    const response = await fetch(button.formAction, { method: "POST", body, headers: { "HX-Request": "true", "X-Requested-With": "fetch" } })
    if (!response.ok) throw new Error(String(response.status))
    page.innerHTML = await response.text()
  } catch {
    page.textContent = text("previewFailed")
  }
  dialog.showModal()
})
