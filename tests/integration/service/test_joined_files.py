"""The joined style sheets and scripts, as browsers and caches get them."""

import gzip
import re

import brotli
import pytest
import zstandard
from django.test import Client

from stoppress.coverage.models import LiveBlog

pytestmark = pytest.mark.django_db


@pytest.fixture
def addresses(client: Client, blog: LiveBlog) -> list[str]:
    """Return the addresses of the style sheets and scripts of a live page, in order."""
    page = client.get("/live/storm-maren").content.decode()
    return re.findall(r'<(?:link rel="stylesheet" href|script type="module" src)="([^"]+)"', page)


def test_live_page_has_one_style_sheet_and_one_script(addresses: list[str]) -> None:
    assert [re.sub(r"[0-9a-f]{8}", "HASH", address) for address in addresses] == [
        "/static/page.HASH.css",
        "/static/live.HASH.js",
    ]


def test_file_is_kept_without_limit_under_the_name_of_its_content(client: Client, addresses: list[str]) -> None:
    for address, media_type in zip(addresses, ("text/css", "text/javascript"), strict=True):
        response = client.get(address)
        assert response.status_code == 200
        assert response["Cache-Control"] == "public, max-age=31536000, immutable"
        assert response["Content-Type"] == f"{media_type}; charset=utf-8"
        assert response["Access-Control-Allow-Origin"] == "*"
        assert response["X-Content-Type-Options"] == "nosniff"


def test_name_of_another_release_gets_the_present_file_for_a_minute(client: Client, addresses: list[str]) -> None:
    other = client.get(re.sub(r"[0-9a-f]{8}", "00000000", addresses[0]))
    assert other["Cache-Control"] == "public, max-age=60"
    assert other.content == client.get(addresses[0]).content


def test_unknown_joined_file_is_not_found(client: Client, blog: LiveBlog) -> None:
    assert client.get("/static/other.00000000.css").status_code == 404


def test_each_content_coding_holds_the_same_text(client: Client, addresses: list[str]) -> None:
    plain = client.get(addresses[1]).content
    codings = {
        "br": brotli.decompress,
        "gzip": gzip.decompress,
        "zstd": lambda body: zstandard.ZstdDecompressor().decompressobj().decompress(body),
    }
    for coding, decode in codings.items():
        response = client.get(addresses[1], headers={"Accept-Encoding": coding})
        assert response["Content-Encoding"] == coding
        assert response["Vary"] == "Accept-Encoding"
        assert decode(response.content) == plain
        again = {"Accept-Encoding": coding, "If-None-Match": response["ETag"]}
        assert client.get(addresses[1], headers=again).status_code == 304


def test_style_sheet_finds_its_fonts_from_its_own_address(client: Client, addresses: list[str]) -> None:
    css = client.get(addresses[0]).content.decode()
    fonts = re.findall(r"url\(([^)]+\.woff2)\)", css)
    assert len(fonts) > 5
    assert {client.get(font).status_code for font in fonts} == {200}
