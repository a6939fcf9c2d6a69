"""Packed data that unpack to more than they may, or than they say, are refused before a library has them."""

from __future__ import annotations

import io
import struct
import tracemalloc
import zipfile
import zlib

import pytest

from corewidgets.unpacking import check_segment, check_unpacked, most_unpacked

MIB = 2**20


def packed(members, method=zipfile.ZIP_DEFLATED):
    content = io.BytesIO()
    with zipfile.ZipFile(content, "w", method) as archive:
        for name, data in members.items():
            archive.writestr(name, data)
    return content.getvalue()


def saying(content, n_bytes):
    """Return an archive of one part that says that it unpacks to fewer bytes, and has the sum of those."""
    content = bytearray(content)
    first, last = content.index(b"PK\x03\x04"), content.index(b"PK\x01\x02")
    for start in (first + 14, last + 16):
        content[start : start + 4] = struct.pack("<I", zlib.crc32(bytes(n_bytes)))
        content[start + 8 : start + 12] = struct.pack("<I", n_bytes)
    return bytes(content)


def check(content, most, names=None):
    with zipfile.ZipFile(io.BytesIO(content)) as archive:
        return check_unpacked(archive, most, names and [archive.getinfo(name) for name in names])


@pytest.mark.parametrize("method", [zipfile.ZIP_DEFLATED, zipfile.ZIP_STORED])
def test_the_bytes_of_all_parts_count(method):
    content = packed({"a": bytes(1000), "b": b"", "c": bytes(500)}, method)
    assert check(content, 1500) == 1500
    assert check(content, 500, ["c"]) == 500
    with pytest.raises(ValueError, match=r"^it unpacks to 1,500 bytes, more than the 1,499 that are read$"):
        check(content, 1499)
    with pytest.raises(ValueError, match=r"^its a unpacks to 1,000 bytes, more than the 999 that are read$"):
        check(content, 999, ["a"])


def test_a_part_that_unpacks_to_more_than_it_says_is_refused_in_little_memory():
    content = saying(packed({"a": bytes(100 * MIB)}), 10)
    with zipfile.ZipFile(io.BytesIO(content)) as archive:
        assert archive.read("a") == bytes(10)  # nothing tells that 100 MiB were unpacked for it
    tracemalloc.start()
    with pytest.raises(ValueError, match=r"^its a does not unpack to the 10 bytes that it says$"):
        check(content, MIB)
    assert tracemalloc.get_traced_memory()[1] < MIB
    tracemalloc.stop()


def test_a_part_that_unpacks_to_less_than_it_says_is_refused():
    with pytest.raises(ValueError, match=r"^its a does not unpack to the 2,000 bytes that it says$"):
        check(saying(packed({"a": bytes(1000)}), 2000), MIB)


@pytest.mark.parametrize("method", [zipfile.ZIP_BZIP2, zipfile.ZIP_LZMA])
def test_other_methods_are_refused(method):
    with pytest.raises(ValueError, match=rf"^its a is packed by method {method} in place of deflate$"):
        check(packed({"a": b"text"}, method), MIB)


def test_more_may_be_in_a_larger_file():
    assert most_unpacked(0) == 64 * MIB
    assert most_unpacked(MIB, small=10) == 100 * MIB + 10


@pytest.mark.parametrize("compression", [8, 32946])
def test_a_strip_that_unpacks_to_more_than_its_pixels_is_refused_in_little_memory(compression):
    bomb = zlib.compress(bytes(100 * MIB))
    check_segment(bomb, compression, 100 * MIB)
    tracemalloc.start()
    with pytest.raises(ValueError, match=r"^a strip or tile unpacks to more than the 300 bytes of"):
        check_segment(bomb, compression, 300)
    assert tracemalloc.get_traced_memory()[1] < MIB
    tracemalloc.stop()


def test_a_strip_of_packbits_is_no_longer_than_its_pixels_can_need():
    check_segment(bytes(3 * MIB), 32773, 3 * MIB)
    with pytest.raises(ValueError, match=r"^a strip or tile unpacks to more than the 300 bytes of"):
        check_segment(bytes(3 * MIB), 32773, 300)


def test_a_damaged_strip_is_named():
    with pytest.raises(ValueError, match=r"^a strip or tile is damaged \(Error -3"):
        check_segment(b"no zlib" * MIB, 8, 300)


def test_other_compressions_are_no_matter():
    check_segment(bytes(3 * MIB), 1, 300)
