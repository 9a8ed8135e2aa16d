"""What the headers of a request say, read once."""

from stoppress.runtime.http_head import BODY_HEADERS, CREDENTIAL_HEADERS, RequestHead, parse_header_lines


def test_repeated_fields_are_joined_and_reported() -> None:
    head = RequestHead([(b"host", b"a"), (b"accept-encoding", b"gzip"), (b"accept-encoding", b"br")])
    assert head.get(b"accept-encoding") == b"gzip,br" and head.text(b"accept-encoding") == "gzip,br"
    assert head.has_repeated_fields and head.has_one_host
    assert head.size == 5 + 19 + 17
    assert not RequestHead([(b"host", b"a"), (b"accept", b"b")]).has_repeated_fields


def test_one_host_is_neither_none_nor_two() -> None:
    assert RequestHead([(b"host", b"a")]).has_one_host
    assert not RequestHead([]).has_one_host
    assert not RequestHead([(b"host", b"a"), (b"host", b"a")]).has_one_host


def test_absent_fields_are_empty() -> None:
    head = RequestHead([(b"host", b"a")])
    assert head.get(b"cookie") == b"" and head.text(b"cookie") == "" and b"cookie" not in head and b"host" in head


def test_groups_of_fields() -> None:
    assert RequestHead([(b"transfer-encoding", b"chunked")]).has_any(BODY_HEADERS)
    assert RequestHead([(b"content-length", b"0")]).has_any(BODY_HEADERS)
    assert RequestHead([(b"cookie", b"a=b")]).has_any(CREDENTIAL_HEADERS)
    assert not RequestHead([(b"host", b"a")]).has_any(BODY_HEADERS | CREDENTIAL_HEADERS)


def test_a_length_that_is_no_number_announces_nothing() -> None:
    for value, length in ((b"17", 17), (b"", 0), (b"-1", 0), (b"1_0", 0), (b"0x10", 0), (b"5,5", 0)):
        assert RequestHead([(b"content-length", value)]).content_length == length


def test_lines_become_headers() -> None:
    assert parse_header_lines(b"Host: a\r\nX-Empty:\r\nX-Y:\t b: c \t\r\n") == [
        (b"host", b"a"),
        (b"x-empty", b""),
        (b"x-y", b"b: c \t"),
    ]
