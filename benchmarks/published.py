"""The published protocol: all labelled pixels but a random 5 % learned from; the honest score beside it."""

from __future__ import annotations

import time

import numpy as np
from sklearn.metrics import f1_score

from corewidgets import PixelClassifier, Sample, evaluate
from corewidgets.scoring.evaluation import random_split


def main(sample: Sample) -> None:
    """Print both scores; the forest of all labelled pixels takes about 18 minutes of CPU time."""
    held_out = random_split(sample.labels, share=0.05, random_state=0)
    start = time.perf_counter()
    model = PixelClassifier(preset="published", max_training_pixels=None)
    model.fit(sample.section, np.where(held_out, 0, sample.labels))
    rows, columns = np.nonzero(held_out)
    truth, predicted = sample.labels[held_out], model.predict_at(sample.section, rows, columns)
    print(f"\nPublished protocol, {model.training_summary_['n_training_pixels']:,} pixels learned from")
    for average in ("weighted", "macro"):
        print(
            f"  {average + ' F1, random 5 % held out':44} {f1_score(truth, predicted, average=average):.3f}"
        )
    print(f"  {'time to fit and score':44} {time.perf_counter() - start:.0f} s")
    print("\nThe same recipe with the default limit of training pixels, and the recommended one")
    for preset in ("published", "recommended"):
        limited = PixelClassifier(preset=preset)
        print(
            f"\n{preset}\n", evaluate(limited, sample.section, sample.labels, legend=sample.legend).report()
        )
