"""A TIFF file of grey pixels, byte by byte, whose one strip may hold anything."""

from __future__ import annotations

import struct


def plain_tiff(shape: tuple[int, int], compression: int, strip: bytes) -> bytes:
    """Return a file of the size that is asked for, with a strip that is packed in a way that TIFF numbers."""
    n_tags = 9
    start = 8 + 2 + 12 * n_tags + 4
    values = {256: shape[1], 257: shape[0], 258: 8, 259: compression, 262: 1, 273: start, 277: 1}
    values |= {278: shape[0], 279: len(strip)}
    tags = b"".join(struct.pack("<HHII", tag, 4, 1, value) for tag, value in values.items())
    return b"II*\0" + struct.pack("<IH", 8, n_tags) + tags + bytes(4) + strip
