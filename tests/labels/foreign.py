"""Labels with all that outlines find hard, for the tests of files of other programs."""

from __future__ import annotations

import numpy as np

import corewidgets as cw

LEGEND = cw.Legend(["Matrix", "Clast", "Vein 2"], ["#203040", "#FF8000", "#00C0A0"])
LABELS = np.array(
    [
        [0, 0, 0, 0, 0, 0, 0, 0, 0],
        [0, 1, 1, 1, 1, 1, 1, 1, 0],
        [0, 1, 2, 2, 1, 3, 1, 1, 0],
        [0, 1, 2, 1, 1, 1, 3, 1, 0],
        [0, 1, 1, 1, 0, 1, 1, 1, 0],
        [2, 2, 0, 0, 0, 0, 0, 3, 3],
        [2, 2, 0, 1, 0, 0, 0, 3, 0],
    ],
    np.uint8,
)
DIGEST = "ab" * 32


def write(folder, ending):
    """Write the labels, and return where."""
    path = folder / f"labels{ending}"
    cw.write_labels(path, LABELS, LEGEND, photograph=DIGEST)
    return path


def same(path):
    """Check that the labels are read as they were written, and are known to be of another photograph."""
    labels, legend = cw.read_labels(path, photograph=DIGEST)
    np.testing.assert_array_equal(labels, LABELS)
    assert legend == LEGEND
    try:
        cw.read_labels(path, photograph="cd" * 32)
    except cw.OtherPhotographError:
        return True
    return False
