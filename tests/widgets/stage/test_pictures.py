from __future__ import annotations

import base64
import io

import numpy as np
import pytest
from PIL import Image

from corewidgets.widgets.stage.pictures import Pyramid, codes_picture, photograph_picture, rgba_picture
from corewidgets.widgets.stage.viewport import ROTATIONS, Box, Viewport


def decoded(picture):
    head, data = picture.url.split(b",", 1)
    return head, Image.open(io.BytesIO(base64.b64decode(data)))


@pytest.mark.parametrize("rotation", ROTATIONS)
def test_near_by_pixels_are_sent_as_they_are(image, rotation):
    viewport = Viewport(120, 80, Box(0, 0, 300, 200), rotation=rotation).at(60, 40, 8.0).snapped()
    head, sent = decoded(photograph_picture(Pyramid(image), viewport))
    rows, columns = viewport.spans()
    cut = image[rows.first : rows.stop, columns.first : columns.stop]
    assert head == b"data:image/png;base64"
    assert np.array_equal(np.asarray(sent), np.rot90(cut, rotation // 90))


def test_a_pixel_is_drawn_where_the_view_says_that_it_is(image):
    for rotation in ROTATIONS:
        viewport = Viewport(120, 80, Box(10, 5, 300, 200), rotation=rotation).at(50, 30, 8.0).snapped()
        picture = photograph_picture(Pyramid(image), viewport)
        sent = np.asarray(decoded(picture)[1])
        x, y = viewport.to_canvas(50, 30)
        box = picture.box
        column = int((x - box.left) / box.width * sent.shape[1])
        row = int((y - box.top) / box.height * sent.shape[0])
        assert np.array_equal(sent[row, column], image[50, 30])


def test_far_away_the_picture_is_the_mean_of_what_it_shows_and_as_large_as_the_screen_shows_it():
    image = np.full((4000, 1000, 3), 90, np.uint8)
    image[2000:] = 200
    viewport = Viewport(4000, 1000, Box(0, 0, 400, 400)).fit().snapped()
    picture = photograph_picture(Pyramid(image), viewport)
    sent = decoded(picture)[1]
    assert sent.size == (100, 400)
    assert (picture.box.width, picture.box.height) == (100, 400)
    values = np.asarray(sent)
    assert abs(int(values[100, 50, 0]) - 90) <= 2
    assert abs(int(values[300, 50, 0]) - 200) <= 2


def test_the_photograph_is_not_altered(image):
    before = image.copy()
    pyramid = Pyramid(image)
    for scale in (0.1, 0.4, 1.0, 3.0):
        photograph_picture(pyramid, Viewport(120, 80, Box(0, 0, 50, 50)).at(60, 40, scale))
    assert np.array_equal(image, before)


@pytest.mark.parametrize("shape", [(1, 1), (1, 5000), (5000, 1), (3, 7)])
def test_extreme_shapes_have_pictures(shape):
    image = np.full((*shape, 3), 77, np.uint8)
    for viewport in (
        Viewport(*shape, Box(0, 0, 200, 100)).fit(),
        Viewport(*shape, Box(0, 0, 200, 100)).opening(),
    ):
        sent = np.asarray(decoded(photograph_picture(Pyramid(image), viewport.snapped()))[1])
        assert abs(int(sent.mean()) - 77) <= 1


def test_a_large_photograph_sends_no_more_than_the_screen():
    image = np.broadcast_to(np.array([10, 120, 200], np.uint8), (8_000, 3_000, 3))
    for scale in (0.05, 0.3, 1.0, 4.0):
        viewport = Viewport(8_000, 3_000, Box(0, 0, 900, 560)).at(4000, 1500, scale).snapped()
        sent = decoded(photograph_picture(Pyramid(image), viewport))[1]
        assert sent.size[0] <= 902
        assert sent.size[1] <= 562


@pytest.mark.parametrize("scale", [0.3, 1.0, 5.0])
def test_codes_keep_their_values_and_have_the_opacity_of_the_palette(scale):
    codes = np.repeat(np.arange(4, dtype=np.uint8), 25)[:, None] * np.ones((1, 60), np.uint8)
    palette = np.array([[0, 0, 0, 0], [255, 0, 0, 255], [0, 255, 0, 128]], np.uint8)
    viewport = Viewport(100, 60, Box(0, 0, 600, 600)).at(50, 30, scale).snapped()
    sent = np.asarray(decoded(codes_picture(codes, palette, viewport))[1].convert("RGBA"))
    assert {tuple(color) for color in sent.reshape(-1, 4).tolist()} == {
        (0, 0, 0, 0), (255, 0, 0, 255), (0, 255, 0, 128),
    }  # fmt: skip


def test_colors_with_opacity_are_sent_as_they_are():
    colors = np.random.default_rng(1).integers(0, 256, (20, 30, 4), dtype=np.uint8)
    viewport = Viewport(20, 30, Box(0, 0, 300, 200)).fit().snapped()
    assert np.array_equal(np.asarray(decoded(rgba_picture(colors, viewport))[1]), colors)


def test_thin_lines_of_codes_are_not_lost_when_seen_from_afar():
    codes = np.zeros((400, 400), np.uint8)
    codes[:, 201] = codes[77] = 1
    viewport = Viewport(400, 400, Box(0, 0, 200, 200)).fit().snapped()
    palette = np.array([[0, 0, 0, 0], [255, 0, 0, 255]], np.uint8)
    opaque = np.asarray(decoded(codes_picture(codes, palette, viewport))[1].convert("RGBA"))[..., 3] == 255
    assert opaque[:, 100].all()
    assert opaque[38].all()
