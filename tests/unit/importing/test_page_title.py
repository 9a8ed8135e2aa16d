"""The option --title of the import command, and the singular in its output."""

from pathlib import Path

import pytest

from stoppress.service.cli.main import main

PAGE = "Storm Maren – live\n20:02\nGate shut at last\nIt has been shut.\n"


@pytest.fixture
def page(tmp_path: Path) -> str:
    path = tmp_path / "maren.txt"
    path.write_text(PAGE, encoding="utf-8")
    return str(path)


@pytest.mark.parametrize("title", ["x" * 301, "Storm\nMaren", "Storm Maren\n", "Storm\u2028Maren", "Storm\rMaren"])
def test_import_refuses_a_title_that_is_too_long_or_not_one_line(
    page: str, title: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["import", page, "--dry-run", "--title", title]) == 2
    assert "--title" in capsys.readouterr().err


@pytest.mark.django_db
def test_import_accepts_a_title_of_the_maximum_length(page: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["import", page, "--dry-run", "--title", "x" * 300]) == 0
    assert "1 post, 1 line set aside, 0 lost" in capsys.readouterr().out
