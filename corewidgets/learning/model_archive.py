"""The zip archive of a model, opened only where what it unpacks to is no more than a model takes."""

from __future__ import annotations

import io
import math
import zipfile

import numpy as np

from corewidgets.unpacking import check_unpacked, most_unpacked

__all__ = ["check_archive"]

_ARRAY, _ARCHIVE = b"\x93NUMPY", b"PK\x03\x04"
_HEADERS = {
    (1, 0): np.lib.format.read_array_header_1_0,
    (2, 0): np.lib.format.read_array_header_2_0,
}
_TEXT_BYTES = 2**28
_TEXT_VALUES = 2**24
"""Bytes and values of one text of JSON.  A thousand boosted trees of ten classes take 228 MB; a value in
memory takes some 64 bytes, however short it is written."""


def check_archive(content: bytes) -> None:
    """Raise where reading an archive would take much more memory than a model needs.

    What it unpacks to is bounded by `check_unpacked`; besides, a header of 128 bytes can ask for any array.

    Parameters
    ----------
    content : bytes
        The file.

    Raises
    ------
    ValueError
        A member, or all of them, unpack to more than a file of this size can need, or an array is said to be
        larger than its bytes.
    zipfile.BadZipFile
        It is no archive, or damaged.
    """
    left = most_unpacked(len(content))
    left, within = _check_members(content, left)
    for inner in within:
        left, deeper = _check_members(inner, left)
        if deeper:
            raise ValueError("it has an archive in an archive in an archive")


def _check_members(content: bytes, most: int) -> tuple[int, list[bytes]]:
    """Check the parts of an archive; return the bytes that others may unpack to, and the archives in it."""
    within = []
    with zipfile.ZipFile(io.BytesIO(content)) as archive:
        left = most - check_unpacked(archive, most)
        for member in archive.infolist():
            if member.filename.endswith(".json"):
                _check_text(archive, member)
                continue
            with archive.open(member) as file:
                start = file.read(len(_ARRAY))
            if start == _ARRAY:
                _check_array(archive, member)
            elif start.startswith(_ARCHIVE):  # arrays that are mostly zeros are an archive of their own
                within.append(archive.read(member))
    return left, within


def _check_text(archive: zipfile.ZipFile, member: zipfile.ZipInfo) -> None:
    """Raise where JSON is too long, or would become too many values."""
    if member.file_size > _TEXT_BYTES:
        raise ValueError(f"its {member.filename} has {member.file_size:,} bytes, more than {_TEXT_BYTES:,}")
    text = archive.read(member)
    n_values = sum(text.count(sign) for sign in (b",", b"[", b"{"))
    if n_values > _TEXT_VALUES:
        raise ValueError(f"its {member.filename} has {n_values:,} values, more than {_TEXT_VALUES:,}")


def _check_array(archive: zipfile.ZipFile, member: zipfile.ZipInfo) -> None:
    """Raise where the header of an array tells of more values than follow it."""
    with archive.open(member) as file:
        version = np.lib.format.read_magic(file)
        if version not in _HEADERS:
            raise ValueError(f"its {member.filename} is an array of version {version}")
        shape, _, dtype = _HEADERS[version](file)
    if dtype.hasobject:
        raise ValueError(f"its {member.filename} is an array of objects")
    if (n_bytes := math.prod(shape) * dtype.itemsize) > member.file_size:
        raise ValueError(f"its {member.filename} is said to have {n_bytes:,} bytes, but has fewer")
