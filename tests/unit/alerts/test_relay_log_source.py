"""Logs are read as a stream, compressed or not, up to a limit; many ids fit into a short text."""

import gzip
from io import BytesIO

import pytest
from hypothesis import given
from hypothesis import strategies as st

from stoppress.alerts.errors import UnreadableLogError
from stoppress.alerts.receipts.id_ranges import MAX_IDS, format_id_ranges, parse_id_ranges
from stoppress.alerts.receipts.relay_log_source import MAX_LINE_BYTES, LocalLogFile, UploadedLog

TEXT = b"one\ntwo\nthree\n"


@pytest.mark.parametrize("compressed", [False, True])
def test_log_lines_are_read_plain_and_compressed(compressed: bool) -> None:
    log = UploadedLog(BytesIO(gzip.compress(TEXT) if compressed else TEXT))
    assert [line.strip() for line in log] == ["one", "two", "three"] and not log.is_truncated


@pytest.mark.parametrize("compressed", [False, True])
def test_log_is_truncated_at_the_limit(compressed: bool) -> None:
    bomb = b"a line of the log\n" * 100_000
    log = UploadedLog(BytesIO(gzip.compress(bomb) if compressed else bomb), max_bytes=1800)
    assert len(list(log)) == 100 and log.is_truncated


def test_endless_line_is_read_in_pieces() -> None:
    assert max(map(len, UploadedLog(BytesIO(gzip.compress(b"x" * 1_000_000))))) == MAX_LINE_BYTES


@pytest.mark.parametrize(
    "damaged",
    [
        pytest.param(gzip.compress(TEXT)[:-9], id="cut off"),
        pytest.param(b"\x1f\x8bnothing", id="no header"),
        pytest.param(b"\x1f\x8b", id="nothing more"),
    ],
)
def test_damaged_file_is_refused_with_a_reason(damaged: bytes) -> None:
    with pytest.raises(UnreadableLogError, match="cannot be read"):
        list(UploadedLog(BytesIO(damaged)))


def test_local_log_is_read_from_its_end_when_long(tmp_path) -> None:
    path = tmp_path / "mail.log"
    path.write_bytes(b"".join(b"line %d\n" % n for n in range(1000, 2000)))
    log = LocalLogFile(path, max_bytes=50)
    assert list(log)[-1] == "line 1999\n" and len(list(log)) == 5 and log.is_truncated
    whole = LocalLogFile(path)
    assert len(list(whole)) == 1000 and not whole.is_truncated
    compressed = tmp_path / "mail.log.1.gz"
    compressed.write_bytes(gzip.compress(TEXT))
    assert len(list(LocalLogFile(compressed))) == 3


def test_local_log_is_refused_when_it_is_no_file(tmp_path) -> None:
    for path in (tmp_path, tmp_path / "nothing"):
        with pytest.raises(UnreadableLogError, match="there is no file"):
            list(LocalLogFile(path))


@given(st.sets(st.integers(min_value=0, max_value=300)))
def test_id_ranges_are_formatted_and_parsed(ids: set[int]) -> None:
    assert parse_id_ranges(format_id_ranges(ids)) == ids


def test_consecutive_ids_are_one_short_range() -> None:
    assert format_id_ranges(range(1, 100_001)) == "1-100000" and format_id_ranges([7, 3, 4, 5]) == "3-5,7"


@pytest.mark.parametrize("text", ["x", "1-x", "1,,-", f"1-{MAX_IDS + 1}", "9" * 50, "١"])
def test_id_ranges_are_refused_when_invalid_or_too_many(text: str) -> None:
    with pytest.raises(ValueError, match="ids"):
        parse_id_ranges(text)
