"""What cannot be learned from is refused before anything is computed."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from corewidgets.cores.section import CoreSection
from corewidgets.labels.labelled_pixels import listed
from corewidgets.learning.training_sections import check_classes, check_enough, common_names, pairs


def labels_of(image: np.ndarray, *codes: int) -> np.ndarray:
    """Return labels of an image: one row per code, the rest unlabelled."""
    labels = np.zeros(image.shape[:2], np.uint8)
    for row, code in enumerate(codes):
        labels[row] = code
    return labels


def test_one_photograph_and_several_become_lists(image: np.ndarray) -> None:
    labels = labels_of(image, 1, 2)
    (section,), (checked,) = pairs(image, labels)
    np.testing.assert_array_equal(section.image, image)
    np.testing.assert_array_equal(checked, labels)
    assert [len(part) for part in pairs([image, image], [labels, labels])] == [2, 2]


def test_classes_may_stand_on_different_photographs(image: np.ndarray) -> None:
    _, checked = pairs([image, image], [labels_of(image, 1), labels_of(image, 2)])
    assert [np.unique(part).tolist() for part in checked] == [[0, 1], [0, 2]]
    check_classes(listed(checked))


@pytest.mark.parametrize(
    ("codes", "message"),
    [((), "every pixel is 0 .unlabelled."), ((3,), "every labelled pixel has code 3")],
)
def test_no_class_and_one_class_are_refused(image: np.ndarray, codes: tuple[int, ...], message: str) -> None:
    _, checked = pairs(image, labels_of(image, *codes))
    with pytest.raises(ValueError, match=message):
        check_classes(listed(checked))


def test_each_photograph_needs_labels(image: np.ndarray) -> None:
    with pytest.raises(ValueError, match="There are 2 photographs but 1 label arrays"):
        pairs([image, image], [labels_of(image, 1, 2)])


def test_one_photograph_of_a_folder_a_pattern_or_a_list_needs_one_array(
    image: np.ndarray, tmp_path: Path
) -> None:
    labels = labels_of(image, 1, 2)
    Image.fromarray(image).save(tmp_path / "R1.png")
    for source in (tmp_path, str(tmp_path / "*.png"), [tmp_path / "R1.png"]):
        (section,), (checked,) = pairs(source, labels)
        assert (section.image == image).all()
        assert (checked == labels).all()
    with pytest.raises(ValueError, match="There are 2 photographs but 1 label arrays; give one array"):
        pairs([image, image], labels)


def test_sections_need_the_same_photographs(image: np.ndarray) -> None:
    plain, both = CoreSection(image), CoreSection(image, others={"uv": image})
    assert common_names([both, both]) == ("image", "uv")
    with pytest.raises(ValueError, match="One section has the photographs image, another image, uv; train"):
        common_names([plain, both])


def test_there_are_more_pixels_than_classes() -> None:
    check_enough(np.array([1, 2, 2]))
    with pytest.raises(ValueError, match="There are 2 pixels of 2 classes to learn from"):
        check_enough(np.array([1, 2]))
