"""Django's security headers, with Strict-Transport-Security whenever the public address is https."""

from django.http import HttpRequest, HttpResponse
from django.middleware.security import SecurityMiddleware


class TransportSecurityMiddleware(SecurityMiddleware):
    """Django's middleware sends the header only if the proxy reports https; browsers ignore it over plain HTTP."""

    def process_response(self, request: HttpRequest, response: HttpResponse) -> HttpResponse:
        """Add the headers."""
        response = super().process_response(request, response)
        if self.sts_seconds:
            response.headers.setdefault("Strict-Transport-Security", f"max-age={self.sts_seconds}")
        return response
