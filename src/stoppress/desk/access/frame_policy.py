"""Content security policies of pages that show a mail in a frame, and of the framed mail itself."""

from typing import Any, cast

from csp.constants import NONE, SELF, UNSAFE_INLINE
from csp.decorators import csp, csp_update
from django.conf import settings
from django.views.decorators.clickjacking import xframe_options_sameorigin

from stoppress.desk.access.permission_check import View

MAIL_FRAME_POLICY = {
    "default-src": [NONE],
    "style-src": [UNSAFE_INLINE],
    "img-src": settings.OWN_ORIGINS,  # the sandbox has no origin of its own, which WebKit would take for 'self'
    "frame-ancestors": [SELF],
    "base-uri": [NONE],
    "form-action": [NONE],
    "sandbox": ["allow-popups", "allow-popups-to-escape-sandbox"],
}
"""A mail has inline styles, as mail programs require. It runs no script and cannot access the desk."""


def allow_mail_frames(view: View) -> View:
    """Decorate a view so that its page may contain frames from this site."""
    return cast(View, csp_update({"frame-src": [SELF]})(cast(Any, view)))


def serve_mail_frame(view: View) -> View:
    """Decorate a view of the HTML of a mail, so that a frame of this site may show it and nothing more."""
    return cast(View, xframe_options_sameorigin(csp(MAIL_FRAME_POLICY)(cast(Any, view))))
