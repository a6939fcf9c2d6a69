"""A photograph of three classes, and a model of it that takes a tenth of a second to fit."""

from __future__ import annotations

import numpy as np
from sklearn.ensemble import RandomForestClassifier

from corewidgets.features.hypercolumns import Hypercolumns
from corewidgets.learning.classifier import PixelClassifier


def small_image():
    rng = np.random.default_rng(0)
    image = rng.integers(0, 60, (48, 40, 3)).astype(np.uint8)
    image[:, 20:] += 100
    image[24:, :, 0] += 60
    return image


def small_labels():
    labels = np.zeros((48, 40), np.uint8)
    labels[4:12, 4:12] = 1
    labels[4:12, 26:36] = 2
    labels[30:44, 4:12] = 3
    return labels


def fitted(image, labels, classifier=None, **options):
    options = {"hypercolumns": Hypercolumns(("pool1",)), "max_training_pixels": 90, "n_jobs": 1} | options
    if classifier is None:
        classifier = RandomForestClassifier(5, random_state=0)
    return PixelClassifier(classifier=classifier, **options).fit(image, labels)
