"""A piece of core: its photograph and its depths."""

import hashlib
import math
import os
import warnings
from collections.abc import Mapping
from dataclasses import KW_ONLY, dataclass, field
from functools import cached_property
from numbers import Real
from pathlib import Path
from typing import Any, overload

import numpy as np
from numpy.typing import ArrayLike, NDArray

from corewidgets.cores.depth_scale import METRES, DepthScale
from corewidgets.cores.files_beside import file_beside, files_before
from corewidgets.cores.held_picture import held_picture, held_picture_name
from corewidgets.cores.photograph import read_photograph
from corewidgets.features.image import check_image
from corewidgets.links import at_home

__all__ = [
    "ROTATIONS",
    "CoreSection",
    "as_section",
    "check_rotation",
    "lies_down",
    "read_section",
]

ROTATIONS = (0, 90, 180, 270)
LYING = 2  # times as wide as tall


@dataclass(frozen=True, eq=False, repr=False)
class CoreSection:
    """A photograph of a piece of core, rows running down the core, with the depths of its ends.

    Parameters
    ----------
    image : ndarray of uint8, (n_rows, n_columns, 3)
        The photograph, RGB. The section looks at the same memory, but does not let it be changed.
    top, base : float, optional
        Depth of the upper edge of the first row and of the lower edge of the last one, in metres below sea
        floor or surface. Both or neither; without them the depth is unknown.
    name : str, optional
        What the section is called.
    path : pathlib.Path, optional
        File that the photograph was read from.
    part : str, optional
        What the piece is called among others that the file shows; empty where it shows this piece alone.
        Labels and sessions of parts are kept in files of their own.
    rotation : {0, 90, 180, 270}
        Degrees, clockwise, by which the photograph in `path` was turned to bring the top of the core up.
    others : mapping of str to ndarray, optional
        Further photographs of the same piece by name, such as ``{"second": image}``, of the size of `image`
        and in register with it (`register`). None is called "image": that is the first.
    scale : DepthScale
        The unit that depths are shown in; `top` and `base` are in metres whatever it is.

    Raises
    ------
    TypeError
        `image` is not an array of uint8, or a depth is not a number.
    ValueError
        `image` has another shape or no pixels; one of `others` has another size or is called "image"; only
        one depth is given; a depth is not finite; `base` does not lie below `top`; the rotation is none of
        these.

    Examples
    --------
    >>> section = CoreSection(np.zeros((100, 20, 3), np.uint8), top=1.0, base=2.0)
    >>> section.shape, section.pixel_size_mm
    ((100, 20), 10.0)
    >>> round(section.depth(0), 6)
    1.005
    """

    image: NDArray[np.uint8]
    top: float | None = None
    base: float | None = None
    _: KW_ONLY
    name: str = ""
    path: Path | None = None
    part: str = ""
    rotation: int = 0
    others: Mapping[str, NDArray[np.uint8]] = field(default_factory=dict)
    scale: DepthScale = METRES

    def __post_init__(self) -> None:
        image = _read_only(self.image)
        others = {name: _read_only(other) for name, other in self.others.items()}
        for name, other in others.items():
            if name == "image":
                raise ValueError(
                    "One of others is called 'image', as the first photograph is in `images`; call it "
                    "otherwise, such as 'uv'."
                )
            if other.shape != image.shape:
                raise ValueError(
                    f"The photograph {name!r} has shape {other.shape}, but the first has {image.shape}; crop "
                    "and scale both in the same way."
                )
        check_rotation(self.rotation)
        object.__setattr__(self, "others", others)
        top, base = _check_depths(self.top, self.base)
        object.__setattr__(self, "image", image)
        object.__setattr__(self, "top", top)
        object.__setattr__(self, "base", base)

    def __repr__(self) -> str:
        depths = "" if self.top is None else f", top={self.top}, base={self.base}"
        return f"CoreSection(name={self.name!r}, {self.n_rows} rows x {self.n_columns} columns{depths})"

    def file_beside(self, ending: str) -> Path | None:
        """Return the file beside the photograph that belongs to this piece; None without a photograph's file.

        Parameters
        ----------
        ending : str
            What the file is, such as ``".labels.png"``.
        """
        return None if self.path is None else file_beside(self.path, self.part, ending)

    def files_before(self, ending: str) -> list[Path]:
        """Return files beside the photograph under names that the piece had before, if they are there.

        Version 0.1 gave several pieces the same name, such as lanes called "12/2" and "12-2".

        Parameters
        ----------
        ending : str
            As for `file_beside`.
        """
        return [] if self.path is None else files_before(self.path, self.part, ending)

    @property
    def file_name(self) -> str | None:
        """Name of the file whose pixels these are; None for a part of a photograph and a turned one."""
        return None if self.path is None or self.part or self.rotation else self.path.name

    @property
    def images(self) -> dict[str, NDArray[np.uint8]]:
        """All photographs of the piece by name; ``"image"`` is the first."""
        return {"image": self.image, **self.others}

    @cached_property
    def digest(self) -> str:
        """What the photograph is known by: the SHA-256 of the bytes of `image`, 64 hexadecimal digits.

        The bytes are red, green and blue of each pixel, row by row, as they are seen: decoded, turned and
        cut. So a copy of a file has the same digest, and a picture that was cropped, mirrored or brightened
        has another. Labels, maps and sessions keep the digest of what they were drawn on.
        """
        return _digest_of(self.image)

    @cached_property
    def digests(self) -> tuple[str, ...]:
        """`digest`, and for a photograph that was turned also that of the photograph before."""
        if not self.rotation:
            return (self.digest,)
        return self.digest, _digest_of(np.rot90(self.image, self.rotation // 90))

    @property
    def n_rows(self) -> int:
        """Number of rows of the photograph."""
        return len(self.image)

    @property
    def n_columns(self) -> int:
        """Number of columns of the photograph."""
        return len(self.image[0])

    @property
    def shape(self) -> tuple[int, int]:
        """Numbers of rows and columns."""
        return self.n_rows, self.n_columns

    @property
    def pixel_size_mm(self) -> float | None:
        """Length of a pixel down the core in millimetres, None where the depth is unknown."""
        if self.top is None or self.base is None:
            return None
        return 1000 * (self.base - self.top) / self.n_rows

    @overload
    def depth(self, row: float) -> float: ...
    @overload
    def depth(self, row: NDArray[Any]) -> NDArray[np.float64]: ...
    def depth(self, row: float | NDArray[Any]) -> float | NDArray[np.float64]:
        """Depth of a row.

        Parameters
        ----------
        row : float or ndarray
            Row, an integer at the center of a pixel: -0.5 is the top and n_rows - 0.5 the base. Rows outside
            the photograph go on with the same scale.

        Returns
        -------
        float or ndarray of float64
            Metres.

        Raises
        ------
        ValueError
            The depth of the section is unknown.
        """
        top, base = self._depths()
        return top + (row + 0.5) / self.n_rows * (base - top)

    @overload
    def row(self, depth: float) -> float: ...
    @overload
    def row(self, depth: NDArray[Any]) -> NDArray[np.float64]: ...
    def row(self, depth: float | NDArray[Any]) -> float | NDArray[np.float64]:
        """Row at a depth: the inverse of `depth`.

        Parameters
        ----------
        depth : float or ndarray
            Metres.

        Returns
        -------
        float or ndarray of float64
            Row with fractions, an integer at the center of a pixel.

        Raises
        ------
        ValueError
            The depth of the section is unknown.
        """
        top, base = self._depths()
        return (depth - top) / (base - top) * self.n_rows - 0.5

    def _depths(self) -> tuple[float, float]:
        """Return top and base, or raise where they are unknown."""
        if self.top is None or self.base is None:
            raise ValueError("The depth of this section is unknown; give it top= and base= in metres.")
        return self.top, self.base


def read_section(
    path: str | os.PathLike[str],
    *,
    top: float | None = None,
    base: float | None = None,
    name: str | None = None,
    rotation: int | None = None,
    bits: int | None = None,
) -> CoreSection:
    """Read the photograph of a piece of core.

    JPEG, PNG, TIFF, WebP, JPEG 2000 and BMP are read, with 8 or 16 bits, grey, RGB, CMYK or with a palette,
    and turned as their orientation asks. Embedded color profiles are applied, so that the image is sRGB.
    16-bit values are scaled over their full range, 0..65535 to 0..255, and rounded, or over the range of 8,
    10, 12 or 14 bits, with a warning, where no value lies beyond. A photograph with transparent pixels is
    drawn over white, with a warning that says how many they are. Of a TIFF with several pages, the one of
    full size is read; a second photograph of full size is an error.

    Parameters
    ----------
    path : str or path-like
        File of the photograph.
    top, base : float, optional
        Depths of its upper and lower edge in metres, both or neither.
    name : str, optional
        What the section is called; without it, the name of the file without its ending.
    rotation : {0, 90, 180, 270}, optional
        Degrees, clockwise, that bring the top of the core up: 90 for a core that lies with its top at the
        left, 270 at the right. Labels that were drawn on the lying photograph turn with it:
        ``read_labels(..., rotation=90)``.
    bits : int, optional
        Bits of a 16-bit value that are in use, 8 to 16, where the camera is known.

    Returns
    -------
    CoreSection

    Raises
    ------
    FileNotFoundError, IsADirectoryError
        There is no such file, or it is a folder.
    TypeError, ValueError
        The depths are wrong (see `CoreSection`), or the file is no photograph, is damaged, has several pages
        or more than 400 million pixels; the rotation is none of these.

    Warns
    -----
    UserWarning
        Some pixels are transparent, or there was a choice of bits, channels or pages; without `rotation`, the
        photograph is more than twice as wide as tall.

    Examples
    --------
    >>> import tempfile
    >>> from PIL import Image
    >>> path = Path(tempfile.mkdtemp()) / "72-2.png"
    >>> Image.new("RGB", (20, 100)).save(path)
    >>> read_section(path, top=698.41, base=699.02)
    CoreSection(name='72-2', 100 rows x 20 columns, top=698.41, base=699.02)
    """
    path = Path(path)
    _check_depths(top, base)
    turn = check_rotation(0 if rotation is None else rotation)
    image = read_photograph(path, bits=bits)
    if rotation is None and lies_down(image.shape[:2]):
        warnings.warn(
            f"'{path}' is more than twice as wide as tall ({image.shape[0]} rows, {image.shape[1]} columns), "
            "but rows run down the core. If the core lies on its side, rotate it: rotation=90 (--rotate 90) "
            "where its top is at the left, 270 where it is at the right; give rotation=0 (--rotate 0) if it "
            "is upright.",
            stacklevel=2,
        )
    upright = np.ascontiguousarray(np.rot90(image, -turn // 90))
    called = path.stem if name is None else name
    part = f"turned-{turn}" if turn else ""  # labels of the lying photograph have a file of their own
    return CoreSection(upright, top, base, name=called, path=path, part=part, rotation=turn)


def lies_down(shape: tuple[int, ...]) -> bool:
    """Tell whether a picture is so much wider than tall that the core in it is likely to lie on its side."""
    return shape[1] > LYING * shape[0]


def check_rotation(rotation: int) -> int:
    """Return a rotation, or raise ValueError."""
    if rotation not in ROTATIONS:
        raise ValueError(f"rotation must be 0, 90, 180 or 270 degrees clockwise, but it is {rotation}.")
    return int(rotation)


def as_section(section_or_image: CoreSection | ArrayLike | os.PathLike[str]) -> CoreSection:
    """Return a section for a section or for a mere photograph.

    Parameters
    ----------
    section_or_image : CoreSection, path-like, or ndarray of uint8, (n_rows, n_columns, 3)
        A section, returned as it is; the file of a photograph, which is read; or an RGB photograph: an array,
        also one of xarray, or an image of Pillow.

    Returns
    -------
    CoreSection

    Raises
    ------
    FileNotFoundError
        There is no such file.
    TypeError, ValueError
        It is none of these.
    """
    if isinstance(section_or_image, CoreSection):
        return section_or_image
    if isinstance(section_or_image, (str, os.PathLike)):
        return read_section(at_home(section_or_image))
    image: Any = held_picture(section_or_image)  # what it is, is checked by the section
    return CoreSection(image, name=held_picture_name(section_or_image))


def _digest_of(image: NDArray[np.uint8]) -> str:
    return hashlib.sha256(np.ascontiguousarray(image).data).hexdigest()


def _read_only(image: object) -> NDArray[np.uint8]:
    """Return a view of a photograph that does not let it be changed, or raise."""
    view = check_image(image).view()
    view.flags.writeable = False
    return view


def _check_depths(top: object, base: object) -> tuple[float, float] | tuple[None, None]:
    """Return both depths or neither as numbers, or raise."""
    if top is None and base is None:
        return None, None
    if top is None or base is None:
        missing, given, value = ("top", "base", base) if top is None else ("base", "top", top)
        raise ValueError(
            f"A section needs both top and base or neither, but {given} is {value} m and {missing} is "
            "missing; give both."
        )
    top, base = _check_depth("top", top), _check_depth("base", base)
    if base <= top:
        raise ValueError(
            f"The base of a section must lie below its top, but top is {top} m and base is {base} m."
        )
    return top, base


def _check_depth(name: str, depth: object) -> float:
    """Return a depth as a finite number, or raise."""
    if not isinstance(depth, Real):
        raise TypeError(f"{name} must be a number of metres, but it is {depth!r}.")
    if not math.isfinite(depth):
        raise ValueError(f"{name} must be a finite number of metres, but it is {depth}.")
    return float(depth)
