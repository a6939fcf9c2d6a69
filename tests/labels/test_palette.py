"""Default colors differ, from each other and from grey rock."""

from __future__ import annotations

from itertools import combinations, islice

import numpy as np
from skimage.color import deltaE_ciede2000, rgb2lab

from corewidgets.labels.legend import Legend
from corewidgets.labels.palette import PALETTE, default_colors


def test_255_default_colors_differ():
    legend = Legend.of_codes(255)
    assert legend.name(255) == "Class 255"
    assert len(set(legend.colors)) == 255


def test_the_first_default_colors_are_told_apart_over_grey_rock():
    lab = rgb2lab(Legend.of_codes(14).rgb()[1:] / 255)
    differences = [deltaE_ciede2000(a, b) for a, b in combinations(lab, 2)]
    assert min(differences) > 20
    greys = rgb2lab(np.repeat(np.linspace(0.1, 0.9, 9)[:, None], 3, axis=1))
    assert min(deltaE_ciede2000(color, grey) for color in lab for grey in greys) > 20


def test_they_do_not_end_and_begin_with_those_that_were_chosen():
    colors = list(islice(default_colors(), 1000))
    assert tuple(colors[: len(PALETTE)]) == PALETTE
    assert len(set(colors)) == 1000
