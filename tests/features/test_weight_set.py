"""Preprocessing and digest."""

import re

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from corewidgets.features.weight_set import CAFFE, IMAGENET, Preprocessing, content_digest


def test_preprocessing_of_both_families():
    assert IMAGENET.channels == (0, 1, 2)
    assert IMAGENET.scale * 255 == 1
    assert CAFFE.channels == (2, 1, 0)
    assert Preprocessing("BGR", 1, [103.939, 116.779, 123.68], [1, 1, 1]) == CAFFE
    assert len({IMAGENET, CAFFE, Preprocessing("BGR", 1, CAFFE.mean, CAFFE.std)}) == 2


@pytest.mark.parametrize(
    ("values", "message"),
    [
        (("GRB", 1, (0, 0, 0), (1, 1, 1)), "The channel order must be 'RGB' or 'BGR', not 'GRB'."),
        (("RGB", 1, (0, 0), (1, 1, 1)), "mean must be three finite numbers, one a channel, not (0.0, 0.0)."),
        (
            ("RGB", 1, (0, 0, 0), (1, 0, 1)),
            "scale and std must be positive, but scale is 1.0 and std is (1.0, 0.0, 1.0).",
        ),
        (
            ("RGB", -1, (0, 0, 0), (1, 1, 1)),
            "scale and std must be positive, but scale is -1.0 and std is (1.0, 1.0, 1.0).",
        ),
    ],
)
def test_preprocessing_checks_its_numbers(values, message):
    with pytest.raises(ValueError, match=re.escape(message)):
        Preprocessing(*values)


@given(st.permutations(["a/bias", "a/kernel", "b/bias"]), st.integers(0, 2), st.floats(0.5, 2, width=32))
def test_digest_sees_every_value_but_no_order(names, changed, value):
    arrays = {name: np.full((2, 3), len(name), np.float32) for name in ["a/bias", "a/kernel", "b/bias"]}
    digest = content_digest(arrays, IMAGENET)
    assert content_digest({name: np.asfortranarray(arrays[name]) for name in names}, IMAGENET) == digest
    assert content_digest(arrays, CAFFE) != digest
    other = arrays | {names[changed]: arrays[names[changed]].copy()}
    other[names[changed]][1, 2] = value
    assert content_digest(other, IMAGENET) != digest
    reshaped = arrays | {names[changed]: arrays[names[changed]].reshape(3, 2)}
    assert content_digest(reshaped, IMAGENET) != digest
