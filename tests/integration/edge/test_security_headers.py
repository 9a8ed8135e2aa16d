"""Every response has the same security headers: Django's, cached ones, refusals, and the head of a stream."""

from collections.abc import Callable

import pytest

from stoppress.coverage import actions
from stoppress.coverage.post_content import Content
from stoppress.edge.http.security_headers import security_headers
from stoppress.service.processes import body_limit
from tests.support.installation import Installation
from tests.support.raw_http import RawConnection, RawResponse
from tests.support.web_server import Serving

pytestmark = pytest.mark.django_db(transaction=True)
LIVE = "/live/storm-maren"
NAMES = {
    "content-security-policy",
    "referrer-policy",
    "x-content-type-options",
    "x-frame-options",
}


def security_headers_of(response: RawResponse) -> dict[str, str]:
    """Return the security headers of a response, each of which occurs at most once."""
    names = [name for name, _ in response.headers]
    assert all(names.count(name) == 1 for name in NAMES if name in names)
    return {name: value for name, value in response.headers if name in NAMES}


def malformed(client: RawConnection) -> RawResponse:
    client.send(b"NONSENSE\r\n\r\n")
    return client.read_response()


def cut_off(client: RawConnection) -> RawResponse:
    client.send(b"GET / HTTP/1.1\r\nHost: loc")
    return client.read_response()


def too_long(client: RawConnection) -> RawResponse:
    client.send(b"GET /" + b"a" * 9000 + b" HTTP/1.1\r\nHost: localhost\r\n\r\n")
    return client.read_response()


def stream(client: RawConnection) -> RawResponse:
    client.send(client.build_request(f"{LIVE}/stream"))
    response = RawResponse(int(client._file.readline().split()[1]))
    for raw in iter(client._file.readline, b"\r\n"):
        name, _, value = raw.decode().rstrip("\r\n").partition(": ")
        response.headers.append((name.lower(), value))
    return response


REQUESTS: dict[str, tuple[int, Callable[[RawConnection], RawResponse]]] = {
    "a malformed request": (400, malformed),
    "a host that is not allowed": (400, lambda client: client.fetch(LIVE, Host="evil.example")),
    "no host": (400, lambda client: client.fetch(LIVE, Host="")),
    "a head that does not end": (408, cut_off),
    "a URL that is too long": (414, too_long),
    "a head that is too large": (431, lambda client: client.fetch(LIVE, **{"X-Long": "a" * 40_000})),
    "a body that is too large": (
        413,
        lambda client: client.fetch("/alerts", "POST", **{"Content-Length": str(body_limit.MAX_BODY_BYTES + 1)}),
    ),
    "a wrong method": (405, lambda client: client.fetch(LIVE, "POST", **{"Content-Length": "0"})),
    "an unknown page": (404, lambda client: client.fetch("/live/no-such")),
    "an unknown feed": (404, lambda client: client.fetch("/live/no-such/feed.atom")),
    "a page": (200, lambda client: client.fetch(LIVE)),
    "a cached page": (200, lambda client: [client.fetch(LIVE), client.fetch(LIVE)][1]),
    "a page that the client has": (304, lambda client: client.fetch(LIVE, **{"If-None-Match": "*"})),
    "changes": (200, lambda client: client.fetch(f"{LIVE}/changes/abc-1")),
    "a feed": (200, lambda client: client.fetch(f"{LIVE}/feed.atom")),
    "a preflight": (204, lambda client: client.fetch(f"{LIVE}/feed.atom", "OPTIONS")),
    "a stream": (200, stream),
    "a stream of an unknown live blog": (404, lambda client: client.fetch("/live/no-such/stream")),
}


@pytest.mark.parametrize("name", REQUESTS)
def test_every_response_has_djangos_security_headers(blog, clock, serving: Serving, monkeypatch, name):
    actions.publish(blog.slug, Content(headline="Ferry waits"), by="tom", now=clock.tick())
    monkeypatch.setattr("stoppress.edge.protocol.request_limits.HEAD_TIMEOUT_SECONDS", 0.5)
    status, send_request = REQUESTS[name]
    with RawConnection(serving.port) as client:
        by_django = security_headers_of(client.fetch("/healthz"))
    assert set(by_django) == NAMES
    with RawConnection(serving.port) as client:
        response = send_request(client)
    assert response.status == status
    assert security_headers_of(response) == by_django


def test_embed_differs_in_frame_ancestors_only(blog, serving: Serving):
    with RawConnection(serving.port) as client:
        page, embed = security_headers_of(client.fetch(LIVE)), security_headers_of(client.fetch(f"/embed/{blog.slug}"))
    assert page.pop("x-frame-options") == "DENY" and "x-frame-options" not in embed
    policy = page.pop("content-security-policy").replace("frame-ancestors 'none'", "frame-ancestors *")
    assert set(embed.pop("content-security-policy").split("; ")) == set(policy.split("; "))
    assert embed == page


def test_security_headers_come_from_the_middleware():
    assert {name.decode() for name, _ in security_headers()} == NAMES


HSTS_OF = """
from django.test import Client
from stoppress.edge.http.security_headers import security_headers
from stoppress.service.django_setup import migrate
migrate()
page, raw = Client(headers={"host": "localhost"}).get("/healthz"), dict(security_headers())
print(page.headers.get("Strict-Transport-Security"), raw.get(b"strict-transport-security", b"None").decode())
"""


@pytest.mark.parametrize(
    ("public_url", "header"), [("https://news.example", "max-age=31536000"), ("http://news.example", "None")]
)
def test_browsers_are_told_to_stay_on_https_when_the_public_address_is_https(tmp_path, public_url, header):
    installation = Installation(tmp_path / "home")
    installation.environment["STOPPRESS_PUBLIC_URL"] = public_url
    assert installation.python(HSTS_OF) == f"{header} {header}"


def test_only_the_desk_is_separated_from_windows_that_opened_it(blog, serving: Serving):
    with RawConnection(serving.port) as client:
        desk, page = client.fetch("/desk/log-in").headers, client.fetch(LIVE).headers
    assert dict(desk)["cross-origin-opener-policy"] == "same-origin"
    assert "cross-origin-opener-policy" not in dict(page)  # else a sandboxed frame cannot open it in a new tab


def test_policy_names_the_public_origin_beside_self(blog, serving: Serving):
    with RawConnection(serving.port) as client:
        policy = dict(client.fetch(f"/embed/{blog.slug}").headers)["content-security-policy"]
    for directive in ("script-src", "style-src", "img-src", "font-src", "connect-src", "form-action"):
        assert f"{directive} 'self' http://news.test" in policy.split("; ")
    assert "default-src 'none'" in policy.split("; ") and "base-uri 'none'" in policy.split("; ")
