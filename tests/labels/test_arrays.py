"""Labels are codes, one a pixel; regions are their connected pieces."""

from __future__ import annotations

import re
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra import numpy as npst
from scipy import ndimage

from corewidgets.labels.arrays import check_labels, regions
from corewidgets.labels.joining import join_labels
from corewidgets.labels.legend import Legend

KINDS = ["uint8", "int8", "int64", "uint64", "float16", "float32", "float64", "bool"]
SHAPES = npst.array_shapes(min_dims=2, max_dims=2, max_side=12)


@given(
    npst.arrays(np.uint8, SHAPES),
    st.sampled_from(KINDS),
)
def test_whole_numbers_of_any_kind_are_codes(codes, kind):
    given_labels = codes.astype(kind)
    if (given_labels == codes).all():
        checked = check_labels(given_labels, codes.shape)
        assert checked.dtype == np.uint8
        assert (checked == codes).all()


@pytest.mark.parametrize(
    ("labels", "kind", "message"),
    [
        (
            "core.png",
            TypeError,
            "they are the path 'core.png'; read the file first: labels, legend = read_labels",
        ),
        (Path("core.png"), TypeError, "they are the path 'core.png'; read the file first"),
        (
            (np.ones((2, 2)), Legend(["Mud"])),
            TypeError,
            "an array and its legend, as read_labels returns them",
        ),
        ((np.ones((2, 2)), None), TypeError, "give the array alone. Where several photographs have legends"),
        ([[1, 2], [1]], ValueError, "give one code per pixel, and as many in each row."),
    ],
)
def test_what_is_no_array_is_told(labels, kind, message):
    with pytest.raises(kind, match=re.escape(message)):
        check_labels(labels)
    with pytest.raises(kind, match=re.escape(message)):
        join_labels([labels, labels], [None, None])


def test_codes_are_not_copied():
    labels = np.zeros((3, 4), np.uint8)
    assert check_labels(labels) is labels


@pytest.mark.parametrize(
    ("labels", "message"),
    [
        (
            [[0, 1], [2, 2.5]],
            "labels must be whole numbers from 0 (unlabelled) to 255, but there is 2.5 at row 1, column 1.",
        ),
        (
            [[0, 256]],
            "labels must be whole numbers from 0 (unlabelled) to 255, but there is 256 at row 0, column 1.",
        ),
        (
            [[-1]],
            "labels must be whole numbers from 0 (unlabelled) to 255, but there is -1 at row 0, column 0.",
        ),
        (
            [[np.nan]],
            "labels must be whole numbers from 0 (unlabelled) to 255, but there is nan at row 0, column 0.",
        ),
        (
            np.zeros((3, 4, 3), np.uint8),
            "labels must have two dimensions, (n_rows, n_columns), but their shape is (3, 4, 3); give one "
            "code per pixel, not a color or a list of pictures.",
        ),
        (np.zeros((0, 4)), "labels have no pixels: their shape is (0, 4)."),
    ],
)
def test_what_is_no_label_is_refused(labels, message):
    with pytest.raises(ValueError, match=f"^{re.escape(message)}$"):
        check_labels(labels)


def test_text_is_refused():
    with pytest.raises(TypeError) as error:
        check_labels([["Matrix"]])
    assert str(error.value) == (
        "labels must be numbers, 0 for unlabelled and 1 to 255 for classes, but they are of type <U6."
    )


def test_another_shape_is_refused():
    message = (
        "labels have shape (10, 20) but the image has 12 rows and 20 columns; draw them on this section."
    )
    with pytest.raises(ValueError, match=f"^{re.escape(message)}$"):
        check_labels(np.zeros((10, 20), np.uint8), (12, 20))


def test_a_corner_does_not_connect():
    numbered = regions([[1, 0, 2], [0, 1, 2], [2, 2, 2]])
    assert numbered.dtype == np.int32
    assert numbered.tolist() == [[1, 0, 2], [0, 3, 2], [2, 2, 2]]


@given(npst.arrays(np.uint8, SHAPES, elements=st.integers(0, 3)))
def test_regions_are_connected_pieces_of_each_code(labels):
    numbered = regions(labels)
    assert ((numbered > 0) == (labels > 0)).all()
    expected = 0
    for code in range(1, 4):
        pieces, n = ndimage.label(labels == code)
        expected += n
        pairs = {(a, b) for a, b in zip(pieces.flat, numbered.flat, strict=True) if a}
        assert len(pairs) == n
    assert numbered.max() == expected


def test_regions_are_counted_through_rows_without_labels():
    labels = np.zeros((9, 3), np.uint8)
    labels[1:3, 0], labels[2, 2], labels[5], labels[8, 1] = 4, 4, 7, 4
    numbered = regions(labels)
    assert numbered[[1, 2, 2, 5, 8], [0, 0, 2, 1, 1]].tolist() == [1, 1, 2, 3, 4]
    assert np.array_equal(numbered > 0, labels > 0)
