"""Read HTML of other programs as it was meant: paragraphs, headings, lists, quotations, marked words, and nothing else.

Word processors, mail programs and content management systems express structure by styles, classes and tables. Styles
decide what is bold or italic; comments, tracked deletions and hidden text are left out. For pasted text
`desk/clipboard_html.js` follows the same rules; tests/data/foreign_html.json holds both.
"""

import re
from dataclasses import dataclass, field, replace
from html import escape
from html.parser import HTMLParser
from itertools import groupby

BLOCKS = {
    "p",
    "div",
    "section",
    "article",
    "h1",
    "h2",
    "h3",
    "h4",
    "h5",
    "h6",
    "li",
    "ul",
    "ol",
    "blockquote",
    "pre",
    "table",
    "thead",
    "tbody",
    "tfoot",
    "tr",
    "caption",
    "dl",
    "dt",
    "dd",
    "figure",
    "figcaption",
    "address",
    "header",
    "footer",
    "main",
    "aside",
    "nav",
    "form",
    "fieldset",
    "legend",
    "center",
    "details",
    "summary",
}
HEADINGS = {"h1", "h2", "h3", "h4", "h5", "h6"}
BOLD, ITALIC, STRUCK = {"b", "strong"}, {"i", "em", "dfn", "var"}, {"s", "strike"}
INLINE = (
    BOLD | ITALIC | STRUCK | {"a", "span", "font", "sub", "sup", "cite", "q", "br", "hr", "td", "th", "ins", "u", "tt"}
)
TAGS = BLOCKS | INLINE
ATTRIBUTES = {
    "*": {"style", "class", "hidden", "role", "data-aria-level"},
    "a": {"href", "title", "id"},
    "ol": {"start"},
}
LEFT_OUT_WITH_TEXT = {"del", "script", "style", "template", "iframe", "object", "svg", "math", "title", "xml"}
HIDDEN_STYLE = re.compile(
    r"display:none|visibility:hidden|mso-hide:all|mso-list:ignore|mso-element:(?:comment-list|comment)(?:;|$)"
)
HIDDEN_CLASS = re.compile(
    r"(?:^|\s)(?:msodel|msocom\w*|msocommentreference|sdcomment\w*|\S*(?:deletedtext|trackchangedelet\w*|deletion-marker))(?:\s|$)"
)
LIST_LEVEL = re.compile(r"mso-list:\s*l\d+\s+level(\d)")
NUMBER = re.compile(r"\(?(?:\d+|[a-z]|[ivxlc]+)[.)]", re.IGNORECASE)
QUOTE_CLASS = re.compile(r"mso\w*quote", re.IGNORECASE)
CELL_SEPARATOR = " | "
MARKS = ("link", "strong", "em", "s", "sub", "sup", "cite")


@dataclass(frozen=True)
class _Style:
    """The formatting of text at one place; `link` is (address, title)."""

    link: tuple[str, str] | None = None
    strong: bool = False
    em: bool = False
    s: bool = False
    sub: bool = False
    sup: bool = False
    cite: bool = False
    is_preformatted: bool = False


@dataclass
class _Paragraph:
    tag: str
    path: tuple[tuple[str, int], ...]
    runs: list[tuple[_Style, str]]
    is_explicit: bool
    level: int = 0
    marker: str = ""


@dataclass
class _Element:
    tag: str
    style: _Style
    path: tuple[tuple[str, int], ...]
    is_block: bool
    is_hidden: bool
    is_marker: bool
    level: int
    heading: bool
    explicit: bool


@dataclass
class _List:
    last_item: tuple[str, int] | None = field(default=None)


class _Reader(HTMLParser):
    """Collects paragraphs from well-formed HTML."""

    def __init__(self, classes: dict[str, str]) -> None:
        super().__init__(convert_charrefs=True)
        self.paragraphs: list[_Paragraph] = []
        self._classes = classes
        self._stack = [_Element("", _Style(), (), True, False, False, 0, False, False)]
        self._lists: dict[int, _List] = {}
        self._starts: dict[int, str] = {}
        self._runs: list[tuple[_Style, str]] = []
        self._marker = ""
        self._count = 0

    @property
    def starts(self) -> dict[int, str]:
        """Return the first numbers of lists, by the number of the list."""
        return self._starts

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        given = {name: value or "" for name, value in attrs}
        if tag == "br":
            self._break()
            return
        css = ";".join(
            [*(self._classes.get(name.lower(), "") for name in given.get("class", "").split()), given.get("style", "")]
        )
        styles = parse_style(css)
        top = self._stack[-1]
        is_block = tag in BLOCKS or styles.get("display", "") in ("block", "list-item", "table", "flex", "grid")
        if is_block or tag == "hr":
            self.flush()
        if tag == "hr":
            self.paragraphs.append(_Paragraph("hr", top.path, [], True))
            return
        if tag in ("td", "th") and self._runs:
            self._runs.append((replace(top.style, link=None), CELL_SEPARATOR))
        element = _Element(
            tag,
            _style_of(tag, given, styles, top.style),
            self._path(tag, given, top.path),
            is_block,
            top.is_hidden or _is_hidden(css, given),
            "mso-list:ignore" in css.lower().replace(" ", ""),
            _level(tag, css, given) or top.level,
            (tag in HEADINGS or given.get("role") == "heading" or top.heading) and tag != "li",
            tag == "p",
        )
        self._stack.append(element)
        if tag == "q":
            self.handle_data("“")

    def handle_endtag(self, tag: str) -> None:
        if tag in ("br", "hr"):
            return
        if tag == "q":
            self.handle_data("”")
        if self._stack[-1].is_block:
            self.flush()
        if len(self._stack) > 1:
            self._stack.pop()

    def handle_data(self, data: str) -> None:
        top = self._stack[-1]
        if top.is_marker:
            self._marker += data
        if top.is_hidden:
            return
        if top.style.is_preformatted:
            lines = data.replace("\r\n", "\n").split("\n")
        else:
            lines = [re.sub(r"[\t\n\f\r ]+", " ", data)]
        for number, line in enumerate(lines):
            if number:
                self._break()
            self._add(top.style, line)

    def flush(self) -> None:
        """End the current paragraph."""
        block = next(each for each in reversed(self._stack) if each.is_block)
        runs = _trim(self._runs)
        self._runs = []
        if not runs:
            return
        in_list = any(tag in ("ul", "ol") for tag, _ in block.path) or block.level > 0
        tag = "h3" if block.heading and not in_list else "p"
        if tag == "h3" and all(style.strong for style, text in runs if text.strip()):
            runs = [(replace(style, strong=False), text) for style, text in runs]
        level = 0 if any(name in ("ul", "ol") for name, _ in block.path) and block.level < 1 else block.level
        self.paragraphs.append(_Paragraph(tag, block.path, runs, block.explicit, level, self._marker))
        self._marker = ""

    def _add(self, style: _Style, text: str) -> None:
        before = self._runs[-1][1] if self._runs else " "
        if not style.is_preformatted and before[-1:] in (" ", "\n"):
            text = text.lstrip(" ")
        if text:
            self._runs.append((replace(style, is_preformatted=False), text))

    def _break(self) -> None:
        """End the line; a second end makes a new paragraph."""
        if self._stack[-1].is_hidden:
            return
        while self._runs and not self._runs[-1][1].strip(" "):
            self._runs.pop()
        if self._runs and self._runs[-1][1].endswith("\n"):
            self.flush()
        elif self._runs:
            style, text = self._runs[-1]
            self._runs[-1] = (style, text.rstrip(" "))
            self._runs.append((_Style(), "\n"))

    def _path(self, tag: str, given: dict[str, str], path: tuple[tuple[str, int], ...]) -> tuple[tuple[str, int], ...]:
        """Return the containers of what follows; a list directly in a list belongs to the item before it."""
        is_quote = tag == "blockquote" or bool(QUOTE_CLASS.search(given.get("class", "")))
        if not (is_quote or tag in ("ul", "ol", "li")):
            return path
        self._count += 1
        entry = ("blockquote" if is_quote else tag, self._count)
        if tag == "li" and (not path or path[-1][0] not in ("ul", "ol")):
            previous = self.paragraphs[-1].path if self.paragraphs else ()
            parent = previous[len(path) : len(path) + 1]
            self._count += 1
            path = (
                *path,
                *(
                    parent
                    if parent and parent[0][0] == "ul" and parent[0][1] in self._lists
                    else (("ul", self._count),)
                ),
            )
        if tag == "li":
            self._lists.setdefault(path[-1][1], _List()).last_item = entry
        elif path and path[-1][0] in ("ul", "ol"):
            known = self._lists.setdefault(path[-1][1], _List())
            self._count += 1
            known.last_item = known.last_item or ("li", self._count)
            path = (*path, known.last_item)
        if tag == "ol" and given.get("start", "").isdecimal():
            self._starts[entry[1]] = given["start"]
        return (*path, entry)


def parse_style(css: str) -> dict[str, str]:
    """Return the declarations of a style attribute; names and values in lower case."""
    pairs = (part.split(":", 1) for part in css.lower().split(";") if ":" in part)
    return {name.strip(): value.replace("!important", "").strip() for name, value in pairs}


def parse_classes(html: str) -> dict[str, str]:
    """Return the declarations of simple class rules (`.s1`, `span.s1`) in the style elements of `html`, by class."""
    found: dict[str, str] = {}
    lower, end = html.lower(), 0
    while (start := lower.find("<style", end)) >= 0 and (end := lower.find("</style", start)) >= 0:
        css = html[html.find(">", start) + 1 : end].replace("<!--", "").replace("-->", "")
        for rule in css.split("}"):
            selectors, _, declarations = rule.partition("{")
            for selector in selectors.split(","):
                if name := re.fullmatch(r"\s*[a-zA-Z0-9]*\.([\w-]+)\s*", selector):
                    found[name[1].lower()] = f"{found.get(name[1].lower(), '')};{declarations}"
    return found


def normalise(well_formed: str, classes: dict[str, str]) -> str:
    """Return the structure of well-formed foreign HTML as paragraphs, headings, lists and quotations.

    Args:
        well_formed: HTML whose elements are closed in order, with TAGS and ATTRIBUTES only.
        classes: the style of each class, from `parse_classes`.
    """
    reader = _Reader(classes)
    reader.feed(well_formed)
    reader.close()
    reader.flush()
    return _serialise(_nest_list_paragraphs(reader.paragraphs), reader.starts)


def _style_of(tag: str, given: dict[str, str], styles: dict[str, str], style: _Style) -> _Style:
    style = replace(
        style,
        strong=style.strong or tag in BOLD,
        em=style.em or tag in ITALIC,
        s=style.s or tag in STRUCK,
        sub=style.sub or tag == "sub",
        sup=style.sup or tag == "sup",
        cite=style.cite or tag == "cite",
        is_preformatted=style.is_preformatted or tag == "pre",
    )
    if tag == "a" and (href := given.get("href", "").strip()) and not href.startswith("#"):
        style = replace(style, link=(href, given.get("title", "")))
    weight, slant, font = styles.get("font-weight", ""), styles.get("font-style", ""), styles.get("font", "")
    if (
        weight in ("bold", "bolder")
        or (weight.isdecimal() and int(weight[:4]) >= 600)
        or re.search(r"\b(?:bold|[6-9]00)\b", font)
    ):
        style = replace(style, strong=True)
    elif weight in ("normal", "lighter") or weight.isdecimal():
        style = replace(style, strong=False)
    if slant.startswith(("italic", "oblique")) or "italic" in font:
        style = replace(style, em=True)
    elif slant == "normal":
        style = replace(style, em=False)
    if "line-through" in styles.get("text-decoration", "") + styles.get("text-decoration-line", ""):
        style = replace(style, s=True)
    raised = styles.get("vertical-align", "")
    if raised in ("super", "sub"):
        style = replace(style, sub=raised == "sub", sup=raised == "super")
    if "white-space" in styles:
        style = replace(style, is_preformatted=styles["white-space"] in ("pre", "pre-wrap", "pre-line", "break-spaces"))
    return style


def _is_hidden(css: str, given: dict[str, str]) -> bool:
    name = given.get("id", "") + given.get("href", "")
    is_comment = name.startswith(("cmnt", "#cmnt", "#_msocom", "_msoanchor"))
    compact = re.sub(r"\s", "", css.lower())
    return bool(
        "hidden" in given
        or is_comment
        or HIDDEN_STYLE.search(compact)
        or HIDDEN_CLASS.search(given.get("class", "").lower())
    )


def _level(tag: str, css: str, given: dict[str, str]) -> int:
    """Return the level of a paragraph that a word processor marks as an item of a list; 0 for none."""
    if tag == "li" and given.get("data-aria-level", "").isdecimal():
        return int(given["data-aria-level"][:1])
    found = LIST_LEVEL.search(css.lower())
    return int(found[1]) if found else 0


def _trim(runs: list[tuple[_Style, str]]) -> list[tuple[_Style, str]]:
    kept = list(runs)
    for at, strip in ((0, str.lstrip), (-1, str.rstrip)):
        while kept:
            text = strip(kept[at][1], " \n\xa0")
            if text and kept[at][1] != CELL_SEPARATOR:
                kept[at] = (kept[at][0], text)
                break
            kept.pop(at)
    return kept


def _nest_list_paragraphs(paragraphs: list[_Paragraph]) -> list[_Paragraph]:
    """Give paragraphs with a list level the path of an item; neighbours share their lists."""
    count = -1
    open_lists: list[tuple[str, int]] = []
    items: list[tuple[str, int]] = []
    for paragraph in paragraphs:
        level = paragraph.level
        if not level:
            open_lists, items = [], []
            continue
        listed = [tag for tag, _ in paragraph.path if tag in ("ul", "ol")]
        kind = listed[-1] if listed else ("ol" if NUMBER.match(paragraph.marker.strip()) else "ul")
        if len(open_lists) >= level and (listed or paragraph.marker) and open_lists[level - 1][0] != kind:
            open_lists, items = open_lists[: level - 1], items[: level - 1]
        open_lists, items = open_lists[:level], items[: level if not (paragraph.marker or listed) else level - 1]
        while len(items) < level:
            if len(open_lists) <= len(items):
                open_lists.append((kind, count))
            items.append(("li", count - 1))
            count -= 2
        paragraph.path = tuple(entry for pair in zip(open_lists, items, strict=True) for entry in pair)
        paragraph.is_explicit = False
    return paragraphs


def _serialise(paragraphs: list[_Paragraph], starts: dict[int, str]) -> str:
    out: list[str] = []
    path: tuple[tuple[str, int], ...] = ()
    for number, paragraph in enumerate(paragraphs):
        shared = 0
        while shared < min(len(path), len(paragraph.path)) and path[shared] == paragraph.path[shared]:
            shared += 1
        is_first = shared < len(paragraph.path)
        out += [f"</{tag}>" for tag, _ in reversed(path[shared:])]
        out += [f'<ol start="{starts[key]}">' if key in starts else f"<{tag}>" for tag, key in paragraph.path[shared:]]
        path = paragraph.path
        after = paragraphs[number + 1] if number + 1 < len(paragraphs) else None
        is_alone = is_first and not (after and after.path == path)
        text = _serialise_runs(paragraph.runs, MARKS)
        if paragraph.tag == "hr":
            out.append("<hr>")
        elif path and path[-1][0] == "li" and is_alone and not paragraph.is_explicit:
            out.append(text)
        else:
            out.append(f"<{paragraph.tag}>{text}</{paragraph.tag}>")
    return "".join([*out, *(f"</{tag}>" for tag, _ in reversed(path))])


def _serialise_runs(runs: list[tuple[_Style, str]], marks: tuple[str, ...]) -> str:
    if not marks:
        return escape("".join(text for _, text in runs), quote=False).replace("\n", "<br>")
    parts = []
    for value, group in groupby(runs, key=lambda run: getattr(run[0], marks[0])):
        text = _serialise_runs(list(group), marks[1:])
        if marks[0] == "link" and value:
            title = f' title="{escape(value[1])}"' if value[1] else ""
            text = f'<a href="{escape(value[0])}"{title}>{text}</a>'
        elif value:
            text = f"<{marks[0]}>{text}</{marks[0]}>"
        parts.append(text)
    return "".join(parts)
