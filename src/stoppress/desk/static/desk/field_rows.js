// Adds an empty row for the next entry as soon as the last row has one.
//
//   <ul data-rows data-adds-rows><li><input name="source_name"></li> <template><li>…</li></template></ul>
import { addRow, rowsOf } from "./form_snapshot.js"

for (const list of document.querySelectorAll("[data-adds-rows]")) {
  list.addEventListener("input", () => { if (rowsOf(list).at(-1).querySelector("input").value) addRow(list) })
}
