"""Swatches of classes: the color alone, or the piece of map that the overlay would draw."""

import base64
import io
import re

import numpy as np
import pytest
from PIL import Image

import corewidgets as cw
from corewidgets.figures.pattern_pixels import MOST_CLASSES, pattern_pixels
from corewidgets.widgets.pattern_swatch import class_swatch

LEGEND = cw.Legend(["Matrix", "Clast", "Void"], ["#FFFFFF", "#101010", "#D05050"])


def pixels_of(swatch):
    """Return the picture in a swatch."""
    content = base64.b64decode(re.search(r'src="data:image/png;base64,([^"]+)"', swatch)[1])
    return np.asarray(Image.open(io.BytesIO(content)).convert("RGB"))


def test_a_swatch_without_a_pattern_is_the_color():
    assert 'style="background: #D05050;' in class_swatch(LEGEND, 3, hatched=False)


@pytest.mark.parametrize(("code", "color", "ink"), [(1, 255, 0), (2, 16, 255)])
def test_a_swatch_has_the_pattern_of_the_map_at_its_scale(code, color, ink):
    drawn = pixels_of(class_swatch(LEGEND, code, hatched=True))
    inked = pattern_pixels(code)[:16, :30]
    assert inked.any()
    assert np.array_equal(drawn[..., 0], np.where(inked, ink, color))


def test_each_class_of_a_large_legend_can_be_told_by_its_swatch():
    legend = cw.Legend([f"Class {n}" for n in range(1, 17)], ["#808080"] * 16)
    drawn = [pixels_of(class_swatch(legend, code, hatched=True)) for code in legend.codes]
    assert all((one != drawn[k]).any(-1).mean() > 0.05 for n, one in enumerate(drawn) for k in range(n))


def test_more_classes_than_have_patterns_are_listed_by_their_colors():
    legend = cw.Legend([f"Class {n}" for n in range(1, MOST_CLASSES + 2)])
    assert f"background: {legend.colors[-1]};" in class_swatch(legend, len(legend), hatched=True)


def test_the_list_of_an_overlay_follows_its_map():
    image = np.full((40, 30, 3), 90, np.uint8)
    codes = np.repeat(np.arange(1, 4, dtype=np.uint8), [10, 10, 20])[:, None].repeat(30, axis=1)
    overlay = cw.Overlay(image, codes, legend=LEGEND)

    def hatched():
        return ["cw-hatched" in row._swatch.value for row in overlay._side.classes.rows]

    assert hatched() == [False] * 3
    overlay.hatched = True
    assert hatched() == [True] * 3
    overlay.legend = cw.Legend(LEGEND.names, ["#1B9E77", *LEGEND.colors[1:]])
    assert pixels_of(overlay._side.classes.rows[0]._swatch.value)[0, 0].tolist() in (
        [0x1B, 0x9E, 0x77],
        [0, 0, 0],
        [255, 255, 255],
    )
    overlay.drawing = "outline"  # lines around the classes have no room for patterns
    assert hatched() == [False] * 3
    overlay.drawing = "fill"
    assert hatched() == [True] * 3
    overlay.close()
