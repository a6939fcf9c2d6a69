"""One vector a pixel: what the layers of VGG-16 say of it, sampled at the pixel.

Hariharan, Arbelaez, Girshick and Malik (2015), Hypercolumns for object segmentation and fine-grained
localization, CVPR, section 2.  The published method for drill core takes ``pool1`` and ``pool2``: 64 + 128 =
192 numbers per pixel.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any

import numpy as np

from corewidgets.features.activations import (
    Activations,
    JoinedActivations,
    cell_halo,
    check_pixels,
    stride_of,
)
from corewidgets.features.cache import bytes_to_spare, cache
from corewidgets.features.color import Lab
from corewidgets.features.image import check_image
from corewidgets.features.network import VggLayer, weights_of
from corewidgets.features.sources import Averaged, Source, base_of, sigma_of
from corewidgets.features.tiling import round_up
from corewidgets.features.weights import Weights

STANDARD_OPTIONS = ("layers", "smoothing", "lab", "lab_smoothing")
"""The options of `Hypercolumns` that say the usual sources."""

_TIMES = 3
"""A training uses the activations of a photograph, those of the transposed one, and averages."""

_FINE = 4.0
"""Standard deviation, in pixels, of the widest window over which a color is still that of a thin layer."""


@dataclass(frozen=True, init=False)
class Hypercolumns:
    """The recipe for the features of a pixel.

    Parameters
    ----------
    layers : tuple of str
        Layers of VGG-16 by the paper's names: ``conv1_1`` to ``conv5_3`` (after the rectifier), ``pool1`` to
        ``pool5``.
    smoothing : tuple of float
        Standard deviations, in image pixels, of Gaussian windows: each adds every layer once more, averaged
        over the window (local texture statistics).
    lab : bool
        Whether the pixel's CIE L*a*b* color is added.
    lab_smoothing : tuple of float
        Standard deviations, in image pixels, of Gaussian windows over which L*a*b* is averaged and added.
    sources : sequence of Source, optional
        The features themselves, in their order, in place of all of these: one's own among them.
    weights : Weights, optional
        The network's weights; by default the bundled ImageNet weights of torchvision.
    tile_rows, tile_columns : int, optional
        The size of a tile in pixels, multiples of `stride`.  By default 128 rows, and as many columns as the
        image has, rounded up to a multiple of 16 (or of the stride); an image wider than 512 is cut into
        equal parts.  Give `tile_columns` to make photographs of different widths share one compiled program.

    Raises
    ------
    ValueError
        If a layer is unknown or named twice, there is nothing to compute, a standard deviation is not
        positive, or a tile is not a multiple of the stride.

    Examples
    --------
    >>> Hypercolumns().n_features
    192
    >>> Hypercolumns(layers=("conv1_1",), lab=True).feature_names[-2:]
    ('lab/1', 'lab/2')
    """

    sources: tuple[Source, ...]
    tile_rows: int
    tile_columns: int | None

    def __init__(
        self,
        layers: Sequence[str] | str = ("pool1", "pool2"),
        smoothing: Sequence[float] | float = (),
        lab: bool = False,
        lab_smoothing: Sequence[float] | float = (),
        weights: Weights | None = None,
        tile_rows: int = 128,
        tile_columns: int | None = None,
        *,
        sources: Sequence[Source] | None = None,
    ) -> None:
        if sources is None:
            sources = standard_sources(layers, smoothing, lab, lab_smoothing, weights)
        for name, value in (
            ("sources", tuple(sources)),
            ("tile_rows", tile_rows),
            ("tile_columns", tile_columns),
        ):
            object.__setattr__(self, name, value)
        _check_recipe(self)

    def __deepcopy__(self, memo: dict[int, Any]) -> Hypercolumns:
        """Return the recipe itself: it never changes, and `clone` need not copy the weights."""
        return self

    @property
    def layers(self) -> tuple[str, ...]:
        """The layers of VGG-16 among the sources."""
        return tuple(source.layer for source in self.sources if isinstance(source, VggLayer))

    @property
    def smoothing(self) -> tuple[float, ...]:
        """The windows, in pixels, that layers are averaged over."""
        return self._sigmas(VggLayer)

    @property
    def lab(self) -> bool:
        """Whether the pixel's own color is among the sources."""
        return Lab() in self.sources

    @property
    def lab_smoothing(self) -> tuple[float, ...]:
        """The windows, in pixels, that the color is averaged over."""
        return self._sigmas(Lab)

    @property
    def weights(self) -> Weights | None:
        """The network's weights; None for the bundled ones."""
        bases = map(base_of, self.sources)
        return next((base.weights for base in bases if isinstance(base, VggLayer)), None)

    def _sigmas(self, kind: type[Source]) -> tuple[float, ...]:
        found = [sigma_of(source) for source in self.sources if isinstance(base_of(source), kind)]
        return tuple(dict.fromkeys(sigma for sigma in found if sigma is not None))

    @property
    def stride(self) -> int:
        """Pixels a tile must start on a multiple of: the largest stride of a source."""
        return stride_of(self.sources)

    @property
    def halo(self) -> int:
        """Pixels of the image around a tile that its hypercolumns depend on."""
        bases = {base_of(source) for source in self.sources}
        reaches = [cell_halo(base, self.sources) * base.stride + base.halo for base in bases]
        return round_up(max(reaches), self.stride)

    @cached_property
    def feature_names(self) -> tuple[str, ...]:
        """The name of each feature: ``"pool1/28"``, smoothed ``"pool1~8/28"``, ``"lab/0"``, ``"lab~8/0"``."""
        return tuple(
            f"{source.name}/{channel}" for source in self.sources for channel in range(source.n_channels)
        )

    @property
    def is_averaged(self) -> np.ndarray:
        """Which features are averages over a pixel's surroundings, ``(n_features,)`` bool."""
        parts = [np.full(source.n_channels, isinstance(source, Averaged)) for source in self.sources]
        return np.concatenate(parts)

    @property
    def is_color(self) -> np.ndarray:
        """Which features are the color of a pixel, alone or averaged over a few, ``(n_features,)`` bool."""
        parts = [
            np.full(source.n_channels, base_of(source) == Lab() and (sigma_of(source) or 0) <= _FINE)
            for source in self.sources
        ]
        return np.concatenate(parts)

    @property
    def n_features(self) -> int:
        """The length of a hypercolumn."""
        return len(self.feature_names)

    @cached_property
    def transposed(self) -> Hypercolumns | None:
        """What sees in a photograph what this sees in the transposed one; None if a source of one's own does.

        The tiles stay those of the photograph as it lies, and the compiled programs too.
        """
        bases = {base_of(source) for source in self.sources}
        taps = [base for base in bases if isinstance(base, VggLayer)]
        if len(taps) + (Lab() in bases) != len(bases):
            return None
        weights = weights_of(taps).transposed if taps else None

        def turned(source: Source) -> Source:
            if isinstance(source, Averaged):
                return Averaged(turned(source.of), source.sigma)
            return VggLayer(source.layer, weights) if isinstance(source, VggLayer) else source

        return Hypercolumns(
            sources=[turned(source) for source in self.sources],
            tile_rows=self.tile_rows,
            tile_columns=self.tile_columns,
        )

    def at(self, image: np.ndarray, rows: np.ndarray, columns: np.ndarray) -> np.ndarray:
        """Return the hypercolumns of some pixels; the network runs only on the tiles that these lie in.

        Parameters
        ----------
        image : numpy.ndarray
            ``(n_rows, n_columns, 3)`` uint8 RGB.
        rows, columns : numpy.ndarray
            ``(n,)`` integers: the pixels.

        Returns
        -------
        numpy.ndarray
            ``(n, n_features)`` float32.

        Raises
        ------
        TypeError, ValueError
            If the image is not an RGB image of bytes, or a pixel lies outside of it.
        """
        activations = activations_of(self, image)
        rows, columns = check_pixels(rows, columns, activations.shape)
        return activations.at(rows, columns)

    def tiles(self, image: np.ndarray) -> Iterator[tuple[tuple[slice, slice], np.ndarray]]:
        """Yield an image piece by piece, each with its hypercolumns, made when asked for.

        Parameters
        ----------
        image : numpy.ndarray
            ``(n_rows, n_columns, 3)`` uint8 RGB.

        Yields
        ------
        (slice, slice)
            The rows and columns of the piece.
        numpy.ndarray
            ``(n_rows, n_columns, n_features)`` of the piece, float32.
        """
        activations = activations_of(self, image)
        for tile in activations.bands:
            place = tile.inside(activations.shape)
            n_rows, n_columns = (part.stop - part.start for part in place)
            yield place, np.asarray(activations.features(tile))[:n_rows, :n_columns]

    def dense(self, image: np.ndarray) -> np.ndarray:
        """Return the hypercolumns of every pixel at once: 768 bytes per pixel for the default layers.

        Parameters
        ----------
        image : numpy.ndarray
            ``(n_rows, n_columns, 3)`` uint8 RGB.

        Returns
        -------
        numpy.ndarray
            ``(n_rows, n_columns, n_features)`` float32.
        """
        features = np.empty((*check_image(image).shape[:2], self.n_features), np.float32)
        for place, part in self.tiles(image):
            features[place] = part
        return features

    def feature_map(self, image: np.ndarray, name: str) -> np.ndarray:
        """Return one feature of every pixel.

        Parameters
        ----------
        image : numpy.ndarray
            ``(n_rows, n_columns, 3)`` uint8 RGB.
        name : str
            One of `feature_names`, such as ``"pool1/28"``: layer pool1, channel 28, counted from 0.

        Returns
        -------
        numpy.ndarray
            ``(n_rows, n_columns)`` float32.

        Raises
        ------
        ValueError
            If there is no such feature.
        """
        if name not in self.feature_names:
            raise ValueError(
                f"There is no feature {name!r} among the {self.n_features} of these hypercolumns; "
                f"choose from {self.feature_names[0]}, ..., {self.feature_names[-1]}."
            )
        index = self.feature_names.index(name)
        feature_map = np.empty(check_image(image).shape[:2], np.float32)
        for place, part in self.tiles(image):
            feature_map[place] = part[..., index]
        return feature_map


def activations_of(recipe: Hypercolumns, *images: np.ndarray) -> JoinedActivations:
    """Return the activations of one photograph, or of several of one piece, to sample from."""
    return JoinedActivations(
        [Activations(recipe.sources, image, recipe.tile_rows, recipe.tile_columns) for image in images]
    )


def make_room(recipe: Hypercolumns, images: Sequence[np.ndarray]) -> None:
    """Let the cache hold what trainings on these photographs use again, as far as there is memory to spare.

    Else a pass over many photographs throws out what the next one needs, and the network runs again.
    """
    bases = dict.fromkeys(map(base_of, recipe.sources))
    n_values = sum(base.n_channels / base.stride**2 for base in bases)  # of a pixel
    n_pixels = sum(image.shape[0] * image.shape[1] for image in images)
    cache.grow(min(bytes_to_spare(), int(_TIMES * 4 * n_values * n_pixels)))


def _several(values: Any) -> tuple[Any, ...]:
    return (values,) if isinstance(values, (str, float, int)) else tuple(values)


def standard_sources(
    layers: Sequence[str] | str,
    smoothing: Sequence[float] | float,
    lab: bool,
    lab_smoothing: Sequence[float] | float,
    weights: Weights | None = None,
) -> tuple[Source, ...]:
    """Return layers, their averages, the color and its averages, in the order of the features."""
    taps = [VggLayer(name, weights) for name in _several(layers)]
    averages = [Averaged(tap, float(sigma)) for tap in taps for sigma in _several(smoothing)]
    color = [Lab()] if lab else []
    averaged_color = [Averaged(Lab(), float(sigma)) for sigma in _several(lab_smoothing)]
    return (*taps, *averages, *color, *averaged_color)


def standard_options(recipe: Hypercolumns) -> dict[str, Any]:
    """Return the options that `standard_sources` makes the usual sources of a recipe from, but weights."""
    return {name: getattr(recipe, name) for name in STANDARD_OPTIONS}


def source_called(name: str, weights: Weights | None = None) -> Source:
    """Return a usual source by its name: ``"pool1"``, ``"lab"``, averaged ``"pool1~8"``.

    Raises
    ------
    ValueError
        If there is no such layer, or the window has no width.
    """
    of, averaged, sigma = name.partition("~")
    base = Lab() if of == Lab().name else VggLayer(of, weights)
    return Averaged(base, float(sigma)) if averaged else base


def _check_recipe(recipe: Hypercolumns) -> None:
    names = [source.name for source in recipe.sources]
    for source in recipe.sources:
        if names.count(source.name) > 1:
            what = "layer" if isinstance(source, VggLayer) else "source"
            raise ValueError(f"The {what} {source.name!r} is named twice; name each {what} once.")
    if not recipe.sources:
        raise ValueError("There is nothing to compute: name at least one layer, or ask for lab color.")
    for axis, size in (("tile_rows", recipe.tile_rows), ("tile_columns", recipe.tile_columns)):
        if size is not None and (size < 1 or size % recipe.stride):
            raise ValueError(
                f"{axis} is {size}, but tiles of {', '.join(names)} must be a multiple of the stride "
                f"{recipe.stride}; try {round_up(max(size, 1), recipe.stride)}."
            )
