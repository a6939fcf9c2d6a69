"""A bar of known length is measured at every rotation and zoom, and in both lanes of a box."""

from __future__ import annotations

import numpy as np
import pytest
from PIL import Image
from scipy import ndimage

from corewidgets.cores.core import Core, Lane
from corewidgets.cores.crop import Crop
from corewidgets.geology.ruler import Ruler, sample
from corewidgets.widgets.stage.viewport import ROTATIONS, Box, Viewport


@pytest.mark.parametrize("rotation", ROTATIONS)
@pytest.mark.parametrize("magnification", [0.5, 1.0, 3.7, 16.0])
def test_a_bar_that_is_drawn_along_on_the_screen(rotation, magnification):
    """The ends are set on whole pixels of the screen: the length is right by half a percent all the same."""
    start, end, size = (812.3, 90.6), (1190.8, 301.2), 0.231
    view = Viewport(2693, 396, Box(80, 0, 820, 560), rotation=rotation).at(1000, 200, magnification)
    seen = [tuple(map(round, view.to_canvas(*place))) for place in (start, end)]
    ruler = Ruler(*(view.to_image(*place) for place in seen), pixel_size_mm=size)
    assert ruler.length_mm == pytest.approx(np.hypot(378.5, 210.6) * size, rel=0.005)
    assert ruler.angle == pytest.approx(np.degrees(np.arctan2(-378.5, 210.6)), abs=0.5)


def box_of_two_lanes():
    """A photograph of a box: each lane is a metre, the left one 1000 rows long and the right one 800."""
    image = np.full((1000, 300, 3), 90, np.uint8)
    image[300:401, 60:64] = 250  # a bar of 100 mm, from the middle of its first row to that of its last
    image[200:281, 220:224] = 250  # one of 100 mm at the scale of the right lane
    return image


@pytest.mark.parametrize("lane", [0, 1])
def test_both_lanes_of_a_box_have_their_own_scale(tmp_path, lane):
    Image.fromarray(box_of_two_lanes()).save(tmp_path / "box.png")
    core = Core(
        [
            Lane(tmp_path / "box.png", 10.0, 11.0, "left", Crop(0, 1000, 0, 150)),
            Lane(tmp_path / "box.png", 11.0, 12.0, "right", Crop(0, 800, 150, 300)),
        ]
    )
    section = core.lanes[lane].read()
    bright = np.argwhere(section.image[..., 0] > 200)
    top, bottom = bright[0], bright[-1]
    ruler = Ruler((top[0], top[1]), (bottom[0], top[1]), section.pixel_size_mm)
    assert ruler.length_mm == pytest.approx(100, rel=0.005)
    profile = ruler.profile(section.image)
    assert profile.distance[-1] == pytest.approx(ruler.length_mm)
    np.testing.assert_allclose(profile.values, 250)


@pytest.mark.parametrize(
    ("end", "angle"),
    [((0, 10), 0), ((-10, 10), 45), ((10, 10), -45), ((-10, 0), 90), ((10, 0), 90), ((0, -10), 0),
     ((10, -10), 45), ((0, 0), 0)],
)  # fmt: skip
def test_the_angle_is_that_of_the_line_and_not_of_the_hand(end, angle):
    assert Ruler((0, 0), end).angle == pytest.approx(angle)


def test_values_between_pixels_are_those_of_scipy():
    rng = np.random.default_rng(0)
    image = rng.integers(0, 256, (30, 20, 3), np.uint8)
    rows, columns = rng.uniform(-3, 33, 200), rng.uniform(-3, 23, 200)
    found = sample(image, rows, columns)
    for channel in range(3):
        expected = ndimage.map_coordinates(
            image[..., channel].astype(float), [rows, columns], order=1, mode="nearest"
        )
        np.testing.assert_allclose(found[:, channel], expected, atol=1e-4)
    np.testing.assert_allclose(sample(image[..., 0], rows, columns), found[:, 0])


def test_a_profile_of_a_ramp():
    ramp = np.tile(np.arange(50.0), (40, 1))
    profile = Ruler((5, 10.5), (35, 40.5), 0.5).profile(ramp)
    np.testing.assert_allclose(profile.distance, np.linspace(0, np.hypot(30, 30) * 0.5, 44))
    np.testing.assert_allclose(profile.values, 10.5 + profile.distance / 0.5 / np.sqrt(2), atol=1e-5)
    plain = Ruler((5, 10), (5, 10)).profile(ramp)
    assert (plain.distance.tolist(), plain.values.tolist()) == ([0, 0], [10, 10])
    assert Ruler((0, 0), (3, 4)).length_mm is None
