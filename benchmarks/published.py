"""The published protocol: all labelled pixels but a random 5 % learned from; the strict score beside it."""

from __future__ import annotations

import time

import numpy as np
from sklearn.metrics import f1_score

from benchmarks.figures import keep
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
        score = float(f1_score(truth, predicted, average=average))
        keep(f"random.published-all.{average}", score)
        print(f"  {average + ' F1, random 5 % held out':44} {score:.3f}")
    print(f"  {'time to fit and score':44} {time.perf_counter() - start:.0f} s")
    print("\nThe same recipe with the default limit of training pixels, and the recommended one")
    for preset in ("published", "recommended-0.1", "recommended"):
        limited = PixelClassifier(preset=preset)
        evaluations = evaluate(limited, sample.section, sample.labels, legend=sample.legend)
        for average in ("weighted", "macro"):
            keep(f"random.{preset}.{average}", getattr(evaluations["random"], f"{average}_f1"))
        print(f"\n{preset}\n", evaluations.report())
