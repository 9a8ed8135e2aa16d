// Takes in pictures as soon as they are chosen, and puts their rows into the composer.
//
//   <div data-pictures="/desk/live/storm-maren/pictures"><ul class="pictures__rows"></ul>
//     <input type="file" name="picture_file" multiple><p class="pictures__told" role="status"></p></div>
function intake(place) {
  const rows = place.querySelector(".pictures__rows"), told = place.querySelector(".pictures__told")
  const input = place.querySelector("input[type=file]"), form = place.closest("form")
  const changed = () => rows.dispatchEvent(new Event("input", { bubbles: true }))

  async function add(file) {
    const body = new FormData()
    body.set("csrfmiddlewaretoken", form.elements.csrfmiddlewaretoken.value)
    body.set("picture_file", file)
    told.textContent = `Taking in ${file.name}…`
    const answer = await fetch(place.dataset.pictures, { method: "POST", body, headers: { "X-Requested-With": "fetch" } })
    const text = await answer.text()
    if (!answer.ok) throw new Error(answer.status < 500 && answer.status !== 403 ? text : "The picture could not be taken in.")
    rows.insertAdjacentHTML("beforeend", text)
    told.textContent = ""
  }

  input.addEventListener("change", async () => {
    const files = [...input.files]
    input.value = ""
    for (const file of files) {
      try { await add(file) } catch (error) { told.textContent = `${file.name}: ${error.message || "no connection."}`; return }
    }
    form.dispatchEvent(new Event("input"))
    changed()
    rows.lastElementChild?.querySelector("textarea").focus()
  })
  rows.addEventListener("click", ({ target }) => {
    if (!target.matches("[data-remove]")) return
    target.closest("li").remove()
    form.elements.headline.dispatchEvent(new Event("input", { bubbles: true }))
    input.focus()
  })
}

document.querySelectorAll("[data-pictures]").forEach(intake)
