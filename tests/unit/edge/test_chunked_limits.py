"""What a chunked request may carry besides its content."""

from http import HTTPStatus

import pytest

from stoppress.edge.protocol.chunked_limits import ChunkedLimits, DiscardedHeaders, FramingTooLargeError


def test_trailers_may_have_8_kib() -> None:
    limits = ChunkedLimits()
    for _ in range(8):
        limits.count_trailer(b"x" * 20, b"y" * 1000)  # and 4 bytes of separators
    with pytest.raises(FramingTooLargeError) as refused:
        limits.count_trailer(b"a", b"")
    assert refused.value.status is HTTPStatus.REQUEST_HEADER_FIELDS_TOO_LARGE


def test_framing_may_have_8_kib_besides_16_bytes_a_chunk() -> None:
    limits = ChunkedLimits()
    limits.count_chunk()
    limits.count_framing(8192 + 16)
    with pytest.raises(FramingTooLargeError) as refused:
        limits.count_framing(1)
    assert refused.value.status is HTTPStatus.REQUEST_HEADER_FIELDS_TOO_LARGE


def test_less_than_nothing_is_not_credited() -> None:
    limits = ChunkedLimits()
    limits.count_framing(-100_000)
    with pytest.raises(FramingTooLargeError):
        limits.count_framing(8193)


def test_4096_tiny_chunks_and_one_more_for_each_8_bytes() -> None:
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


def test_what_is_added_to_a_head_that_is_complete_is_counted_and_not_kept() -> None:
    counted = []
    for headers in (DiscardedHeaders(), DiscardedHeaders(lambda *trailer: counted.append(trailer))):
        headers.append((b"a", b"b"))
        assert list(headers) == []
    assert counted == [(b"a", b"b")]
