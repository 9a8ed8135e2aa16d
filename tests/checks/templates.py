"""Check templates and the content security policy, run as `python -m tests.checks.templates` by `make lint`.

No inline script or style, no handler attributes, no way round escaping, an alt on every picture, a token in every
form of the desk and none on readers' pages, and a policy without a hole. Mail (`*.mjml`, `*.txt`) has rules of its own
and is only compiled.
"""

import os
import re
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path

SOURCE = Path(__file__).parents[2] / "src" / "stoppress"

FORBIDDEN = {
    "inline script": re.compile(r"<script(?![^>]*\bsrc=)(?![^>]*type=\"application/(?:ld\+)?json\")[^>]*>"),
    "inline style element": re.compile(r"<style\b"),
    "style attribute": re.compile(r"\sstyle="),
    "event handler attribute": re.compile(r"<[a-z][^>]*\son[a-z]+="),
    "javascript: address": re.compile(r"javascript:", re.IGNORECASE),
    "foreign script, style or picture": re.compile(r"<(?:script|link|img|iframe)[^>]*(?:src|href)=\"(?:https?:)?//"),
    "way round escaping": re.compile(r"\|\s*safe\b|autoescape\s+off"),
    "picture without alt": re.compile(r"<img\b(?![^>]*\balt=)[^>]*>"),
}
POST_FORM = re.compile(r"<form\b[^>]*method=\"post\".*?</form>", re.DOTALL | re.IGNORECASE)
UNSAFE = ("unsafe-inline", "unsafe-eval", "*", "data:", "http:", "https:")


def templates() -> list[Path]:
    """Return all templates of all packages."""
    return sorted(path for path in SOURCE.glob("*/templates/**/*") if path.is_file())


def faults_of(path: Path, text: str) -> Iterator[str]:
    """Return the faults of one page template."""
    for name, pattern in FORBIDDEN.items():
        for match in pattern.finditer(text):
            yield f"{name}, line {text.count(chr(10), 0, match.start()) + 1}"
    at_desk = "/desk/templates/" in path.as_posix()
    if not at_desk and "csrf_token" in text:
        yield "a form token on a page that caches keep: it would set a cookie"
    for form in POST_FORM.finditer(text) if at_desk else ():
        if "csrf_token" not in form[0] and "{% include" not in form[0]:
            yield f"a form without token, line {text.count(chr(10), 0, form.start()) + 1}"


def policy_faults() -> Iterator[str]:
    """Return the faults of the content security policy of readers' pages."""
    from django.conf import settings

    directives = settings.CONTENT_SECURITY_POLICY["DIRECTIVES"]
    for name, values in directives.items():
        for value in set(values) - {settings.NEWSROOM.origin}:
            if any(hole in value for hole in UNSAFE):
                yield f"{name} allows {value}"
    for name in ("default-src", "script-src", "style-src", "form-action", "frame-ancestors", "base-uri"):
        if name not in directives:
            yield f"{name} is missing"


def compile_all() -> Iterator[str]:
    """Return the templates that Django cannot compile."""
    import django
    from django.template import TemplateSyntaxError
    from django.template.loader import get_template

    django.setup()
    for path in templates():
        name = path.as_posix().split("/templates/", 1)[1]
        try:
            get_template(name)
        except TemplateSyntaxError as error:
            yield f"{name}: {error}"


def main() -> int:
    """Print every fault; exit code 1 if there is any."""
    os.environ.setdefault("STOPPRESS_HOME", tempfile.mkdtemp(prefix="stoppress-lint-"))
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "stoppress.service.settings")
    faults = [f"templates: {fault}" for fault in compile_all()]
    for path in templates():
        if path.suffix == ".html":
            found = faults_of(path, path.read_text(encoding="utf-8"))
            faults += [f"{path.relative_to(SOURCE)}: {fault}" for fault in found]
    faults += [f"content security policy: {fault}" for fault in policy_faults()]
    print("\n".join(faults) if faults else f"{len(templates())} templates and the policy: no fault found")
    return 1 if faults else 0


if __name__ == "__main__":
    sys.exit(main())
