// Proposes the address from the headline until somebody writes an address.
//
//   <textarea data-proposes="id_slug"></textarea> <input id="id_slug">
const proposal = (text) => text.normalize("NFKD").replace(/[\u0300-\u036f]/g, "").replace(/ß/g, "ss").replace(/[’']/g, "").toLowerCase()
  .replace(/[^a-z0-9]+/g, "-").replace(/^-|-$/g, "").slice(0, 60).replace(/-[^-]*$/, (end, at, all) => (all.length === 60 ? "" : end))

for (const source of document.querySelectorAll("[data-proposes]")) {
  const target = document.getElementById(source.dataset.proposes)
  if (!target) continue
  let own = Boolean(target.value)
  const propose = () => { if (!own) target.value = proposal(source.value) }
  propose() // for who was faster than this script
  source.addEventListener("input", propose)
  target.addEventListener("input", () => { own = Boolean(target.value) })
}
