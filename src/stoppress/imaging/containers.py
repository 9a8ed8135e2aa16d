"""Read the pieces of a picture file that Pillow does not give out: chunks of PNG and WebP, segments of JPEG.

Reading never raises: a damaged file ends the iteration.
"""

from collections.abc import Iterator

PNG_SIGNATURE = b"\x89PNG\r\n\x1a\n"
GIF_C2PA = b"\x21\xff\x0bC2PA_GIF"
"""Begin of the application extension of a GIF that holds credentials; three bytes of its code follow."""


def png_chunks(data: bytes) -> Iterator[tuple[bytes, bytes]]:
    """Return name and content of each chunk of a PNG."""
    at = len(PNG_SIGNATURE)
    while data.startswith(PNG_SIGNATURE) and at + 12 <= len(data):
        size = int.from_bytes(data[at : at + 4], "big")
        yield data[at + 4 : at + 8], data[at + 8 : at + 8 + size]
        at += 12 + size


def webp_chunks(data: bytes) -> Iterator[tuple[bytes, bytes]]:
    """Return name and content of each chunk of a WebP."""
    at = 12
    while data[:4] == b"RIFF" and at + 8 <= len(data):
        size = int.from_bytes(data[at + 4 : at + 8], "little")
        yield data[at : at + 4], data[at + 8 : at + 8 + size]
        at += 8 + size + size % 2


def jpeg_segments(data: bytes) -> Iterator[tuple[int, bytes]]:
    """Return marker and content of each segment of a JPEG up to the first scan."""
    at = 2
    while data[:2] == b"\xff\xd8" and at + 4 <= len(data) and data[at] == 0xFF:
        marker = data[at + 1]
        if marker == 0xFF:  # a fill byte
            at += 1
            continue
        if marker == 0xDA:
            return
        size = int.from_bytes(data[at + 2 : at + 4], "big")
        yield marker, data[at + 4 : at + 2 + size]
        at += 2 + size


def gif_credentials(data: bytes) -> bytes:
    """Return the content of the sub-blocks of the extension with credentials; empty if there is none."""
    at = data.find(GIF_C2PA) if data.startswith(b"GIF8") else -1
    if at < 0:
        return b""
    at, found = at + len(GIF_C2PA) + 3, b""
    while at < len(data) and (size := data[at]):
        found += data[at + 1 : at + 1 + size]
        at += 1 + size
    return found
