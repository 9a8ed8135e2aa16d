"""The coverage report adds files up by package."""

from tests.support.coverage_report import Counts, as_page, counts_by_package, package_of


def summary(statements: int, lines: int, branches: int, covered: int) -> dict[str, dict[str, int]]:
    return {
        "summary": {
            "num_statements": statements,
            "covered_lines": lines,
            "num_branches": branches,
            "covered_branches": covered,
        }
    }


FILES = {
    "src/stoppress/edge/hub.py": summary(60, 50, 20, 10),
    "src/stoppress/edge/ring.py": summary(20, 20, 0, 0),
    "src/stoppress/alerts/mail/links.py": summary(10, 10, 0, 0),
}


def test_package_of_is_two_folders_deep() -> None:
    assert package_of("src/stoppress/edge/hub.py") == "edge"
    assert package_of("src/stoppress/alerts/mail/links.py") == "alerts/mail"
    assert package_of("src/stoppress/alerts/receiving/hooks/sns.py") == "alerts/receiving"
    assert package_of("src/stoppress/__init__.py") == "stoppress"


def test_counts_by_package_adds_statements_and_branches() -> None:
    found = counts_by_package(FILES)
    assert list(found) == ["alerts/mail", "edge", "all"]
    assert found["edge"] == Counts(statements=80, branches=20, covered=80)
    assert found["edge"].percent == 80.0
    assert found["all"] == Counts(statements=90, branches=20, covered=90)


def test_page_has_a_row_per_package_and_the_total_last() -> None:
    rows = as_page(counts_by_package(FILES)).splitlines()[-3:]
    assert rows == [
        "| alerts/mail | 10 | 0 | 100.0 % |",
        "| edge | 80 | 20 | 80.0 % |",
        "| all | 90 | 20 | 81.8 % |",
    ]


def test_empty_package_counts_as_covered() -> None:
    assert Counts().percent == 100.0
