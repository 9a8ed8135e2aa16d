// Copies of unpublished text in this browser, for use without a connection and after a log-out.
// One entry per form, stored under `stoppress:ID`: { slug, id, post, at, fields: [[name, value], …] }.
const PREFIX = "stoppress:"
const NOT_STORED = new Set(["csrfmiddlewaretoken", "picture_file"])

export function remember(form, at) {
  const fields = [...new FormData(form)].filter(([name]) => !NOT_STORED.has(name))
  const entry = { slug: form.dataset.composer, id: form.elements.id.value, post: form.elements.post?.value ?? "", at, fields }
  try { localStorage.setItem(PREFIX + entry.id, JSON.stringify(entry)); return true } catch { return false }
}

export function forget(id) {
  try { localStorage.removeItem(PREFIX + id) } catch { /* Storage may be disabled. */ }
}

export function remembered(slug) {
  try {
    return Object.keys(localStorage).filter((key) => key.startsWith(PREFIX)).map((key) => JSON.parse(localStorage.getItem(key)))
      .filter((entry) => entry?.slug === slug).sort((a, b) => b.at - a.at)
  } catch { return [] }
}
