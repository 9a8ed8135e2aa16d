"""Decode one picture file and write the files that readers get.

    file ──► header: format, pixels, sides, animation ──► decode, as small as suffices ──► 8 bits, sRGB ──► upright
         ──► WebP in several widths, JPEG for mail, Content Credentials

The files hold no metadata: no location, no names, no thumbnail of what was cropped away.
"""

import struct
import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from io import BytesIO
from pathlib import Path

from PIL import Image, ImageOps, ImageStat, UnidentifiedImageError

from stoppress.imaging.colour import declared_profile, to_eight_bits, to_srgb
from stoppress.imaging.containers import PNG_SIGNATURE
from stoppress.imaging.credentials import find_credentials
from stoppress.imaging.results import Refusal, RefusedPictureError, Renditions

RENDITION_WIDTHS = (480, 800, 1280, 1920)
ACCEPTED_FORMATS = ("JPEG", "PNG", "WEBP", "GIF")
ACCEPTED_SIGNATURES = (b"\xff\xd8\xff", PNG_SIGNATURE, b"RIFF", b"GIF8")
ANIMATED_FORMATS = {"PNG", "WEBP", "GIF"}
"""A JPEG with several pictures (MPO) is a still with a depth or brightness map, or a second view."""
MAX_PIXELS = 50_000_000
MAX_JPEG_PIXELS = 120_000_000
"""The JPEG decoder can leave out pixels, so more of them cost no more."""
MAX_SIDE_PIXELS = 16_000
"""Maximum width and height of a picture; the limit of WebP is 16,383 pixels."""
ENCODING_QUALITY = 82
MAIL_WIDTH_PIXELS = 1200
"""Twice the width of the text column in mail, for high-density screens."""
GROUNDS = {"light": "#ffffff", "dark": "#131312"}
"""Colours behind pictures with transparency, as in coverage/static/coverage/picture.css."""
OPAQUE, VISIBLE_ALPHA, MIN_LIGHT_LEVEL = 255, 64, 200
ORIENTATION_TAG, QUARTER_TURNS = 0x0112, {5, 6, 7, 8}
OTHER_FORMATS = (
    (b"II*\0", 0, "TIFF"),
    (b"MM\0*", 0, "TIFF"),
    (b"ftypavi", 4, "AVIF"),
    (b"ftyphe", 4, "HEIC"),
    (b"ftypmif1", 4, "HEIC"),
    (b"ftypmsf1", 4, "HEIC"),
    (b"8BPS", 0, "PSD"),
    (b"%PDF", 0, "PDF"),
    (b"BM", 0, "BMP"),
    (b"<svg", 0, "SVG"),
    (b"<?xml", 0, "SVG"),
)
"""Begin of files of other formats: bytes, offset, name."""


def write_renditions(data: bytes, folder: Path) -> Renditions:
    """Write `WIDTH.webp` in every width, `mail.jpg`, and `c2pa` if the file has credentials.

    Raises:
        RefusedPictureError: the file cannot be used.
    """
    with _decoding_errors(data):
        image = Image.open(BytesIO(data), formats=ACCEPTED_FORMATS)
        _check_header(image)
        orientation = image.getexif().get(ORIENTATION_TAG, 1)
        width, height = image.size[::-1] if orientation in QUARTER_TURNS else image.size
        small = _decode_small(image, data, max(1, width // RENDITION_WIDTHS[-1]))
        upright = _drop_opaque_alpha(_turn_upright(small, orientation))
        ground = _choose_ground(upright)
        widths = rendition_widths(width)
        for step in widths:
            _resize(upright, step, height * step / width).save(
                folder / f"{step}.webp", "WEBP", quality=ENCODING_QUALITY, method=4
            )
        step = min(width, MAIL_WIDTH_PIXELS)
        _on_ground(_resize(upright, step, height * step / width), ground).save(
            folder / "mail.jpg", "JPEG", quality=ENCODING_QUALITY, optimize=True, progressive=True
        )
        if credentials := find_credentials(data):
            (folder / "c2pa").write_bytes(credentials)
    return Renditions(width, height, widths, bool(credentials), ground)


def rendition_widths(width: int) -> list[int]:
    """Return the widths to encode: the standard ones below `width` pixels, and `width` itself up to 1920 pixels."""
    return [step for step in RENDITION_WIDTHS if step < width] + ([width] if width <= RENDITION_WIDTHS[-1] else [])


def _check_header(image: Image.Image) -> None:
    limit = MAX_PIXELS if image.format in ANIMATED_FORMATS else MAX_JPEG_PIXELS
    if image.width * image.height > limit:
        raise RefusedPictureError(Refusal.PIXELS, str(limit))
    if max(image.size) > MAX_SIDE_PIXELS:
        raise RefusedPictureError(Refusal.SIDE, str(MAX_SIDE_PIXELS))
    if image.format in ANIMATED_FORMATS and getattr(image, "is_animated", False):
        raise RefusedPictureError(Refusal.ANIMATED)


def _decode_small(image: Image.Image, data: bytes, factor: int) -> Image.Image:
    """Decode at a size of at least 1/`factor`, in sRGB, without metadata. Pixels are left out as early as possible."""
    profile = declared_profile(image, data)
    depth = data[24] if data.startswith(PNG_SIGNATURE) else 8
    if factor > 1:
        image.draft(None, (image.width // factor, image.height // factor))
    before = image.size
    image.load()
    eight_bits = to_eight_bits(image, depth)
    rest = factor // max(1, round(before[0] / max(1, eight_bits.width))) if before != eight_bits.size else factor
    return to_srgb(eight_bits.reduce(rest) if rest > 1 else eight_bits, profile)


def _turn_upright(image: Image.Image, orientation: int) -> Image.Image:
    image.info = {}
    exif = image.getexif()
    exif[ORIENTATION_TAG] = orientation
    upright = ImageOps.exif_transpose(image)
    upright.info = {}
    return upright


def _resize(image: Image.Image, width: int, height: float) -> Image.Image:
    size = (width, max(1, round(height)))
    return image if size == image.size else image.resize(size, Image.Resampling.LANCZOS)


def _drop_opaque_alpha(image: Image.Image) -> Image.Image:
    return image.convert("RGB") if image.mode == "RGBA" and image.getchannel("A").getextrema()[0] == OPAQUE else image


def _choose_ground(image: Image.Image) -> str:
    """Return the ground on which a picture with transparency can be seen: light, unless it is itself light."""
    if image.mode != "RGBA":
        return ""
    visible = image.getchannel("A").point(lambda alpha: OPAQUE * (alpha >= VISIBLE_ALPHA))
    grey = image.convert("RGB").convert("L")
    levels = ImageStat.Stat(grey, visible)
    return "dark" if levels.count[0] and levels.mean[0] > MIN_LIGHT_LEVEL else "light"


def _on_ground(image: Image.Image, ground: str) -> Image.Image:
    if not ground:
        return image
    flat = Image.new("RGB", image.size, GROUNDS[ground])
    flat.paste(image, mask=image)
    return flat


@contextmanager
def _decoding_errors(data: bytes) -> Iterator[None]:
    """Convert every error of Pillow on untrusted bytes into RefusedPictureError."""
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            yield
    except UnidentifiedImageError as error:
        reason = Refusal.DAMAGED if data.startswith(ACCEPTED_SIGNATURES) else Refusal.FORMAT
        raise RefusedPictureError(reason, "" if reason is Refusal.DAMAGED else _format_name(data)) from error
    except Image.DecompressionBombError as error:
        raise RefusedPictureError(Refusal.PIXELS, str(MAX_PIXELS)) from error
    except MemoryError as error:
        raise RefusedPictureError(Refusal.COSTLY) from error
    except (OSError, ValueError, SyntaxError, EOFError, LookupError, TypeError, ArithmeticError, struct.error) as error:
        raise RefusedPictureError(Refusal.DAMAGED) from error


def _format_name(data: bytes) -> str:
    start = data[:64].lstrip(b"\xef\xbb\xbf \r\n\t")
    return next((name for begin, at, name in OTHER_FORMATS if start[at:].startswith(begin)), "")
