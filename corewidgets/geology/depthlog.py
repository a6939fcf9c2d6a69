"""Class proportions by depth: what a segmented core becomes in a well log."""

from __future__ import annotations

import math
import os
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any, NamedTuple, TypeAlias

import numpy as np
from numpy.typing import ArrayLike, NDArray

from corewidgets.atomic import atomic_write
from corewidgets.cores.core import Core, find_gaps
from corewidgets.cores.depth_scale import METRES, DepthScale
from corewidgets.extras import import_needed
from corewidgets.geology.beds import find_beds
from corewidgets.geology.clasts import Clasts
from corewidgets.geology.las import CURVES, Header, write_las
from corewidgets.geology.segmented import Piece, check_segmentation, pair_segmentations
from corewidgets.labels.legend import Legend
from corewidgets.spreadsheet import safe_table

__all__ = ["DepthLog", "depth_log"]

Floats: TypeAlias = NDArray[np.float64]

FIXED = ("top", "base", "core_loss", "not_rock", "rock_area_mm2")
CLAST_SIZE = "clast_size_mm"
UNITS = {"rock_area_mm2": "mm2", CLAST_SIZE: "mm"}  # of columns that are no share
ERROR = " error"  # what the column of a standard error is called, after the class
BLOCKS_ACROSS = 4
SAME_DEPTH = 1e-9  # of an interval


@dataclass(frozen=True, eq=False)
class DepthLog:
    """Proportions of the classes of rock in intervals of equal length, from top to base.

    Attributes
    ----------
    table : pandas.DataFrame
        One row per interval. `top` and `base` in metres; `core_loss`, the share of the interval's length of
        which there is no photograph; `not_rock`, the share of the photographed area whose class is not rock;
        `rock_area_mm2`; then for each class of rock, by its name, its share of the area of rock, and last the
        standard errors of these shares, "<name> error". Shares are NaN where there is no rock.
    legend : Legend
    interval : float
        Length of an interval in metres.
    top, base : float
        Depths of the ends in metres. The first and the last interval may reach beyond.
    name : str
        Name of the hole.
    scale : DepthScale
        The unit that depths are shown and written in, and what they are measured from.
    """

    table: Any
    legend: Legend
    interval: float
    top: float
    base: float
    name: str = ""
    scale: DepthScale = METRES

    @property
    def rock_names(self) -> list[str]:
        """Names of the classes that are rock."""
        return _rock_names(self.legend)

    def __repr__(self) -> str:
        interval, top, base = map(self.scale.of, (self.interval, self.top, self.base))
        unit = self.scale.unit
        return f"DepthLog({len(self.table)} intervals of {interval} {unit}, {top} to {base} {unit})"

    def write_csv(self, path: str | os.PathLike[str], *, units: bool | None = None) -> None:
        """Write the table as CSV, depths in the unit of the log.

        Parameters
        ----------
        path : str or path-like
            File to write. What is missing is left empty.
        units : bool, optional
            Whether headings name the unit of each column: "top (ft)", "rock_area (mm2)", "Chert (V/V)". By
            default only where depths are not in metres.
        """
        table = self.table.assign(**{end: self.table[end].map(self.scale.of) for end in ("top", "base")})
        if self.scale.unit != "m" if units is None else units:
            table = table.rename(columns=self._with_unit)
        with atomic_write(path) as temporary:
            safe_table(table).to_csv(temporary, index=False, float_format="%.10g", lineterminator="\n")

    def _with_unit(self, column: str) -> str:
        """Return the name of a column with its unit."""
        unit = {"top": self.scale.unit, "base": self.scale.unit, **UNITS}.get(column, "V/V")
        return f"{column.removesuffix(f'_{unit}')} ({unit})"

    def write_las(
        self,
        path: str | os.PathLike[str],
        *,
        header: Mapping[str, object] | None = None,
        parameters: Mapping[str, tuple[object, str]] | None = None,
        curves: Sequence[str] = CURVES,
        short_names: bool = False,
    ) -> dict[str, str]:
        """Write the log as LAS 2.0, which well-log software reads.

        The index DEPT is the top of an interval, a multiple of STEP, in the unit of the log. Shares are in
        V/V (fractions of 1), missing values are NULL. LAS is ASCII: names in other scripts are written in
        Latin letters ("Глина" becomes "Glina"). A curve is called by the name of its class in capitals, other
        characters replaced by _; the description holds the name.

        Parameters
        ----------
        path : str or path-like
            File to write.
        header : mapping of str to object, optional
            Items of the section ~Well, such as ``{"COMP": "IODP", "FLD": "Chicxulub"}``, written as `str`
            does; a NULL other than -999.25; elevations (ELEV, EGL, EKB, EDF) in the unit of the log. WELL is
            the name of the log unless given.
        parameters : mapping of str to (object, str), optional
            Items of the section ~Parameter, each a value and what it is.
        curves : sequence of str
            Of "shares", "errors", "core_loss", "not_rock", "rock_area" and "clast_size" (see `with_clasts`).
        short_names : bool
            Cut the names of curves to 8 characters, as some programs ask; they stay unique.

        Returns
        -------
        dict of str to str
            What the curve of shares of each class is called.

        Raises
        ------
        ModuleNotFoundError
            lasio is not installed, or anyascii, which other scripts need.
        ValueError
            The header sets STRT, STOP or STEP, or a NULL that is not a number or occurs as a value; a curve
            is not known.

        Notes
        -----
        Canadian Well Logging Society, LAS Version 2.0. Its lines have at most 256 characters: with many
        classes the file is written in wrapped mode.
        """
        shares = {name: self.table[name].to_numpy() for name in self.rock_names}
        errors = {name: self.table[name + ERROR].to_numpy() for name in self.rock_names}
        fixed = {name: self.table[name].to_numpy() for name in (*FIXED, CLAST_SIZE) if name in self.table}
        about = Header(self.name, header or {}, parameters or {}, self.scale, self.interval)
        return write_las(path, fixed, shares, errors, about, curves=curves, short_names=short_names)

    def with_clasts(self, clasts: Clasts) -> DepthLog:
        """Return the log with the median diameter of the clasts of each interval, in millimetres.

        Parameters
        ----------
        clasts : Clasts
            Of the same core; a clast belongs to the interval of its center.

        Returns
        -------
        DepthLog
            With the column `clast_size_mm`, NaN where there are no clasts.
        """
        found = clasts.by_depth(self.interval)
        sizes = dict(zip((found["top"] / self.interval).round(), found["median_mm"], strict=True))
        column = (self.table["top"] / self.interval).round().map(sizes)
        return replace(self, table=self.table.assign(**{CLAST_SIZE: column.astype(float)}))

    def beds(self, thinnest: float = 0.0) -> Any:
        """Join neighboring intervals in which the same class has the largest share to beds.

        Parameters
        ----------
        thinnest : float
            Metres. Beds thinner than that, and breaks without rock thinner than that, are given to the
            thicker of their neighbors, the thinnest first.

        Returns
        -------
        pandas.DataFrame
            One row per bed: `top`, `base` and `thickness` in metres along the core, to one interval; `class`;
            `share`, the mean share of the class; `top_seen` and `base_seen`, false where the bed ends at core
            loss or at an end of the log, so that it may be thicker.
        """
        ends = {"interval": self.interval, "top": self.top, "base": self.base}
        return find_beds(self.table, self.rock_names, **ends, thinnest=thinnest)


def depth_log(
    sections: Piece | Core | Iterable[Piece],
    segmentations: ArrayLike | Iterable[ArrayLike],
    legend: Legend,
    *,
    interval: float = 0.1,
    top: float | None = None,
    base: float | None = None,
    probabilities: Iterable[ArrayLike] | ArrayLike | None = None,
    classes: ArrayLike | None = None,
    name: str = "",
    scale: DepthScale | None = None,
) -> DepthLog:
    """Measure the proportions of the classes in intervals of depth.

    Sections are joined over true depth. Intervals begin at whole multiples of their length, so that logs of
    different holes and runs line up; a row of pixels that lies in two intervals is shared between them. What
    was not photographed (core loss) and classes that the legend marks as not rock are left out of the shares
    and reported on their own. Pixels with code 0 count as not rock.

    Parameters
    ----------
    sections : CoreSection, Lane, or iterable of them
        With depths; a `Core` will do. They need no order.
    segmentations : array of shape (n_rows, n_columns), or iterable of them
        Codes of each section. They may come from a generator: only one is held at a time.
    legend : Legend
        Its `not_rock` says what is left out.
    interval : float
        Length of an interval in the unit of the core, metres unless it is in feet.
    top, base : float, optional
        Depths of the ends of the log in that unit; without them, those of the sections.
    probabilities : array of shape (n_rows, n_columns, n_classes), or iterable of them, optional
        Probabilities of the classes. With them the error of a share includes that of the classification.
    classes : array of shape (n_classes,), optional
        The codes that the model knows, such as `PixelClassifier.classes_`, and that `probabilities` are of;
        by default all of the legend, in its order. Of a class that it does not know no share is given.
    name : str
        Name of the hole.
    scale : DepthScale, optional
        The unit of `interval`, `top` and `base`, in which the log is shown and written; by default that of a
        `Core`, else metres.

    Returns
    -------
    DepthLog

    Raises
    ------
    ValueError
        A section has no depths, a segmentation another shape than its section or a code that the legend
        lacks; there are more sections than segmentations or the other way round; the interval is not
        positive; no class is rock; a class has the name of another column.

    Notes
    -----
    A share is a ratio of areas, and neighboring pixels are no independent samples. Therefore the interval is
    cut into blocks, four across the core and about as high as wide, and the standard error is that of a ratio
    over the blocks [1]_: sqrt(m / (m - 1) * sum((a_c - p * a)**2)) / sum(a), with m blocks, areas a of rock
    and a_c of the class, and the share p. It tells how much the share would differ on another face cut
    through the same rock, and is too small where clasts are larger than blocks. With `probabilities`, the sum
    over blocks of (a / sum(a))**2 times the mean of p * (1 - p) is added to its square: the upper limit, in
    which all pixels of a block are wrong together.

    References
    ----------
    .. [1] W. G. Cochran, Sampling Techniques, 3rd edition, Wiley 1977, section 6.3.

    Examples
    --------
    >>> from corewidgets.cores.section import CoreSection
    >>> section = CoreSection(np.zeros((100, 40, 3), np.uint8), top=10.0, base=10.2)
    >>> segmentation = np.ones((100, 40), np.uint8)
    >>> segmentation[50:, 10:] = 2
    >>> log = depth_log(section, segmentation, Legend(["Matrix", "Clast"]), interval=0.1)
    >>> log.table[["top", "base", "Matrix", "Clast"]].round(6).to_numpy().tolist()
    [[10.0, 10.1, 1.0, 0.0], [10.1, 10.2, 0.25, 0.75]]
    """
    pd = import_needed("pandas", "A depth log")
    scale = scale or (sections.scale if isinstance(sections, Core) else METRES)
    _check_options(legend, interval, scale)
    interval = scale.to_metres(interval)
    top, base = (None if end is None else scale.to_metres(end) for end in (top, base))
    total = _Sums(legend, interval, _checked_classes(classes, legend))
    for piece, segmentation, maps in pair_segmentations(sections, segmentations, probabilities):
        total.add(piece, segmentation, maps)
    top = min(extent.top for extent in total.extents) if top is None else top
    base = max(extent.base for extent in total.extents) if base is None else base
    if not base > top:
        raise ValueError(
            f"The base of a log must lie below its top, but top is {scale.of(top)} {scale.unit} and "
            f"base {scale.of(base)} {scale.unit}; exchange them."
        )
    return DepthLog(pd.DataFrame(total.columns(top, base)), legend, interval, top, base, name, scale)


# ------------------------------------------------------------------------------------------------ measurement


class _Extent(NamedTuple):
    """Depths that a section covers."""

    top: float
    base: float


@dataclass
class _Bin:
    """Sums over the blocks of an interval: m blocks, areas a of rock and a_c of classes of rock."""

    n_blocks: float
    area: float  # of everything photographed
    rock: float  # sum of a
    rock_squared: float  # sum of a * a
    classes: Floats  # sums of a_c
    classes_squared: Floats  # sums of a_c * a_c
    classes_rock: Floats  # sums of a_c * a
    doubt: Floats  # sums of a * (area times p * (1 - p))

    def __iadd__(self, other: _Bin) -> _Bin:
        for key, value in vars(other).items():
            setattr(self, key, getattr(self, key) + value)
        return self


@dataclass
class _Sums:
    """Sums by interval, to which one section after the other is added."""

    legend: Legend
    interval: float
    classes: NDArray[np.int64]  # that the model knows, and that probabilities are of
    bins: dict[int, _Bin] = field(default_factory=dict)
    extents: list[_Extent] = field(default_factory=list)

    def add(self, piece: Piece, segmentation: ArrayLike, probabilities: ArrayLike | None) -> None:
        """Add a section."""
        top, base, codes = _check_piece(piece, segmentation, self.legend)
        maps = None if probabilities is None else self._all_probabilities(probabilities, codes)
        pixel_mm = 1000 * (base - top) / len(codes)
        first = math.floor(top / self.interval + SAME_DEPTH)
        stop = math.ceil(base / self.interval - SAME_DEPTH)
        width = pixel_mm * codes.shape[1] / BLOCKS_ACROSS
        n_down = max(1, round(1000 * self.interval / width))  # blocks down an interval
        depths = self.interval * np.linspace(first, stop, (stop - first) * n_down + 1)
        edges = np.clip(np.round((depths - top) / (base - top) * len(codes), 6), 0, len(codes))
        areas, doubt = _block_areas(codes, maps, edges, self.legend)
        shape = (stop - first, n_down * min(BLOCKS_ACROSS, codes.shape[1]), -1)
        areas, doubt = (pixel_mm**2 * sums.reshape(shape) for sums in (areas, doubt))
        for index, (blocks, unsure) in enumerate(zip(areas, doubt, strict=True), start=first):
            found = _sum_blocks(blocks, unsure, self.legend)
            if index in self.bins:
                self.bins[index] += found
            else:
                self.bins[index] = found
        self.extents.append(_Extent(top, base))

    def _all_probabilities(self, probabilities: ArrayLike, codes: NDArray[np.uint8]) -> Floats:
        """Return probabilities of all classes of the legend, 0 for those that the model does not know."""
        known = np.asarray(probabilities)
        if known.shape != (*codes.shape, len(self.classes)):
            expected = (*codes.shape, len(self.classes))
            raise ValueError(
                f"probabilities have shape {known.shape}, but {expected} is expected; give one for each "
                "class of the legend, in its order, or say with classes= which codes they are of."
            )
        if np.array_equal(self.classes, self.legend.codes):
            return known
        maps = np.zeros((*codes.shape, len(self.legend)), known.dtype)
        maps[..., self.classes - 1] = known
        return maps

    def columns(self, top: float, base: float) -> dict[str, Floats]:
        """Return the columns of the table from top to base."""
        first = math.floor(top / self.interval + SAME_DEPTH)
        stop = math.ceil(base / self.interval - SAME_DEPTH)
        edges = np.round(self.interval * np.arange(first, stop + 1), 9)
        n = len(self.legend.rock_codes)
        empty = _Bin(0, 0, 0, 0, *(np.zeros(n) for _ in range(4)))
        found = [self.bins.get(index, empty) for index in range(first, stop)]
        shares, errors = (np.stack(rows) for rows in zip(*map(_share, found), strict=True))
        area = np.array([each.area for each in found])
        rock = np.array([each.rock for each in found])
        with np.errstate(invalid="ignore"):
            not_rock = np.where(area > 0, 1 - rock / area, np.nan)
        fixed = (edges[:-1], edges[1:], self._core_loss(edges, top, base), np.clip(not_rock, 0, 1), rock)
        columns = dict(zip(FIXED, fixed, strict=True))
        looked_for = np.isin(self.legend.rock_codes, self.classes) | (np.nansum(shares, axis=0) > 0)
        shares[:, ~looked_for] = errors[:, ~looked_for] = np.nan
        names = _rock_names(self.legend)
        columns |= dict(zip(names, shares.T, strict=True))
        return columns | {name + ERROR: error for name, error in zip(names, errors.T, strict=True)}

    def _core_loss(self, edges: Floats, top: float, base: float) -> Floats:
        """Return the share of the length of each interval, within top and base, that no section covers."""
        ends = (_Extent(-math.inf, top), _Extent(base, math.inf))
        lost = np.zeros(len(edges) - 1)
        for gap in find_gaps([*ends, *self.extents]):
            lost += np.diff(np.clip(edges, max(gap.top, top), min(gap.base, base)))
        length = np.diff(np.clip(edges, top, base))
        return np.clip(lost / length, 0, 1)


def _block_areas(
    codes: NDArray[np.uint8], maps: Floats | None, edges: Floats, legend: Legend
) -> tuple[Floats, Floats]:
    """Count pixels, and sum up p * (1 - p) of pixels of rock, in blocks.

    Returns arrays of shape (n_edges - 1, blocks across, n_codes + 1) and (..., n_codes). Rows that an edge
    cuts are shared: sums from the top are interpolated between the edges of rows.
    """
    n = len(legend)
    areas, doubts = [], []
    is_rock = np.isin(np.arange(256), legend.rock_codes)
    strips = np.array_split(np.arange(codes.shape[1]), min(BLOCKS_ACROSS, codes.shape[1]))
    for strip in strips:
        part = codes[:, strip[0] : strip[-1] + 1]
        keys = part + (n + 1) * np.arange(len(codes))[:, None]
        counts = np.bincount(keys.ravel(), minlength=(n + 1) * len(codes)).reshape(-1, n + 1)
        areas.append(_between(counts, edges))
        if maps is None:
            doubts.append(np.zeros((len(edges) - 1, n)))
        else:
            p = maps[:, strip[0] : strip[-1] + 1]
            doubts.append(_between((p * (1 - p) * is_rock[part][..., None]).sum(axis=1), edges))
    return np.stack(areas, axis=1), np.stack(doubts, axis=1)


def _between(rows: NDArray[Any], edges: Floats) -> Floats:
    """Sum rows (n_rows, n) up between edges, which lie between 0 and n_rows."""
    sums = np.concatenate([np.zeros((1, rows.shape[1])), np.cumsum(rows, axis=0, dtype=np.float64)])
    low = np.minimum(np.floor(edges).astype(np.intp), len(rows) - 1)
    part = (edges - low)[:, None]
    return np.diff(sums[low] * (1 - part) + sums[low + 1] * part, axis=0)


def _sum_blocks(blocks: Floats, unsure: Floats, legend: Legend) -> _Bin:
    """Sum up the blocks (n_blocks, n_codes + 1) of an interval."""
    rock_codes = list(legend.rock_codes)
    classes = blocks[:, rock_codes]
    rock = classes.sum(axis=1)
    return _Bin(
        n_blocks=float(np.count_nonzero(rock > 0)),
        area=float(blocks.sum()),
        rock=float(rock.sum()),
        rock_squared=float((rock**2).sum()),
        classes=classes.sum(axis=0),
        classes_squared=(classes**2).sum(axis=0),
        classes_rock=(classes * rock[:, None]).sum(axis=0),
        doubt=(unsure[:, np.array(rock_codes) - 1] * rock[:, None]).sum(axis=0),
    )


def _share(sums: _Bin) -> tuple[Floats, Floats]:
    """Return the shares of the classes and their standard errors; NaN where there is too little."""
    nothing = np.full(len(sums.classes), np.nan)
    if sums.rock <= 0:
        return nothing, nothing
    p = sums.classes / sums.rock
    if sums.n_blocks < 2:
        return p, nothing
    squares = sums.classes_squared - 2 * p * sums.classes_rock + p**2 * sums.rock_squared
    variance = np.maximum(squares, 0) * sums.n_blocks / (sums.n_blocks - 1) + sums.doubt
    return p, np.sqrt(variance) / sums.rock


# ----------------------------------------------------------------------------------------------------- checks


def _check_options(legend: Legend, interval: float, scale: DepthScale) -> None:
    """Raise where no log can be made."""
    if not (math.isfinite(interval) and interval > 0):
        raise ValueError(f"interval must be a positive number of {scale.unit_name}, but it is {interval}.")
    check_legend(legend)


def check_legend(legend: Legend) -> None:
    """Raise where no class counts as rock, or one is called like another column of a log."""
    if not legend.rock_codes:
        raise ValueError("Every class of the legend is marked as not rock; leave at least one unmarked.")
    taken = {*FIXED, CLAST_SIZE, *(name + ERROR for name in legend.names)}
    if wrong := sorted(taken.intersection(_rock_names(legend))):
        raise ValueError(f"A class cannot be called {wrong[0]!r}, which is a column of the log; rename it.")


def _check_piece(
    piece: Piece, segmentation: ArrayLike, legend: Legend
) -> tuple[float, float, NDArray[np.uint8]]:
    """Return depths and codes of a section, or raise."""
    if piece.top is None or piece.base is None:
        raise ValueError(f"The depth of section {piece.name!r} is unknown; give it top= and base= in metres.")
    return piece.top, piece.base, check_segmentation(piece, segmentation, legend)


def _checked_classes(classes: ArrayLike | None, legend: Legend) -> NDArray[np.int64]:
    """Return the codes that the model knows."""
    codes = np.asarray(legend.codes if classes is None else classes, np.int64)
    unknown = np.setdiff1d(codes, legend.codes)
    if unknown.size or np.unique(codes).size != codes.size:
        raise ValueError(
            f"classes must be different codes of the legend, 1 to {len(legend)}, but they are "
            f"{', '.join(map(str, codes.tolist()))}; give the classes_ of the model."
        )
    return codes


def _rock_names(legend: Legend) -> list[str]:
    """Return the names of the classes that are rock."""
    return [legend.name(code) for code in legend.rock_codes]
