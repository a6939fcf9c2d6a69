"""How samples are understood: bits in use, transparency, and what only looks like it."""

from __future__ import annotations

import re
import warnings

import numpy as np
import pytest
import tifffile
from PIL import Image

from corewidgets.cores.photograph import read_photograph

EIGHT = np.random.default_rng(1).integers(0, 256, (120, 64, 3), np.uint8)
EIGHT[0, 0] = 255  # the lightest value of the camera is there


def wide(bits):
    return np.rint(EIGHT * ((2**bits - 1) / 255)).astype(np.uint16)


@pytest.mark.parametrize("compression", [None, "zlib"])
@pytest.mark.parametrize("bits", [8, 10, 12, 14])
def test_fewer_bits_in_sixteen_are_found_and_told(tmp_path, bits, compression):
    path = tmp_path / "core.tif"
    tifffile.imwrite(path, wide(bits), photometric="rgb", compression=compression)
    message = (
        f"'{path}' has 16-bit samples, but none above {2**bits - 1}: they are read as {bits} bits, 0 to "
        f"{2**bits - 1}. If the camera writes another number of bits, give it: bits=16 (--bits 16)."
    )
    with pytest.warns(UserWarning, match=f"^{re.escape(message)}$"):
        read = read_photograph(path)
    assert (read == EIGHT).all()
    with pytest.warns(UserWarning, match="they are read as"):  # of the whole, not of the part
        assert (read_photograph(path, crop=(60, 80, 0, 64)) == EIGHT[60:80]).all()


def test_said_bits_need_no_guess(tmp_path):
    path = tmp_path / "core.tif"
    dark = wide(12) // 8
    tifffile.imwrite(path, dark, photometric="rgb")
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        twelve = read_photograph(path, bits=12)
        assert (twelve == np.rint(dark / 4095 * 255)).all()
        assert (read_photograph(path, bits=16) == np.rint(dark / 257)).all()
        tags = [(281, "H", 3, (4095,) * 3, True)]
        tifffile.imwrite(path, dark, photometric="rgb", extratags=tags)
        assert (read_photograph(path) == twelve).all()
    with pytest.raises(
        ValueError, match=r"holds values up to 511, more than 8 bits can hold; give the number"
    ):
        read_photograph(path, bits=8)
    with pytest.raises(ValueError, match=r"^bits must be 8 to 16, but it is 4\.$"):
        read_photograph(path, bits=4)


def test_bits_of_a_file_of_eight_change_nothing(tmp_path):
    Image.fromarray(EIGHT).save(tmp_path / "core.png")
    assert (read_photograph(tmp_path / "core.png", bits=12) == EIGHT).all()


def test_a_few_pixels_say_nothing_of_the_bits(tmp_path):
    tifffile.imwrite(tmp_path / "core.tif", wide(12)[:8, :8], photometric="rgb")
    assert (read_photograph(tmp_path / "core.tif") == np.rint(wide(12)[:8, :8] / 257)).all()


def test_transparency_of_twelve_bits_is_scaled_alike(tmp_path):
    path = tmp_path / "core.tif"
    alpha = np.full((*EIGHT.shape[:2], 1), 4095, np.uint16)
    alpha[5] = 0
    tifffile.imwrite(path, np.dstack([wide(12), alpha]), photometric="rgb", extrasamples=["unassalpha"])
    with warnings.catch_warnings(record=True) as told:
        warnings.simplefilter("always")
        read = read_photograph(path)
    assert ["read as 12 bits" in str(each.message) for each in told] == [True, False]
    assert "has 64 transparent pixels" in str(told[1].message)
    assert (read[5] == 255).all()
    assert (np.delete(read, 5, axis=0) == np.delete(EIGHT, 5, axis=0)).all()


@pytest.mark.parametrize("dtype", [np.uint8, np.uint16])
def test_infrared_is_not_transparency(tmp_path, dtype):
    path = tmp_path / "core.tif"
    scale = 1 if dtype == np.uint8 else 257
    infrared = np.random.default_rng(2).integers(20, 200, EIGHT.shape[:2]).astype(dtype) * scale
    samples = np.dstack([EIGHT.astype(dtype) * scale, infrared])
    tifffile.imwrite(path, samples, photometric="rgb", extrasamples=["unassalpha"])
    message = (
        f"'{path}' has an extra channel that is not transparency (100% of its pixels are neither transparent "
        "nor opaque), such as infrared; it is ignored."
    )
    with pytest.warns(UserWarning, match=f"^{re.escape(message)}$"):
        assert (read_photograph(path) == EIGHT).all()
    with pytest.warns(UserWarning, match="not transparency"):
        assert (read_photograph(path, crop=(3, 9, 1, 60)) == EIGHT[3:9, 1:60]).all()


def test_soft_edges_are_transparency(tmp_path):
    alpha = np.full(EIGHT.shape[:2], 255, np.uint8)
    alpha[:40] = np.arange(40)[:, None] * 6
    Image.fromarray(np.dstack([EIGHT, alpha])).save(tmp_path / "core.png")
    with pytest.warns(UserWarning, match=r"has 2,560 transparent pixels; they are drawn over white"):
        read = read_photograph(tmp_path / "core.png")
    assert (read[40:] == EIGHT[40:]).all()
    assert (read[0] == 255).all()
