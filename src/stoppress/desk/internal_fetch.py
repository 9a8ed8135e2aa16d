"""Request a reader's page from within the process: without a socket, and never a page of the desk or the API."""

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
"""Paths that this program alone serves, without a cookie, and whose GET changes nothing."""


def fetch_own_status(address: str) -> int | None:
    """Return the status that a reader without a cookie gets for a GET of this site. Never raises.

    Args:
        address: path and query.

    Returns:
        The HTTP status. None if it cannot be determined: for the desk, the API, static files, pages of another program
        on the same host, a malformed path, or a view that fails.
    """
    try:
        parts = urlsplit(address)
        path = unquote(parts.path) or "/"
        if not READER_PATHS.fullmatch(path):
            return None
        with _savepoint():
            return _view_status(path, parts.query)
    except Exception:
        log.warning("preflight: own page %.200s could not be checked", address, exc_info=True)
        return None


def _view_status(path: str, query: str) -> int:
    try:
        match = resolve(path)
        response = match.func(_build_request(path, query), *match.args, **match.kwargs)
    except (Http404, Resolver404):
        return 404
    return int(response.status_code)


@contextmanager
def _savepoint() -> Iterator[None]:
    """Protect the caller's transaction from a failed query; without a transaction, take no lock."""
    if not connection.in_atomic_block:
        yield
        return
    with transaction.atomic():
        yield


def _build_request(path: str, query: str) -> WSGIRequest:
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
