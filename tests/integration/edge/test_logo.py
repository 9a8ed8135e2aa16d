"""The newsroom's logo: served, revalidated, shown in the masthead."""

from dataclasses import replace
from pathlib import Path

import pytest
from django.conf import LazySettings
from django.test import Client

DRAWING = b'<svg xmlns="http://www.w3.org/2000/svg"/>'


@pytest.fixture
def logo(settings: LazySettings, tmp_path: Path) -> Path:
    path = tmp_path / "logo.svg"
    path.write_bytes(DRAWING)
    settings.NEWSROOM = replace(settings.NEWSROOM, name="The Halden Courier", logo=str(path))
    return path


def test_logo_is_served_and_revalidated(client: Client, logo: Path) -> None:
    response = client.get("/newsroom/logo")
    assert response.content == DRAWING
    assert response["Content-Type"] == "image/svg+xml"
    assert "default-src 'none'" in response["Content-Security-Policy"]
    assert client.get("/newsroom/logo", headers={"if-none-match": response["ETag"]}).status_code == 304


def test_masthead_shows_logo_and_name(client: Client, logo: Path, db: None) -> None:
    assert '<img src="/newsroom/logo" alt="The Halden Courier">' in client.get("/no-such-page").content.decode()


def test_logo_is_404_when_the_file_is_no_picture(client: Client, logo: Path, settings: LazySettings) -> None:
    secret = logo.with_name("secret.key")
    secret.write_text("secret")
    settings.NEWSROOM = replace(settings.NEWSROOM, logo=str(secret))
    assert client.get("/newsroom/logo").status_code == 404


def test_logo_is_404_when_the_file_is_missing(client: Client, logo: Path) -> None:
    logo.unlink()
    assert client.get("/newsroom/logo").status_code == 404
