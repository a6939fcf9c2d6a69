"""Pictures that Pillow and xarray hold are the photographs that their files are."""

from __future__ import annotations

import re

import numpy as np
import pytest
from PIL import Image

from corewidgets.cores.held_picture import held_picture
from corewidgets.cores.photograph import read_photograph
from corewidgets.cores.section import as_section

IMAGE = np.random.default_rng(3).integers(0, 256, (7, 5, 3), np.uint8)


@pytest.mark.parametrize("mode", ["RGB", "L", "P", "CMYK", "1"])
def test_an_image_of_pillow_is_what_its_file_is(mode, tmp_path):
    image = Image.fromarray(IMAGE).convert(mode)
    file = tmp_path / "core.tif"
    image.save(file)
    assert (held_picture(image) == read_photograph(file)).all()
    assert as_section(image).shape == (7, 5)


def test_an_opened_image_is_turned_as_its_exif_asks_and_has_the_name_of_its_file(tmp_path):
    exif = Image.Exif()
    exif[0x0112] = 6
    Image.fromarray(IMAGE).save(tmp_path / "box-3.png", exif=exif)
    with Image.open(tmp_path / "box-3.png") as image:
        section = as_section(image)
    assert (section.image == np.rot90(IMAGE, -1)).all()
    assert section.name == "box-3"
    assert (section.image == read_photograph(tmp_path / "box-3.png")).all()


def test_transparent_pixels_are_laid_over_white_and_told_at_the_line_of_the_user():
    with pytest.warns(UserWarning, match="'Pillow image' has 35 transparent pixels") as told:
        section = as_section(Image.new("RGBA", (5, 7)))
    assert (section.image == 255).all()
    assert told[0].filename == __file__


def test_values_without_colors_are_refused():
    message = re.escape(
        "'Pillow image' holds samples of the kind F, which is not a photograph; save it as RGB"
    )
    with pytest.raises(ValueError, match=message):
        as_section(Image.new("F", (5, 7)))


@pytest.mark.parametrize("dims", [("y", "x", "band"), ("band", "y", "x"), ("y", "channel", "x")])
def test_channels_of_xarray_are_moved_to_the_end(dims):
    xarray = pytest.importorskip("xarray")
    order = [dims.index(name) for name in dims if name in {"y", "x"}]
    channels = next(number for number, name in enumerate(dims) if name in {"band", "channel"})
    values = np.moveaxis(IMAGE, (0, 1, 2), (*order, channels))
    array = xarray.DataArray(values, dims=dims, name="72-2")
    section = as_section(array)
    assert (section.image == IMAGE).all()
    assert section.name == "72-2"


def test_the_only_dimension_of_three_is_that_of_the_channels():
    xarray = pytest.importorskip("xarray")
    array = xarray.DataArray(np.moveaxis(IMAGE, 2, 0), dims=("a", "b", "d"))
    assert (as_section(array).image == IMAGE).all()


def test_it_is_asked_which_dimension_holds_the_channels():
    xarray = pytest.importorskip("xarray")
    array = xarray.DataArray(IMAGE[:3], dims=("a", "b", "d"))
    with pytest.raises(
        ValueError, match="It is not clear which dimension of a, b, d holds red, green and blue"
    ):
        as_section(array)
    with pytest.raises(ValueError, match=re.escape("image must have shape (n_rows, n_columns, 3)")):
        as_section(xarray.DataArray(IMAGE[..., 0], dims=("y", "x")))
