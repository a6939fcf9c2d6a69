"""The zip archive of a model, opened only where what it unpacks to is no more than a model takes."""

from __future__ import annotations

import io
import math
import zipfile

import numpy as np

__all__ = ["check_archive"]

_ARRAY, _ARCHIVE = b"\x93NUMPY", b"PK\x03\x04"
_HEADERS = {
    (1, 0): np.lib.format.read_array_header_1_0,
    (2, 0): np.lib.format.read_array_header_2_0,
}
_SMALL = 2**26
"""Bytes that any model may unpack to."""

_BYTES_A_BYTE = 100
"""Forests, whose nodes are much alike, unpack to 10 times the bytes that they take in the file."""

_TEXT_BYTES = 2**28
_TEXT_VALUES = 2**24
"""Bytes and values of one text of JSON.  A thousand boosted trees of ten classes take 228 MB; a value in
memory takes some 64 bytes, however short it is written."""


def check_archive(content: bytes) -> None:
    """Raise where reading an archive would take much more memory than a model needs.

    A few megabytes of zip can hold gigabytes of zeros, and a header of 128 bytes can ask for any array.

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
    with zipfile.ZipFile(io.BytesIO(content)) as archive:
        members = archive.infolist()
        total = sum(member.file_size for member in members)
        if total > (most := _SMALL + _BYTES_A_BYTE * len(content)):
            raise ValueError(f"it unpacks to {total:,} bytes, but a model of its size to at most {most:,}")
        for member in members:
            if member.filename.endswith(".json"):
                _check_text(archive, member)
                continue
            with archive.open(member) as file:
                start = file.read(len(_ARRAY))
            if start == _ARRAY:
                _check_array(archive, member)
            elif start.startswith(_ARCHIVE):  # arrays that are mostly zeros are an archive of their own
                check_archive(archive.read(member))


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
