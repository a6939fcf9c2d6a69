"""A scikit-learn estimator whose samples are pixels of photographs.

A geologist labels a few pixels; a forest learns from the hypercolumns of those pixels only, and then
classifies every pixel of the section, piece by piece.
"""

from __future__ import annotations

import copy
import os
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import numpy as np
from sklearn.base import BaseEstimator, ClassifierMixin, clone
from sklearn.ensemble import RandomForestClassifier
from sklearn.utils.validation import check_is_fitted

from corewidgets.forest import predictor
from corewidgets.hypercolumns import Activations, Hypercolumns
from corewidgets.labels import check_labels, regions
from corewidgets.section import CoreSection, as_section
from corewidgets.tiling import Tile

Photograph = CoreSection | np.ndarray
"""A section, or its image alone ``(n_rows, n_columns, 3)`` uint8."""

Progress = Callable[[int, int], None]
"""Called with the number of pieces done and the number of all."""

MODES = ("exact", "refined")
UNCERTAINTIES = ("entropy", "margin")

_SURE = 0.2
"""Refined mode: pixels whose two likeliest classes lie closer than this are computed, not interpolated."""


class PixelClassifier(ClassifierMixin, BaseEstimator):
    """Classify every pixel of a photograph, from the pixels that were labelled.

    Parameters
    ----------
    hypercolumns : Hypercolumns, optional
        The features of a pixel; by default pool1 and pool2 of VGG-16, 192 numbers.
    classifier : sklearn classifier, optional
        What learns from them; by default a random forest of 100 trees.
    max_training_pixels : int or None
        The largest number of pixels to learn from, drawn evenly over classes, and in each class over its
        regions (pieces of equal label).  None takes all labelled pixels.  Neighbouring pixels are nearly
        copies: more of them add to the time, and to a score on a random split, but hardly to the score on
        regions never labelled.
    mode : {"exact", "refined"}
        How `predict` works.  ``"exact"`` classifies every pixel.  ``"refined"`` classifies every second row
        and column and interpolates the probabilities where they leave no doubt; for classifiers that are slow
        to predict.
    n_jobs : int or None
        Processor cores to use, -1 for all, None for one.
    random_state : int or None
        Makes the draw of training pixels and the default forest reproducible; None makes them different each
        time.

    Attributes
    ----------
    classes_ : numpy.ndarray
        ``(n_classes,)`` uint8: the codes that were learned, ascending.
    classifier_ : sklearn classifier
        The fitted classifier.
    hypercolumns_ : Hypercolumns
        The features that it was fitted on.
    training_summary_ : dict
        Plain numbers: pixels labelled and used, regions, by class.

    Examples
    --------
    >>> import corewidgets as cw
    >>> sample = cw.sample_core(n_rows=256, n_columns=128)
    >>> model = cw.PixelClassifier(max_training_pixels=500).fit(sample.section, sample.labels)
    >>> model.predict(sample.section).shape
    (256, 128)
    """

    def __init__(
        self,
        hypercolumns: Hypercolumns | None = None,
        classifier: Any = None,
        *,
        max_training_pixels: int | None = 8000,
        mode: str = "exact",
        n_jobs: int | None = -1,
        random_state: int | None = 0,
    ) -> None:
        self.hypercolumns = hypercolumns
        self.classifier = classifier
        self.max_training_pixels = max_training_pixels
        self.mode = mode
        self.n_jobs = n_jobs
        self.random_state = random_state

    def fit(
        self, section: Photograph | Sequence[Photograph], labels: np.ndarray | Sequence[np.ndarray]
    ) -> PixelClassifier:
        """Learn from the labelled pixels of one or several photographs.

        Parameters
        ----------
        section : CoreSection, array or list of these
            The photographs; an array is an image ``(n_rows, n_columns, 3)`` uint8.
        labels : array or list of arrays
            ``(n_rows, n_columns)`` codes for each photograph, 0 = unlabelled.

        Returns
        -------
        PixelClassifier
            The estimator itself.

        Raises
        ------
        ValueError
            If labels do not fit their photograph, or fewer than two classes are labelled.
        """
        _check_choice("mode", self.mode, MODES)
        sections, all_labels = _pairs(section, labels)
        rng = np.random.default_rng(self.random_state)
        chosen = _draw(all_labels, self.max_training_pixels, rng)
        self.hypercolumns_ = self.hypercolumns or Hypercolumns()
        features = np.concatenate(
            [
                self.hypercolumns_.at(part.image, *pixels)
                for part, pixels in zip(sections, chosen, strict=True)
            ]
        )
        codes = np.concatenate([part[pixels] for part, pixels in zip(all_labels, chosen, strict=True)])
        self.classifier_ = self._new_classifier().fit(features, codes)
        self.classes_ = np.asarray(self.classifier_.classes_, np.uint8)
        self.n_features_in_ = self.hypercolumns_.n_features
        self.training_summary_ = _summarize(all_labels, codes)
        return self

    def predict(
        self,
        section: Photograph,
        *,
        return_probabilities: bool = False,
        return_uncertainty: str | None = None,
        progress: Progress | None = None,
    ) -> Any:
        """Classify every pixel of a photograph.

        Parameters
        ----------
        section : CoreSection or numpy.ndarray
            The photograph; an array is an image ``(n_rows, n_columns, 3)`` uint8.
        return_probabilities : bool
            Whether to return the probabilities of the classes as well.
        return_uncertainty : {"entropy", "margin"}, optional
            Whether to return an uncertainty from 0 (sure) to 1: the entropy of the probabilities over its
            largest value, or 1 minus the difference of the two largest probabilities.
        progress : callable, optional
            Called with the number of pieces done and the number of all.

        Returns
        -------
        segmentation : numpy.ndarray
            ``(n_rows, n_columns)`` uint8, codes out of `classes_`.
        probabilities : numpy.ndarray
            ``(n_rows, n_columns, n_classes)`` float32, in the order of `classes_`; only if asked for.
        uncertainty : numpy.ndarray
            ``(n_rows, n_columns)`` float32; only if asked for.

        Raises
        ------
        sklearn.exceptions.NotFittedError
            Before `fit`.
        """
        if return_uncertainty is not None:
            _check_choice("return_uncertainty", return_uncertainty, UNCERTAINTIES)
        shape = as_section(section).shape
        segmentation = np.empty(shape, np.uint8)
        results = [segmentation]
        if return_probabilities:
            results.append(np.empty((*shape, len(self._fitted().classes_)), np.float32))
        if return_uncertainty is not None:
            results.append(np.empty(shape, np.float32))
        for place, probabilities in self._pieces(section, progress):
            segmentation[place] = self.classes_[probabilities.argmax(axis=-1)]
            if return_probabilities:
                results[1][place] = probabilities
            if return_uncertainty is not None:
                results[-1][place] = _uncertainty(probabilities, return_uncertainty)
        return results[0] if len(results) == 1 else tuple(results)

    def predict_proba(self, section: Photograph) -> np.ndarray:
        """Return the probabilities of the classes ``(n_rows, n_columns, n_classes)`` float32."""
        probabilities: np.ndarray = self.predict(section, return_probabilities=True)[1]
        return probabilities

    def predict_at(self, section: Photograph, rows: np.ndarray, columns: np.ndarray) -> np.ndarray:
        """Return the codes ``(n,)`` uint8 of some pixels; only the tiles that they lie in are computed."""
        probabilities = self.predict_proba_at(section, rows, columns)
        return np.asarray(self.classes_[probabilities.argmax(axis=-1)])

    def predict_proba_at(self, section: Photograph, rows: np.ndarray, columns: np.ndarray) -> np.ndarray:
        """Return the probabilities ``(n, n_classes)`` float32 of some pixels, in the order of `classes_`."""
        model = self._fitted()
        features = model.hypercolumns_.at(as_section(section).image, rows, columns)
        return np.asarray(predictor(_one_core(model.classifier_))(features), np.float32)

    def _fitted(self) -> PixelClassifier:
        check_is_fitted(self, "classifier_")
        return self

    def _new_classifier(self) -> Any:
        if self.classifier is not None:
            return clone(self.classifier)
        return RandomForestClassifier(100, n_jobs=self.n_jobs, random_state=self.random_state)

    def _pieces(
        self, section: Photograph, progress: Progress | None
    ) -> Iterator[tuple[tuple[slice, slice], np.ndarray]]:
        """Yield the photograph's pieces and their probabilities, computed on all cores."""
        model = self._fitted()
        _check_choice("mode", self.mode, MODES)
        activations = Activations(model.hypercolumns_, as_section(section).image)
        predict_proba = predictor(_one_core(model.classifier_))
        piece = _refined_piece if self.mode == "refined" else _exact_piece
        pieces = list(activations.bands)
        executor = ThreadPoolExecutor(_n_threads(self.n_jobs))
        try:
            results = executor.map(lambda tile: piece(activations, tile, predict_proba), pieces)
            for done, (tile, probabilities) in enumerate(zip(pieces, results, strict=True), start=1):
                yield tile.inside(activations.shape), probabilities
                if progress is not None:
                    progress(done, len(pieces))
        finally:
            executor.shutdown(cancel_futures=True)  # an interrupt does not wait for the pieces ahead


def _exact_piece(
    activations: Activations, tile: Tile, predict_proba: Callable[[Any], np.ndarray]
) -> np.ndarray:
    """Return the probabilities ``(n_rows, n_columns, n_classes)`` of a tile's part of the image."""
    n_rows, n_columns = (part.stop - part.start for part in tile.inside(activations.shape))
    features = activations.features(tile)[:n_rows]
    probabilities = predict_proba(features.reshape(-1, features.shape[-1]))
    return probabilities.reshape(n_rows, tile.n_columns, -1)[:, :n_columns]


def _refined_piece(
    activations: Activations, tile: Tile, predict_proba: Callable[[Any], np.ndarray]
) -> np.ndarray:
    """Return what `_exact_piece` does, with the probabilities interpolated wherever they leave no doubt."""
    n_rows, n_columns = (part.stop - part.start for part in tile.inside(activations.shape))
    features = np.asarray(activations.features(tile))[:n_rows, :n_columns]
    rows, columns = (np.union1d(np.arange(0, size, 2), size - 1) for size in (n_rows, n_columns))
    crossings = features[np.ix_(rows, columns)]
    known = predict_proba(crossings.reshape(-1, features.shape[-1]))
    probabilities = known.reshape(len(rows), len(columns), -1).astype(np.float32)
    for axis, (at, size) in enumerate(((rows, n_rows), (columns, n_columns))):
        probabilities = _fill_between(probabilities, at, size, axis)
    doubtful = _margin(probabilities) < _SURE
    doubtful[np.ix_(rows, columns)] = False
    if doubtful.any():
        probabilities[doubtful] = predict_proba(features[doubtful])
    return probabilities


def _fill_between(values: np.ndarray, at: np.ndarray, size: int, axis: int) -> np.ndarray:
    """Interpolate values known `at` some positions of an axis to all its `size` positions."""
    positions = np.arange(size)
    low = np.searchsorted(at, positions, side="right") - 1
    high = np.searchsorted(at, positions)
    between = np.take(values, low, axis) + np.take(values, high, axis)
    return np.asarray(between * np.float32(0.5))


def _margin(probabilities: np.ndarray) -> np.ndarray:
    """Return the difference of the two largest probabilities, along the last axis."""
    if probabilities.shape[-1] == 1:
        return np.ones(probabilities.shape[:-1], np.float32)
    largest = np.partition(probabilities, -2, axis=-1)[..., -2:]
    return np.asarray(largest[..., 1] - largest[..., 0])


def _uncertainty(probabilities: np.ndarray, kind: str) -> np.ndarray:
    """Return an uncertainty from 0 to 1 along the last axis."""
    if kind == "margin":
        return 1.0 - _margin(probabilities)
    logarithms = np.log(np.maximum(probabilities, np.finfo(np.float32).tiny))
    return np.asarray(-(probabilities * logarithms).sum(axis=-1) / np.log(probabilities.shape[-1]))


def _draw(
    all_labels: list[np.ndarray], n_most: int | None, rng: np.random.Generator
) -> list[tuple[np.ndarray, np.ndarray]]:
    """Return the rows and columns of each photograph's training pixels, even over classes and regions."""
    if n_most is None:
        return [(rows, columns) for rows, columns in map(np.nonzero, all_labels)]
    place, region, code = _region_of_pixels(all_labels)
    order = rng.permutation(len(region))
    order = order[np.argsort(region[order], kind="stable")]
    names, starts, sizes = np.unique(region[order], return_index=True, return_counts=True)
    codes = code[order[starts]]
    classes = np.unique(codes)
    shares = np.zeros(len(names), int)
    class_shares = _even_shares(np.array([sizes[codes == name].sum() for name in classes]), n_most)
    for name, share in zip(classes, class_shares, strict=True):
        shares[codes == name] = _even_shares(sizes[codes == name], share)
    kept = np.concatenate([order[start : start + share] for start, share in zip(starts, shares, strict=True)])
    kept = place[:, np.sort(kept)]
    return [(kept[1, kept[0] == number], kept[2, kept[0] == number]) for number in range(len(all_labels))]


def _region_of_pixels(all_labels: list[np.ndarray]) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Return, a labelled pixel, (photograph, row, column) ``(3, n)``, region ``(n,)``, code ``(n,)``."""
    places, numbers, codes, n_regions = [], [], [], 0
    for photograph, labels in enumerate(all_labels):
        pixels = np.nonzero(labels)
        places.append(np.stack([np.full(len(pixels[0]), photograph), *pixels]))
        numbers.append(regions(labels)[pixels] + n_regions)
        codes.append(labels[pixels])
        n_regions = int(numbers[-1].max(initial=n_regions))
    return np.concatenate(places, axis=1), np.concatenate(numbers), np.concatenate(codes)


def _even_shares(sizes: np.ndarray, total: int) -> np.ndarray:
    """Return how many to take of groups of some sizes: as evenly as these allow, but at least one each."""
    shares = np.zeros(len(sizes), int)
    left = total
    for rank, group in enumerate(np.argsort(sizes, kind="stable")):
        shares[group] = min(sizes[group], max(1, left // (len(sizes) - rank)))
        left -= shares[group]
    return shares


def _summarize(all_labels: list[np.ndarray], codes: np.ndarray) -> dict[str, Any]:
    """Return plain numbers that say what was learned from."""
    names, used = np.unique(codes, return_counts=True)
    labelled = np.sum([np.bincount(labels.ravel(), minlength=256) for labels in all_labels], axis=0)
    return {
        "n_sections": len(all_labels),
        "n_labelled_pixels": int(sum(np.count_nonzero(labels) for labels in all_labels)),
        "n_training_pixels": len(codes),
        "n_regions": int(sum(regions(labels).max(initial=0) for labels in all_labels)),
        "classes": {
            int(name): {"n_labelled_pixels": int(labelled[name]), "n_training_pixels": int(number)}
            for name, number in zip(names, used, strict=True)
        },
    }


def _pairs(section: Any, labels: Any) -> tuple[list[CoreSection], list[np.ndarray]]:
    """Return lists of sections and of their checked labels."""
    if not isinstance(section, (list, tuple)):
        section, labels = [section], [labels]
    if len(section) != len(labels):
        raise ValueError(
            f"There are {len(section)} photographs but {len(labels)} label arrays; "
            "give one array of labels a photograph."
        )
    sections = [as_section(part) for part in section]
    checked = [check_labels(part, whole.shape) for part, whole in zip(labels, sections, strict=True)]
    codes = np.unique(np.concatenate([part[part > 0] for part in checked])) if checked else np.zeros(0, int)
    if len(codes) == 0:
        raise ValueError(
            "There is nothing to learn from: every pixel is 0 (unlabelled). Paint at least two classes."
        )
    if len(codes) == 1:
        raise ValueError(
            f"There is nothing to tell apart: every labelled pixel has code {codes[0]}. "
            "Paint at least two classes."
        )
    return sections, checked


def _check_choice(name: str, value: Any, choices: tuple[str, ...]) -> None:
    if value not in choices:
        raise ValueError(f"{name} is {value!r}; choose from {', '.join(map(repr, choices))}.")


def _one_core(classifier: Any) -> Any:
    """Return the classifier, set to predict on one core: several pieces are predicted at once."""
    if getattr(classifier, "n_jobs", None) in (None, 1):
        return classifier
    single = copy.copy(classifier)
    single.n_jobs = 1
    return single


def _n_threads(n_jobs: int | None) -> int:
    n_cores = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1
    if n_jobs is None:
        return 1
    return max(1, n_cores + 1 + n_jobs) if n_jobs < 0 else n_jobs
