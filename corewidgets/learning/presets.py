"""Recipes by name: published, recommended for clasts that nobody has labelled, and quick."""

from __future__ import annotations

import dataclasses

from corewidgets.features.hypercolumns import Hypercolumns
from corewidgets.learning.recipe import Recipe
from corewidgets.learning.regularization import Regularizer

_RECOMMENDED_0_1 = Recipe(
    Hypercolumns(smoothing=(8.0,), lab=True, lab_smoothing=(3.0, 8.0, 24.0)).sources,
    "discriminant",
    regularizer=Regularizer(),
    transposed=True,
)

_RECOMMENDED = dataclasses.replace(
    _RECOMMENDED_0_1, temperature="held out", averages="held out", shortens=True, relights=True
)

PRESETS = {
    "recommended": dataclasses.replace(_RECOMMENDED, self_trains=True),
    "published": Recipe(Hypercolumns().sources, "random_forest"),
    "quick": Recipe(Hypercolumns(("pool1",)).sources, "extra_trees", n_trees=50),
    "recommended-0.1": _RECOMMENDED_0_1,
    "recommended-trees": dataclasses.replace(_RECOMMENDED, joins_trees=True),
}
"""``recommended``: docs/accuracy.md; ``published``: 192 features and a plain random forest; ``quick``: for a
first look; ``recommended-0.1``: what ``recommended`` is in version 0.1, whatever it becomes;
``recommended-trees``: with trees beside the discriminant where one region of each class is labelled."""
