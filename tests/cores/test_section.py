"""A section knows its depths; what is no section is refused."""

from __future__ import annotations

import os
import re
import warnings
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from PIL import Image

from corewidgets.cores.section import CoreSection, as_section, read_section

IMAGE = np.arange(4 * 3 * 3, dtype=np.uint8).reshape(4, 3, 3)


def exactly(text):
    return f"^{re.escape(text)}$"


def test_a_section_without_depth():
    section = CoreSection(IMAGE)
    assert section.shape == (section.n_rows, section.n_columns) == (4, 3)
    assert section.pixel_size_mm is None
    assert (section.top, section.base, section.name, section.path) == (None, None, "", None)
    message = exactly("The depth of this section is unknown; give it top= and base= in metres.")
    with pytest.raises(ValueError, match=message):
        section.depth(0)
    with pytest.raises(ValueError, match=message):
        section.row(1.0)


def test_depth_runs_from_edge_to_edge():
    section = CoreSection(IMAGE, top=698, base=698.4)
    assert section.pixel_size_mm == pytest.approx(100)
    assert section.depth(0) == pytest.approx(698.05)
    assert section.depth(-0.5) == 698
    assert section.depth(3.5) == pytest.approx(698.4)
    assert section.depth(np.array([0, 3])) == pytest.approx([698.05, 698.35])
    assert section.row(698.0) == pytest.approx(-0.5)
    assert isinstance(section.top, float)


@given(st.floats(-100, 9000), st.floats(0.01, 100), st.floats(-10, 10))
def test_row_and_depth_are_inverse(top, length, row):
    section = CoreSection(IMAGE, top=top, base=top + length)
    assert section.row(section.depth(row)) == pytest.approx(row, abs=1e-6)


def test_further_photographs_of_the_piece_are_of_its_size():
    section = CoreSection(IMAGE, others={"uv": IMAGE // 2})
    assert list(section.images) == ["image", "uv"]
    assert np.array_equal(section.images["uv"], IMAGE // 2)
    assert list(CoreSection(IMAGE).images) == ["image"]
    with pytest.raises(ValueError, match="read-only"):
        section.images["uv"][0, 0, 0] = 1
    with pytest.raises(
        ValueError,
        match=exactly(
            "The photograph 'uv' has shape (3, 3, 3), but the first has (4, 3, 3); crop and scale both in "
            "the same way."
        ),
    ):
        CoreSection(IMAGE, others={"uv": IMAGE[1:]})
    with pytest.raises(TypeError, match="image must be an array of uint8"):
        CoreSection(IMAGE, others={"uv": IMAGE / 255})
    with pytest.raises(ValueError, match=r"^One of others is called 'image', as the first photograph is in"):
        CoreSection(IMAGE, others={"image": IMAGE})


def test_the_photograph_cannot_be_changed_through_a_section():
    image = IMAGE.copy()
    section = CoreSection(image)
    with pytest.raises(ValueError, match="read-only"):
        section.image[0, 0, 0] = 1
    with pytest.raises(AttributeError):
        section.top = 1.0
    assert image.flags.writeable
    assert np.shares_memory(section.image, image)


def test_sections_are_told_apart_by_identity():
    assert CoreSection(IMAGE) != CoreSection(IMAGE)
    assert len({CoreSection(IMAGE), CoreSection(IMAGE)}) == 2


@pytest.mark.parametrize(
    ("top", "base", "message"),
    [
        (2, 1, "The base of a section must lie below its top, but top is 2.0 m and base is 1.0 m."),
        (2.0, 2.0, "The base of a section must lie below its top, but top is 2.0 m and base is 2.0 m."),
        (
            2.0,
            None,
            "A section needs both top and base or neither, but top is 2.0 m and base is missing; give both.",
        ),
        (
            None,
            2.0,
            "A section needs both top and base or neither, but base is 2.0 m and top is missing; give both.",
        ),
        (float("nan"), 2.0, "top must be a finite number of metres, but it is nan."),
        (1.0, float("inf"), "base must be a finite number of metres, but it is inf."),
    ],
)
def test_wrong_depths(tmp_path, top, base, message):
    with pytest.raises(ValueError, match=exactly(message)):
        CoreSection(IMAGE, top, base)
    with pytest.raises(ValueError, match=exactly(message)):
        read_section(tmp_path / "is-not-even-opened.jpg", top=top, base=base)


def test_a_depth_is_a_number():
    with pytest.raises(TypeError, match=exactly("top must be a number of metres, but it is '698'.")):
        CoreSection(IMAGE, "698", "699")


@pytest.mark.parametrize(
    ("image", "error", "message"),
    [
        (
            IMAGE / 255,
            TypeError,
            "image must be an array of uint8, 0 to 255, but it is of type float64; scale it and convert it "
            "with .astype('uint8').",
        ),
        (
            IMAGE[..., 0],
            ValueError,
            "image must have shape (n_rows, n_columns, 3), but it has (4, 3); repeat a grey channel three "
            "times, leave transparency out.",
        ),
        (IMAGE[:0], ValueError, "image has no pixels: its shape is (0, 3, 3)."),
    ],
)
def test_what_is_no_photograph(image, error, message):
    for make in (CoreSection, as_section):
        with pytest.raises(error, match=exactly(message)):
            make(image)


def test_anything_becomes_a_section(tmp_path):
    section = CoreSection(IMAGE, 1.0, 2.0)
    assert as_section(section) is section
    assert (as_section(IMAGE).image == IMAGE).all()
    Image.fromarray(IMAGE).save(tmp_path / "core.png")
    read = as_section(tmp_path / "core.png")
    assert (read.image == IMAGE).all()
    assert (read.name, read.path) == ("core", tmp_path / "core.png")
    assert (as_section(str(tmp_path / "core.png")).image == IMAGE).all()


def test_a_name_is_no_image_but_that_of_a_file():
    message = exactly("image must be an array, but it is the name 'core.jpg'; read it with read_section.")
    with pytest.raises(TypeError, match=message):
        CoreSection(Path("core.jpg"))
    with pytest.raises(
        FileNotFoundError, match=exactly("There is no file 'core.jpg'; check the name and the folder.")
    ):
        as_section(Path("core.jpg"))


def test_read_section(tmp_path):
    path = tmp_path / "364_77_A_072_R_002.png"
    Image.fromarray(IMAGE).save(path)
    section = read_section(str(path), top=698.41, base=699.02)
    assert (section.image == IMAGE).all()
    assert (section.name, section.path) == ("364_77_A_072_R_002", path)
    assert (section.top, section.base) == (698.41, 699.02)
    assert read_section(path, name="72-2").name == "72-2"
    assert repr(section) == (
        "CoreSection(name='364_77_A_072_R_002', 4 rows x 3 columns, top=698.41, base=699.02)"
    )
    assert repr(CoreSection(IMAGE)) == "CoreSection(name='', 4 rows x 3 columns)"


def test_transparency_is_told_at_the_line_of_the_user(tmp_path):
    Image.new("RGBA", (2, 2)).save(tmp_path / "core.png")
    with pytest.warns(UserWarning, match="has 4 transparent pixels") as told:
        read_section(tmp_path / "core.png")
    assert told[0].filename == __file__


def test_the_published_photograph():
    folder = os.environ.get("COREWIDGETS_DATA")
    if not folder:
        pytest.skip("COREWIDGETS_DATA is not set; let it name the folder that contains chicxulub-72-2/")
    (path,) = Path(folder, "chicxulub-72-2").glob("*.jpg")
    section = read_section(path, top=698.41, base=699.02)
    assert section.shape == (2693, 396)
    assert (section.image == np.asarray(Image.open(path))).all()


# ------------------------------------------------------------------------------------------------- lying down

LYING = np.random.default_rng(6).integers(0, 256, (20, 60, 3), np.uint8)


@pytest.fixture
def lying(tmp_path):
    Image.fromarray(LYING).save(tmp_path / "lying.png")
    return tmp_path / "lying.png"


@pytest.mark.parametrize("rotation", [0, 90, 180, 270])
def test_a_lying_core_is_turned_clockwise(lying, rotation):
    section = read_section(lying, top=1.0, base=2.0, rotation=rotation)
    assert (section.image == np.asarray(Image.fromarray(LYING).rotate(-rotation, expand=True))).all()
    assert section.rotation == rotation
    assert section.file_name == (None if rotation else "lying.png")
    assert section.image.flags.c_contiguous
    turned = f".turned-{rotation}" if rotation else ""
    assert section.file_beside(".labels.png") == lying.with_name(f"lying{turned}.labels.png")


def test_the_top_at_the_left_comes_up_with_90(lying):
    section = read_section(lying, rotation=90)
    assert (section.image[0] == LYING[::-1, 0]).all()


def test_a_wide_photograph_is_asked_about(lying, tmp_path):
    message = (
        f"'{lying}' is more than twice as wide as tall (20 rows, 60 columns), but rows run down the core. If "
        "the core lies on its side, rotate it: rotation=90 (--rotate 90) where its top is at the left, 270 "
        "where it is at the right; give rotation=0 (--rotate 0) if it is upright."
    )
    with pytest.warns(UserWarning, match=exactly(message)) as told:
        section = read_section(lying)
    assert told[0].filename == __file__
    assert section.rotation == 0
    Image.fromarray(LYING[:, :40]).save(tmp_path / "square.png")
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        read_section(tmp_path / "square.png")
        read_section(lying, rotation=0)


def test_a_rotation_that_is_none(lying):
    message = exactly("rotation must be 0, 90, 180 or 270 degrees clockwise, but it is 45.")
    with pytest.raises(ValueError, match=message):
        read_section(lying, rotation=45)
    with pytest.raises(ValueError, match=message):
        CoreSection(IMAGE, rotation=45)


def test_bits_of_the_camera(tmp_path):
    tifffile = pytest.importorskip("tifffile")
    tifffile.imwrite(tmp_path / "core.tif", LYING.astype(np.uint16) << 4, photometric="rgb")
    section = read_section(tmp_path / "core.tif", bits=12, rotation=90)
    assert (section.image == np.rot90(np.rint((LYING.astype(float) * 16) / 4095 * 255), -1)).all()
