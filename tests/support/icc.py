"""Build small ICC profiles for test files. Written without looking at the product's own builder: v2, with tables."""

import struct

D50 = (0.96422, 1.0, 0.82521)


def _s15(*values: float) -> bytes:
    return b"".join(struct.pack(">i", int(value * 65536 + (0.5 if value >= 0 else -0.5))) for value in values)


def _profile(space: bytes, pcs: bytes, device_class: bytes, tags: list[tuple[bytes, bytes]]) -> bytes:
    tags = [(b"desc", b"desc" + bytes(4) + struct.pack(">I", 5) + b"test\0" + bytes(78)), *tags]
    position, table, body = 132 + 12 * len(tags), b"", b""
    for name, content in tags:
        content += bytes((4 - len(content) % 4) % 4)
        table += struct.pack(">4sII", name, position, len(content))
        position += len(content)
        body += content
    head = bytearray(128)
    head[0:4] = struct.pack(">I", position)
    head[8:12] = bytes([2, 0x40, 0, 0])
    head[12:16], head[16:20], head[20:24], head[36:40] = device_class, space, pcs, b"acsp"
    head[68:80] = _s15(*D50)
    return bytes(head) + struct.pack(">I", len(tags)) + table + body


def rgb_profile(columns: tuple[tuple[float, float, float], ...], gamma: float) -> bytes:
    """Return a display profile; `columns` are the XYZ of red, green and blue, relative to D50."""
    curve = b"curv" + bytes(4) + struct.pack(">IH", 1, round(gamma * 256))
    tags = [
        (name, b"XYZ " + bytes(4) + _s15(*column))
        for name, column in zip((b"rXYZ", b"gXYZ", b"bXYZ"), columns, strict=True)
    ]
    tags += [(b"wtpt", b"XYZ " + bytes(4) + _s15(*D50))]
    return _profile(b"RGB ", b"XYZ ", b"mntr", tags + [(name, curve) for name in (b"rTRC", b"gTRC", b"bTRC")])


def grey_profile(gamma: float) -> bytes:
    """Return a profile for one grey channel."""
    curve = b"curv" + bytes(4) + struct.pack(">IH", 1, round(gamma * 256))
    return _profile(b"GRAY", b"XYZ ", b"mntr", [(b"wtpt", b"XYZ " + bytes(4) + _s15(*D50)), (b"kTRC", curve)])


def cmyk_profile(lab_of: dict[tuple[int, int, int, int], tuple[float, float, float]]) -> bytes:
    """Return a printer profile: `lab_of` has the CIE Lab of each mixture of full inks, (C, M, Y, K)."""
    linear = bytes(range(256))
    lut = b"mft1" + bytes(4) + bytes([4, 3, 2, 0]) + _s15(1, 0, 0, 0, 1, 0, 0, 0, 1) + linear * 4
    for number in range(16):
        inks = tuple(number >> shift & 1 for shift in (3, 2, 1, 0))
        light, a, b = lab_of[inks]  # type: ignore[index]
        lut += bytes([round(light * 255 / 100), round(a + 128), round(b + 128)])
    return _profile(
        b"CMYK", b"Lab ", b"prtr", [(b"wtpt", b"XYZ " + bytes(4) + _s15(*D50)), (b"A2B0", lut + linear * 3)]
    )
