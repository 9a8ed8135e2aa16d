"""Convert a decoded picture to sRGB with 8 bits, so that it shows what the file showed.

The colour space of a file, the first that is known: cICP (PNG), embedded ICC profile, sRGB (PNG), gAMA and cHRM (PNG),
Adobe RGB as cameras declare it in EXIF (DCF 2.0, R03); else sRGB.
"""

import struct
from io import BytesIO
from typing import Any

from PIL import Image, ImageChops, ImageCms

from stoppress.imaging.containers import png_chunks
from stoppress.imaging.icc_profiles import (
    ADOBE_RGB,
    DISPLAY_P3,
    REC_2020,
    SRGB,
    RgbSpace,
    matrix_profile,
)
from stoppress.imaging.results import Refusal, RefusedPictureError

MODE_OF_PROFILE = {"RGB": "RGB", "GRAY": "L", "CMYK": "CMYK"}
CICP_PRIMARIES = {1: SRGB, 9: REC_2020, 12: DISPLAY_P3}
"""Colour primaries of ITU-T H.273, by code."""
CICP_SRGB, CICP_LINEAR, CICP_HDR = 13, 8, {16, 18}
"""Transfer characteristics of H.273: sRGB, linear light; PQ and HLG, which an SDR picture cannot show."""
SRGB_GAMMA = 45455
"""gAMA of files that mean sRGB: 1/2.2, in units of 1/100,000."""
EXIF_INTEROP, INTEROP_INDEX = 0xA005, 1


def declared_profile(image: Image.Image, data: bytes) -> bytes:
    """Return the ICC profile of the colour space that the file declares; empty for sRGB and for none.

    Raises:
        RefusedPictureError: the file declares HDR.
    """
    chunks: dict[bytes, bytes] = {}
    for name, content in png_chunks(data):
        if name == b"IDAT":
            break
        chunks.setdefault(name, content)
    if len(chunks.get(b"cICP", b"")) == 4:
        return _cicp_profile(chunks[b"cICP"])
    if profile := image.info.get("icc_profile"):
        return bytes(profile)
    if b"sRGB" in chunks:
        return b""
    if b"gAMA" in chunks or b"cHRM" in chunks:
        return _png_profile(chunks)
    return matrix_profile(ADOBE_RGB) if _is_adobe_rgb(image) else b""


def to_srgb(image: Image.Image, profile: bytes) -> Image.Image:
    """Return `image` as RGB or RGBA in sRGB. A profile that is damaged or for another colour space is ignored.

    Args:
        image: a picture of 8 bits; with transparency it is RGBA or LA.
        profile: an ICC profile; empty for sRGB.
    """
    alpha = image.getchannel("A") if image.mode in ("LA", "RGBA") else None
    colours = image.convert(image.mode[:-1]) if alpha else image
    converted = _apply_profile(colours, profile) if profile else None
    result = converted or (colours if colours.mode == "RGB" else colours.convert("RGB"))
    if alpha:
        result.putalpha(alpha)
    return result


def to_eight_bits(image: Image.Image, depth: int) -> Image.Image:
    """Return `image` with 8 bits per channel, and with an alpha channel if the file has transparency.

    Args:
        image: a decoded picture of any mode.
        depth: bits per channel in the file, 8 if unknown.
    """
    transparency = image.info.get("transparency")
    if image.mode in ("I;16", "I;16B", "I;16L", "I"):
        return _grey_to_eight_bits(image, transparency)
    if depth == 16 and isinstance(transparency, tuple):
        image.info["transparency"] = tuple(value >> 8 for value in transparency)
    if image.mode == "CMYK" or (image.mode == "L" and transparency is None):
        return image
    mode = "LA" if image.mode == "La" else "RGBA" if image.has_transparency_data else "RGB"
    return image if image.mode in (mode, "LA") else image.convert(mode)  # a copy would double the memory


def _grey_to_eight_bits(image: Image.Image, transparency: object) -> Image.Image:
    wide = image.convert("I")
    grey = wide.point(lambda value: value * (255 / 65535) + 0.5).convert("L")
    if not isinstance(transparency, int):
        return grey
    at, levels = 255 * float(transparency), wide.convert("F")  # values below 0 and above 255 are cut to them
    above = levels.point(lambda value: value * 255 - at).convert("L")
    below = levels.point(lambda value: value * -255 + at).convert("L")
    grey.putalpha(ImageChops.lighter(above, below))
    return grey


def _apply_profile(image: Image.Image, profile: bytes) -> Image.Image | None:
    try:
        source = ImageCms.ImageCmsProfile(BytesIO(profile))
        mode = MODE_OF_PROFILE[str(source.profile.xcolor_space).strip()]
        if mode != image.mode and not (mode == "RGB" and image.mode == "L"):
            return None
        fitting: Any = image if mode == image.mode else image.convert(mode)
        return ImageCms.profileToProfile(
            fitting,
            source,
            ImageCms.createProfile("sRGB"),
            renderingIntent=ImageCms.Intent.RELATIVE_COLORIMETRIC,
            outputMode="RGB",
            flags=ImageCms.Flags.BLACKPOINTCOMPENSATION,
        )
    except (ImageCms.PyCMSError, OSError, KeyError, ValueError, TypeError):
        return None


def _cicp_profile(content: bytes) -> bytes:
    primaries, transfer = content[0], content[1]
    if transfer in CICP_HDR:
        raise RefusedPictureError(Refusal.HDR)
    space = CICP_PRIMARIES.get(primaries, SRGB)
    gamma = 1.0 if transfer == CICP_LINEAR else None if transfer == CICP_SRGB else space.gamma
    known = RgbSpace(space.white, space.primaries, gamma)
    return b"" if known == SRGB else matrix_profile(known)


def _png_profile(chunks: dict[bytes, bytes]) -> bytes:
    gamma = int.from_bytes(chunks.get(b"gAMA", b"")[:4], "big")
    space = SRGB
    if len(points := chunks.get(b"cHRM", b"")) == 32:
        x_y = [int.from_bytes(points[at : at + 4], "big") / 100_000 for at in range(0, 32, 4)]
        white, red, green, blue = zip(x_y[::2], x_y[1::2], strict=True)
        space = RgbSpace(white, (red, green, blue))
    exponent = None if not gamma or abs(gamma - SRGB_GAMMA) < 50 else 100_000 / gamma
    declared = RgbSpace(space.white, space.primaries, exponent)
    try:
        return b"" if declared == SRGB else matrix_profile(declared)
    except (ZeroDivisionError, OverflowError):
        return b""


def _is_adobe_rgb(image: Image.Image) -> bool:
    try:
        interop = image.getexif().get_ifd(EXIF_INTEROP)
    except (OSError, ValueError, SyntaxError, KeyError, TypeError, struct.error):  # damaged metadata
        return False
    return str(interop.get(INTEROP_INDEX, "")).strip("\0 ") == "R03"
