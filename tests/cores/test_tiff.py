"""The one page of a TIFF that is the photograph, and parts of pages of every layout."""

from __future__ import annotations

import re
import zlib

import numpy as np
import pytest
import tifffile
from hypothesis import given
from hypothesis import strategies as st
from PIL import Image
from plain_tiff import BOMBS, plain_tiff, say_huge_tiles

from corewidgets.cores import tiff
from corewidgets.cores.photograph import read_photograph

RGB = np.random.default_rng(5).integers(0, 256, (300, 70, 3), np.uint8)
LAYOUTS = [
    {},
    {"rowsperstrip": 7},
    {"rowsperstrip": 7, "compression": "zlib"},
    {"rowsperstrip": 300, "compression": "zlib"},
    {"rowsperstrip": 64, "compression": "zlib", "predictor": 2},
    {"tile": (32, 48)},
    {"tile": (32, 48), "compression": "zlib"},
    {"tile": (32, 48), "bigtiff": True, "byteorder": ">"},
]


@pytest.mark.parametrize("planes", [False, True])
@pytest.mark.parametrize("dtype", [np.uint8, np.uint16])
@pytest.mark.parametrize("layout", LAYOUTS, ids=str)
@given(st.data())
def test_parts_of_pages_of_every_layout(tmp_path_factory, layout, dtype, planes, data):
    path = tmp_path_factory.getbasetemp() / f"{LAYOUTS.index(layout)}-{np.dtype(dtype)}-{planes}.tif"
    if not path.exists():
        samples = RGB.astype(dtype) * (257 if dtype == np.uint16 else 1)
        order = {"planarconfig": "separate"} if planes else {}
        tifffile.imwrite(
            path, np.moveaxis(samples, 2, 0) if planes else samples, photometric="rgb", **layout, **order
        )
    top, left = data.draw(st.integers(0, 299)), data.draw(st.integers(0, 69))
    bottom, right = data.draw(st.integers(top + 1, 300)), data.draw(st.integers(left + 1, 70))
    assert (read_photograph(path, crop=(top, bottom, left, right)) == RGB[top:bottom, left:right]).all()


def test_a_lane_of_a_large_page_is_read_without_the_rest(tmp_path, monkeypatch):
    path = tmp_path / "box.tif"
    tifffile.imwrite(path, RGB, photometric="rgb", rowsperstrip=10, compression="zlib")
    decoded, decode = [], tiff._Segments._decode
    monkeypatch.setattr(
        tiff._Segments, "_decode", lambda self, index: decoded.append(index) or decode(self, index)
    )
    assert (read_photograph(path, crop=(95, 121, 0, 70)) == RGB[95:121]).all()
    assert decoded == [9, 10, 11, 12]


def small_copies(path, *order):
    with tifffile.TiffWriter(path) as file:
        for step in order:
            file.write(RGB[::step, ::step], photometric="rgb")


@pytest.mark.parametrize("order", [(1, 4), (4, 1), (2, 1, 4)])
def test_smaller_copies_that_are_not_marked_are_passed_over_and_told(tmp_path, order):
    path = tmp_path / "core.tif"
    small_copies(path, *order)
    message = (
        f"'{path}' has {len(order)} pages; the largest, page {order.index(1) + 1}, of 300 rows and 70 "
        "columns, is read. The others have the same proportions, so they are taken as smaller copies."
    )
    with pytest.warns(UserWarning, match=f"^{re.escape(message)}$"):
        assert (read_photograph(path) == RGB).all()


def test_another_photograph_is_no_copy(tmp_path):
    path = tmp_path / "core.tif"
    with tifffile.TiffWriter(path) as file:
        file.write(RGB, photometric="rgb")
        file.write(RGB[:100, :70], photometric="rgb")
    with pytest.raises(ValueError, match="has 2 pages of full size, but a section is one photograph"):
        read_photograph(path)


@pytest.mark.parametrize("compression", [None, "zlib"])
def test_the_large_page_below_a_thumbnail_is_read(tmp_path, compression):
    path = tmp_path / "core.tif"
    with tifffile.TiffWriter(path) as file:
        file.write(RGB[::4, ::4], photometric="rgb", subifds=1, subfiletype=1)
        file.write(RGB, photometric="rgb", compression=compression)
    assert (read_photograph(path) == RGB).all()


def test_pillow_finds_a_page_below_a_page(tmp_path):
    path = tmp_path / "core.tif"
    with tifffile.TiffWriter(path) as file:
        file.write(RGB[::4, ::4], photometric="rgb", subifds=1, subfiletype=1)
        file.write(np.dstack([RGB, RGB[..., 0]]), photometric="separated", compression="zlib")
    expected = Image.fromarray(np.dstack([RGB, RGB[..., 0]]), "CMYK").convert("RGB")
    assert (read_photograph(path) == np.asarray(expected)).all()


def test_raw_data_of_a_sensor_are_named(tmp_path):
    path = tmp_path / "core.dng"
    with tifffile.TiffWriter(path) as file:
        file.write(RGB[::4, ::4], photometric="rgb", subifds=1, subfiletype=1)
        file.write(RGB[..., 0].astype(np.uint16), photometric="cfa")
    message = f"'{path}' is a camera raw file, whose pixels have no colors yet; convert it to TIFF or JPEG."
    with pytest.raises(ValueError, match=f"^{re.escape(message)}$"):
        read_photograph(path)


@pytest.mark.parametrize("kind", ["imagej", "ome"])
def test_channels_of_a_stack_are_colors(tmp_path, kind):
    path = tmp_path / f"core.{kind}.tif"
    planes, metadata = np.moveaxis(RGB, -1, 0), {"axes": "CYX"}
    tifffile.imwrite(path, planes, photometric="minisblack", metadata=metadata, **{kind: True})
    with pytest.warns(
        UserWarning, match="has three pages that are its channels; they are taken as red, green"
    ):
        assert (read_photograph(path) == RGB).all()
    with pytest.warns(UserWarning, match="red, green and blue"):
        assert (read_photograph(path, crop=(10, 20, 5, 9)) == RGB[10:20, 5:9]).all()


@pytest.mark.parametrize(("kind", "named"), [("imagej", " of a stack of ImageJ"), ("ome", " of an OME file")])
def test_other_stacks_are_refused_and_say_what_they_are(tmp_path, kind, named):
    path = tmp_path / f"core.{kind}.tif"
    planes, metadata = np.moveaxis(RGB, -1, 0), {"axes": "ZYX"}
    tifffile.imwrite(path, planes, photometric="minisblack", metadata=metadata, **{kind: True})
    message = (
        f"'{path}' has 3 pages of full size{named}, but a section is one photograph; save each page as a "
        "file of its own."
    )
    with pytest.raises(ValueError, match=f"^{re.escape(message)}$"):
        read_photograph(path)


def test_a_page_that_lacks_strips_is_damaged(tmp_path):
    path = tmp_path / "core.tif"
    tifffile.imwrite(path, RGB, photometric="rgb", rowsperstrip=10)
    content = path.read_bytes()
    path.write_bytes(content[: len(content) - 5000])
    with pytest.raises(ValueError, match="cannot be decoded"):
        read_photograph(path, crop=(0, 10, 0, 10))


def test_tiles_far_larger_than_the_page_are_damage(tmp_path):
    path = tmp_path / "core.tif"
    tifffile.imwrite(path, RGB, photometric="rgb", tile=(16, 16), compression="zlib")
    say_huge_tiles(path)
    with pytest.raises(
        ValueError, match=r"cannot be decoded \(it has tiles of 60000 rows and 60000 columns\)"
    ):
        read_photograph(path)


def test_a_file_without_a_page_of_full_size_is_told(tmp_path):
    (tmp_path / "empty.tif").write_bytes(b"II*\0\0\0\0\0")
    tifffile.imwrite(tmp_path / "copy.tif", np.zeros((4, 5, 3), np.uint8), photometric="rgb", subfiletype=1)
    for name in ("empty.tif", "copy.tif"):
        with pytest.raises(ValueError, match=rf"{name}' cannot be decoded \(there is no page of full size"):
            read_photograph(tmp_path / name)


@pytest.mark.parametrize("compression", BOMBS)
def test_a_strip_that_unpacks_to_much_more_than_its_pixels_is_damage(tmp_path, compression):
    path = tmp_path / "core.tif"
    path.write_bytes(plain_tiff((30, 40), compression, BOMBS[compression]))
    with pytest.raises(ValueError, match=r"a strip or tile unpacks to more than the 1,200 bytes of its"):
        read_photograph(path)


def test_a_strip_that_unpacks_to_its_pixels_is_read(tmp_path):
    path = tmp_path / "core.tif"
    path.write_bytes(plain_tiff((30, 40), 8, zlib.compress(bytes(range(240)) * 5)))
    assert read_photograph(path)[0, :40, 0].tolist() == list(range(40))
