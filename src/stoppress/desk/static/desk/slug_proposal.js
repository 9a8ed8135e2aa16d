// Proposes an address made from the headline until the editor types an address.
//
//   <textarea data-proposes="id_slug"></textarea> <input id="id_slug">
const proposal = (headline) => headline.normalize("NFKD").replace(/[\u0300-\u036f]/g, "").replace(/ß/g, "ss").replace(/[’']/g, "").toLowerCase()
  .replace(/[^a-z0-9]+/g, "-").replace(/^-|-$/g, "").slice(0, 60).replace(/-[^-]*$/, (end, at, all) => (all.length === 60 ? "" : end))

for (const source of document.querySelectorAll("[data-proposes]")) {
  const target = document.getElementById(source.dataset.proposes)
  if (!target) continue
  let isEdited = Boolean(target.value)
  const propose = () => { if (!isEdited) target.value = proposal(source.value) }
  propose() // The editor may have typed before this script was loaded.
  source.addEventListener("input", propose)
  target.addEventListener("input", () => { isEdited = Boolean(target.value) })
}
