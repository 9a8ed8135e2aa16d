"""Parsed request headers: repeated fields, groups of fields, and lengths."""

from stoppress.runtime.http_head import BODY_HEADERS, CREDENTIAL_HEADERS, RequestHead, parse_header_lines


def test_request_head_joins_and_reports_repeated_fields() -> None:
    head = RequestHead([(b"host", b"a"), (b"accept-encoding", b"gzip"), (b"accept-encoding", b"br")])
    assert head.get(b"accept-encoding") == b"gzip,br" and head.text(b"accept-encoding") == "gzip,br"
    assert head.has_repeated_fields and head.has_one_host
    assert head.size == 5 + 19 + 17
    assert not RequestHead([(b"host", b"a"), (b"accept", b"b")]).has_repeated_fields


def test_has_one_host_is_false_when_host_is_absent_or_repeated() -> None:
    assert RequestHead([(b"host", b"a")]).has_one_host
    assert not RequestHead([]).has_one_host
    assert not RequestHead([(b"host", b"a"), (b"host", b"a")]).has_one_host


def test_request_head_returns_empty_values_when_fields_are_absent() -> None:
    head = RequestHead([(b"host", b"a")])
    assert head.get(b"cookie") == b"" and head.text(b"cookie") == "" and b"cookie" not in head and b"host" in head


def test_has_any_finds_a_field_of_the_group() -> None:
    assert RequestHead([(b"transfer-encoding", b"chunked")]).has_any(BODY_HEADERS)
    assert RequestHead([(b"content-length", b"0")]).has_any(BODY_HEADERS)
    assert RequestHead([(b"cookie", b"a=b")]).has_any(CREDENTIAL_HEADERS)
    assert not RequestHead([(b"host", b"a")]).has_any(BODY_HEADERS | CREDENTIAL_HEADERS)


def test_content_length_is_zero_when_the_value_is_not_a_number() -> None:
    for value, length in ((b"17", 17), (b"", 0), (b"-1", 0), (b"1_0", 0), (b"0x10", 0), (b"5,5", 0)):
        assert RequestHead([(b"content-length", value)]).content_length == length


def test_parse_header_lines_returns_lower_case_names_and_values() -> None:
    assert parse_header_lines(b"Host: a\r\nX-Empty:\r\nX-Y:\t b: c \t\r\n") == [
        (b"host", b"a"),
        (b"x-empty", b""),
        (b"x-y", b"b: c \t"),
    ]
