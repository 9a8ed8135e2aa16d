"""Response heads that are written without Django, and the memory for short header values."""

from stoppress.edge.http.memoise_short import MAX_MEMOISED_CHARACTERS, memoise_short
from stoppress.edge.http.response_head import response_head


def test_response_head_has_status_line_headers_and_an_empty_line() -> None:
    head = response_head(304, [(b"date", b"Sun, 08 Mar 2026 20:04:12 GMT"), (b"etag", b'"a"')])
    assert head == b'HTTP/1.1 304 Not Modified\r\ndate: Sun, 08 Mar 2026 20:04:12 GMT\r\netag: "a"\r\n\r\n'


def test_response_head_without_headers_ends_at_once() -> None:
    assert response_head(200, []) == b"HTTP/1.1 200 OK\r\n\r\n"


def test_memoise_short_keeps_results_of_short_values_only() -> None:
    parsed = []

    @memoise_short
    def parse(value: str) -> int:
        parsed.append(value)
        return len(value)

    short, long = "a" * MAX_MEMOISED_CHARACTERS, "a" * (MAX_MEMOISED_CHARACTERS + 1)
    assert [parse(value) for value in (short, short, long, long)] == [200, 200, 201, 201]
    assert parsed == [short, long, long]
