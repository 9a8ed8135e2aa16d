"""What the decoder process returns: the files that it wrote, or why the picture is refused."""

from dataclasses import dataclass
from enum import StrEnum


class Refusal(StrEnum):
    """Why a file cannot be used as a picture."""

    FORMAT = "format"
    DAMAGED = "damaged"
    PIXELS = "pixels"
    SIDE = "side"
    ANIMATED = "animated"
    HDR = "hdr"
    COSTLY = "costly"
    """The decoder used up its memory, its processor time or its time."""
    BUSY = "busy"
    """Other pictures are being decoded, or no process could be started."""


class RefusedPictureError(Exception):
    """The file cannot be used.

    Args:
        reason: the kind of refusal.
        detail: the name of the format that the file has, or the number that was exceeded; may be empty.
    """

    def __init__(self, reason: Refusal, detail: str = "") -> None:
        super().__init__(f"{reason} {detail}".strip())
        self.reason, self.detail = reason, detail


@dataclass(frozen=True)
class Renditions:
    """The files that were written.

    Args:
        width: width of the picture in pixels, upright.
        height: height of the picture in pixels, upright.
        widths: widths of the WebP files, ascending.
        has_credentials: True if the file had Content Credentials.
        ground: `light` or `dark`, behind a picture with transparency; empty if it has none.
    """

    width: int
    height: int
    widths: list[int]
    has_credentials: bool
    ground: str = ""
