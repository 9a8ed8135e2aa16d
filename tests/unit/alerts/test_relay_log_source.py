"""A log is read as a stream, packed or not, and never more of it than may be; many ids go in a short text."""

import gzip
from io import BytesIO

import pytest
from hypothesis import given
from hypothesis import strategies as st

from stoppress.alerts.errors import UnreadableLogError
from stoppress.alerts.receipts.id_ranges import MAX_IDS, parse_id_ranges, format_id_ranges
from stoppress.alerts.receipts.relay_log_source import MAX_LINE_BYTES, UploadedLog, LocalLogFile

TEXT = b"one\ntwo\nthree\n"


@pytest.mark.parametrize("packed", [False, True])
def test_lines_come_out_as_they_went_in(packed: bool) -> None:
    log = UploadedLog(BytesIO(gzip.compress(TEXT) if packed else TEXT))
    assert [line.strip() for line in log] == ["one", "two", "three"] and not log.is_truncated


@pytest.mark.parametrize("packed", [False, True])
def test_more_than_may_be_is_not_read(packed: bool) -> None:
    bomb = b"a line of the log\n" * 100_000
    log = UploadedLog(BytesIO(gzip.compress(bomb) if packed else bomb), max_bytes=1800)
    assert len(list(log)) == 100 and log.is_truncated


def test_an_endless_line_comes_in_pieces() -> None:
    assert max(map(len, UploadedLog(BytesIO(gzip.compress(b"x" * 1_000_000))))) == MAX_LINE_BYTES


@pytest.mark.parametrize(
    "damaged",
    [
        pytest.param(gzip.compress(TEXT)[:-9], id="cut off"),
        pytest.param(b"\x1f\x8bnothing", id="no header"),
        pytest.param(b"\x1f\x8b", id="nothing more"),
    ],
)
def test_a_damaged_file_is_refused_with_a_reason(damaged: bytes) -> None:
    with pytest.raises(UnreadableLogError, match="cannot be read"):
        list(UploadedLog(BytesIO(damaged)))


def test_of_a_long_log_on_this_machine_the_end_is_read(tmp_path) -> None:
    path = tmp_path / "mail.log"
    path.write_bytes(b"".join(b"line %d\n" % n for n in range(1000, 2000)))
    log = LocalLogFile(path, max_bytes=50)
    assert list(log)[-1] == "line 1999\n" and len(list(log)) == 5 and log.is_truncated
    whole = LocalLogFile(path)
    assert len(list(whole)) == 1000 and not whole.is_truncated
    packed = tmp_path / "mail.log.1.gz"
    packed.write_bytes(gzip.compress(TEXT))
    assert len(list(LocalLogFile(packed))) == 3


def test_what_is_no_file_is_said(tmp_path) -> None:
    for path in (tmp_path, tmp_path / "nothing"):
        with pytest.raises(UnreadableLogError, match="there is no file"):
            list(LocalLogFile(path))


@given(st.sets(st.integers(min_value=0, max_value=300)))
def test_ids_come_back_out_of_their_spans(ids: set[int]) -> None:
    assert parse_id_ranges(format_id_ranges(ids)) == ids


def test_a_hundred_thousand_ids_in_a_row_are_a_dozen_characters() -> None:
    assert format_id_ranges(range(1, 100_001)) == "1-100000" and format_id_ranges([7, 3, 4, 5]) == "3-5,7"


@pytest.mark.parametrize("text", ["x", "1-x", "1,,-", f"1-{MAX_IDS + 1}", "9" * 50, "١"])
def test_what_names_no_ids_or_too_many_is_refused(text: str) -> None:
    with pytest.raises(ValueError, match="ids"):
        parse_id_ranges(text)
