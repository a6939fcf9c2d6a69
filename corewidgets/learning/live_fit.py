"""A model that learns again after each stroke, from the pixels that came or went since the last time."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from corewidgets.cores.section import CoreSection
from corewidgets.learning.adaptation import Adapted, said_of_temperature
from corewidgets.learning.averaging import Kinds, fit_averaged
from corewidgets.learning.classifier import PixelClassifier
from corewidgets.learning.recipe import Recipe
from corewidgets.learning.running_sums import RunningSums
from corewidgets.learning.temperature import effective_regions, found_temperature
from corewidgets.learning.training_sections import Drawn
from corewidgets.machine import one_thread

__all__ = ["Draw", "LiveFit", "is_live"]

Numbers = NDArray[np.int64]


@dataclass(frozen=True, eq=False)
class Draw:
    """What a fit learns from.

    Attributes
    ----------
    model : PixelClassifier
        Not yet fitted.
    drawn : Drawn
        Sections, their labels, and the training pixels.
    places : array, shape (n,), int64
        Of the training pixels, ascending: counted row by row through all sections.
    """

    model: PixelClassifier
    drawn: Drawn
    places: Numbers

    @property
    def sections(self) -> list[CoreSection]:
        """Those that it learns from."""
        return self.drawn.sections

    def pixels(self, places: Numbers) -> list[tuple[Numbers, Numbers]]:
        """Return the rows and columns in each section of some places, ascending."""
        first = _firsts(self.sections)
        parts = np.split(places, np.searchsorted(places, first[1:-1]))
        return [
            np.divmod(part - start, section.n_columns)
            for part, start, section in zip(parts, first[:-1], self.sections, strict=True)
        ]


def is_live(recipe: Recipe) -> bool:
    """Return whether models of a recipe are refitted from sums; others are fitted anew."""
    return bool(
        recipe.classifier == "discriminant"
        and not recipe.transposed
        and not recipe.relights
        and not recipe.joins_trees
        and not recipe.self_trains
        and recipe.regularizer is None
        and recipe.averages != "held out"
        and recipe.temperature != "held out"
    )


class LiveFit:
    """Fits models to labels that change a little from one time to the next.

    A model is the one that `PixelClassifier.fit` makes of the same labels, and takes the time of the pixels
    that changed: most of those that are drawn for one fit are drawn for the next one.  That the training
    pixels are few, and even over classes and regions, is their weight: it is 1 or 0.
    """

    def __init__(self) -> None:
        self._of: tuple[Any, ...] = ()  # the features and photographs that all below is made of
        self._begin()

    def _begin(self) -> None:
        self._sums: RunningSums | None = None
        self._places: Numbers = np.zeros(0, np.int64)  # of the pixels that are in the sums, ascending
        self._codes: NDArray[np.uint8] = np.zeros(0, np.uint8)  # of these
        self._features: NDArray[np.float32] = np.zeros((0, 0), np.float32)

    def draw(
        self,
        sections: Sequence[CoreSection],
        all_labels: Sequence[NDArray[np.uint8]],
        recipe: Recipe,
        random_state: int = 0,
    ) -> Draw:
        """Return what to learn from.

        Parameters
        ----------
        sections : sequence of CoreSection
            With all photographs that are looked at.
        all_labels : sequence of array, shape (n_rows, n_columns), uint8
            Of each section.
        recipe : Recipe
            One that `is_live`.
        random_state : int
            As of `PixelClassifier`.

        Raises
        ------
        ValueError
            As of `PixelClassifier.fit`.
        """
        model = PixelClassifier(preset=recipe, random_state=random_state)
        drawn = model._draw(list(sections), list(all_labels))
        of = (recipe.features, model.image_names_, *drawn.sections)
        if of != self._of:
            self._of = of
            self._begin()
        places = [
            first + rows * section.n_columns + columns
            for first, section, (rows, columns) in zip(
                _firsts(drawn.sections)[:-1], drawn.sections, drawn.chosen, strict=True
            )
        ]
        return Draw(model, drawn, np.concatenate(places))

    def new_pixels(self, draw: Draw) -> list[tuple[Numbers, Numbers]]:
        """Return rows and columns in each section of the pixels that a fit will look at."""
        return draw.pixels(np.setdiff1d(draw.places, self._places, assume_unique=True))

    def fit(self, draw: Draw) -> PixelClassifier:
        """Return the model of what was drawn; an interrupt in between loses nothing."""
        features = self._features_of(draw)
        with one_thread():
            return self._fit(draw, self._follow(draw, *features))

    def _fit(self, draw: Draw, sums: RunningSums) -> PixelClassifier:
        model, recipe = draw.model, draw.model.recipe_
        kinds = Kinds.of(model.hypercolumns_, len(model.image_names_))
        share, temperature = recipe.averages, recipe.temperature
        said = ""
        if isinstance(temperature, str):
            n_regions = effective_regions(draw.drawn.labelled)
            temperature = found_temperature(n_regions, averages=share if kinds.averaged.any() else 0.0)
            said = said_of_temperature(temperature, n_regions, None)
        classifier = fit_averaged(sums, kinds, share)
        return model._learned(draw.drawn, Adapted(classifier, None, temperature, share, said))

    def _follow(
        self, draw: Draw, features: NDArray[np.float32], at: Numbers, stays: NDArray[np.bool_]
    ) -> RunningSums:
        """Let the sums be those of what was drawn, given what `_features_of` returns, and return them."""
        gone, come, sums = np.ones(len(self._places), bool), ~stays, self._sums
        gone[at[stays]] = False
        if sums is None or gone.sum() + come.sum() >= len(come):
            sums = RunningSums(features.shape[1])
            gone[:], come[:] = False, True
        self._sums = None  # until they are whole again
        for change, codes, values, are in (
            (sums.subtract, self._codes, self._features, gone),
            (sums.add, draw.drawn.codes, features, come),
        ):
            for code in np.unique(codes[are]).tolist():
                change(code, 0, values[are & (codes == code)])
        self._sums, self._places, self._codes, self._features = sums, draw.places, draw.drawn.codes, features
        return sums

    def _features_of(self, draw: Draw) -> tuple[NDArray[np.float32], Numbers, NDArray[np.bool_]]:
        """Return the features of what was drawn, where each is held, and whether that is in its class."""
        at = np.searchsorted(self._places, draw.places)
        known = np.isin(draw.places, self._places, assume_unique=True)
        at[~known] = 0
        computed = [
            draw.model._activations(section).at(rows, columns)
            for section, (rows, columns) in zip(draw.sections, self.new_pixels(draw), strict=True)
            if len(rows)
        ]
        if not computed:
            return self._features[at], at, known & (self._codes[at] == draw.drawn.codes)
        if not known.any():
            return np.concatenate(computed), at, known
        features = self._features[at]
        features[~known] = np.concatenate(computed)
        return features, at, known & (self._codes[at] == draw.drawn.codes)


def _firsts(sections: Sequence[CoreSection]) -> Numbers:
    """Return the place of the first pixel of each section, and that after the last one."""
    return np.cumsum([0, *(section.n_rows * section.n_columns for section in sections)], dtype=np.int64)
