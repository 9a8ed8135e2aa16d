// Announces a refused form: its errors in an alert above it, the title of the tab, the focus on the first wrong field.
//
//   <div class="field"><input aria-describedby="x-hint"> <p id="x-hint"><span class="field__error">…</span></p></div>
import { text } from "../coverage/texts.js"

const CONTROLS = "input:not([type=hidden]), select, textarea"

// Return the control that an error belongs to: the one that refers to it, or the first one beside it.
function controlOf(error) {
  const ids = [error.id, error.parentElement.id].filter(Boolean)
  const described = ids.map((id) => document.querySelector(`[aria-describedby~="${CSS.escape(id)}"]`)).find(Boolean)
  const control = described ?? error.closest(".field, fieldset, .composer > div, form > div, form")?.querySelector(CONTROLS)
  return control?.hidden ? (control.parentElement.querySelector("[role=textbox]") ?? control) : control
}

function announce() {
  const errors = [...document.querySelectorAll("main .field__error")].filter((error) => error.textContent.trim() && !error.closest("[hidden]"))
  if (!errors.length) return
  const controls = errors.map(controlOf)
  controls.forEach((control, at) => {
    if (!control) return
    control.setAttribute("aria-invalid", "true")
    errors[at].id ||= `error-${at}`
    const described = control.getAttribute("aria-describedby") ?? ""
    const isDescribed = described.split(" ").some((id) => id === errors[at].id || id === errors[at].parentElement.id)
    if (!isDescribed) control.setAttribute("aria-describedby", `${described} ${errors[at].id}`.trim())
  })
  document.title = text("refusedTitle", { title: document.title })
  const alert = document.createElement("p")
  alert.className = "message message--error"
  alert.setAttribute("role", "alert")
  document.getElementById("content").prepend(alert)
  const invalid = document.querySelector("main [aria-invalid=true]:not([hidden])")
  // The text is set after the empty alert is in the page: only a change is announced.
  requestAnimationFrame(() => {
    alert.textContent = text("refused", { errors: [...new Set(errors.map((error) => error.textContent.trim()))].join(" ") })
    invalid?.focus()
  })
}

announce()
