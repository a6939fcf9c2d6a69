"""Means over masks: those that the cells themselves give."""

from __future__ import annotations

import numpy as np
import pytest

from corewidgets.geology.means import Means

CELLS = np.random.default_rng(0).normal(3, 2, (40, 50, 4)).astype(np.float32)
MEANS = Means(CELLS)


@pytest.mark.parametrize("frame", [1, 5])
@pytest.mark.parametrize("share", [0.01, 0.5, 1.0])
@pytest.mark.parametrize("part", [(slice(0, 40), slice(0, 50)), (slice(7, 30), slice(12, 13))])
def test_a_mean_over_a_mask_is_that_of_its_cells(part, share, frame):
    cells = CELLS[part]
    mask = np.random.default_rng(1).random(cells.shape[:2]) < share
    mask[0, 0] = True
    np.testing.assert_allclose(
        MEANS.of(np.pad(mask, frame), part, frame), cells[mask].mean(axis=0), rtol=1e-5, atol=1e-5
    )
