"""Images are known by their pixels, and one that cannot be changed is read once."""

from __future__ import annotations

import gc

import numpy as np

from corewidgets.features import image_digest as module
from corewidgets.features.image_digest import image_digest


def test_it_is_that_of_the_pixels(monkeypatch):
    image = np.arange(60, dtype=np.uint8).reshape(4, 5, 3)
    assert image_digest(image) == image_digest(image.copy())
    assert image_digest(image) == image_digest(np.asfortranarray(image))
    changed = image.copy()
    changed[0, 0, 0] += 1
    assert image_digest(image) != image_digest(changed)


def test_an_image_that_can_be_changed_is_read_each_time():
    image = np.zeros((4, 5, 3), np.uint8)
    first = image_digest(image)
    image[2, 2] = 9
    assert image_digest(image) != first


def test_one_that_cannot_be_changed_is_read_once_and_forgotten_with_the_array(monkeypatch):
    image = np.zeros((4, 5, 3), np.uint8)
    image.flags.writeable = False
    known = len(module._KNOWN)
    first = image_digest(image)
    monkeypatch.setattr(module.hashlib, "blake2b", None)  # it is not asked again
    assert image_digest(image) == first
    del image
    gc.collect()
    assert len(module._KNOWN) == known
