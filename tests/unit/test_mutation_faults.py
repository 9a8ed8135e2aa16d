"""What `make mutation` puts into the source, and what it leaves alone."""

from pathlib import Path

from tests.mutation.faults import mutants_of

SOURCE = '''\
"""A module."""
LIMIT = 10

def admit(count: int, ready: bool) -> bool:
    """Return True if there is room."""
    log.info("asked %s", 7)
    if ready and count < LIMIT:
        register(count)
        return True
    raise ValueError("no room for 3")

def __repr__(self) -> str:
    return "1" + _("2 rooms")
'''


def test_faults_are_in_guards_numbers_and_calls_and_not_in_texts(tmp_path: Path) -> None:
    path = tmp_path / "stoppress" / "hotel" / "rooms.py"
    path.parent.mkdir(parents=True)
    path.write_text(SOURCE, encoding="utf-8")
    mutants = mutants_of(path)
    guard = "ready and count < LIMIT"
    assert [(mutant.last, mutant.before, mutant.after) for mutant in mutants] == [
        (2, "10", "11"),
        (7, f"if {guard}:", "if True:"),
        (7, f"if {guard}:", "if False:"),
        (7, guard, "ready or count < LIMIT"),
        (7, guard, "ready"),
        (7, guard, "count < LIMIT"),
        (7, "< LIMIT", "<= LIMIT"),
        (8, "register(count)", "pass"),
        (9, "True", "False"),
    ]
    assert mutants[6].source() == SOURCE.replace("count < LIMIT", "count <= LIMIT")
    assert mutants[6].name == "hotel/rooms.py:7#6"
    assert [mutant.in_function for mutant in mutants] == [False] + [True] * 8
