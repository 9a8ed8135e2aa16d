// Shows the preview over the composer instead of in a tab of its own.
//
//   <button formaction="/desk/live/storm-maren/preview" data-preview>Preview</button>
//   <dialog data-preview-dialog><div data-preview-page></div></dialog>
document.addEventListener("click", async (event) => {
  const button = event.target.closest("[data-preview]")
  if (!button) return
  event.preventDefault()
  const dialog = document.querySelector("[data-preview-dialog]"), body = new FormData(button.form)
  body.delete("picture_file")
  try {
    const answer = await fetch(button.formAction, { method: "POST", body, headers: { "HX-Request": "true", "X-Requested-With": "fetch" } })
    if (!answer.ok) throw new Error(String(answer.status))
    dialog.querySelector("[data-preview-page]").innerHTML = await answer.text()
  } catch {
    dialog.querySelector("[data-preview-page]").textContent = "There is no preview without a connection."
  }
  dialog.showModal()
})
