// Makes the address of a link from what an editor typed: "example.org:8080/x", "desk@example.org", "+44 20 7946 0000".
const HOST = /^(?:[\p{L}\p{N}](?:[\p{L}\p{N}-]*[\p{L}\p{N}])?\.)+[\p{L}][\p{L}\p{N}-]*[\p{L}\p{N}](?::\d{1,5})?(?:[/?#].*)?$/u
const MAILBOX = /^[^\s@:/?#<>"]+@(?:[\p{L}\p{N}-]+\.)+[\p{L}\p{N}-]{2,}(?:\?\S*)?$/u
const PHONE = /^\+\d[\d\s()./-]{5,}$/

// Return the address with its scheme; null if it is no web, mail or phone address.
export function linkAddress(typed) {
  const text = typed.trim()
  if (PHONE.test(text)) return `tel:${text.replace(/[^\d+]/g, "")}`
  if (MAILBOX.test(text)) return `mailto:${text}`
  if (HOST.test(text)) return parsed(`https://${text}`)
  if (/^\/\//.test(text)) return parsed(`https:${text}`)
  if (/^\/(?!\/)/.test(text)) return parsed(location.origin + text)
  if (/^mailto:/i.test(text)) return MAILBOX.test(text.slice(7)) ? text : null
  if (/^tel:\+?[\d().-]+$/i.test(text)) return text
  return /^https?:\/\//i.test(text) ? parsed(text) : null
}

function parsed(address) {
  try {
    return /\s/.test(address) || !new URL(address).hostname ? null : address
  } catch { return null }
}
