"""How this site answers a reader, asked from within: no socket, and nothing but pages for readers can be reached."""

import logging
import re
from collections.abc import Iterator
from contextlib import contextmanager
from io import BytesIO
from urllib.parse import unquote, urlsplit

from django.core.handlers.wsgi import WSGIRequest
from django.db import connection, transaction
from django.http import Http404
from django.urls import Resolver404, resolve

from stoppress.coverage.newsroom import newsroom

log = logging.getLogger(__name__)
READER_PATHS = re.compile(r"/|/(?:live|embed|media)/.+|/alerts(?:/embed)?|/newsroom/logo")
"""Paths that only this program answers, to readers without a cookie, and whose answers change nothing."""


def fetch_own_status(address: str) -> int | None:
    """Return the status of a GET of a path (and query) of this site, as a reader without any cookie gets it.

    None if it cannot be judged from within: the desk, the API, static files, pages of another program on the same
    host, a path that is malformed, or a view that fails. Never raises.
    """
    try:
        parts = urlsplit(address)
        path = unquote(parts.path) or "/"
        if not READER_PATHS.fullmatch(path):
            return None
        with _own_savepoint():
            return _status(path, parts.query)
    except Exception:  # whatever fails here fails for the preflight only, which reports the address as not checked
        log.warning("preflight: own page %.200s could not be checked", address, exc_info=True)
        return None


def _status(path: str, query: str) -> int:
    try:
        match = resolve(path)
        response = match.func(_request(path, query), *match.args, **match.kwargs)
    except (Http404, Resolver404):
        return 404
    return int(response.status_code)


@contextmanager
def _own_savepoint() -> Iterator[None]:
    """Keep a failed query from spoiling the caller's transaction; without one, take no lock."""
    if not connection.in_atomic_block:
        yield
        return
    with transaction.atomic():
        yield


def _request(path: str, query: str) -> WSGIRequest:
    public = urlsplit(newsroom().public_url)
    return WSGIRequest(
        {
            "REQUEST_METHOD": "GET",
            "PATH_INFO": path,
            "QUERY_STRING": query,
            "SERVER_NAME": public.hostname or "localhost",
            "SERVER_PORT": str(public.port or (443 if public.scheme == "https" else 80)),
            "SERVER_PROTOCOL": "HTTP/1.1",
            "REMOTE_ADDR": "127.0.0.1",
            "wsgi.url_scheme": public.scheme,
            "wsgi.input": BytesIO(),
        }
    )
