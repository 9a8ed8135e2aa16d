// Rich text in place of a plain text field, which stays in the form and always holds the same HTML.
//
//   <div class="toolbar" data-toolbar hidden><button type="button" data-format="bold">B</button></div>
//   <div class="linker" data-linker hidden><input type="url"><button data-link="set">…<button data-link="unset">…</div>
//   <label id="body-label">…</label><textarea data-editor placeholder="…"></textarea>
//
// The editor's module is loaded by its address, so that no page needs an import map and the policy no exception.
import {
  Blockquote, Bold, BulletList, Document, Editor, HardBreak, Heading, History, Italic, Link, ListItem, OrderedList, Paragraph, Strike, Subscript,
  Superscript, Text,
} from "../django_prose_editor/editor.js"
import { text } from "../coverage/texts.js"
import { readClipboard } from "./clipboard_html.js"
import { linkAddress } from "./link_address.js"

const extensions = [
  Document, Paragraph, Text, HardBreak, History, Bold, Italic, Strike, Subscript, Superscript, Blockquote, BulletList, OrderedList, ListItem,
  Heading.configure({ levels: [3] }),
  Link.extend({ addKeyboardShortcuts: () => ({}) }).configure({ enableTarget: false, autolink: false }),
]

const commands = {
  bold: (chain) => chain.toggleBold(),
  italic: (chain) => chain.toggleItalic(),
  blockquote: (chain) => chain.toggleBlockquote(),
  bulletList: (chain) => chain.toggleBulletList(),
  heading: (chain) => chain.toggleHeading({ level: 3 }),
  undo: (chain) => chain.undo(),
}

function mount(textarea) {
  const element = document.createElement("div")
  textarea.after(element)
  const attributes = { class: "post__body", role: "textbox", "aria-multiline": "true", "data-placeholder": textarea.placeholder }
  attributes["aria-labelledby"] = `${textarea.id}-label`
  if (textarea.getAttribute("aria-describedby")) attributes["aria-describedby"] = textarea.getAttribute("aria-describedby")
  if (textarea.getAttribute("aria-invalid")) attributes["aria-invalid"] = "true"
  const editor = new Editor({
    element, extensions, content: textarea.value, injectCSS: false, editorProps: { attributes, handleKeyDown: leaveCtrlEnter, transformPastedHTML: readClipboard },
    onUpdate: () => write(editor, textarea),
    onTransaction: () => show(editor, textarea),
  })
  textarea.hidden = true
  textarea.addEventListener("form:restored", () => editor.commands.setContent(textarea.value))
  bar(editor, textarea)
  show(editor, textarea)
}

// Ctrl+Enter publishes; it is no line break.
const leaveCtrlEnter = (view, event) => event.key === "Enter" && (event.ctrlKey || event.metaKey)

function write(editor, textarea) {
  textarea.value = editor.isEmpty ? "" : editor.getHTML()
  textarea.dispatchEvent(new Event("input", { bubbles: true }))
}

function show(editor, textarea) {
  editor.view.dom.toggleAttribute("data-empty", editor.isEmpty)
  for (const button of textarea.form.querySelectorAll("[data-format][aria-pressed]")) {
    button.setAttribute("aria-pressed", String(editor.isActive(button.dataset.format)))
  }
}

function bar(editor, textarea) {
  const toolbar = textarea.form.querySelector("[data-toolbar]")
  const linker = linking(editor, textarea.form)
  toolbar.hidden = false
  toolbar.addEventListener("mousedown", (event) => event.preventDefault()) // the focus stays in the text: no key is lost
  toolbar.addEventListener("click", ({ target }) => {
    const format = target.closest("[data-format]")?.dataset.format
    if (format === "link") linker.open()
    else if (format) commands[format](editor.chain().focus()).run()
  })
  editor.view.dom.addEventListener("keydown", (event) => {
    if (event.key.toLowerCase() !== "k" || !(event.ctrlKey || event.metaKey)) return
    event.preventDefault()
    linker.open()
  })
}

function linking(editor, form) {
  const panel = form.querySelector("[data-linker]"), input = panel.querySelector("input"), status = panel.querySelector("[role=status]")
  const button = form.querySelector("[data-format=link]")
  const show = (open) => { panel.hidden = !open; button.setAttribute("aria-expanded", String(open)) }
  const close = () => { show(false); editor.commands.focus() }
  const set = () => {
    const address = input.value.trim(), href = linkAddress(address)
    status.textContent = address && !href ? text("linkRefused") : ""
    input.setAttribute("aria-invalid", String(Boolean(status.textContent)))
    if (status.textContent) return
    const chain = editor.chain().focus().extendMarkRange("link")
    if (!address) chain.unsetLink().run()
    else if (editor.state.selection.empty && !editor.isActive("link")) chain.insertContent({ type: "text", text: address, marks: [{ type: "link", attrs: { href } }] }).run()
    else chain.setLink({ href }).run()
    close()
  }
  panel.addEventListener("click", ({ target }) => {
    if (target.dataset.link === "set") set()
    if (target.dataset.link === "unset") { editor.chain().focus().extendMarkRange("link").unsetLink().run(); close() }
  })
  panel.addEventListener("keydown", (event) => {
    if (event.key === "Enter" && !event.isComposing) { event.preventDefault(); event.stopPropagation(); set() }
    if (event.key === "Escape") close()
  })
  return { open() { input.value = editor.getAttributes("link").href ?? ""; status.textContent = ""; show(true); input.select() } }
}

document.querySelectorAll("textarea[data-editor]").forEach(mount)
