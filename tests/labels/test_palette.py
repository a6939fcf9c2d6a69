"""Default colors differ, from each other and from grey rock."""

from __future__ import annotations

import re
from itertools import combinations, islice
from pathlib import Path

import numpy as np
import pytest
from PIL import Image
from skimage.color import deltaE_ciede2000, rgb2lab

from corewidgets.labels.files import read_labels
from corewidgets.labels.legend import Legend
from corewidgets.labels.palette import PALETTE, PALETTE_OF_0_1, default_colors


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


# Machado, Oliveira and Fernandes (2009), severity 1: what is left of linear RGB.
SIGHTS = {
    "normal": np.eye(3),
    "protanopia": np.array(
        [[0.152286, 1.052583, -0.204868], [0.114503, 0.786281, 0.099216], [-0.003882, -0.048116, 1.051998]]
    ),
    "deuteranopia": np.array(
        [[0.367322, 0.860646, -0.227968], [0.280085, 0.672501, 0.047413], [-0.01182, 0.04294, 0.968881]]
    ),
    "tritanopia": np.array(
        [[1.255528, -0.076749, -0.178779], [-0.078411, 0.930809, 0.147602], [0.004733, 0.691367, 0.3039]]
    ),
}


def seen(rgb: np.ndarray, sight: np.ndarray) -> np.ndarray:
    """Return the L*a*b* of colors ``(n, 3)`` from 0 to 1 as somebody sees them."""
    linear = np.where(rgb <= 0.04045, rgb / 12.92, ((rgb + 0.055) / 1.055) ** 2.4)
    left = np.clip(linear @ sight.T, 0, 1)
    return rgb2lab(np.where(left <= 0.0031308, left * 12.92, 1.055 * left ** (1 / 2.4) - 0.055))


def least_difference(n: int, sight: str) -> float:
    """Return CIEDE2000 between the two of the first n default colors that somebody sees as most alike."""
    lab = seen(Legend.of_codes(n).rgb()[1:] / 255, SIGHTS[sight])
    return float(min(deltaE_ciede2000(a, b) for a, b in combinations(lab, 2)))


@pytest.mark.parametrize("sight", SIGHTS)
@pytest.mark.parametrize(("n", "least"), [(8, 14.9), (14, 12.2), (24, 7)])
def test_each_eye_tells_the_default_colors_apart(sight: str, n: int, least: float) -> None:
    assert least_difference(n, sight) > least - 0.05


def test_the_table_of_the_documents_has_these_differences() -> None:
    text = (Path(__file__).parents[2] / "docs" / "conventions.md").read_text(encoding="utf-8")
    heads = re.search(r"^\| classes \| (.*) \|$", text, re.MULTILINE)[1].split(" | ")
    assert [head.removesuffix(" sight") for head in heads] == list(SIGHTS)
    rows = re.findall(r"^\| (\d+) \| ([\d. |]+) \|$", text, re.MULTILINE)
    assert [int(n) for n, _ in rows] == [8, 14, 24]
    for n, cells in rows:
        assert cells.split(" | ") == [f"{least_difference(int(n), sight):.1f}" for sight in SIGHTS]


def test_labels_that_version_0_1_wrote_without_a_legend_are_read_by_their_codes(
    tmp_path: Path, recwarn: pytest.WarningsRecorder
) -> None:
    labels = np.arange(40, dtype=np.uint8).reshape(5, 8)
    image = Image.fromarray(labels)
    colors = list(islice(default_colors(PALETTE_OF_0_1), 255))
    image.putpalette(Legend(Legend.of_codes(255).names, colors).rgb().tobytes())
    image.save(tmp_path / "labels.png")
    read, _ = read_labels(tmp_path / "labels.png")
    np.testing.assert_array_equal(read, labels)
    assert not recwarn.list


def test_they_do_not_end_and_begin_with_those_that_were_chosen():
    colors = list(islice(default_colors(), 1000))
    assert tuple(colors[: len(PALETTE)]) == PALETTE
    assert len(set(colors)) == 1000
