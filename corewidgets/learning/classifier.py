"""A scikit-learn estimator whose samples are pixels of photographs.

A geologist labels a few pixels; a classifier learns from the hypercolumns of those pixels only, and then
classifies every pixel of the section, piece by piece.
"""

from __future__ import annotations

import os
from collections.abc import Iterator, Sequence
from functools import partial
from typing import Any

import numpy as np
from sklearn.base import BaseEstimator, ClassifierMixin
from sklearn.utils.validation import check_is_fitted

from corewidgets.cores.opening import Openable
from corewidgets.cores.section import CoreSection, as_section
from corewidgets.features.activations import BAND_ROWS, JoinedActivations, Progress, check_pixels
from corewidgets.features.hypercolumns import Hypercolumns, activations_of, make_room
from corewidgets.labels.labelled_pixels import listed
from corewidgets.learning.adaptation import Adapted, TrainingSet, fit_adapted
from corewidgets.learning.averaging import Kinds
from corewidgets.learning.light import Light, as_learned, learned_lights, lights_of
from corewidgets.learning.passes import FEATURES, Passes, training_features
from corewidgets.learning.pieces import Piece, cut_pieces, probability_pieces
from corewidgets.learning.predictor import is_projected, one_core, predictor
from corewidgets.learning.presets import PRESETS
from corewidgets.learning.recipe import Recipe
from corewidgets.learning.regularization import Regularizer
from corewidgets.learning.training_pixels import draw_training_pixels, summarize_training
from corewidgets.learning.training_sections import Drawn, check_classes, check_enough, common_names, pairs
from corewidgets.learning.uncertainty import UNCERTAINTIES, uncertainty_of

Labels = np.ndarray | Sequence[np.ndarray]

Photograph = CoreSection | np.ndarray | str | os.PathLike[str]
"""A section, its image alone ``(n_rows, n_columns, 3)`` uint8, or the file of that."""

MODES = ("exact", "refined")


class PixelClassifier(ClassifierMixin, BaseEstimator):
    """Classify every pixel of a photograph, from the pixels that were labelled.

    Parameters
    ----------
    hypercolumns : Hypercolumns, optional
        The features of a pixel; by default the preset's.
    classifier : sklearn classifier, optional
        What is trained on them; by default the preset's.
    preset : {"recommended", "published", "quick", "recommended-0.1", "recommended-trees"} or Recipe
        What is used where nothing else is given.  ``"published"``: pool1 and pool2 of VGG-16, 192 numbers,
        and a random forest of 100 trees.  ``"recommended"`` is more accurate on clasts that were never
        labelled: the same layers and the color, each averaged over its surroundings as well, a linear
        discriminant, and a regularizer (docs/accuracy.md has the comparison).  ``"recommended-0.1"`` is that
        of version 0.1, and stays so; ``"recommended-trees"`` has trees beside the discriminant where few
        regions are labelled.
    regularizer : Regularizer or None or "preset"
        What makes neighbors of similar color agree on their class.  ``"preset"`` is the preset's with the
        preset's classifier, and None with a classifier of your own.
    transposed : bool or "preset"
        Whether to learn from each photograph with rows and columns exchanged as well, so that the direction
        of a texture in a few clasts is not taken for a mark of their class.  ``"preset"`` is the preset's
        with the preset's classifier, and False with a classifier of your own.
    max_training_pixels : int or None or "preset"
        The largest number of pixels to learn from, drawn evenly over classes, and in each class over its
        regions (pieces of equal label).  None takes all labelled pixels.  Neighboring pixels are nearly
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
    turned : bool, optional
        The name of `transposed` before version 0.2.

    Attributes
    ----------
    recipe_ : Recipe
        The recipe that it was trained with.
    classes_ : numpy.ndarray
        ``(n_classes,)`` uint8: the codes that were learned, ascending.
    classifier_ : sklearn classifier
        The fitted classifier.
    hypercolumns_ : Hypercolumns
        The features that it was fitted on.
    image_names_ : tuple of str
        The photographs of a section that it uses, by name: their hypercolumns stand side by side.
    regularizer_ : Regularizer or None
        What smooths and tempers its probabilities.
    temperature_ : float
        What its probabilities are tempered with where nothing smooths them; 1 leaves them.
    lights_ : dict of LearnedLight
        By the name of the photograph: the light that others are brought to; empty where they are left as they
        are.
    training_summary_ : dict
        Plain values: pixels labelled and used, regions, by class; what was chosen by the labels.
    choice_ : str
        What was chosen by the labels, and why, in words.

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
        preset: str | Recipe = "recommended",
        regularizer: Regularizer | str | None = "preset",
        transposed: bool | str = "preset",
        max_training_pixels: int | str | None = "preset",
        mode: str = "exact",
        n_jobs: int | None = -1,
        random_state: int | None = 0,
        turned: bool | str | None = None,
    ) -> None:
        self.hypercolumns = hypercolumns
        self.classifier = classifier
        self.preset = preset
        self.regularizer = regularizer
        self.transposed = transposed
        self.max_training_pixels = max_training_pixels
        self.mode = mode
        self.n_jobs = n_jobs
        self.random_state = random_state
        self.turned = turned

    @property
    def recipe(self) -> Recipe:
        """What `fit` will make a model by: the preset, and what was given in place of its parts."""
        _check_choice("mode", self.mode, MODES)
        if not isinstance(self.preset, Recipe):
            _check_choice("preset", self.preset, tuple(PRESETS))
        recipe = self.preset if isinstance(self.preset, Recipe) else PRESETS[self.preset]
        changes: dict[str, Any] = {}
        if self.hypercolumns is not None:
            changes["features"] = self.hypercolumns.sources
        if self.classifier is not None:
            changes["classifier"] = self.classifier
        if not (isinstance(self.regularizer, Regularizer) or self.regularizer is None):
            _check_choice("regularizer", self.regularizer, ("preset",))
        transposed = self.transposed if self.turned is None else self.turned
        if not isinstance(transposed, bool):
            _check_choice("transposed", transposed, ("preset",))
        limit = self.max_training_pixels
        given = {"regularizer": self.regularizer, "transposed": transposed, "max_training_pixels": limit}
        changes |= {name: value for name, value in given.items() if value != "preset"}
        return recipe.patched(**changes)

    def fit(self, section: Openable, labels: Labels, *, progress: Progress | None = None) -> PixelClassifier:
        """Learn from the labelled pixels of one or several photographs.

        Parameters
        ----------
        section : CoreSection, path, array or list of these
            The photographs; an array is an image ``(n_rows, n_columns, 3)`` uint8.  A folder, a pattern such
            as ``"scans/*.jpg"``, the table of a core and a `Core` stand for the list of their photographs.
            Of sections with several photographs in register all are learned from.
        labels : array or list of arrays
            ``(n_rows, n_columns)`` codes for each photograph, 0 = unlabelled.  A code means the same class in
            all of them: `join_labels` brings labels of several files to one legend by the names of classes.
        progress : callable, optional
            Called with how much is done and how much there is to do.

        Returns
        -------
        PixelClassifier
            The estimator itself.

        Raises
        ------
        OSError
            If a photograph cannot be read.
        ValueError
            If labels do not fit their photograph, or are of fewer than two classes, or hardly any, or if one
            section has photographs that another lacks.
        """
        drawn = self._draw(section, labels)
        make_room(self.hypercolumns_, [image for part in drawn.sections for image in part.images.values()])
        recipe = self.recipe_
        turns = (False, True) if recipe.transposed else (False,)
        new = partial(recipe.new_classifier, self.n_jobs, self.random_state)
        activations = [partial(self._activations, part) for part in drawn.sections]
        kinds = Kinds.of(self.hypercolumns_, len(self.image_names_))
        told = Passes(progress)
        views = (self._training_features(drawn, turned, told, FEATURES / len(turns)) for turned in turns)
        found = fit_adapted(
            recipe, TrainingSet([*views], *drawn[1:], kinds, activations), new, self.n_jobs, told
        )
        if recipe.relights:
            self.lights_ = learned_lights([part.images for part in drawn.sections], self.image_names_)
        told.end()
        return self._learned(drawn, found)

    def _draw(self, section: Any, labels: Any) -> Drawn:
        """Return what to learn from, by the recipe as it is now."""
        recipe = self.recipe
        sections, all_labels = pairs(section, labels)
        labelled = listed(all_labels)
        check_classes(labelled)
        rng = np.random.default_rng(self.random_state)
        chosen = draw_training_pixels(labelled, recipe.max_training_pixels, rng)
        self.recipe_ = recipe
        self.hypercolumns_ = self.hypercolumns or recipe.hypercolumns
        self.__dict__.pop("scores_", None)  # were those of what it had learned before
        self.image_names_ = common_names(sections)
        self.lights_ = {}
        codes = np.concatenate([part[pixels] for part, pixels in zip(all_labels, chosen, strict=True)])
        check_enough(codes)
        return Drawn(sections, codes, chosen, all_labels, labelled)

    def _learned(self, drawn: Drawn, found: Adapted) -> PixelClassifier:
        """Decide from now on by what was found."""
        self.classifier_, self.regularizer_, self.temperature_ = found[:3]
        self.classes_ = np.asarray(self.classifier_.classes_, np.uint8)
        self.n_features_in_ = len(self.image_names_) * self.hypercolumns_.n_features
        self.training_summary_ = summarize_training(drawn.labelled, drawn.codes)
        self.training_summary_ |= {"averages": found.averages, "choice": found.choice}
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
            The photograph; an array is an image ``(n_rows, n_columns, 3)`` uint8.  It must have the further
            photographs that the classifier was trained on; others are not used.
        return_probabilities : bool
            Whether to return the probabilities of the classes as well.
        return_uncertainty : {"entropy", "margin"}, optional
            Whether to return an uncertainty from 0 (certain) to 1: the entropy of the probabilities over its
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
        ValueError
            If a photograph that it was trained on is missing.
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
                results[-1][place] = uncertainty_of(probabilities, return_uncertainty)
        return results[0] if len(results) == 1 else tuple(results)

    def predict_pieces(
        self,
        section: Photograph,
        *,
        rows: slice | None = None,
        columns: slice | None = None,
        progress: Progress | None = None,
    ) -> Iterator[Piece]:
        """Yield a photograph piece by piece, from its top down: all of it, or some rows and columns.

        All maps of this model are made with this method, in any order; the probabilities are those
        of `predict`, from all photographs that the model uses.

        Parameters
        ----------
        section : CoreSection or numpy.ndarray
            The photograph; an array is an image ``(n_rows, n_columns, 3)`` uint8.
        rows, columns : slice, optional
            What to classify; by default all.
        progress : callable, optional
            Called with the number of pieces done and the number of all.

        Yields
        ------
        (slice, slice)
            The rows and columns of the piece.
        numpy.ndarray
            The probabilities ``(n_rows, n_columns, n_classes)`` float32 of its pixels, those of `predict`.

        Raises
        ------
        sklearn.exceptions.NotFittedError
            Before `fit`.
        ValueError
            If a photograph that it was trained on is missing, or `rows` or `columns` have a step.
        """
        if rows is None and columns is None:
            return self._pieces(section, progress)
        return self._pieces_of(as_section(section), rows or slice(None), columns or slice(None), progress)

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
        model, rows, columns = self._fitted(), np.asarray(rows), np.asarray(columns)
        if model.regularizer_ is None:
            features = model.features_at(section, rows, columns)
            said = predictor(one_core(model.classifier_), model.temperature_)(features)
            return np.asarray(said, np.float32)
        check_pixels(rows, columns, as_section(section).shape)
        found = np.empty((len(rows), len(model.classes_)), np.float32)
        for place, probabilities in self._pieces(section, None, near=rows):
            inside = (rows >= place[0].start) & (rows < place[0].stop)
            inside &= (columns >= place[1].start) & (columns < place[1].stop)
            found[inside] = probabilities[rows[inside] - place[0].start, columns[inside] - place[1].start]
        return found

    def features_at(self, section: Photograph, rows: np.ndarray, columns: np.ndarray) -> np.ndarray:
        """Return what the classifier learns from and decides by: features ``(n, n_features_in_)`` float32."""
        section = as_section(section)
        rows, columns = check_pixels(rows, columns, section.shape)
        return self._fitted()._activations(section).at(rows, columns)

    def prepare(
        self,
        section: Photograph,
        rows: np.ndarray | None = None,
        columns: np.ndarray | None = None,
        *,
        progress: Progress | None = None,
    ) -> None:
        """Compute ahead what features are made of, so that `fit` and `predict` find it in the cache.

        Parameters
        ----------
        section : CoreSection or numpy.ndarray
            The photograph; an array is an image ``(n_rows, n_columns, 3)`` uint8.
        rows, columns : numpy.ndarray, optional
            ``(n,)`` integers: the pixels that will be asked for; by default all.
        progress : callable, optional
            Called with the number of tiles done and of all; what it raises ends the work.
        """
        section = as_section(section)
        activations = self._activations(section, names=getattr(self, "image_names_", tuple(section.images)))
        tiles = list(activations.bands)
        if rows is not None and columns is not None:
            rows, columns = check_pixels(rows, columns, section.shape)
            height, width = activations.bands.tile_shape
            numbers = rows // height * activations.bands.n_across + columns // width
            tiles = [tiles[number] for number in np.unique(numbers)]
        for done, tile in enumerate(tiles):
            if progress is not None:
                progress(done, len(tiles))
            activations.prepare(tile)

    def light_of(self, section: Photograph) -> dict[str, Light]:
        """Return the light of the photographs of a section, compared with the training photographs.

        Parameters
        ----------
        section : CoreSection or numpy.ndarray
            The photograph; an array is an image ``(n_rows, n_columns, 3)`` uint8.

        Returns
        -------
        dict of Light
            By the name of the photograph, of those that the model brings to its own light before it
            classifies them; others are classified as they are.
        """
        return lights_of(self._fitted().lights_, as_section(section).images)

    @property
    def choice_(self) -> str:
        """What was chosen by the labels, and why, in words; empty where the recipe leaves nothing to them."""
        return str(self._fitted().training_summary_.get("choice", ""))

    @property
    def feature_names_(self) -> tuple[str, ...]:
        """The name of each feature that the classifier decides by; of several photographs, "uv: pool1/28"."""
        names = self._fitted().hypercolumns_.feature_names
        if len(self.image_names_) == 1:
            return names
        return tuple(f"{image}: {name}" for image in self.image_names_ for name in names)

    @property
    def piece_rows_(self) -> int:
        """Rows that one core classifies at a time: ask for a multiple, to keep all cores busy."""
        return self.hypercolumns_.tile_rows if is_projected(self._fitted().classifier_) else BAND_ROWS

    def piece_columns(self, section: CoreSection) -> int:
        """Return the columns of a piece of a section: parts that start on multiples share no piece."""
        width: int = self._fitted()._activations(section).grid.tile_shape[1]
        return width

    def _training_features(self, drawn: Drawn, transposed: bool, passes: Passes, share: float) -> np.ndarray:
        """Return the features of the training pixels, of the photographs as they are or transposed."""
        activations = [partial(self._activations, part, transposed) for part in drawn.sections]
        swapped = transposed and self.hypercolumns_.transposed is None
        chosen = [pixels[::-1] for pixels in drawn.chosen] if swapped else drawn.chosen
        return training_features(activations, chosen, passes, share)

    def _activations(
        self, section: CoreSection, transposed: bool = False, names: tuple[str, ...] | None = None
    ) -> JoinedActivations:
        images = section.images
        names = names or self.image_names_
        missing = [name for name in names if name not in images]
        if missing:
            raise ValueError(
                f"The model was trained on the photographs {', '.join(names)} of each section, "
                f"but {section.name or 'this one'} has no {', '.join(missing)}; give it with "
                "others= (--core and a table with the column second_file)."
            )
        hypercolumns = getattr(self, "hypercolumns_", None) or self.hypercolumns or self.recipe.hypercolumns
        chosen = as_learned(getattr(self, "lights_", {}), images, names)
        if transposed and hypercolumns.transposed is None:
            chosen = [np.ascontiguousarray(image.swapaxes(0, 1)) for image in chosen]
        return activations_of((transposed and hypercolumns.transposed) or hypercolumns, *chosen)

    def _fitted(self) -> PixelClassifier:
        check_is_fitted(self, "classifier_")
        return self

    def _pieces(
        self,
        section: Photograph,
        progress: Progress | None,
        near: np.ndarray | None = None,
        columns: slice | None = None,
    ) -> Iterator[Piece]:
        """Yield the photograph's pieces and their probabilities; only those near some rows, if given."""
        model = self._fitted()
        _check_choice("mode", self.mode, MODES)
        return probability_pieces(
            model._activations(as_section(section)),
            predictor(one_core(model.classifier_), model.temperature_),
            refined=self.mode == "refined",
            regularizer=model.regularizer_,
            near=near,
            columns=columns,
            n_jobs=self.n_jobs,
            progress=progress,
        )

    def _pieces_of(
        self, section: CoreSection, rows: slice, columns: slice, progress: Progress | None
    ) -> Iterator[Piece]:
        """Yield the pieces of some rows and columns, cut to these."""
        parts = []
        for name, part, size in (("rows", rows, section.n_rows), ("columns", columns, section.n_columns)):
            first, stop, step = part.indices(size)
            if step != 1:
                raise ValueError(f"{name} are classified without gaps, but the step is {step}; leave it out.")
            parts.append(slice(first, stop))
        if all(part.start < part.stop for part in parts):
            near = np.arange(parts[0].start, parts[0].stop)
            yield from cut_pieces(self._pieces(section, progress, near, parts[1]), (parts[0], parts[1]))


def _check_choice(name: str, value: Any, choices: tuple[str, ...]) -> None:
    if value not in choices:
        raise ValueError(f"{name} is {value!r}; choose from {', '.join(map(repr, choices))}.")
