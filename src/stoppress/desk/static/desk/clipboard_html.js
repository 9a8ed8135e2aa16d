// Reads pasted HTML of other programs as it was meant: paragraphs, headings, lists, quotations and marked words, nothing else.
// The same rules as coverage/foreign_html.py. Styles are read as text, because the page's policy forbids to apply them.
const BLOCKS = new Set(("p div section article h1 h2 h3 h4 h5 h6 li ul ol blockquote pre table thead tbody tfoot tr caption dl dt dd figure figcaption " +
  "address header footer main aside nav form fieldset legend center details summary").split(" "))
const LEFT_OUT = new Set("del script style template iframe object svg math title xml head meta link".split(" "))
const BLOCK_DISPLAY = new Set(["block", "list-item", "table", "flex", "grid"])
const HIDDEN_STYLE = /display:none|visibility:hidden|mso-hide:all|mso-list:ignore|mso-element:(?:comment-list|comment)(?:;|$)/
const HIDDEN_CLASS = /(?:^|\s)(?:msodel|msocom\w*|msocommentreference|sdcomment\w*|\S*(?:deletedtext|trackchangedelet\w*|deletion-marker))(?:\s|$)/
const COMMENT_LINK = /^(?:#?cmnt|#_msocom|_msoanchor)/
const LIST_LEVEL = /mso-list:\s*l\d+\s+level(\d)/
const NUMBER = /^\(?(?:\d+|[a-z]|[ivxlc]+)[.)]/i
const CELL_SEPARATOR = " | "
const MARKS = ["link", "strong", "em", "s", "sub", "sup"]
const TAGS = { strong: ["b", "strong"], em: ["i", "em", "dfn", "var"], s: ["s", "strike"], sub: ["sub"], sup: ["sup"] }

export function readClipboard(html) {
  if (html.includes("data-pm-slice")) return html // from an editor of this kind
  const whole = /<table/i.test(html) ? html : html.replace(/<(\/?)t[rdh]\b/gi, "<$1div")
  const inert = whole.replace(/<[a-z][^>]*>/gi, (tag) => tag.replace(/\sstyle(?=\s*=)/gi, " data-style"))
  const page = new DOMParser().parseFromString(inert.replace(/<style\b[^>]*>[\s\S]*?<\/style\s*>/gi, ""), "text/html")
  const reader = new Reader(classStyles(html))
  reader.read(page.body, { style: {}, path: [], level: 0, isHeading: false, isExplicit: false })
  reader.flush(reader.outer)
  return serialise(nestListParagraphs(reader.paragraphs), reader.starts)
}

class Reader {
  constructor(classes) {
    Object.assign(this, { classes, paragraphs: [], starts: new Map(), lastItems: new Map(), runs: [], marker: "", count: 0 })
    this.outer = { path: [], level: 0, isHeading: false, isExplicit: false, style: {} }
  }

  read(node, top) {
    for (const child of node.childNodes) {
      if (child.nodeType === Node.TEXT_NODE) this.text(child.data, top)
      else if (child.nodeType === Node.ELEMENT_NODE && !LEFT_OUT.has(child.localName)) this.element(child, top)
    }
  }

  element(node, top) {
    const tag = node.localName, own = node.dataset.style ?? ""
    const css = [...[...node.classList].map((name) => this.classes.get(name.toLowerCase()) ?? ""), own].join(";").toLowerCase()
    if (isHidden(node, css)) {
      if (css.replace(/\s/g, "").includes("mso-list:ignore")) this.marker += node.textContent
      return
    }
    if (tag === "br") return this.break(top)
    const styles = parseStyle(css), isBlock = BLOCKS.has(tag) || BLOCK_DISPLAY.has(styles.display)
    if (isBlock || tag === "hr") this.flush(top.block ?? this.outer)
    if (tag === "hr") return this.paragraphs.push({ tag: "hr", path: top.path, runs: [] })
    if ((tag === "td" || tag === "th") && this.runs.length) this.runs.push([{ ...top.style, link: undefined }, CELL_SEPARATOR])
    const inner = {
      style: styleOf(node, tag, styles, top.style), path: this.path(node, tag, top.path), level: levelOf(node, tag, css) || top.level,
      isHeading: (/^h[1-6]$/.test(tag) || node.getAttribute("role") === "heading" || top.isHeading) && tag !== "li", isExplicit: tag === "p",
    }
    inner.block = isBlock ? inner : top.block
    if (tag === "q") this.text("“", inner)
    this.read(node, inner)
    if (tag === "q") this.text("”", inner)
    if (isBlock) this.flush(inner)
  }

  text(data, top) {
    const lines = top.style.isPreformatted ? data.split(/\r?\n/) : [data.replace(/[\t\n\f\r ]+/g, " ")]
    lines.forEach((line, number) => {
      if (number) this.break(top)
      const before = this.runs.at(-1)?.[1] ?? " "
      const text = !top.style.isPreformatted && /[ \n]$/.test(before) ? line.replace(/^ +/, "") : line
      if (text) this.runs.push([top.style, text])
    })
  }

  // End the line; a second end makes a new paragraph.
  break(top) {
    while (this.runs.length && !this.runs.at(-1)[1].replace(/ /g, "")) this.runs.pop()
    const last = this.runs.at(-1)
    if (last?.[1].endsWith("\n")) this.flush(top.block ?? this.outer)
    else if (last) {
      last[1] = last[1].replace(/ +$/, "")
      this.runs.push([{}, "\n"])
    }
  }

  flush(block) {
    let runs = trim(this.runs)
    this.runs = []
    if (!runs.length) return
    const isListed = block.path.some(([tag]) => tag !== "blockquote")
    const tag = block.isHeading && !isListed && !block.level ? "h3" : "p"
    if (tag === "h3" && runs.every(([style, text]) => style.strong || !text.trim())) runs = runs.map(([style, text]) => [{ ...style, strong: false }, text])
    this.paragraphs.push({ tag, path: block.path, runs, isExplicit: block.isExplicit, level: block.level, marker: this.marker })
    this.marker = ""
  }

  // Return the containers of what follows; a list directly in a list belongs to the item before it.
  path(node, tag, path) {
    const isQuote = tag === "blockquote" || /mso\w*quote/i.test(node.className)
    if (!isQuote && !["ul", "ol", "li"].includes(tag)) return path
    const entry = [isQuote ? "blockquote" : tag, (this.count += 1)], parent = path.at(-1)
    if (tag === "li") {
      const before = this.paragraphs.at(-1)?.path[path.length]
      const isInList = parent && (parent[0] === "ul" || parent[0] === "ol")
      const list = isInList ? [] : [before?.[0] === "ul" && this.lastItems.has(before[1]) ? before : ["ul", (this.count += 1)]]
      path = [...path, ...list]
      this.lastItems.set(path.at(-1)[1], entry)
    } else if (parent && (parent[0] === "ul" || parent[0] === "ol")) {
      const item = this.lastItems.get(parent[1]) ?? ["li", (this.count += 1)]
      this.lastItems.set(parent[1], item)
      path = [...path, item]
    }
    if (tag === "ol" && /^\d+$/.test(node.getAttribute("start") ?? "")) this.starts.set(entry[1], node.getAttribute("start"))
    return [...path, entry]
  }
}

function parseStyle(css) {
  const pairs = css.split(";").filter((part) => part.includes(":")).map((part) => [part.slice(0, part.indexOf(":")), part.slice(part.indexOf(":") + 1)])
  return Object.fromEntries(pairs.map(([name, value]) => [name.trim(), value.replace("!important", "").trim()]))
}

function classStyles(html) {
  const found = new Map()
  for (const [, css] of html.matchAll(/<style\b[^>]*>([\s\S]*?)<\/style/gi)) {
    for (const rule of css.replace(/<!--|-->/g, "").split("}")) {
      const [selectors, declarations = ""] = rule.split("{")
      for (const selector of selectors.split(",")) {
        const name = /^\s*[a-z0-9]*\.([\w-]+)\s*$/i.exec(selector)?.[1].toLowerCase()
        if (name) found.set(name, `${found.get(name) ?? ""};${declarations}`)
      }
    }
  }
  return found
}

function styleOf(node, tag, styles, outer) {
  const style = { ...outer }
  for (const [mark, tags] of Object.entries(TAGS)) if (tags.includes(tag)) style[mark] = true
  if (tag === "pre") style.isPreformatted = true
  const href = tag === "a" ? (node.getAttribute("href") ?? "").trim() : ""
  if (/^(?:https?|mailto|tel):/i.test(href)) style.link = href
  const weight = styles["font-weight"] ?? "", slant = styles["font-style"] ?? "", font = styles.font ?? ""
  if (/^bold/.test(weight) || Number(weight) >= 600 || /\b(?:bold|[6-9]00)\b/.test(font)) style.strong = true
  else if (["normal", "lighter"].includes(weight) || /^\d+$/.test(weight)) style.strong = false
  if (/^(?:italic|oblique)/.test(slant) || /italic/.test(font)) style.em = true
  else if (slant === "normal") style.em = false
  if (/line-through/.test((styles["text-decoration"] ?? "") + (styles["text-decoration-line"] ?? ""))) style.s = true
  const raised = styles["vertical-align"]
  if (raised === "super" || raised === "sub") Object.assign(style, { sub: raised === "sub", sup: raised === "super" })
  if (styles["white-space"]) style.isPreformatted = ["pre", "pre-wrap", "pre-line", "break-spaces"].includes(styles["white-space"])
  return style
}

const isHidden = (node, css) => node.hidden || HIDDEN_STYLE.test(css.replace(/\s/g, "")) || HIDDEN_CLASS.test((node.getAttribute("class") ?? "").toLowerCase()) ||
  COMMENT_LINK.test(node.id + (node.getAttribute("href") ?? ""))

function levelOf(node, tag, css) {
  if (tag === "li" && /^\d/.test(node.dataset.ariaLevel ?? "")) return Number(node.dataset.ariaLevel[0])
  return Number(LIST_LEVEL.exec(css)?.[1] ?? 0)
}

function trim(runs) {
  const kept = runs.map((run) => [...run])
  for (const [at, blank] of [[0, /^[ \n\u00a0]+/], [-1, /[ \n\u00a0]+$/]]) {
    while (kept.length) {
      const run = kept.at(at), text = run[1].replace(blank, "")
      if (text && run[1] !== CELL_SEPARATOR) { run[1] = text; break }
      kept.splice(at, 1)
    }
  }
  return kept
}

// Give paragraphs with a list level the path of an item; neighbours share their lists.
function nestListParagraphs(paragraphs) {
  let count = -1, lists = [], items = []
  for (const paragraph of paragraphs) {
    const { level } = paragraph
    if (!level) { lists = []; items = []; continue }
    const listed = paragraph.path.filter(([tag]) => tag === "ul" || tag === "ol").at(-1)?.[0]
    const kind = listed ?? (NUMBER.test(paragraph.marker.trim()) ? "ol" : "ul"), isNew = Boolean(listed || paragraph.marker)
    if (lists.length >= level && isNew && lists[level - 1][0] !== kind) { lists = lists.slice(0, level - 1); items = items.slice(0, level - 1) }
    lists = lists.slice(0, level)
    items = items.slice(0, isNew ? level - 1 : level)
    while (items.length < level) {
      if (lists.length <= items.length) lists.push([kind, count])
      items.push(["li", count - 1])
      count -= 2
    }
    paragraph.path = lists.flatMap((list, at) => [list, items[at]])
    paragraph.isExplicit = false
  }
  return paragraphs
}

function serialise(paragraphs, starts) {
  const out = [], isSame = (one, two) => one?.[1] === two?.[1]
  let path = []
  paragraphs.forEach((paragraph, number) => {
    let shared = 0
    while (shared < Math.min(path.length, paragraph.path.length) && isSame(path[shared], paragraph.path[shared])) shared += 1
    const isFirst = shared < paragraph.path.length
    out.push(...path.slice(shared).reverse().map(([tag]) => `</${tag}>`))
    out.push(...paragraph.path.slice(shared).map(([tag, key]) => (starts.has(key) ? `<ol start="${starts.get(key)}">` : `<${tag}>`)))
    path = paragraph.path
    const after = paragraphs[number + 1]
    const isAlone = isFirst && !(after && after.path.length === path.length && isSame(after.path.at(-1), path.at(-1)))
    const text = serialiseRuns(paragraph.runs, MARKS)
    if (paragraph.tag === "hr") out.push("<hr>")
    else if (path.at(-1)?.[0] === "li" && isAlone && !paragraph.isExplicit) out.push(text)
    else out.push(`<${paragraph.tag}>${text}</${paragraph.tag}>`)
  })
  return out.join("") + [...path].reverse().map(([tag]) => `</${tag}>`).join("")
}

const escaped = (text) => text.replace(/&/g, "&amp;").replace(/</g, "&lt;").replace(/>/g, "&gt;")

function serialiseRuns(runs, [mark, ...rest]) {
  if (!mark) return escaped(runs.map(([, text]) => text).join("")).replace(/\n/g, "<br>")
  const groups = []
  for (const run of runs) {
    const value = run[0][mark] || undefined, group = groups.at(-1)
    if (group && group.value === value) group.runs.push(run)
    else groups.push({ value, runs: [run] })
  }
  return groups.map(({ value, runs: part }) => {
    const text = serialiseRuns(part, rest)
    if (!value) return text
    return mark === "link" ? `<a href="${escaped(value).replace(/"/g, "&quot;")}">${text}</a>` : `<${mark}>${text}</${mark}>`
  }).join("")
}
