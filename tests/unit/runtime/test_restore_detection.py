"""A restored database is recognised by marks and by the identity of the home folder."""

import shutil
from pathlib import Path
from threading import Thread

import pytest
from hypothesis import given
from hypothesis import strategies as st

from stoppress.runtime.restore_detection import IdentityFile, MarkFile, RestoreReason, detect_restore


@given(number=st.integers(0, 9), mark=st.integers(0, 9), is_same_home=st.booleans())
def test_restore_is_detected_when_number_is_below_mark_or_home_differs(number, mark, is_same_home):
    reason = detect_restore(number, mark, "a", "a" if is_same_home else "b")
    assert (reason is RestoreReason.DATABASE_OLDER) is (number < mark)
    assert (reason is None) is (number >= mark and is_same_home)


def test_mark_file_is_empty_when_missing(tmp_path):
    assert MarkFile(tmp_path / "marks").read() == {}


@given(rounds=st.lists(st.dictionaries(st.sampled_from(["a", "b c", "ø"]), st.integers(0, 10**19)), max_size=6))
def test_mark_file_holds_the_highest_number_of_each_name(tmp_path_factory, rounds):
    marks, highest = MarkFile(tmp_path_factory.mktemp("home") / "marks"), {}
    for raised in rounds:
        marks.raise_to(raised)
        highest |= {name: max(number, highest.get(name, 0)) for name, number in raised.items()}
        assert marks.read() == highest


NO_MARKS = [b"", b"\0", b"[]\n", b"12 a\n", b"x" * 20 + b" a\n", b"0" * 20 + b"\n", b"0" * 20 + b" a"]


@pytest.mark.parametrize("content", NO_MARKS)
def test_mark_file_leaves_out_damaged_lines_and_stores_new_marks_after_them(tmp_path, content):
    path = tmp_path / "marks"
    path.write_bytes(content)
    assert MarkFile(path).read() == {}
    MarkFile(path).raise_to({"a": 7, "b": 0})
    MarkFile(path).raise_to({"a": 8})
    found = MarkFile(path).read()
    assert (found["a"], found["b"]) == (8, 0)


def test_mark_file_loses_nothing_when_several_threads_raise_marks(tmp_path):
    path = tmp_path / "marks"

    def raise_marks(start: int) -> None:
        for number in range(start, 200, 4):
            MarkFile(path).raise_to({"shared": number, f"own {start}": number})

    threads = [Thread(target=raise_marks, args=(start,)) for start in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert MarkFile(path).read() == {"shared": 199} | {f"own {start}": 196 + start for start in range(4)}


def test_identity_differs_when_home_is_copied_or_restored_and_stays_otherwise(tmp_path):
    home, copy = tmp_path / "home", tmp_path / "copy"
    home.mkdir()
    file = IdentityFile(home / "identity")
    assert (file.content(), file.identity()) == (None, "")
    file.create("first\n")
    identity = file.identity()
    file.create("second\n")
    assert (file.content(), file.identity()) == ("first", identity) and identity
    shutil.copytree(home, copy, copy_function=shutil.copy2)
    assert IdentityFile(copy / "identity").identity() not in ("", identity)
    shutil.rmtree(home)
    shutil.copytree(copy, home, copy_function=shutil.copy2)
    assert file.identity() not in ("", identity)


def test_identity_file_is_written_again_when_a_crash_left_it_empty(tmp_path: Path):
    (tmp_path / "identity").touch()
    file = IdentityFile(tmp_path / "identity")
    file.create("home\n")
    assert file.content() == "home"
