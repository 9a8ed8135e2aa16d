"""Docs that stay true: every setting and every command is written down."""

from dataclasses import fields
from pathlib import Path

from stoppress.service.cli import parser
from stoppress.service.config import Config

ROOT = Path(__file__).parents[2]


def test_every_setting_is_documented():
    text = (ROOT / "docs" / "settings.md").read_text(encoding="utf-8")
    assert [field.name for field in fields(Config) if f"`STOPPRESS_{field.name.upper()}`" not in text] == []


def test_every_command_is_in_the_readme():
    text = (ROOT / "README.md").read_text(encoding="utf-8")
    verbs = parser()._subparsers._group_actions[0].choices  # type: ignore[union-attr]
    assert [verb for verb in verbs if f"stoppress {verb}" not in text] == []


def test_the_project_names_no_machine():
    paths = [
        path for folder in ("src", "tests", "docs", "bench") for path in (ROOT / folder).rglob("*") if path.is_file()
    ]
    for path in paths:
        if path.suffix in {".py", ".md", ".html", ".js", ".css", ".toml", ".txt"}:
            assert "/root" + "/" not in path.read_text(encoding="utf-8"), path
