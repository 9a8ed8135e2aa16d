"""Limits on what a chunked request carries besides its content."""

from http import HTTPStatus

import pytest

from stoppress.edge.protocol.chunked_limits import ChunkedLimits, DiscardedHeaders, FramingTooLargeError


def test_trailers_are_refused_above_8_kib() -> None:
    limits = ChunkedLimits()
    for _ in range(8):
        limits.count_trailer(b"x" * 20, b"y" * 1000)  # and 4 bytes of separators
    with pytest.raises(FramingTooLargeError) as refused:
        limits.count_trailer(b"a", b"")
    assert refused.value.status is HTTPStatus.REQUEST_HEADER_FIELDS_TOO_LARGE


def test_framing_is_refused_above_8_kib_and_16_bytes_per_chunk() -> None:
    limits = ChunkedLimits()
    limits.count_chunk()
    limits.count_framing(8192 + 16)
    with pytest.raises(FramingTooLargeError) as refused:
        limits.count_framing(1)
    assert refused.value.status is HTTPStatus.REQUEST_HEADER_FIELDS_TOO_LARGE


def test_negative_framing_gives_no_credit() -> None:
    limits = ChunkedLimits()
    limits.count_framing(-100_000)
    with pytest.raises(FramingTooLargeError):
        limits.count_framing(8193)


def test_chunks_are_refused_above_4096_and_one_more_per_8_bytes() -> None:
    limits = ChunkedLimits()
    for _ in range(4096):
        limits.count_chunk()
    with pytest.raises(FramingTooLargeError) as refused:
        limits.count_chunk()
    assert refused.value.status is HTTPStatus.BAD_REQUEST
    limits = ChunkedLimits()
    limits.count_content(80)
    for _ in range(4106):
        limits.count_chunk()
    with pytest.raises(FramingTooLargeError):
        limits.count_chunk()


def test_discarded_headers_count_what_is_appended_and_keep_nothing() -> None:
    counted = []
    for headers in (DiscardedHeaders(), DiscardedHeaders(lambda *trailer: counted.append(trailer))):
        headers.append((b"a", b"b"))
        assert list(headers) == []
    assert counted == [(b"a", b"b")]
