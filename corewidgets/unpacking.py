"""What packed data that come from elsewhere may unpack to, before a library unpacks them.

A few megabytes can hold gigabytes of zeros.  What an archive says of its sizes need not be true: libraries
that believe it unpack two gigabytes at once to find that out.
"""

from __future__ import annotations

import copy
import threading
import zipfile
import zlib
from collections.abc import Iterable, Iterator
from contextlib import contextmanager

from PIL import Image

__all__ = ["check_segment", "check_unpacked", "most_unpacked", "size_limit"]

SMALL = 2**26
"""Bytes that any archive may unpack to."""

BYTES_A_BYTE = 100
"""Forests, whose nodes are much alike, unpack to 10 times the bytes that they take in the file."""

_DEFLATE, _PACKBITS = {8, 32946}, 32773  # compressions of TIFF that tifffile unpacks to any length
_DEFLATE_RATIO, _PACKBITS_RATIO = 1032, 64
"""Bytes that one byte unpacks to at most."""

_METHODS = {zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED}
_PIECE = 2**16

_limit = threading.Lock()


def most_unpacked(n_packed: int, small: int = SMALL) -> int:
    """Return how many bytes so many packed ones may unpack to.

    Examples
    --------
    >>> most_unpacked(1000)
    67208864
    """
    return small + BYTES_A_BYTE * n_packed


def check_unpacked(
    archive: zipfile.ZipFile, most: int, members: Iterable[zipfile.ZipInfo] | None = None
) -> int:
    """Raise where an archive unpacks to more than it may, or to more than it says.

    Everything is unpacked once, piece by piece, and nothing of it is kept.

    Parameters
    ----------
    archive : zipfile.ZipFile
    most : int
        Bytes that all parts together may unpack to.
    members : iterable of zipfile.ZipInfo, optional
        The parts that will be read; all by default.

    Returns
    -------
    int
        Bytes that the parts unpack to.

    Raises
    ------
    ValueError
        They unpack to more than `most`, one of them not to what it says, or it is packed in a way that no
        file needs.  The text goes on after a colon, as "it unpacks to ...".
    zipfile.BadZipFile, zlib.error
        The archive is damaged.
    """
    chosen = archive.infolist() if members is None else list(members)
    total = sum(member.file_size for member in chosen)
    if total > most:
        what = "it" if members is None or len(chosen) != 1 else f"its {chosen[0].filename}"
        raise ValueError(f"{what} unpacks to {total:,} bytes, more than the {most:,} that are read")
    for member in chosen:
        name, said = member.filename, member.file_size
        if member.compress_type not in _METHODS:
            raise ValueError(f"its {name} is packed by method {member.compress_type} in place of deflate")
        if not _has_said_size(archive, member):
            raise ValueError(f"its {name} does not unpack to the {said:,} bytes that it says")
    return total


def _has_said_size(archive: zipfile.ZipFile, member: zipfile.ZipInfo) -> bool:
    """Return whether a part unpacks to as many bytes as the archive says, unpacking no more than one more."""
    one_more = copy.copy(member)
    one_more.file_size += 1
    one_more.CRC = None  # type: ignore[assignment]  # then no sum is taken, which is none of so many bytes
    n_bytes = 0
    with archive.open(one_more) as file:
        while piece := file.read(_PIECE):
            n_bytes += len(piece)
    return n_bytes == member.file_size


def check_segment(data: bytes, compression: int, most: int) -> None:
    """Raise where a strip or a tile of a TIFF file unpacks to more than it may.

    Parameters
    ----------
    data : bytes
        As they are in the file.
    compression : int
        The number by which TIFF knows how they are packed.
    most : int
        Bytes of its pixels.

    Raises
    ------
    ValueError
        It does, or cannot be unpacked to its end.

    Examples
    --------
    >>> check_segment(zlib.compress(bytes(10**8)), 8, 10**6)
    Traceback (most recent call last):
        ...
    ValueError: a strip or tile unpacks to more than the 1,000,000 bytes of its pixels
    """
    ratio = _DEFLATE_RATIO if compression in _DEFLATE else _PACKBITS_RATIO if compression == _PACKBITS else 0
    if ratio * len(data) <= max(most, SMALL):
        return
    if compression == _PACKBITS:  # at worst it adds a byte to 128
        is_longer = len(data) > most + most // 64 + SMALL // _PACKBITS_RATIO
    else:
        is_longer = _is_longer(data, most)
    if is_longer:
        raise ValueError(f"a strip or tile unpacks to more than the {most:,} bytes of its pixels")


def _is_longer(data: bytes, most: int) -> bool:
    """Return whether deflated data unpack to more bytes, unpacking no more than a piece beyond."""
    unpacker, n_bytes = zlib.decompressobj(), 0
    try:
        while data and n_bytes <= most and not unpacker.eof:
            n_bytes += len(unpacker.decompress(data, _PIECE))
            data = unpacker.unconsumed_tail
    except zlib.error as error:
        raise ValueError(f"a strip or tile is damaged ({error})") from error
    return n_bytes > most


@contextmanager
def size_limit(n_pixels: int | None) -> Iterator[None]:
    """Have Pillow refuse pictures of more pixels than this, in place of its own limit; None is none."""
    with _limit:
        before, Image.MAX_IMAGE_PIXELS = Image.MAX_IMAGE_PIXELS, n_pixels and n_pixels // 2  # it doubles it
        try:
            yield
        finally:
            Image.MAX_IMAGE_PIXELS = before
