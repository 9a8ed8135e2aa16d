"""Documents that stay true: settings, commands, alarms, terms, files and functions that they name."""

import re
from pathlib import Path

from django.apps import apps

from stoppress.coverage.choices import BlogState
from stoppress.delivery.choices import DeliveryState, Lane
from stoppress.service.cli.main import parser
from stoppress.service.config.reference import settings_table
from stoppress.service.monitoring.alarms import ALARM_CODES

ROOT = Path(__file__).parents[2]


def test_settings_are_documented():
    text = (ROOT / "docs" / "settings.md").read_text(encoding="utf-8")
    table = settings_table()
    assert "\n| `STOPPRESS_UNDO_SECONDS` | `0` | seconds in which Send can be undone" in table
    assert table.count("\n") == 2 + 42
    assert table in text, "run: python -m stoppress.service.config.reference docs/settings.md"


def test_commands_are_in_the_readme():
    text = (ROOT / "README.md").read_text(encoding="utf-8")
    verbs = parser()._subparsers._group_actions[0].choices  # type: ignore[union-attr]
    assert [verb for verb in verbs if f"stoppress {verb}" not in text] == []


def test_alarms_and_metrics_are_documented():
    text = (ROOT / "docs" / "operate" / "watch.md").read_text(encoding="utf-8")
    source = (ROOT / "src" / "stoppress" / "service" / "monitoring" / "metric_families.py").read_text(encoding="utf-8")
    names = re.findall(r'"(?:stoppress_)?((?:mail|canary|clock|digests|mailer)s?_?[a-z_]*)"', source)
    assert len(names) > 15
    missing = [name for name in names if name not in text and f"_{name.rpartition('_')[2]}`" not in text]
    assert missing + [code for code in ALARM_CODES if f"| `{code}` |" not in text] == []


def test_files_name_no_machine_path():
    paths = [
        path for folder in ("src", "tests", "docs", "bench") for path in (ROOT / folder).rglob("*") if path.is_file()
    ]
    for path in paths:
        if path.suffix in {".py", ".md", ".html", ".js", ".css", ".toml", ".txt"}:
            assert "/root" + "/" not in path.read_text(encoding="utf-8"), path


def test_glossary_defines_every_model_state_lane_and_command():
    text = (ROOT / "docs" / "glossary.md").read_text(encoding="utf-8").lower()
    models = [
        model
        for config in apps.get_app_configs()
        if config.name.startswith("stoppress.")
        for model in config.get_models()
    ]
    assert len(models) > 15
    names = [re.sub(r"(?<=[a-z])(?=[A-Z])", " ", model.__name__).lower() for model in models]
    names += [str(state.label).lower() for state in DeliveryState]
    names += [str(state.value) for state in BlogState]
    assert [name for name in names if f"**{name}**" not in text] == []
    lanes = [lane.name.lower() for lane in Lane]
    assert [lane for lane in lanes if lane not in text] == []
    verbs = parser()._subparsers._group_actions[0].choices  # type: ignore[union-attr]
    assert [verb for verb in verbs if f"`{verb}`" not in text] == []


def test_architecture_links_to_files_that_exist_and_names_what_they_define():
    text = (ROOT / "ARCHITECTURE.md").read_text(encoding="utf-8")
    links = re.findall(r"\]\(((?!http)[^)#]+)\)", text)
    assert len(links) > 50
    assert [link for link in links if not (ROOT / link).exists()] == []
    named = re.findall(r"`([A-Za-z_]+)` in\s+\[[^\]]+\]\(([^)]+\.py)\)", text)
    assert len(named) >= 4
    missing = [
        (name, path)
        for name, path in named
        if not re.search(
            rf"^(?:async )?(?:def|class) {name}\b", (ROOT / path).read_text(encoding="utf-8"), re.MULTILINE
        )
    ]
    assert missing == []


def test_documents_name_modules_that_exist():
    package = ROOT / "src" / "stoppress"
    missing = []
    for path in (*ROOT.glob("*.md"), *(ROOT / "docs").rglob("*.md")):
        for name in re.findall(r"\b((?:[a-z_]+/)+[a-z_]+\.py)\b", path.read_text(encoding="utf-8")):
            if not any((place / name).exists() for place in (ROOT, package, package.parent)):
                missing.append(f"{path.name}: {name}")
    assert missing == []
