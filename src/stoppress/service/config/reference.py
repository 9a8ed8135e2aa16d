"""The table of settings in docs/settings.md, written from the fields.

python -m stoppress.service.config.reference docs/settings.md
"""

import sys
from pathlib import Path

from stoppress.service.config.messages import allowed_range
from stoppress.service.config.model import Config
from stoppress.service.config.sources import PREFIX

TABLE_HEAD = "| variable | default | meaning |\n| --- | --- | --- |\n"
BEGIN, END = "<!-- settings: begin -->\n", "<!-- settings: end -->\n"


def settings_table() -> str:
    """Return the table as Markdown, a row for each field."""
    return TABLE_HEAD + "".join(_row(name) for name in Config.model_fields)


def replace_table(page: str) -> str:
    """Return the page with the table between its two markers replaced."""
    before, rest = page.split(BEGIN)
    return before + BEGIN + settings_table() + END + rest.split(END)[1]


def _row(name: str) -> str:
    field = Config.model_fields[name]
    variable = f"`{PREFIX}{name.upper()}`"
    if name == "database_url":
        variable = f"`DATABASE_URL` (or {variable})"
    default = f"`{_as_text(field.default)}`" if field.repr and _as_text(field.default) else "–"
    least, most = allowed_range(field)
    return f"| {variable} | {default} | {field.description}{'' if least is None else f' ({least} to {most})'} |\n"


def _as_text(default: object) -> str:
    """Return a default as an operator would write it; "" for none."""
    if isinstance(default, tuple):
        return ",".join(str(getattr(item, "network_address", item)) for item in default)
    return str(default).lower() if isinstance(default, bool) else "" if default is None else str(default)


if __name__ == "__main__":
    path = Path(sys.argv[1])
    path.write_text(replace_table(path.read_text(encoding="utf-8")), encoding="utf-8")
