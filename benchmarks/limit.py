"""How many training pixels: time to fit against both scores, by which the default was chosen."""

from __future__ import annotations

import time

import numpy as np

from corewidgets import PixelClassifier, Sample, evaluate


def main(sample: Sample) -> None:
    """Print a row a limit; the strict score is the mean over three draws of folds."""
    print("\nThe published recipe: training pixels, seconds to fit,")
    print("weighted / macro F1 with regions held out, weighted F1 at random")
    for limit in (2000, 4000, 8000, 16000):
        start = time.perf_counter()
        PixelClassifier(preset="published", max_training_pixels=limit).fit(sample.section, sample.labels)
        seconds = time.perf_counter() - start
        strict, random = [], []
        for seed in range(3):
            scores = evaluate(
                PixelClassifier(preset="published", max_training_pixels=limit),
                sample.section,
                sample.labels,
                random_state=seed,
                max_scored_pixels=20_000,
            )
            strict.append((scores["regions"].weighted_f1, scores["regions"].macro_f1))
            random.append(scores["random"].weighted_f1)
        weighted, macro = np.mean(strict, axis=0)
        print(
            f"  {limit:6,} {seconds:7.1f} s {weighted:7.3f} / {macro:.3f} {np.mean(random):9.3f}", flush=True
        )
