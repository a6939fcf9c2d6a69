"""Where the features of a pixel come from: layers of VGG-16, averages of them, the color, a class of yours.

A source has a name, the stride of its cells, the halo of pixels that it needs around a tile, a number of
channels, and `compute`, which turns the pixels of a tile into cells.  To add one, write a frozen dataclass
that derives from `Source` and name its `kind`: models, command line and widgets then know it by that kind,
where its file has been imported.  Programs that start others (the command line, the processes of a run)
import the files that the environment variable ``COREWIDGETS_SOURCES`` names, and packages announce theirs as
entry points of the group ``corewidgets.sources``.
"""

from __future__ import annotations

import dataclasses
import importlib.metadata
import math
import os
import sys
from abc import ABC, abstractmethod
from collections.abc import Hashable, Mapping, Sequence
from dataclasses import dataclass
from importlib.util import module_from_spec, spec_from_file_location
from pathlib import Path
from typing import Any, ClassVar

import numpy as np

from corewidgets.features.weights import Weights

__all__ = ["Averaged", "Source", "Window", "base_of", "import_file", "sigma_of", "source_from_dict"]

VARIABLE = "COREWIDGETS_SOURCES"
"""Names files of sources of one's own, separated as paths are (":", on Windows ";")."""

_GROUP = "corewidgets.sources"


@dataclass(frozen=True, eq=False)
class Window:
    """The pixels that a source computes the cells of a tile from.

    Parameters
    ----------
    pixels : numpy.ndarray
        ``(n_rows + 2 halo, n_columns + 2 halo, 3)`` uint8 RGB: the tile and its halo; 0 outside of the image.
    halo : int
        Pixels around the tile.
    row, column : int
        The first row and column of the tile in the image.
    shape : (int, int)
        Rows and columns of the image.
    """

    pixels: np.ndarray
    halo: int
    row: int
    column: int
    shape: tuple[int, int]

    @property
    def inside(self) -> np.ndarray:
        """Which of `pixels` lie in the image: bool, of their rows and columns."""
        masks = []
        for axis, first in enumerate((self.row, self.column)):
            places = first - self.halo + np.arange(self.pixels.shape[axis])
            masks.append((places >= 0) & (places < self.shape[axis]))
        return np.asarray(masks[0][:, None] & masks[1])


class Source(ABC):
    """One kind of feature; derive a frozen dataclass from it.

    Attributes
    ----------
    kind : str
        Names the class in files and options.
    """

    kind: ClassVar[str]
    _kinds: ClassVar[dict[str, type[Source]]] = {}

    def __init_subclass__(cls, **options: Any) -> None:
        super().__init_subclass__(**options)
        kind = cls.__dict__.get("kind")
        if kind is not None:
            Source._kinds[kind] = cls

    @property
    @abstractmethod
    def name(self) -> str:
        """What features are called by: ``"pool1"`` for ``"pool1/0"``, ``"pool1/1"``, ...; no slash in it."""

    @property
    @abstractmethod
    def n_channels(self) -> int:
        """How many numbers a cell has."""

    @property
    def stride(self) -> int:
        """Pixels along a side of a cell: 1 for a value at each pixel, else a power of 2."""
        return 1

    @property
    def halo(self) -> int:
        """Pixels around a tile that its cells depend on."""
        return 0

    @property
    def group(self) -> Hashable:
        """Sources of one group are computed together by `compute_all`; by default each for itself."""
        return self

    @abstractmethod
    def compute(self, window: Window) -> np.ndarray:
        """Return the cells ``(n_rows / stride, n_columns / stride, n_channels)`` float32 of a tile.

        Called from several threads at once.  Where the tile reaches past the image, any numbers will do.
        """

    @classmethod
    def compute_all(cls, sources: Sequence[Any], window: Window) -> dict[str, np.ndarray]:
        """Return the cells of the sources of a group by name; the window has the largest of their halos."""
        return {source.name: source.compute(window) for source in sources}

    def __reduce__(self) -> tuple[Any, ...]:
        """Go to another process by kind: that process imports the file of the class by itself."""
        return _made_anew, (self.kind, _fields(self))

    def to_dict(self) -> dict[str, Any]:
        """Return the kind and the fields as plain values."""
        return {"kind": self.kind, **{name: _plain(value) for name, value in _fields(self).items()}}


@dataclass(frozen=True)
class Averaged(Source):
    """Another source, averaged over a Gaussian window: local statistics of texture or color.

    Parameters
    ----------
    of : Source
        What is averaged; none that is averaged already.
    sigma : float
        Standard deviation of the window in image pixels.

    Raises
    ------
    ValueError
        If the standard deviation is not positive.
    TypeError
        If `of` is averaged already.
    """

    kind: ClassVar[str] = "averaged"

    of: Source
    sigma: float

    def __post_init__(self) -> None:
        if isinstance(self.of, Averaged):
            raise TypeError(
                f"{self.of.name} is averaged already; average {self.of.of.name} over the wider window."
            )
        if not (math.isfinite(self.sigma) and self.sigma > 0):
            raise ValueError(
                f"A Gaussian window needs a standard deviation above 0 pixels, but it is {self.sigma}."
            )

    @property
    def name(self) -> str:
        """The name of the other and the window: ``"pool1~8"``."""
        return f"{self.of.name}~{self.sigma:g}"

    @property
    def n_channels(self) -> int:
        """Those of the other."""
        return self.of.n_channels

    @property
    def stride(self) -> int:
        """That of the other."""
        return self.of.stride

    @property
    def halo(self) -> int:
        """That of the other; the window's own reach is added where it is averaged."""
        return self.of.halo

    def compute(self, window: Window) -> np.ndarray:
        """Raise: averages are taken of the cells of several tiles, where these are sampled."""
        raise TypeError(f"{self.name} is computed from the cells of {self.of.name}.")


def base_of(source: Source) -> Source:
    """Return what is computed from pixels: the source itself, or what it averages."""
    return source.of if isinstance(source, Averaged) else source


def sigma_of(source: Source) -> float | None:
    """Return the standard deviation, in pixels, that a source is averaged over, if it is."""
    return source.sigma if isinstance(source, Averaged) else None


def source_from_dict(values: Mapping[str, Any], weights: Weights | None = None) -> Source:
    """Make a source of what `to_dict` gave.

    Parameters
    ----------
    values : mapping
        The kind and the fields.
    weights : Weights, optional
        For layers of VGG-16.

    Raises
    ------
    ValueError
        If the kind is not known, or a field is not one of it.
    """
    fields = {name: value for name, value in values.items() if name != "kind"}
    kind = values.get("kind")
    made = _class_of(kind)
    fields = {
        name: source_from_dict(value, weights) if isinstance(value, Mapping) and "kind" in value else value
        for name, value in fields.items()
    }
    if weights is not None and "weights" in made.__annotations__:
        fields["weights"] = weights
    try:
        return made(**{name: tuple(v) if isinstance(v, list) else v for name, v in fields.items()})
    except TypeError as error:
        raise ValueError(f"The feature source {kind!r} cannot be made of {fields}: {error}.") from error


def _made_anew(kind: str, fields: Mapping[str, Any]) -> Source:
    return _class_of(kind)(**fields)


def _class_of(kind: Any) -> type[Source]:
    """Return the class of a kind; files and packages of others are read when a kind is not known."""
    if kind not in Source._kinds:
        _import_others()
    if kind not in Source._kinds:
        raise ValueError(
            f"There is no feature source of kind {kind!r}; known are {', '.join(sorted(Source._kinds))}. "
            f"Import the file that defines it, name the file in the environment variable {VARIABLE}, or give "
            "it with --sources on the command line."
        )
    return Source._kinds[kind]


def _import_others() -> None:
    for entry in importlib.metadata.entry_points(group=_GROUP):
        entry.load()
    for place in filter(None, os.environ.get(VARIABLE, "").split(os.pathsep)):
        import_file(Path(place))


def import_file(path: Path) -> None:
    """Run a file of Python that defines sources; once, however often it is asked for.

    Raises
    ------
    FileNotFoundError
        If there is no such file.
    """
    path = path.expanduser().resolve()
    name = f"corewidgets_sources_{path.stem}"
    loaded = sys.modules.get(name)
    if loaded is not None and getattr(loaded, "__file__", None) == str(path):
        return
    if not path.is_file():
        raise FileNotFoundError(
            f"There is no file '{path}' of feature sources; check the name and {VARIABLE}."
        )
    spec = spec_from_file_location(name, path)
    if spec is None or spec.loader is None:
        raise ValueError(f"'{path}' is not a Python file; name one that ends with .py.")
    module = module_from_spec(spec)
    sys.modules[name] = module
    spec.loader.exec_module(module)


def _fields(source: Any) -> dict[str, Any]:
    return {field.name: getattr(source, field.name) for field in dataclasses.fields(source)}


def _plain(value: Any) -> Any:
    if isinstance(value, Source):
        return value.to_dict()
    return list(value) if isinstance(value, tuple) else value
