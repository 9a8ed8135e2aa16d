"""Pages that show a mail in a frame, and what is in the frame: each with a content security policy of its own."""

from typing import Any, cast

from csp.constants import NONE, SELF, UNSAFE_INLINE
from csp.decorators import csp, csp_update
from django.views.decorators.clickjacking import xframe_options_sameorigin

from stoppress.desk.access.permission_check import View

MAIL_FRAME_POLICY = {
    "default-src": [NONE],
    "style-src": [UNSAFE_INLINE],
    "img-src": [SELF],
    "frame-ancestors": [SELF],
    "base-uri": [NONE],
    "form-action": [NONE],
    "sandbox": ["allow-popups", "allow-popups-to-escape-sandbox"],
}
"""A mail's styles are inline, as mail programs want them; it runs no script, and reaches nothing of the desk."""


def allow_mail_frames(view: View) -> View:
    """Let a page hold a frame from this site."""
    return cast(View, csp_update({"frame-src": [SELF]})(cast(Any, view)))


def serve_mail_frame(view: View) -> View:
    """Let a mail's HTML be shown in a frame on this site, and do nothing else."""
    return cast(View, xframe_options_sameorigin(csp(MAIL_FRAME_POLICY)(cast(Any, view))))
