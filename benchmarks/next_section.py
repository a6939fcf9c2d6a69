"""Which section to label next: is the one that `rank_sections` names worth more than one at random?

Ten synthetic sections a trial: five as they are, two darker, two in warmer light, one blurred. A model is
trained on two of those that are as they are. Each of the other eight is then labelled in turn, and the gain
is the rise of accuracy against the dense truth, averaged over all ten. Also says how right the model is on
the photographs that `measure_drift` flags, and on the others.
"""

from __future__ import annotations

import numpy as np
from scipy import ndimage

from corewidgets import CoreSection, PixelClassifier, Sample, measure_drift, rank_sections, sample_core

PLAN = ("plain", "plain", "plain", "plain", "plain", "dark", "dark", "warm", "warm", "blurred")
SHAPE = (480, 160)
N_PIXELS = 1500


def main(_: Sample | None = None, n_trials: int = 5) -> None:
    """Print the gains, and what flags are worth, as means over the trials."""
    rows = [trial(seed) for seed in range(n_trials)]
    names = (
        "ranked",
        "most uncertain",
        "uncertainty times novelty",
        "at random",
        "best",
        "flagged",
        "not flagged",
    )
    print(f"\nLabelling one more of ten synthetic sections, {n_trials} trials: gain of accuracy")
    for name, value in zip(names, np.mean(rows, axis=0), strict=True):
        print(f"  {name + (', accuracy before' if 'flag' in name else ''):30} {value:6.3f}")


def trial(seed: int) -> tuple[float, ...]:
    """Return the gain of each choice, and the accuracy where photographs are flagged and where not."""
    samples = [altered(sample_core(*SHAPE, seed=20 * seed + n), kind) for n, kind in enumerate(PLAN)]
    first = accuracies(samples, [0, 1])
    model = fitted(samples, [0, 1])
    drift = measure_drift(model, sections(samples[:2]), sections(samples[2:]))
    flagged = np.array([one.flagged for one in drift])
    gain = {
        one.name: accuracies(samples, [0, 1, number]).mean() - first.mean()
        for number, one in enumerate(drift, start=2)
    }
    return (
        gain[rank_sections(drift)[0].name],
        gain[max(drift, key=lambda one: one.uncertainty).name],
        gain[max(drift, key=lambda one: one.uncertainty * one.novelty).name],
        float(np.mean(list(gain.values()))),
        max(gain.values()),
        first[2:][flagged].mean(),
        first[2:][~flagged].mean(),
    )


def altered(sample: Sample, kind: str) -> Sample:
    """Return a sample, photographed otherwise."""
    image = sample.section.image.astype(float)
    image = {
        "plain": lambda: image,
        "dark": lambda: 0.6 * image,
        "warm": lambda: image * [1.1, 1.0, 0.85],
        "blurred": lambda: ndimage.gaussian_filter(image, (1.2, 1.2, 0)),
    }[kind]()
    section = CoreSection(np.clip(image, 0, 255).astype(np.uint8), name=f"{kind}, {sample.section.name}")
    return Sample(section, sample.labels, sample.truth, sample.legend)


def sections(samples: list[Sample]) -> list[CoreSection]:
    """Return their photographs."""
    return [sample.section for sample in samples]


def fitted(samples: list[Sample], chosen: list[int]) -> PixelClassifier:
    """Train on some of them."""
    model = PixelClassifier(regularizer=None, max_training_pixels=4000)
    return model.fit(sections([samples[n] for n in chosen]), [samples[n].labels for n in chosen])


def accuracies(samples: list[Sample], chosen: list[int]) -> np.ndarray:
    """Train on some and return the accuracy on each, at pixels drawn at random."""
    model = fitted(samples, chosen)
    rng = np.random.default_rng(0)
    rows, columns = (rng.integers(0, size, N_PIXELS) for size in SHAPE)
    right = [model.predict_at(one.section, rows, columns) == one.truth[rows, columns] for one in samples]
    return np.mean(right, axis=1)
