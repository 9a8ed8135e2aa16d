"""Find the Content Credentials (C2PA manifest store, a JUMBF box) that came with a picture file.

Where each format keeps them: https://spec.c2pa.org/specifications/specifications/2.2/specs/C2PA_Specification.html,
section "Embedding manifests into various file formats".
"""

from stoppress.imaging.containers import gif_credentials, jpeg_segments, png_chunks, webp_chunks

APP11 = 0xEB
BOX_HEAD_BYTES = 8
"""Length and type of a box. A continued segment of JPEG repeats them."""


def find_credentials(data: bytes) -> bytes:
    """Return the manifest store of a JPEG, PNG, WebP or GIF file, as it was embedded; empty if there is none."""
    found = (
        b"".join(content for name, content in png_chunks(data) if name == b"caBX")
        or b"".join(content for name, content in webp_chunks(data) if name == b"C2PA")
        or gif_credentials(data)
        or _jpeg_credentials(data)
    )
    return found if b"c2pa" in found[:200] else b""


def _jpeg_credentials(data: bytes) -> bytes:
    """Join the parts of each JUMBF box (ISO 19566-5, annex D), and return the one that holds credentials.

    A segment: `JP`, number of the box (2 bytes), number of the part (4 bytes), length and type of the box, content.
    """
    boxes: dict[bytes, dict[int, bytes]] = {}
    for marker, content in jpeg_segments(data):
        if marker == APP11 and content[:2] == b"JP" and content[12:16] == b"jumb":
            parts = boxes.setdefault(content[2:4], {})
            parts[int.from_bytes(content[4:8], "big")] = content[8:]
    for parts in boxes.values():
        first, *others = (parts[number] for number in sorted(parts))
        box = first + b"".join(part[BOX_HEAD_BYTES:] for part in others)
        if b"c2pa" in box[:200]:
            return box
    return b""
