"""Check docstrings, comments and documents against the writing rules of CONTRIBUTING.md.

The rules are regular expressions in `prose_rules.toml`, each with the advice that is printed. Run as
`python -m tests.checks.prose`. Vale would do the same, but its package fetches a program from outside the package
registries (decision 033).
"""

import ast
import io
import re
import sys
import tokenize
import tomllib
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).parents[2]
RULES_FILE = Path(__file__).with_name("prose_rules.toml")
CODE_SPAN = re.compile(r"``[^`]*``|`[^`]*`|https?://\S+")
QUOTATION = re.compile(r"“[^”]*”|\"[^\"\n]*\"")


@dataclass(frozen=True)
class Rule:
    """One pattern that must not occur, and the advice for the writer. `where` is "code", "documents" or "all"."""

    pattern: re.Pattern[str]
    advice: str
    where: str


@dataclass(frozen=True)
class Passage:
    """A docstring, a comment or a line of a document, with the line number at which it starts."""

    line: int
    text: str


def load_rules(path: Path = RULES_FILE) -> list[Rule]:
    """Return the rules of a TOML file with tables `[[rule]]`: `pattern`, `advice` and, optionally, `where`."""
    tables = tomllib.loads(path.read_text(encoding="utf-8"))["rule"]
    return [Rule(re.compile(one["pattern"]), one["advice"], one.get("where", "all")) for one in tables]


def python_passages(source: str) -> Iterator[Passage]:
    """Yield the docstrings (also those of attributes) and the comments of a Python module."""
    for node in ast.walk(ast.parse(source)):
        if isinstance(node, ast.Expr) and isinstance(node.value, ast.Constant) and isinstance(node.value.value, str):
            yield Passage(node.lineno, node.value.value)
    for token in tokenize.generate_tokens(io.StringIO(source).readline):
        if token.type == tokenize.COMMENT:
            yield Passage(token.start[0], token.string.lstrip("# "))


def script_passages(source: str) -> Iterator[Passage]:
    """Yield the comments of JavaScript, style sheets and templates."""
    for found in re.finditer(
        r"/\*.*?\*/|(?<![:\w])//[^\n]*|{#.*?#}|{% comment %}.*?{% endcomment %}", source, re.DOTALL
    ):
        yield Passage(source.count("\n", 0, found.start()) + 1, found[0])


def document_passages(source: str) -> Iterator[Passage]:
    """Yield the paragraphs of a Markdown document without its code blocks."""
    blocks = re.sub(r"(?ms)^```.*?^```|^    [^\n]*$", lambda found: "\n" * found[0].count("\n"), source)
    line = 1
    for paragraph in re.split(r"(\n\s*\n)", blocks):
        if paragraph.strip():
            yield Passage(line, paragraph)
        line += paragraph.count("\n")


def check_passage(passage: Passage, rules: list[Rule]) -> Iterator[tuple[int, str, str]]:
    """Yield line, matched words and advice for each breach of a rule; code spans and quotations are left out."""
    text = QUOTATION.sub(
        lambda found: " " * len(found[0]), CODE_SPAN.sub(lambda found: " " * len(found[0]), passage.text)
    )
    for rule in rules:
        for found in rule.pattern.finditer(text):
            yield passage.line + text.count("\n", 0, found.start()), found[0].strip(), rule.advice


def files() -> Iterator[tuple[Path, str]]:
    """Yield every file to check and its kind: "python", "script" or "documents"."""
    for folder in ("src", "tests", "bench"):
        for path in sorted((ROOT / folder).rglob("*")):
            if "migrations" not in path.parts and path.suffix in (".py", ".js", ".css", ".html", ".mjml"):
                yield path, "python" if path.suffix == ".py" else "script"
    for path in (*sorted(ROOT.glob("*.md")), *sorted((ROOT / "docs").rglob("*.md"))):
        yield path, "documents"


READERS = {"python": python_passages, "script": script_passages, "documents": document_passages}


def main(names: list[str]) -> int:
    """Print each breach as `path:line: words: advice`; return 1 if there is one, else 0. `names` limits the paths."""
    rules, count = load_rules(), 0
    for path, kind in files():
        name = str(path.relative_to(ROOT))
        if names and not any(name.startswith(one) for one in names):
            continue
        wanted = [rule for rule in rules if rule.where in ("all", "documents" if kind == "documents" else "code")]
        for passage in READERS[kind](path.read_text(encoding="utf-8")):
            for line, words, advice in check_passage(passage, wanted):
                print(f"{name}:{line}: “{words}”: {advice}")
                count += 1
    if count:
        print(f"{count} breaches of the writing rules", file=sys.stderr)
    return 1 if count else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
