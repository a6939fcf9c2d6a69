from __future__ import annotations

import jax.numpy as jnp
import numpy as np
import pytest
from skimage.color import rgb2lab

from corewidgets.features.color import srgb_to_lab


def test_lab_is_that_of_scikit_image(image):
    np.testing.assert_allclose(srgb_to_lab(jnp.asarray(image)), rgb2lab(image), atol=2e-3)


@pytest.mark.parametrize(
    ("color", "lab"),
    [
        ((0, 0, 0), (0.0, 0.0, 0.0)),
        ((255, 255, 255), (100.0, 0.0, 0.0)),
        ((255, 0, 0), (53.24, 80.09, 67.20)),  # the red of sRGB
        ((1, 1, 1), (0.27, 0.0, 0.0)),  # on the straight part of both curves
    ],
)
def test_known_colors(color, lab):
    np.testing.assert_allclose(srgb_to_lab(jnp.array(color, jnp.uint8)), lab, atol=0.02)
