// One empty row is always there for the next source.
//
//   <ul data-sources><li><input name="source_name"><input name="source_via"></li></ul>
function grow(list) {
  list.addEventListener("input", () => {
    const last = list.lastElementChild
    if (!last.querySelector("input").value) return
    const next = last.cloneNode(true)
    for (const input of next.querySelectorAll("input")) input.value = ""
    list.append(next)
  })
}

document.querySelectorAll("[data-sources]").forEach(grow)
