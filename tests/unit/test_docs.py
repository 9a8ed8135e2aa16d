"""Docs that stay true: every setting and every command is written down."""

import re
from pathlib import Path

from stoppress.service.cli.main import parser
from stoppress.service.config.reference import settings_table
from stoppress.service.monitoring.alarms import CODES

ROOT = Path(__file__).parents[2]


def test_every_setting_is_documented():
    text = (ROOT / "docs" / "settings.md").read_text(encoding="utf-8")
    table = settings_table()
    assert "\n| `STOPPRESS_UNDO_SECONDS` | `0` | seconds in which Send can be taken back" in table
    assert table.count("\n") == 2 + 30
    assert table in text, "run: python -m stoppress.service.config.reference docs/settings.md"


def test_every_command_is_in_the_readme():
    text = (ROOT / "README.md").read_text(encoding="utf-8")
    verbs = parser()._subparsers._group_actions[0].choices  # type: ignore[union-attr]
    assert [verb for verb in verbs if f"stoppress {verb}" not in text] == []


def test_every_alarm_and_metric_of_mail_and_clock_is_documented():
    text = (ROOT / "docs" / "operate" / "watch.md").read_text(encoding="utf-8")
    source = (ROOT / "src" / "stoppress" / "service" / "monitoring" / "metric_families.py").read_text(encoding="utf-8")
    names = re.findall(r'"(?:stoppress_)?((?:mail|canary|clock|digests|mailer)s?_?[a-z_]*)"', source)
    assert len(names) > 15
    missing = [name for name in names if name not in text and f"_{name.rpartition('_')[2]}`" not in text]
    assert missing + [code for code in CODES if f"| `{code}` |" not in text] == []


def test_the_project_names_no_machine():
    paths = [
        path for folder in ("src", "tests", "docs", "bench") for path in (ROOT / folder).rglob("*") if path.is_file()
    ]
    for path in paths:
        if path.suffix in {".py", ".md", ".html", ".js", ".css", ".toml", ".txt"}:
            assert "/root" + "/" not in path.read_text(encoding="utf-8"), path
