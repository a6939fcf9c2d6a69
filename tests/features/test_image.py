"""What is no photograph is refused with what to do, by whatever asks for one."""

from __future__ import annotations

import re
from pathlib import Path

import numpy as np
import pytest

import corewidgets as cw
from corewidgets.features.image import check_image

IMAGE = np.zeros((4, 5, 3), np.uint8)
DOORS = {
    "check_image": check_image,
    "CoreSection": cw.CoreSection,
    "Hypercolumns.dense": cw.Hypercolumns((), lab=True).dense,
    "Regularizer.smooth": lambda image: cw.Regularizer().smooth(image, np.zeros((4, 5, 2), np.float32)),
}
"""Whatever takes a photograph as an array."""


def test_a_photograph_is_returned_as_it_is():
    assert check_image(IMAGE) is IMAGE


@pytest.mark.parametrize("door", DOORS)
@pytest.mark.parametrize(
    ("image", "error", "text"),
    [
        (Path("core.png"), TypeError, "it is the name 'core.png'; read it with read_section."),
        (IMAGE / 255, TypeError, "an array of uint8, 0 to 255, but it is of type float64; scale it and"),
        (IMAGE[..., 0], ValueError, "shape (n_rows, n_columns, 3), but it has (4, 5); repeat a grey channel"),
        (
            np.zeros((4, 5, 4), np.uint8),
            ValueError,
            "it has (4, 5, 4); repeat a grey channel three times",
        ),
        (IMAGE[:0], ValueError, "image has no pixels: its shape is (0, 5, 3)."),
    ],
)
def test_what_is_no_photograph_is_refused_by_all_with_the_same_words(door, image, error, text):
    with pytest.raises(error, match=re.escape(text)):
        DOORS[door](image)
