"""Copies of imported pages: an empty page is none."""

from stoppress.importing.match_posts import _is_full_copy, _is_half


def test_empty_page_is_no_copy_of_an_empty_page() -> None:
    assert not _is_full_copy([], [])
    assert not _is_half({}, [], [])
