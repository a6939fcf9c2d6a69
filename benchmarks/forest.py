"""A section's pixels through a forest: scikit-learn on the dense array against tiles, exact and refined."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor

import numpy as np

from benchmarks.figures import keep
from benchmarks.timing import in_turn, keep_timing, show
from corewidgets import PixelClassifier, Sample
from corewidgets.features.activations import JoinedActivations
from corewidgets.features.hypercolumns import activations_of


def main(sample: Sample) -> None:
    """Print the seconds of classifying every pixel of a section, the activations being there."""
    model = PixelClassifier(preset="published").fit(sample.section, sample.labels)
    refined = PixelClassifier(preset="published", mode="refined").fit(sample.section, sample.labels)
    exact_map, refined_map = model.predict(sample.section), refined.predict(sample.section)
    dense = model.hypercolumns_.dense(sample.section.image).reshape(-1, 192)
    forest = model.classifier_.set_params(n_jobs=-1)
    activations = activations_of(model.hypercolumns_, sample.section.image)

    def tiled_scikit_learn() -> None:
        single = forest.set_params(n_jobs=1)
        with ThreadPoolExecutor(2) as executor:
            list(
                executor.map(
                    lambda band: single.predict_proba(_features(activations, band)), activations.bands
                )
            )
        forest.set_params(n_jobs=-1)

    functions = {
        "scikit-learn, one call on the dense array": lambda: forest.predict_proba(dense),
        "scikit-learn, tiles made, used, dropped": tiled_scikit_learn,
        "corewidgets, exact": lambda: model.predict(sample.section),
        "corewidgets, refined": lambda: refined.predict(sample.section),
    }
    title = f"{len(dense):,} pixels, {len(forest.estimators_)} trees; upsampling included but in the first"
    timings = in_turn(functions, 3)
    show(title, timings, next(iter(functions)))
    for name, timing in zip(("dense", "tiles", "exact", "refined"), timings.values(), strict=True):
        keep_timing(f"forest.{name}", timing)
    probabilities = model.predict_proba(sample.section).reshape(len(dense), -1)
    difference = np.abs(probabilities - forest.predict_proba(dense)).max()
    print(f"  exact: largest difference in probability from scikit-learn {difference:.1e}")
    keep("forest.refined.same", 100 * float((exact_map == refined_map).mean()))
    print(f"  refined: {(exact_map == refined_map).mean():.4%} of the pixels have the class of exact")


def _features(activations: JoinedActivations, band: object) -> np.ndarray:
    return np.asarray(activations.features(band)).reshape(-1, 192)
