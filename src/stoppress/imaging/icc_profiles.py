"""Build ICC profiles of RGB colour spaces that a file describes without containing a profile (ICC.1:2001-04)."""

import struct
from collections.abc import Sequence
from dataclasses import dataclass

Matrix = list[list[float]]
D50 = (0.9642, 1.0, 0.8249)
"""White point of the profile connection space, as XYZ."""
BRADFORD = [[0.8951, 0.2664, -0.1614], [-0.7502, 1.7135, 0.0367], [0.0389, -0.0685, 1.0296]]
"""Cone responses of the Bradford adaptation."""
SRGB_CURVE_ENTRIES = 1024


@dataclass(frozen=True)
class RgbSpace:
    """One RGB colour space.

    Args:
        white: chromaticity (x, y) of white.
        primaries: chromaticities (x, y) of red, green and blue.
        gamma: exponent from value to light; None for the curve of sRGB.
    """

    white: tuple[float, float]
    primaries: tuple[tuple[float, float], tuple[float, float], tuple[float, float]]
    gamma: float | None = None


D65 = (0.3127, 0.3290)
SRGB = RgbSpace(D65, ((0.64, 0.33), (0.30, 0.60), (0.15, 0.06)))
DISPLAY_P3 = RgbSpace(D65, ((0.680, 0.320), (0.265, 0.690), (0.150, 0.060)))
ADOBE_RGB = RgbSpace(D65, ((0.64, 0.33), (0.21, 0.71), (0.15, 0.06)), 563 / 256)
REC_2020 = RgbSpace(D65, ((0.708, 0.292), (0.170, 0.797), (0.131, 0.046)), 2.4)


def matrix_profile(space: RgbSpace) -> bytes:
    """Return an ICC profile (version 2.1) of `space`.

    Raises:
        ZeroDivisionError: if the primaries do not span a triangle.
    """
    columns = _adapted_primaries(space)
    curve = _curve_tag(space.gamma)
    tags = {
        b"desc": b"desc\0\0\0\0" + struct.pack(">I", 4) + b"RGB\0" + bytes(78),
        b"cprt": b"text\0\0\0\0none\0",
        b"wtpt": _xyz_tag(D50),
        **{name: _xyz_tag(column) for name, column in zip((b"rXYZ", b"gXYZ", b"bXYZ"), columns, strict=True)},
        **dict.fromkeys((b"rTRC", b"gTRC", b"bTRC"), curve),
    }
    return _assemble(tags)


def _assemble(tags: dict[bytes, bytes]) -> bytes:
    table, data, offset = b"", b"", 128 + 4 + 12 * len(tags)
    for name, content in tags.items():
        padded = content + bytes(-len(content) % 4)
        table += name + struct.pack(">II", offset + len(data), len(content))
        data += padded
    size = offset + len(data)
    head = struct.pack(">I4sI4s4s4s", size, b"\0\0\0\0", 0x02100000, b"mntr", b"RGB ", b"XYZ ")
    head += struct.pack(">6H", 2026, 1, 1, 0, 0, 0) + b"acsp" + bytes(28) + _fixed(D50) + bytes(48)
    return head + struct.pack(">I", len(tags)) + table + data


def _fixed(values: Sequence[float]) -> bytes:
    return b"".join(struct.pack(">i", round(value * 65536)) for value in values)


def _xyz_tag(values: Sequence[float]) -> bytes:
    return b"XYZ \0\0\0\0" + _fixed(values)


def _curve_tag(gamma: float | None) -> bytes:
    if gamma is not None:
        return b"curv\0\0\0\0" + struct.pack(">IH", 1, max(1, min(65535, round(gamma * 256))))
    last = SRGB_CURVE_ENTRIES - 1
    entries = [round(65535 * _srgb_light(step / last)) for step in range(SRGB_CURVE_ENTRIES)]
    return b"curv\0\0\0\0" + struct.pack(f">I{len(entries)}H", len(entries), *entries)


def _srgb_light(value: float) -> float:
    return value / 12.92 if value <= 0.04045 else float(((value + 0.055) / 1.055) ** 2.4)


def _adapted_primaries(space: RgbSpace) -> list[list[float]]:
    """Return the XYZ of red, green and blue, scaled to the white of the space and adapted to D50."""
    white = _xyz(space.white)
    columns = _transpose([_xyz(primary) for primary in space.primaries])
    scale = _multiply(_inverse(columns), [[value] for value in white])
    scaled = [[row[i] * scale[i][0] for i in range(3)] for row in columns]
    source, target = (_multiply(BRADFORD, [[value] for value in point]) for point in (white, D50))
    gain = [[target[i][0] / source[i][0] if i == j else 0.0 for j in range(3)] for i in range(3)]
    adapt = _multiply(_inverse(BRADFORD), _multiply(gain, BRADFORD))
    return _transpose(_multiply(adapt, scaled))


def _xyz(chromaticity: tuple[float, float]) -> list[float]:
    x, y = chromaticity
    return [x / y, 1.0, (1 - x - y) / y]


def _transpose(matrix: Matrix) -> Matrix:
    return [list(row) for row in zip(*matrix, strict=True)]


def _multiply(left: Matrix, right: Matrix) -> Matrix:
    return [
        [sum(a * b for a, b in zip(row, column, strict=True)) for column in zip(*right, strict=True)] for row in left
    ]


def _inverse(m: Matrix) -> Matrix:
    """Return the inverse of a matrix of three rows, by its adjugate."""
    cofactors = [
        [
            m[(j + 1) % 3][(i + 1) % 3] * m[(j + 2) % 3][(i + 2) % 3]
            - m[(j + 1) % 3][(i + 2) % 3] * m[(j + 2) % 3][(i + 1) % 3]
            for j in range(3)
        ]
        for i in range(3)
    ]
    determinant = sum(m[0][j] * cofactors[j][0] for j in range(3))
    return [[value / determinant for value in row] for row in cofactors]
