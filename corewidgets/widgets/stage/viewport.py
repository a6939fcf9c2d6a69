"""Where a photograph lies on a canvas: zoom, pan, rotation, ruler ticks, scale bar. Only arithmetic.

A position in the image is (row, column), and an integer is the center of a pixel, so the image reaches from
-0.5 to n_rows - 0.5. A position on the canvas is (x, y) in canvas pixels, x to the right and y down.

A screen may have several pixels for one of the page. How large an image is shown is therefore said in pixels
of the page, `Viewport.magnification`: 1 is what a person reads as 100 %, on every canvas and every screen.
"""

from __future__ import annotations

import math
from dataclasses import asdict, dataclass, replace

MAX_MAGNIFICATION = 64.0
ROTATIONS = (0, 90, 180, 270)

# Where one row down and one column to the right point on the canvas, (x, y), after turning counterclockwise.
_ROW_AXIS = {0: (0, 1), 90: (1, 0), 180: (0, -1), 270: (-1, 0)}
_COLUMN_AXIS = {0: (1, 0), 90: (0, -1), 180: (-1, 0), 270: (0, 1)}


@dataclass(frozen=True)
class Box:
    """A rectangle of a canvas: `left`, `top`, `width` and `height` in canvas pixels."""

    left: float
    top: float
    width: float
    height: float

    def contains(self, x: float, y: float) -> bool:
        """Return whether the position is inside."""
        return self.left <= x < self.left + self.width and self.top <= y < self.top + self.height

    def inset(self, margin: float) -> Box:
        """Return the rectangle that is smaller by `margin` on each side."""
        left, top = self.left + margin, self.top + margin
        return Box(left, top, self.width - 2 * margin, self.height - 2 * margin)


@dataclass(frozen=True)
class Span:
    """The part of one axis of the image that is in view.

    Parameters
    ----------
    first, stop : int
        Pixels of the image, as in a slice, that are at least partly in view.
    start, end : float
        Image edges between which the picture is cut; a pixel `i` reaches from `i` to `i + 1` here.
    size : int
        How many pixels the picture needs along this axis: no more than the screen shows.
    """

    first: int
    stop: int
    start: float
    end: float
    size: int


@dataclass(frozen=True)
class Viewport:
    """Which part of an image shows in a box of a canvas, how large and how turned.

    Parameters
    ----------
    n_rows, n_columns : int
        Size of the image.
    box : Box
        Part of the canvas that shows the image.
    scale : float
        Canvas pixels for one pixel of the image.
    row, column : float
        Position of the image that lies at the middle of the box.
    rotation : int
        0, 90, 180 or 270 degrees counterclockwise; with 90 the top of the core is on the left.
    unit : float
        Canvas pixels for one pixel of the page.
    """

    n_rows: int
    n_columns: int
    box: Box
    scale: float = 1.0
    row: float = 0.0
    column: float = 0.0
    rotation: int = 0
    unit: float = 1.0

    def __post_init__(self) -> None:
        if self.rotation not in ROTATIONS:
            raise ValueError(
                f"A view cannot be turned by {self.rotation} degrees; choose from 0, 90, 180, 270."
            )
        if not self.scale > 0:
            raise ValueError(f"The scale of a view must be above 0, but it is {self.scale}.")
        if not self.unit > 0:
            raise ValueError(f"The unit of a view must be above 0, but it is {self.unit}.")

    # --- positions --------------------------------------------------------------------------------

    def to_canvas(self, row: float, column: float) -> tuple[float, float]:
        """Return (x, y) on the canvas of a position in the image."""
        down, across = (row - self.row) * self.scale, (column - self.column) * self.scale
        row_axis, column_axis = _ROW_AXIS[self.rotation], _COLUMN_AXIS[self.rotation]
        middle_x, middle_y = self._middle
        return (
            middle_x + down * row_axis[0] + across * column_axis[0],
            middle_y + down * row_axis[1] + across * column_axis[1],
        )

    def to_image(self, x: float, y: float) -> tuple[float, float]:
        """Return (row, column) in the image of a position on the canvas; it may lie outside of the image."""
        middle_x, middle_y = self._middle
        right, down = (x - middle_x) / self.scale, (y - middle_y) / self.scale
        row_axis, column_axis = _ROW_AXIS[self.rotation], _COLUMN_AXIS[self.rotation]
        return (
            self.row + right * row_axis[0] + down * row_axis[1],
            self.column + right * column_axis[0] + down * column_axis[1],
        )

    def pixel_at(self, x: float, y: float) -> tuple[int, int] | None:
        """Return the (row, column) of the pixel under a position on the canvas, None outside of the image."""
        row, column = (math.floor(position + 0.5) for position in self.to_image(x, y))
        inside = 0 <= row < self.n_rows and 0 <= column < self.n_columns
        return (row, column) if inside and self.box.contains(x, y) else None

    @property
    def rows_run_across(self) -> bool:
        """Whether the rows (the depth) run along x."""
        return self.rotation in (90, 270)

    @property
    def _middle(self) -> tuple[float, float]:
        return self.box.left + self.box.width / 2, self.box.top + self.box.height / 2

    @property
    def lengths(self) -> tuple[float, float]:
        """Canvas pixels that the box has along the rows and along the columns of the image."""
        size = (self.box.height, self.box.width)
        return size[::-1] if self.rows_run_across else size

    # --- what is in view --------------------------------------------------------------------------

    def spans(self) -> tuple[Span, Span]:
        """Return what is in view along the rows and along the columns."""
        rows, columns = self.lengths
        return (
            _span(self.n_rows, self.row, rows, self.scale),
            _span(self.n_columns, self.column, columns, self.scale),
        )

    def place(self, rows: Span, columns: Span) -> Box:
        """Return the box of the canvas that the part of the image between the edges of two spans covers."""
        corners = [
            self.to_canvas(row - 0.5, column - 0.5)
            for row, column in ((rows.start, columns.start), (rows.end, columns.end))
        ]
        left, top = (min(corner[axis] for corner in corners) for axis in (0, 1))
        right, bottom = (max(corner[axis] for corner in corners) for axis in (0, 1))
        return Box(left, top, right - left, bottom - top)

    # --- other views ------------------------------------------------------------------------------

    @property
    def magnification(self) -> float:
        """Pixels of the page for one pixel of the image: 1 is 100 %."""
        return self.scale / self.unit

    @property
    def max_scale(self) -> float:
        """The largest scale that `zoom` leads to."""
        return MAX_MAGNIFICATION * self.unit

    @property
    def fit_scale(self) -> float:
        """The scale at which the whole image just fits."""
        rows, columns = self.lengths
        return min(rows / self.n_rows, columns / self.n_columns, self.max_scale)

    @property
    def across_scale(self) -> float:
        """The scale at which the shorter side of the image fills the box."""
        rows, columns = self.lengths
        return min(max(rows / self.n_rows, columns / self.n_columns), self.max_scale)

    def fit(self) -> Viewport:
        """Return the view of the whole image."""
        return replace(self, scale=self.fit_scale)._clamped()

    def fit_across(self) -> Viewport:
        """Return the view in which the shorter side of the image fills the box, at the same place."""
        return replace(self, scale=self.across_scale).inside()

    def opening(self) -> Viewport:
        """Return the view to begin with: the first rows, as wide as the box allows, no larger than 100 %.

        An image that would fit less than twice as large is shown whole.
        """
        scale = min(self.across_scale, max(self.unit, self.fit_scale))
        if scale < 2 * self.fit_scale:
            return self.fit()
        return replace(self, scale=scale, row=0.0, column=0.0).inside()

    def zoom(self, factor: float, x: float | None = None, y: float | None = None) -> Viewport:
        """Return the view `factor` times as large in which what lies at (x, y) stays there.

        An image that is then seen whole is centered instead.

        Parameters
        ----------
        factor : float
            Above 1 to come nearer.
        x, y : float, optional
            Position on the canvas; the middle of the box by default.
        """
        middle_x, middle_y = self._middle
        x, y = middle_x if x is None else x, middle_y if y is None else y
        scale = min(max(self.scale * factor, min(self.fit_scale, self.unit) / 2), self.max_scale)
        row, column = self.to_image(x, y)
        share = self.scale / scale
        moved = replace(
            self,
            scale=scale,
            row=row + (self.row - row) * share,
            column=column + (self.column - column) * share,
        )
        return moved._clamped()

    def pan(self, dx: float, dy: float) -> Viewport:
        """Return the view after dragging the image by (dx, dy) canvas pixels."""
        middle_x, middle_y = self._middle
        row, column = self.to_image(middle_x - dx, middle_y - dy)
        return replace(self, row=row, column=column)._clamped()

    def magnified(self, magnification: float) -> Viewport:
        """Return the view in which 1 means one pixel of the page for one of the image, at the same place."""
        return self.zoom(magnification / self.magnification)

    def at(self, row: float, column: float, scale: float | None = None) -> Viewport:
        """Return the view with this position of the image in the middle."""
        return replace(self, row=row, column=column, scale=scale or self.scale)._clamped()

    def turned(self, rotation: int) -> Viewport:
        """Return the view turned to `rotation` degrees counterclockwise, with the same middle."""
        return replace(self, rotation=rotation % 360)._clamped()

    def resized(self, box: Box, unit: float | None = None) -> Viewport:
        """Return the view in another box, with the same position in the middle and as large on the page.

        Parameters
        ----------
        box : Box
        unit : float, optional
            Canvas pixels for one pixel of the page there; by default as here.
        """
        unit = self.unit if unit is None else unit
        return replace(self, box=box, scale=self.magnification * unit, unit=unit)._clamped()

    def snapped(self) -> Viewport:
        """Return the view with the edge of the image moved onto a whole canvas pixel, by half of one at most.

        Then the picture is not resampled a second time, and a scale of 1 shows every pixel as it is.
        """
        x, y = self.to_canvas(-0.5, -0.5)
        middle_x, middle_y = self._middle
        row, column = self.to_image(middle_x - (round(x) - x), middle_y - (round(y) - y))
        return replace(self, row=row, column=column)

    def to_dict(self) -> dict[str, float]:
        """Return plain numbers, as the script in the browser reads them."""
        values = asdict(self)
        return {**values.pop("box"), **values, "fit": self.fit_scale}

    def inside(self) -> Viewport:
        """Return the nearest view that shows nothing past the ends of the image, where that is possible."""
        rows, columns = self.lengths
        return replace(
            self,
            row=_inside(self.row, self.n_rows, rows / self.scale),
            column=_inside(self.column, self.n_columns, columns / self.scale),
        )

    def _clamped(self) -> Viewport:
        """Center an image that is seen whole; else keep the middle of the view on the image."""
        if self.scale <= self.fit_scale * (1 + 1e-9):
            return self.inside()
        return replace(
            self,
            row=min(max(self.row, -0.5), self.n_rows - 0.5),
            column=min(max(self.column, -0.5), self.n_columns - 0.5),
        )


def _inside(center: float, size: int, visible: float) -> float:
    """Return the middle of a view of `visible` pixels of an axis of `size` pixels."""
    if visible >= size:
        return (size - 1) / 2
    return min(max(center, visible / 2 - 0.5), size - 0.5 - visible / 2)


def _span(size: int, center: float, length: float, scale: float) -> Span:
    """Return the part of an axis of `size` pixels that `length` canvas pixels show around `center`."""
    origin = length / 2 - (center + 0.5) * scale  # canvas position of the image's edge
    n_scaled = max(1, math.floor(size * scale + 1e-6))
    low = min(max(0, math.floor(-origin + 1e-6)), n_scaled - 1)
    high = max(min(n_scaled, math.ceil(length - origin - 1e-6)), low + 1)
    start, end = low / scale, min(high / scale, float(size))
    first = min(math.floor(start + 1e-9), size - 1)
    stop = min(max(math.ceil(end - 1e-9), first + 1), size)
    if scale >= 1:  # whole pixels, enlarged by the browser
        return Span(first, stop, float(first), float(stop), stop - first)
    return Span(first, stop, start, end, high - low)


# --- what lies around the view --------------------------------------------------------------------


@dataclass(frozen=True)
class Frame:
    """How a canvas is divided: the view, the strip that shows the whole core, and the ruler.

    Parameters
    ----------
    width, height : int
        Size of the canvas.
    view, overview, ruler : Box
        Its parts. The overview lies along the longer side of the core as it is shown, the ruler along its
        depth.
    """

    width: int
    height: int
    view: Box
    overview: Box
    ruler: Box

    @classmethod
    def arrange(
        cls, width: int, height: int, shape: tuple[int, int], rotation: int, unit: float = 1.0
    ) -> Frame:
        """Divide a canvas of `width` x `height` for an image of `shape`, turned by `rotation`.

        `unit` is the number of canvas pixels for one pixel of the page.
        """
        ruler_across = rotation in (90, 270)
        overview_across = (shape[1] > shape[0]) != ruler_across
        thickness = 64 * unit
        left = top = 0.0
        overview = Box(0, 0, width, thickness) if overview_across else Box(0, 0, thickness, height)
        if overview_across:
            top += thickness
        else:
            left += thickness
        ruler_size = (26 if ruler_across else 80) * unit
        ruler = (
            Box(left, top, width - left, ruler_size)
            if ruler_across
            else Box(left, top, ruler_size, height - top)
        )
        if ruler_across:
            top += ruler_size
        else:
            left += ruler_size
        view = Box(left, top, max(width - left, 1), max(height - top, 1))
        return cls(width, height, view, overview, ruler)


def nice_step(least: float) -> float:
    """Return the smallest of 1, 2 or 5 times a power of ten that is not below `least`."""
    power = 10.0 ** math.floor(math.log10(least))
    return next(step * power for step in (1, 2, 5, 10) if step * power >= least * (1 - 1e-9))


@dataclass(frozen=True)
class Tick:
    """A mark of the ruler: the `row` it stands at, and its `text` (empty for a small mark)."""

    row: float
    text: str


def ruler_ticks(
    viewport: Viewport, top: float | None, base: float | None, spacing: float = 70.0, unit: str = "m"
) -> list[Tick]:
    """Return the marks of the ruler in view, at least `spacing` canvas pixels between two that carry text.

    Parameters
    ----------
    viewport : Viewport
        What is shown.
    top, base : float or None
        Depth in the unit of the first and the last edge of the image; where None, the ruler counts rows.
    spacing : float
        Canvas pixels.
    unit : str
        Of the depths.
    """
    n_rows = viewport.n_rows
    known = top is not None and base is not None
    first, per_row = -0.5, 1.0  # rows count from the center of the first one
    if top is not None and base is not None:
        first, per_row = top, (base - top) / n_rows  # depths from its edge
    visible = viewport.lengths[0] / viewport.scale
    low = max(viewport.row + 0.5 - visible / 2, 0) * per_row + first
    high = min(viewport.row + 0.5 + visible / 2, n_rows) * per_row + first
    step = nice_step(spacing / viewport.scale * per_row)
    step = step if known else max(step, 1.0)
    decimals = max(0, -math.floor(math.log10(step) + 1e-9))
    small, ending = step / 5, f" {unit}" if known else ""
    marks = range(math.ceil(low / small - 1e-6), math.floor(high / small + 1e-6) + 1)
    return [
        Tick(
            (mark * small - first) / per_row - 0.5, "" if mark % 5 else f"{mark * small:.{decimals}f}{ending}"
        )
        for mark in marks
    ]


def scale_bar(scale: float, pixel_size_mm: float | None, longest: float = 140.0) -> tuple[float, str]:
    """Return the length in canvas pixels and the text of a scale bar no longer than `longest` canvas pixels.

    Parameters
    ----------
    scale : float
        Canvas pixels for one pixel of the image.
    pixel_size_mm : float or None
        Millimetres for one pixel; where None, the bar counts pixels.
    longest : float
        Canvas pixels.
    """
    per_unit = scale / (pixel_size_mm or 1.0)
    most = longest / per_unit
    power = 10.0 ** math.floor(math.log10(most))
    length = next(step * power for step in (5, 2, 1) if step * power <= most * (1 + 1e-9))
    if not pixel_size_mm:
        return length * per_unit, f"{length:g} px"
    factor, unit = next(
        ((factor, unit) for factor, unit in ((1000, "m"), (10, "cm"), (1, "mm")) if length >= factor),
        (0.001, "µm"),
    )
    return length * per_unit, f"{length / factor:g} {unit}"
