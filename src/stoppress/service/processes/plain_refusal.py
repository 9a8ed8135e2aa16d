"""Refusals that are sent before Django sees the request: plain text, or problem details under /api/."""

from collections.abc import Awaitable, Callable, Mapping
from typing import Any

from stoppress.edge.http.security_headers import security_headers

Send = Callable[[Mapping[str, Any]], Awaitable[None]]


async def send_plain_refusal(
    scope: Mapping[str, Any], send: Send, status: int, text: bytes, headers: list[tuple[bytes, bytes]]
) -> None:
    """Send a refusal over ASGI.

    Args:
        scope: the request; the API gets problem details in place of `text`.
        send: the `send` of ASGI.
        status: the HTTP status.
        text: a line for people.
        headers: further response headers.
    """
    content_type = b"text/plain; charset=utf-8"
    if scope.get("path", "").startswith("/api/"):
        from stoppress.desk.problem_details import PROBLEM_TYPE, plain_problem

        content_type, text = PROBLEM_TYPE.encode(), plain_problem(status).content
    described = [*security_headers(), (b"content-length", b"%d" % len(text)), *headers]
    if text:
        described.append((b"content-type", content_type))
    await send({"type": "http.response.start", "status": status, "headers": described})
    await send({"type": "http.response.body", "body": text})
