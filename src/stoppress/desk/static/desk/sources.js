// Adds an empty row for the next source as soon as the last row has a name.
//
//   <ul data-sources><li><input name="source_name"><input name="source_via"></li></ul>
function addRowsOnInput(list) {
  list.addEventListener("input", () => {
    const last = list.lastElementChild
    if (!last.querySelector("input").value) return
    const next = last.cloneNode(true)
    for (const input of next.querySelectorAll("input")) input.value = ""
    list.append(next)
  })
}

document.querySelectorAll("[data-sources]").forEach(addRowsOnInput)
