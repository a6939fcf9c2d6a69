"""Layouts can be drawn."""

from __future__ import annotations

import numpy as np
import pytest

from corewidgets.cores.synthetic_layout import LAYOUTS
from corewidgets.cores.synthetic_scene import material


@pytest.mark.parametrize("name", LAYOUTS)
def test_a_layout_names_materials_and_numbers_in_order(name):
    layout = LAYOUTS[name]
    kinds = {layout.material, layout.table[0], *([layout.divider[0]] if layout.divider else [])}
    assert all(
        material(np.random.default_rng(0), (9, 40), kind, (90, 90, 90)).shape == (9, 40, 6) for kind in kinds
    )
    assert 1 <= layout.n_lanes[0] <= layout.n_lanes[1] <= 8
    assert 0 < layout.thickness[0] <= layout.thickness[1]
