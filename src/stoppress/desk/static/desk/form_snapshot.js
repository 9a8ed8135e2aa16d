// Takes every field of a form as a value and puts such a value back. Names no field, so that none can be forgotten.
//
//   <form> <ul data-rows><li><input name="source_name"></li> <template><li><input name="source_name"></li></template></ul> </form>
//
// A list with `data-rows` gets as many rows as the value has. A row's `img` shows the address in the field `…_thumbnail`.
const NOT_KEPT = new Set(["submit", "button", "reset", "image", "file", "password", "fieldset", "output"])
const isKept = (control) => control.name && control.name !== "csrfmiddlewaretoken" && !NOT_KEPT.has(control.type)
const isTicked = (control) => control.type === "checkbox" || control.type === "radio"

// Return [[name, value], …] in the order of the form; a box or radio button is [name, value, isChecked].
export function takeSnapshot(form) {
  return [...form.elements].filter(isKept).map((control) => (isTicked(control) ? [control.name, control.value, control.checked] : [control.name, read(control)]))
}

// Fill the form. Fields that the snapshot does not have stay as they are.
export function applySnapshot(form, fields) {
  form.querySelectorAll("[data-rows]").forEach((list) => setRows(list, fields))
  const waiting = grouped(fields)
  for (const control of [...form.elements].filter(isKept)) {
    const values = waiting.get(control.name)
    if (!values?.length) continue
    if (isTicked(control)) control.checked = values.some(([, value, isChecked]) => isChecked && value === control.value)
    else fill(control, values.shift()[1])
  }
  for (const image of form.querySelectorAll("[data-rows] > :not(template) img")) {
    image.src = image.parentElement.querySelector("[name$=_thumbnail]").value
  }
}

// Return a snapshot as a body that the server parses like the form.
export function snapshotBody(fields, more) {
  const body = new FormData()
  for (const [name, value, isChecked] of fields) if (isChecked !== false) [value].flat().forEach((each) => body.append(name, each))
  for (const [name, value] of Object.entries(more)) body.append(name, value)
  return body
}

export function addRow(list) {
  const template = list.querySelector(":scope > template")
  template.before(template.content.cloneNode(true))
  return rowsOf(list).at(-1)
}

export const rowsOf = (list) => [...list.children].filter((row) => row.localName !== "template")

function setRows(list, fields) {
  const names = [...list.querySelector(":scope > template").content.querySelectorAll("[name]")].map((control) => control.name)
  const wanted = Math.max(...names.map((name) => fields.filter(([each]) => each === name).length))
  for (const row of rowsOf(list).slice(wanted)) row.remove()
  while (rowsOf(list).length < wanted) addRow(list)
}

function fill(control, value) {
  if (control.multiple && control.options) for (const option of control.options) option.selected = value.includes(option.value)
  else control.value = value
  control.dispatchEvent(new Event("form:restored"))
}

const read = (control) => (control.multiple && control.options ? [...control.selectedOptions].map(({ value }) => value) : control.value)

function grouped(fields) {
  const groups = new Map()
  for (const field of fields) groups.set(field[0], [...(groups.get(field[0]) ?? []), field])
  return groups
}
