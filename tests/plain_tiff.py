"""TIFF files that are not what they say: strips that unpack to too much, tiles that are too large."""

from __future__ import annotations

import struct
import zlib
from pathlib import Path

import tifffile

BOMBS = {8: zlib.compress(bytes(10**8)), 32773: bytes(2**23)}
"""Strips by the number of their compression: Deflate and PackBits."""


def plain_tiff(shape: tuple[int, int], compression: int, strip: bytes) -> bytes:
    """Return a file of gray pixels of a size; its one strip may hold anything, packed as TIFF numbers it."""
    n_tags = 9
    start = 8 + 2 + 12 * n_tags + 4
    values = {256: shape[1], 257: shape[0], 258: 8, 259: compression, 262: 1, 273: start, 277: 1}
    values |= {278: shape[0], 279: len(strip)}
    tags = b"".join(struct.pack("<HHII", tag, 4, 1, value) for tag, value in values.items())
    return b"II*\0" + struct.pack("<IH", 8, n_tags) + tags + bytes(4) + strip


def say_huge_tiles(path: Path) -> None:
    """Have a file with tiles say that each has 60,000 rows and columns."""
    with tifffile.TiffFile(path, mode="r+") as file:
        file.pages[0].tags["TileWidth"].overwrite(60_000, dtype="H")
        file.pages[0].tags["TileLength"].overwrite(60_000, dtype="H")
