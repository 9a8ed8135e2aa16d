// The mail follows what is typed.
//
//   <form data-alert="/desk/live/SLUG/posts/ID/alert">…</form> <iframe data-mail-frame></iframe> <pre data-mail-text></pre>
const form = document.querySelector("form[data-alert]")
const frame = document.querySelector("[data-mail-frame]"), text = document.querySelector("[data-mail-text]")
let timer

async function show() {
  const query = new URLSearchParams(["subject", "summary", "urgency"].map((name) => [name, form.elements[name].value]))
  frame.src = `${form.dataset.alert}/preview?${query}`
  const answer = await fetch(`${form.dataset.alert}/text?${query}`, { headers: { "X-Requested-With": "fetch" } })
  if (answer.ok) text.textContent = await answer.text()
}

form?.addEventListener("input", () => { clearTimeout(timer); timer = setTimeout(show, 500) })
