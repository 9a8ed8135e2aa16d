// Copies of what is being typed, in this browser: for when there is no connection, and for the way back after a log-in.
// One entry per form: { slug, id, post, basedOn, at, fields: [[name, value], …] }, kept under `stoppress:ID`.
const PREFIX = "stoppress:"
const NOT_KEPT = new Set(["csrfmiddlewaretoken", "picture_file"])

export function remember(form, at) {
  const fields = [...new FormData(form)].filter(([name]) => !NOT_KEPT.has(name))
  const entry = { slug: form.dataset.composer, id: form.elements.id.value, post: form.elements.post?.value ?? "", at, fields }
  try { localStorage.setItem(PREFIX + entry.id, JSON.stringify(entry)); return true } catch { return false }
}

export function forget(id) {
  try { localStorage.removeItem(PREFIX + id) } catch { /* Storage may be switched off. */ }
}

export function remembered(slug) {
  try {
    return Object.keys(localStorage).filter((key) => key.startsWith(PREFIX)).map((key) => JSON.parse(localStorage.getItem(key)))
      .filter((entry) => entry?.slug === slug).sort((a, b) => b.at - a.at)
  } catch { return [] }
}
