"""How this site answers a reader, asked from within: no socket, and nothing but pages of our own can be reached."""

from io import BytesIO
from urllib.parse import unquote, urlsplit

from django.core.handlers.wsgi import WSGIRequest
from django.http import Http404
from django.urls import resolve

from stoppress.coverage.newsroom import newsroom


def answer(address: str) -> int:
    """The status of a GET of a path (and query) of this site, as a reader without any cookie gets it."""
    parts = urlsplit(address)
    try:
        match = resolve(unquote(parts.path))
        response = match.func(_request(parts.path, parts.query), *match.args, **match.kwargs)
    except Http404:
        return 404
    return int(response.status_code)


def _request(path: str, query: str) -> WSGIRequest:
    public = urlsplit(newsroom().public_url)
    return WSGIRequest(
        {
            "REQUEST_METHOD": "GET",
            "PATH_INFO": unquote(path),
            "QUERY_STRING": query,
            "SERVER_NAME": public.hostname or "localhost",
            "SERVER_PORT": str(public.port or (443 if public.scheme == "https" else 80)),
            "SERVER_PROTOCOL": "HTTP/1.1",
            "REMOTE_ADDR": "127.0.0.1",
            "wsgi.url_scheme": public.scheme,
            "wsgi.input": BytesIO(),
        }
    )
