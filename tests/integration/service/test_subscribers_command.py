"""`stoppress subscribers` and `stoppress topics` used and misused."""

import csv
import os
from pathlib import Path

import pytest

from stoppress.service.cli.commands.subscribers import open_output
from stoppress.service.errors import CommandError
from stoppress.service.progress_bar import draw_bar
from tests.support.installation import Installation


@pytest.fixture
def installation(tmp_path: Path) -> Installation:
    return Installation(tmp_path / "home")


def test_list_round_trips_and_refused_rows_are_reported(installation: Installation, tmp_path: Path) -> None:
    listed, report, out = tmp_path / "list.csv", tmp_path / "report.csv", tmp_path / "out.csv"
    listed.write_bytes("email;name\nmari@example.com;Åse\nno address;x\nTOVE@example.com;=1+1\n".encode("latin-1"))
    said = installation.run("topics", "add", "politics", "--name", "Politics", "--description", "What is decided.")
    assert "“Politics”" in said
    dry = installation.run("subscribers", "import", str(listed), "--topic", "politics", "--dry-run")
    assert "2 added" in dry and "Nothing was changed." in dry
    said = installation.run("subscribers", "import", str(listed), "--topic", "politics", "--report", str(report))
    assert "3 rows read\n2 added\n1 rejected: not an email address" in said
    rows = list(csv.DictReader(report.read_text(encoding="utf-8").splitlines()))
    assert [(row["row"], row["reason"], row["address"]) for row in rows] == [("3", "not an email address", "n…")]
    text = listed.read_text(encoding="latin-1")
    assert "2 subscribed already" in installation.run("subscribers", "import", "-", "--topic", "politics", given=text)
    named = tmp_path / "named.csv"
    named.write_text("Werber;Correo;Estado\nuwe@example.com;odd@example.com;alta\n;nei@example.com;se fue\n")
    options = ("--column", "email=Correo", "--only", "Estado=alta", "--topic", "politics", "--dry-run")
    said = installation.run("subscribers", "import", str(named), *options)
    assert "2 rows read\n1 added\n1 rejected: Estado is not alta" in said
    installation.run("subscribers", "export", str(out))
    assert out.read_text().count("politics,confirmed") == 2 and out.stat().st_mode & 0o777 == 0o600
    assert installation.run("subscribers", "export", "-", "--topic", "politics").count("@example.com") == 2
    assert installation.run("subscribers", "export", "-", "--topic", "breaking").count("@example.com") == 0
    listing = installation.run("topics", "list").splitlines()
    assert [line.split()[:2] for line in listing] == [["breaking", "0"], ["politics", "2"]]


def test_command_refuses_bad_input_in_one_line(installation: Installation, tmp_path: Path) -> None:
    names, taken = tmp_path / "names.csv", ("topics", "add", "politics", "--name", "Politics")
    names.write_text("name\nMari\n")
    installation.run(*taken)
    for arguments, says in (
        (("subscribers", "import", str(tmp_path / "nothing.csv")), "No such file"),
        (("subscribers", "import", str(names)), "no column of addresses; name it with --column email="),
        (("subscribers", "import", str(names), "--column", "mail=2"), "fields must be among email, topic"),
        (("subscribers", "import", str(names), "--only", "Estado"), "--only must be NAME=VALUE"),
        (("subscribers", "import", str(names), "--topic", "sport"), "--topic must be one of breaking, politics"),
        (("subscribers", "export", str(tmp_path / "no" / "folder.csv")), "No such file"),
        (taken, "There is already a topic politics"),
        (("topics", "add", "Big News", "--name", "Big"), "lower-case letters"),
    ):
        code, said = installation.fail(*arguments)
        assert code == 2 and says in said and "Traceback" not in said
    assert not [path for path in tmp_path.rglob("*") if path.name.startswith(".")]


@pytest.mark.parametrize(
    ("count", "done", "size", "shown"),
    [
        (500, 50, 100, "[###############               ]  50%  500 rows  50/s"),
        (500, 0, None, "500 rows  50/s"),
        (0, 200, 100, "[##############################] 100%  0 rows  0/s"),
    ],
)
def test_progress_bar_draws_share_and_rate(count: int, done: int, size: int | None, shown: str) -> None:
    assert draw_bar(count, done, size, 10.0) == shown


@pytest.mark.parametrize("kind", ["pipe", "link", "empty"])
def test_export_never_replaces_what_is_no_file(tmp_path: Path, kind: str) -> None:
    target = tmp_path / "target"
    {"pipe": lambda: os.mkfifo(target), "link": lambda: target.symlink_to("/dev/null"), "empty": lambda: None}[kind]()
    name = "" if kind == "empty" else str(target)
    with pytest.raises(CommandError, match="must be a new file or a regular file"), open_output(name):
        pass
    assert target.is_symlink() == (kind == "link") and target.is_fifo() == (kind == "pipe")
