// Unsaved text in this browser, for use without a connection and after a log-out. A copy that the server has (`isStored`) ends
// when a page was loaded with it.
// One entry per composer, stored under `stoppress:WRITER`:
// { writer, turn, replaces, person, slug, id, post, isSubmitted, isStored, at, fields: [[name, value], …] }.
const PREFIX = "stoppress:"

export function remember(copy) {
  try { localStorage.setItem(PREFIX + copy.writer, JSON.stringify(copy)) } catch { /* Storage may be full or disabled. */ }
}

// Delete a copy, unless its composer has stored a later one.
export function forget({ writer, turn }) {
  try {
    const stored = JSON.parse(localStorage.getItem(PREFIX + writer))
    if (stored && stored.turn <= turn) localStorage.removeItem(PREFIX + writer)
  } catch { /* Storage may be disabled. */ }
}

// Return the copies of one person in one live blog, newest first.
export function remembered(person, slug) {
  try {
    return Object.keys(localStorage).filter((key) => key.startsWith(PREFIX)).map((key) => JSON.parse(localStorage.getItem(key)))
      .filter((copy) => copy?.person === person && copy.slug === slug).sort((a, b) => b.at - a.at)
  } catch { return [] }
}

// Return a random UUID; unlike crypto.randomUUID also on a desk without TLS.
export function newId() {
  const bytes = crypto.getRandomValues(new Uint8Array(16))
  bytes[6] = (bytes[6] & 15) | 64
  bytes[8] = (bytes[8] & 63) | 128
  return [...bytes].map((byte, at) => ([4, 6, 8, 10].includes(at) ? "-" : "") + byte.toString(16).padStart(2, "0")).join("")
}
