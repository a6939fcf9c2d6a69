"""Which clast to label next: whole clasts, outlined from the photograph and named by the model.

What lies around clasts has no outline of its own; of it, patches are proposed where the model is least sure.
What the model says is held as `Maps`, a byte for a class and pixel, which are made piece by piece.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray
from scipy import ndimage
from skimage.feature import peak_local_max

from corewidgets.cores.section import CoreSection, as_section
from corewidgets.features.look import outline_features
from corewidgets.geology.clasts import GROUNDMASS
from corewidgets.geology.outline import CELL
from corewidgets.labels.arrays import check_labels, regions
from corewidgets.labels.legend import Legend
from corewidgets.learning.classifier import PixelClassifier
from corewidgets.learning.mapping import map_section
from corewidgets.learning.maps import Maps
from corewidgets.learning.proposed_outlines import Outline, Said, clast_at, patch_at

__all__ = ["Proposal", "accept_proposals", "propose"]

Mask = NDArray[np.bool_]
Box = tuple[slice, slice]

_DEEPEST = 6  # pixels from the middle of a clast to its edge, at least
_APART = 10  # pixels between the middles of two
_LABELLED = 0.1  # share of an outline that may be labelled already
_SHARED = 0.3  # share of the smaller of two outlines that may lie in both
_MOST_TRIED = 8  # times as many places are tried
_NEIGHBORHOOD = 15  # pixels across which doubt is averaged before there is an outline
_VOTING = 9  # pixels across which the map is smoothed: single pixels do not break up what is one piece
_PATCH = 300  # pixels of a patch of the background
_SMALLEST_PATCH = 100
_PATCHES_APART = 24  # pixels between the middles of two patches
_CLEAR = 2  # pixels from a patch to what is not its class, at least
_LARGE = 1000  # pixels of an outline that may hold a clast whose class the model does not know;
_PARTED = 0.25  # a smaller one must have a class that is less probable around it
_LARGER = 4  # times as many pixels as a piece has what it came off
_TOUCHES = 3  # pixels between the two
_INSIDE = 3  # pixels from the middle of a patch to what is not background, at least


@dataclass(frozen=True, eq=False)
class Proposal:
    """A clast that is worth a label.

    Attributes
    ----------
    row, column : int
        Its middle.
    box : (slice, slice)
        Rows and columns of the photograph.
    mask : ndarray of bool, as large as the box
        Which pixels are inside.
    reach : float
        That of the outline; see `outline`.
    code : int
        Its class, as the model says over all its pixels.
    probability : float
        Of that class, the mean over its pixels.
    doubt : float
        Mean entropy of the probabilities over its pixels, 1 = entirely uncertain.
    novelty : float
        How far its look is from that of the nearest labelled region, from 0 to 1; 0 without labels.
    width : float
        Times the width of the outline that is found by itself; a patch of the background has less than 1.
    """

    row: int
    column: int
    box: Box
    mask: Mask
    reach: float
    code: int
    probability: float
    doubt: float
    novelty: float
    width: float = 1.0

    @property
    def worth(self) -> float:
        """How much a label is worth: the doubt."""
        return self.doubt


def propose(
    section: CoreSection | NDArray[np.uint8],
    model: PixelClassifier,
    labels: ArrayLike,
    n: int = 20,
    *,
    legend: Legend | None = None,
    refused: Collection[tuple[int, int]] = (),
    features: NDArray[Any] | None = None,
    maps: Maps | None = None,
) -> list[Proposal]:
    """Return unlabelled clasts, those first whose label would improve the model most.

    Between them are patches of what is not a clast, where the model is least sure.

    Parameters
    ----------
    section : CoreSection or ndarray of uint8, (n_rows, n_columns, 3)
        The photograph.
    model : PixelClassifier
        Fitted.
    labels : array-like, (n_rows, n_columns)
        What is labelled already, 0 = unlabelled.
    n : int
        The largest number of proposals, above 0.
    legend : Legend, optional
        Says which classes are not clasts (not rock, or matrix): two of them never follow each other.
    refused : collection of (row, column)
        Places of proposals that were refused: no proposal holds one of them.
    features : ndarray, optional
        What `outline_features` returns for the photograph; computed where it is not given.
    maps : Maps, optional
        The maps of the photograph by the model, complete; computed where it is not given.

    Returns
    -------
    list of Proposal

    Raises
    ------
    sklearn.exceptions.NotFittedError
        The model was not fitted.
    ValueError
        The labels or the maps are not those of the photograph, the maps are not complete, or `n` is not
        above 0.
    """
    section, codes = as_section(section), check_labels(labels)
    if codes.shape != section.shape:
        raise ValueError(
            f"The labels have {codes.shape[0]} rows and {codes.shape[1]} columns, but the photograph has "
            f"{section.shape[0]} and {section.shape[1]}; give the labels of this photograph."
        )
    if n < 1:
        raise ValueError(f"n must be 1 or more proposals, but it is {n}.")
    said = Said(map_section(model, section) if maps is None else _check_maps(maps, section.shape))
    looks = outline_features(section.image) if features is None else features
    novelty = _Novelty(looks, codes)
    background = _background(legend)
    places = _Places(said, codes, background)
    covered = np.zeros(section.shape, bool)
    found: list[Proposal] = []
    for is_clast, wanted in ((True, n), (False, -(-n // 2))):
        enough = len(found) + wanted
        for outline in _outlines(section.image, places, looks, said, is_clast, _MOST_TRIED * n):
            box, mask = outline.box, outline.mask
            code, probability = said.name(box, mask)
            is_other = is_clast and code in background
            if is_other or _is_known(box, mask, codes, covered, refused):
                continue
            covered[box] |= mask
            found.append(
                Proposal(
                    *(*outline.place, box, mask, outline.reach),
                    code=code,
                    probability=probability,
                    doubt=float(said.doubt[box][mask].mean() / 255),
                    novelty=novelty.of(box, mask),
                    width=outline.width,
                )
            )
            if len(found) == enough:
                break
    found = [one for one in found if not any(_is_piece(one, other) for other in found)]
    found.sort(key=lambda proposal: -proposal.worth)
    return list(_spread(found, background))[:n]


def accept_proposals(labels: ArrayLike, proposals: Iterable[Proposal]) -> NDArray[np.uint8]:
    """Return labels in which proposals have their class; no label that is there changes.

    Pixels that two proposals share are of the first.  To reject one, leave it out; to give it another class,
    use `dataclasses.replace(proposal, code=...)`.

    Parameters
    ----------
    labels : array-like, (n_rows, n_columns)
        Of the photograph, 0 = unlabelled; they stay as they are.
    proposals : iterable of Proposal

    Returns
    -------
    ndarray of uint8, (n_rows, n_columns)

    Raises
    ------
    ValueError
        A proposal lies outside the labels, or its class is not 1 to 255.
    """
    new = check_labels(labels).copy()
    for one in proposals:
        part = new[one.box]
        if part.shape != one.mask.shape:
            raise ValueError(
                f"The proposal at row {one.row}, column {one.column} lies outside the labels, which have "
                f"{new.shape[0]} rows and {new.shape[1]} columns; give the labels of its photograph."
            )
        if not 1 <= one.code <= 255:
            raise ValueError(
                f"The proposal at row {one.row}, column {one.column} has the class {one.code}, but a class "
                "is 1 to 255; choose one of the legend."
            )
        part[one.mask & (part == 0)] = one.code
    return new


def _outlines(
    image: NDArray[np.uint8], places: _Places, looks: NDArray[Any], said: Said, is_clast: bool, most: int
) -> Iterator[Outline]:
    """Yield outlines of clasts, or patches of the background, that are large enough, the best first."""
    if is_clast:
        tried = (clast_at(image, place, looks, said) for place in places.clasts()[:most])
        yield from (outline for outline in tried if _is_clast(outline, said))
        return
    for place in places.patches()[:most]:
        outline = patch_at(image, place, looks, _PATCH, places.around(place))
        if outline.mask.sum() >= _SMALLEST_PATCH:
            yield outline


def _is_clast(outline: Outline, said: Said) -> bool:
    """Tell whether an outline is large, or what it parts is of another class."""
    size = outline.mask.sum()
    return bool(size >= np.pi * _DEEPEST**2 and (size >= _LARGE or said.parted(outline) >= _PARTED))


def _check_maps(maps: Maps, shape: tuple[int, ...]) -> Maps:
    if maps.segmentation.shape != shape or not maps.complete:
        raise ValueError(
            f"maps must be complete and of {shape[0]} rows and {shape[1]} columns, but they are "
            f"{'complete' if maps.complete else 'not complete'} and of {maps.segmentation.shape[0]} and "
            f"{maps.segmentation.shape[1]}; leave them out to have them computed."
        )
    return maps


class _Novelty:
    """How far the look of places is from that of labelled regions."""

    def __init__(self, looks: NDArray[Any], labels: NDArray[np.uint8]) -> None:
        self._looks = looks
        numbered = regions(labels)[::CELL, ::CELL]
        numbers = np.unique(numbered[numbered > 0])
        means = [
            ndimage.mean(looks[..., channel], numbered, numbers) if len(numbers) else []
            for channel in range(looks.shape[-1])
        ]
        self._known = np.array(means, float).T
        spread = looks.reshape(-1, looks.shape[-1]).std(axis=0)
        self._unit = float(np.sqrt((spread.astype(float) ** 2).sum())) or 1.0

    def of(self, box: Box, mask: Mask) -> float:
        """Return the novelty of an outline, 0 to 1."""
        rows, columns = np.nonzero(mask)
        inside = self._looks[(rows + box[0].start) // CELL, (columns + box[1].start) // CELL]
        return float(self._far(inside.mean(axis=0)[None])[0])

    def _far(self, looks: NDArray[Any]) -> NDArray[np.float64]:
        if not len(self._known):
            return np.zeros(len(looks))
        away = np.linalg.norm(looks[:, None].astype(float) - self._known[None], axis=-1).min(axis=1)
        return np.asarray(away / (away + self._unit))


def _background(legend: Legend | None) -> frozenset[int]:
    if legend is None:
        return frozenset()
    return frozenset(
        entry.code for entry in legend if entry.code not in legend.rock_codes or entry.name in GROUNDMASS
    )


class _Places:
    """Where to look for what is worth a label, the best first."""

    def __init__(self, said: Said, labels: NDArray[np.uint8], background: Collection[int]) -> None:
        self._voted = voted = _voted(said.maps.segmentation)
        self._depth = _depth(voted, labels)
        self._doubt = ndimage.uniform_filter(said.doubt, _NEIGHBORHOOD, output=np.float32) / 255
        self._is_background = np.isin(voted, list(background))

    def clasts(self) -> list[tuple[int, int]]:
        """Return the middles of what looks like one piece in the map and is not labelled."""
        return self._peaks(np.where(self._is_background, 0, self._depth), _APART, _DEEPEST)

    def patches(self) -> list[tuple[int, int]]:
        """Return where the model is least sure, in what is not a clast."""
        is_inside = self._is_background & (self._depth >= _INSIDE)
        return self._peaks(np.where(is_inside, self._doubt, -1), _PATCHES_APART, 0)

    def around(self, place: tuple[int, int]) -> Mask:
        """Return what has the class of a place, not at the edge of it."""
        return np.asarray((self._voted == self._voted[place]) & (self._depth >= _CLEAR))

    def _peaks(self, height: NDArray[np.floating], apart: int, least: float) -> list[tuple[int, int]]:
        peaks = peak_local_max(  # type: ignore[no-untyped-call]
            height, min_distance=apart, threshold_abs=least, exclude_border=False
        )
        rows, columns = peaks.T
        order = np.argsort(-self._doubt[rows, columns], kind="stable")
        return [(int(rows[index]), int(columns[index])) for index in order]


def _voted(segmentation: NDArray[np.uint8]) -> NDArray[np.uint8]:
    """Return the commonest class around each pixel."""
    best = np.full(segmentation.shape, -1, np.float32)
    voted = segmentation.copy()
    for code in np.unique(segmentation):
        share = ndimage.uniform_filter((segmentation == code).astype(np.float32), _VOTING)
        more = share > best
        voted[more], best[more] = code, share[more]
    return voted


def _depth(segmentation: NDArray[np.uint8], labels: NDArray[np.uint8]) -> NDArray[np.float32]:
    """Return how far each pixel is from what is labelled, or of another class."""
    depth = np.zeros(segmentation.shape, np.float32)
    for code in np.unique(segmentation):
        inside = np.pad((segmentation == code) & (labels == 0), 1)
        np.maximum(depth, ndimage.distance_transform_edt(inside)[1:-1, 1:-1], out=depth, casting="same_kind")
    return depth


def _is_known(
    box: Box, mask: Mask, labels: NDArray[np.uint8], taken: Mask, refused: Collection[tuple[int, int]]
) -> bool:
    """Tell whether an outline is labelled, or proposed before, or was refused."""
    size = mask.sum()
    if (labels[box][mask] > 0).sum() > _LABELLED * size or taken[box][mask].sum() > _SHARED * size:
        return True
    for row, column in refused:
        down, across = row - box[0].start, column - box[1].start
        if 0 <= down < mask.shape[0] and 0 <= across < mask.shape[1] and mask[down, across]:
            return True
    return False


def _is_piece(one: Proposal, other: Proposal) -> bool:
    """Tell whether a proposal touches a much larger one of the same class: a piece that came off it."""
    if one.code != other.code or other.mask.sum() < _LARGER * one.mask.sum():
        return False
    first = [max(a.start - _TOUCHES, b.start) for a, b in zip(one.box, other.box, strict=True)]
    end = [min(a.stop + _TOUCHES, b.stop) for a, b in zip(one.box, other.box, strict=True)]
    if first[0] >= end[0] or first[1] >= end[1]:
        return False
    near = ndimage.binary_dilation(np.pad(one.mask, _TOUCHES), iterations=_TOUCHES)
    parts = [
        mask[
            tuple(
                slice(a - side.start + by, b - side.start + by)
                for a, b, side in zip(first, end, box, strict=True)
            )
        ]
        for mask, box, by in ((near, one.box, _TOUCHES), (other.mask, other.box, 0))
    ]
    return bool((parts[0] & parts[1]).any())


def _spread(proposals: Sequence[Proposal], background: Collection[int]) -> Iterator[Proposal]:
    """Yield proposals in their order, but no two of the background in a row."""
    clasts = [one for one in proposals if one.code not in background]
    others = [one for one in proposals if one.code in background]
    last_is_background = False
    while clasts or (others and not last_is_background):
        is_other = bool(others) and not last_is_background
        is_other = is_other and (not clasts or others[0].worth > clasts[0].worth)
        yield (others if is_other else clasts).pop(0)
        last_is_background = is_other
