"""What Pillow decodes, in the formats beside JPEG, PNG and TIFF, and parts of it."""

from __future__ import annotations

import itertools
import re

import numpy as np
import pytest
import tifffile
from PIL import Image, ImageOps

from corewidgets.cores.core import Lane
from corewidgets.cores.photograph import read_photograph

RGB = np.random.default_rng(3).integers(0, 256, (300, 40, 3), np.uint8)


@pytest.mark.parametrize(("ending", "options"), [("webp", {"lossless": True}), ("jp2", {}), ("bmp", {})])
def test_further_formats_are_read(tmp_path, ending, options):
    path = tmp_path / f"core.{ending}"
    Image.fromarray(RGB).save(path, **options)
    assert (read_photograph(path) == RGB).all()
    Image.fromarray(RGB[..., 0]).save(path, **options)
    assert (read_photograph(path) == np.asarray(Image.open(path).convert("RGB"))).all()


@pytest.mark.parametrize(("ending", "options"), [("webp", {"lossless": True}), ("jp2", {}), ("bmp", {})])
@pytest.mark.parametrize("share", [0.1, 0.5, 0.9])
def test_further_formats_that_are_cut_short(tmp_path, ending, options, share):
    path = tmp_path / f"core.{ending}"
    Image.fromarray(RGB).save(path, **options)
    content = path.read_bytes()
    path.write_bytes(content[: int(share * len(content))])
    with pytest.raises(ValueError, match=f"^'{re.escape(str(path))}' cannot be decoded"):
        read_photograph(path)


def test_an_even_photograph_may_take_next_to_nothing(tmp_path):
    for ending in ("webp", "jp2"):
        path = tmp_path / f"core.{ending}"
        Image.new("RGB", (1500, 1500), (10, 20, 30)).save(path)
        assert read_photograph(path).shape == (1500, 1500, 3)


def test_grey_jpeg_2000_of_sixteen_bits_fills_its_range(tmp_path):
    grey = np.random.default_rng(4).integers(0, 4096, (80, 80)).astype(np.uint16)
    path = tmp_path / "core.jp2"
    Image.fromarray(grey).save(path)
    assert (read_photograph(path)[..., 1] == np.rint(grey / 257)).all()


def test_an_animation_is_refused(tmp_path):
    path = tmp_path / "core.webp"
    frames = [Image.fromarray(RGB), Image.fromarray(RGB[::-1].copy())]
    frames[0].save(path, save_all=True, append_images=frames[1:], lossless=True)
    with pytest.raises(ValueError, match=r"has 2 pictures, but a section is one photograph; save each as"):
        read_photograph(path)


def test_a_container_that_is_no_photograph(tmp_path):
    (tmp_path / "sound.webp").write_bytes(b"RIFF\x24\0\0\0WAVEfmt ")
    with pytest.raises(ValueError, match="it is neither JPEG, PNG nor TIFF, nor WebP, JPEG 2000 or BMP"):
        read_photograph(tmp_path / "sound.webp")


@pytest.mark.parametrize("orientation", range(1, 9))
@pytest.mark.parametrize("form", ["png", "jpg", "tif"])
def test_a_part_comes_out_as_in_the_whole(tmp_path, form, orientation):
    exif = Image.Exif()
    exif[0x0112] = orientation
    path = tmp_path / f"core.{form}"
    Image.fromarray(RGB).save(path, exif=exif)
    whole = read_photograph(path)
    assert (whole == np.asarray(ImageOps.exif_transpose(Image.open(path)))).all()
    n_rows, n_columns = whole.shape[:2]
    for top, left in itertools.product((0, 7), (0, 5)):
        crop = (top, n_rows - 2, left, n_columns - 1)
        assert (read_photograph(path, crop=crop) == whole[top : n_rows - 2, left : n_columns - 1]).all()


def test_a_part_beyond_the_photograph(tmp_path):
    path = tmp_path / "core.png"
    Image.fromarray(RGB).save(path)
    message = (
        f"The crop 0:301 0:9 reaches beyond '{path}', which has 300 rows and 40 columns; make it smaller."
    )
    with pytest.raises(ValueError, match=f"^{re.escape(message)}$"):
        read_photograph(path, crop=(0, 301, 0, 9))


def test_a_lane_is_read_as_from_the_whole_photograph(tmp_path):
    path = tmp_path / "box.tif"
    tifffile.imwrite(path, RGB, photometric="rgb", tile=(16, 16), compression="zlib")
    lane = Lane(path, 1.0, 2.0, crop=(30, 271, 3, 21), rotation=90)
    assert (lane.read().image == lane.read(read_photograph(path)).image).all()
    assert (lane.read().image == np.rot90(RGB[30:271, 3:21], -1)).all()


def test_a_webp_of_an_absurd_size_is_refused_before_decoding(tmp_path):
    path = tmp_path / "core.webp"
    Image.fromarray(RGB).save(path, lossless=True, icc_profile=b"x" * 200)
    content = bytearray(path.read_bytes())
    assert content[12:16] == b"VP8X"
    content[24:30] = (2**20).to_bytes(3, "little") * 2
    path.write_bytes(content)
    with pytest.raises(ValueError, match=f"^'{re.escape(str(path))}' cannot be decoded"):
        read_photograph(path)


def test_a_webp_beyond_the_limit_of_pillow_is_read(tmp_path, monkeypatch):
    path = tmp_path / "core.webp"
    Image.fromarray(RGB).save(path, lossless=True)
    monkeypatch.setattr(Image, "MAX_IMAGE_PIXELS", 4)
    assert (read_photograph(path) == RGB).all()
    assert Image.MAX_IMAGE_PIXELS == 4
