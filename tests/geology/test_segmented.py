from __future__ import annotations

import numpy as np
import pytest

from corewidgets.cores.core import Lane
from corewidgets.cores.section import CoreSection
from corewidgets.geology.segmented import check_segmentation, pair_segmentations
from corewidgets.labels.legend import Legend

LEGEND = Legend(["Melt", "Matrix"])


@pytest.fixture
def section(image) -> CoreSection:
    return CoreSection(image, 1.0, 2.0, name="R01")


def test_one_section_needs_no_list(section):
    assert list(pair_segmentations(section, "map")) == [(section, "map", None)]


def test_sections_are_paired_in_order_and_generators_are_read_when_needed(section):
    taken = []

    def maps():
        for name in "ab":
            taken.append(name)
            yield name

    pairs = pair_segmentations([section, section], maps(), ["p", "q"])
    assert next(pairs) == (section, "a", "p")
    assert taken == ["a"]
    assert list(pairs) == [(section, "b", "q")]


@pytest.mark.parametrize("n_maps", [1, 3])
def test_as_many_maps_as_sections(section, n_maps):
    with pytest.raises(ValueError, match=rf"but one ended after {min(n_maps, 2)}; give one for each section"):
        list(pair_segmentations([section] * 2, ["map"] * n_maps))


def test_nothing_to_measure():
    with pytest.raises(ValueError, match="There are no sections to measure; give at least one"):
        list(pair_segmentations([], []))


def test_a_segmentation_fits_its_section_and_the_legend(section):
    codes = np.ones(section.shape, np.int64)
    checked = check_segmentation(section, codes, LEGEND)
    assert checked.dtype == np.uint8
    np.testing.assert_array_equal(checked, codes)
    with pytest.raises(ValueError, match=r"shape \(3, 4\) but section 'R01' has 120 rows and 80 columns"):
        check_segmentation(section, codes[:3, :4], LEGEND)
    with pytest.raises(
        ValueError,
        match=r"'R01' holds code 3, but the legend ends with code 2 \(\w+\); add its class",
    ):
        check_segmentation(section, codes * 3, LEGEND)


def test_the_size_of_a_lane_is_not_compared(tmp_path):
    lane = Lane(tmp_path / "box.png", 1.0, 2.0)
    assert check_segmentation(lane, np.ones((3, 4), np.uint8), LEGEND).shape == (3, 4)
