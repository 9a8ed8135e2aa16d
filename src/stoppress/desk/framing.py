"""The content security policies of pages that show a mail in a frame, and of what is in the frame."""

from csp.constants import NONE, SELF, UNSAFE_INLINE

MAY_FRAME = {"frame-src": [SELF]}

MAIL_FRAME = {
    "default-src": [NONE],
    "style-src": [UNSAFE_INLINE],
    "img-src": [SELF],
    "frame-ancestors": [SELF],
    "base-uri": [NONE],
    "form-action": [NONE],
    "sandbox": ["allow-popups", "allow-popups-to-escape-sandbox"],
}
"""A mail's styles are inline, as mail programs want them; it runs no script, and reaches nothing of the desk."""
