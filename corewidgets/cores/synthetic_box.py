"""A photograph of a core box such as laboratories take, with its truth: lanes, pieces, gaps and depths.

Nothing is read from disk. A scene is drawn flat, lanes along its columns: a box with walls, dividers and
core, and around it what belongs to the laboratory. Then it is seen by a camera that is a little askew, in
uneven light, and some boxes are laid upright.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy import ndimage

from corewidgets.cores import synthetic_scene as scenery
from corewidgets.cores.lane_part import CORE, LanePart
from corewidgets.cores.synthetic_camera import Camera
from corewidgets.cores.synthetic_layout import LAYOUTS
from corewidgets.cores.synthetic_rock import ROCKS, lay_parts, paint_core, paint_rock

__all__ = ["LAYOUTS", "BoxSample", "SampleLane", "sample_box"]

Field = NDArray[np.float32]
Points = NDArray[np.float64]

_SIDE_POINTS = 9  # along each side of a lane
_DEPTH_STEP = 10.0  # millimetres
_SMALLEST = 600
_BETWEEN_BOXES = 25.0  # millimetres
_LIT = 80.0  # exponent, from which on a shadow is none


@dataclass(frozen=True, eq=False)
class SampleLane:
    """The truth about one lane.

    Parameters
    ----------
    box, number : int
        Which box of the photograph, and which of its lanes, in the order of reading, from 0.
    corners : ndarray of float64, (n_points, 2)
        Rows and columns around the core: one side from the beginning of the lane to its end, then the other
        back. For an empty lane the same as `channel`.
    channel : ndarray of float64, (n_points, 2)
        The same around all that lies between the dividers.
    parts : tuple of LanePart
        Pieces, rubble, gaps and blocks from the beginning of the lane on, in millimetres.
    top, base : float
        Depths in metres of the first and the last of its core; both NaN for an empty lane.
    points : ndarray of float64, (n_points, 2)
        Rows and columns of places on its core, a centimetre apart.
    depths : ndarray of float64, (n_points,)
        Their depths in metres.
    """

    box: int
    number: int
    corners: Points
    channel: Points
    parts: tuple[LanePart, ...]
    top: float
    base: float
    points: Points
    depths: Points

    @property
    def empty(self) -> bool:
        """Whether nothing but the floor is seen."""
        return not len(self.points)


@dataclass(frozen=True, eq=False)
class BoxSample:
    """A synthetic photograph of a core box.

    Parameters
    ----------
    image : ndarray of uint8, (n_rows, n_columns, 3)
        In white light.
    second : ndarray of uint8, (n_rows, n_columns, 3) or None
        In ultraviolet light.
    shift : tuple of float
        Rows and columns by which what `second` shows lies off.
    lanes : tuple of SampleLane
        In the order of reading.
    layout : str
        One of `LAYOUTS`.
    rotation : {0, 90}
        Degrees, clockwise, that bring the top of the first lane up.
    boustrophedon : bool
        Whether each second lane is read backwards.
    furniture : tuple of ndarray, each (4, 2)
        Corners of header, logo, ruler and color card.
    """

    image: NDArray[np.uint8]
    second: NDArray[np.uint8] | None
    shift: tuple[float, float]
    lanes: tuple[SampleLane, ...]
    layout: str
    rotation: int
    boustrophedon: bool
    furniture: tuple[Points, ...]

    @property
    def top(self) -> float:
        """Depth of the first of the core in metres."""
        return min(lane.top for lane in self.lanes if not lane.empty)

    @property
    def base(self) -> float:
        """Depth of the last of the core in metres."""
        return max(lane.base for lane in self.lanes if not lane.empty)


def sample_box(
    seed: int = 0, *, layout: str | None = None, size: int = 1600, ultraviolet: bool = False
) -> BoxSample:
    """Generate a photograph of a core box, with the truth about it.

    Parameters
    ----------
    seed : int
        The same seed makes the same box. Number of lanes, rocks, breaks, empty lanes, a second box, how the
        box lies, the camera, the light and what lies around the box depend on it.
    layout : {"wood", "foam", "plastic", "cardboard", "frame"}, optional
        Kind of box: a wooden tray, cardboard with strips of foam, plastic channels, a plain cardboard box,
        or slabs on the black of a photo frame. Without it the seed chooses.
    size : int
        Longer side of the photograph in pixels, 600 or more.
    ultraviolet : bool
        Whether a second photograph is made, in ultraviolet light and a few pixels off.

    Returns
    -------
    BoxSample

    Raises
    ------
    ValueError
        There is no such layout, or the photograph would be too small.

    Examples
    --------
    >>> box = sample_box(3, layout="foam", size=600)
    >>> max(box.image.shape), box.top < box.base
    (600, True)
    """
    if layout is not None and layout not in LAYOUTS:
        raise ValueError(f"There is no layout {layout!r}; choose one of {', '.join(LAYOUTS)}.")
    if size < _SMALLEST:
        raise ValueError(f"A sample box needs a size of {_SMALLEST} pixels or more, but it is {size}.")
    rng = np.random.default_rng([seed, 14])
    layout = layout or str(rng.choice(list(LAYOUTS)))
    return _Scene(rng, layout, size).sample(ultraviolet)


class _Scene:
    """A flat scene, drawn from the outside to the core."""

    def __init__(self, rng: np.random.Generator, name: str, size: int) -> None:
        self.rng, self.name, self.layout = rng, name, LAYOUTS[name]
        lay = self.layout
        self.n_lanes = int(rng.integers(lay.n_lanes[0], lay.n_lanes[1] + 1))
        self.length, self.width = rng.uniform(550, 1050), rng.uniform(42, 85)
        self.divider, self.wall = rng.uniform(*lay.thickness), rng.uniform(8, 22)
        self.slabbed = bool(rng.random() < lay.slabbed)
        self.boustrophedon = bool(self.n_lanes > 1 and rng.random() < 0.25)
        self.n_boxes = 2 if self.n_lanes <= 4 and rng.random() < 0.15 else 1
        self.box_height = self.n_lanes * self.width + (self.n_lanes - 1) * self.divider + 2 * self.wall
        self.box_width = self.length + 2 * self.wall
        self._place(size)
        self.tint = tuple(
            int(value) for value in rng.choice(np.array(lay.colors)) + rng.normal(scale=6, size=3)
        )
        kind, colors = lay.table
        table = tuple(int(value) for value in rng.choice(np.array(colors)))
        self.scene = scenery.material(rng, self.shape, kind, table)
        self.furniture: list[scenery.Place] = []
        self.drawn: list[dict[str, Any]] = []
        self.rocks = [str(rock) for rock in rng.choice(ROCKS, size=int(rng.integers(1, 4)))]
        self.top = round(float(rng.uniform(5, 900)), 2)

    def _place(self, size: int) -> None:
        """Find out how large the scene is, and where the boxes lie in it; all in millimetres."""
        rng, lay = self.rng, self.layout
        self.upright = bool(rng.random() < 0.25)
        self.turn = float(rng.uniform(-5, 5) if rng.random() < 0.5 else rng.normal(scale=0.4))
        slack = np.abs(np.sin(np.radians(self.turn)))
        boxes = (self.box_height * self.n_boxes + _BETWEEN_BOXES * (self.n_boxes - 1), self.box_width)
        margin = (
            np.array([0.5 * slack * boxes[1], 0.5 * slack * boxes[0]])
            + rng.uniform(18, 60, 2)
            + 0.02 * boxes[1]
        )
        self.header = float(rng.uniform(70, 150) if lay.header != "none" or rng.random() < 0.4 else 0)
        self.ruler = float(rng.uniform(16, 34) if rng.random() < 0.75 else 0)
        self.ruler_side = str(rng.choice(["above", "below", "left", "right"]))
        before = np.array([(self.ruler + 14) * (self.ruler_side == "above"),
                           (self.ruler + 14) * (self.ruler_side == "left")])  # fmt: skip
        before[int(self.upright)] += self.header
        after = np.array([(self.ruler + 14) * (self.ruler_side == "below"),
                          (self.ruler + 14) * (self.ruler_side == "right")])  # fmt: skip
        total = 2 * margin + before + after + boxes
        self.pixel = size / float(max(total))
        self.shape = (int(total[0] * self.pixel), int(total[1] * self.pixel))
        self.origin = margin + before
        self.margin = margin

    def _pixels(self, row: float, row_stop: float, column: float, column_stop: float) -> scenery.Place:
        """Turn millimetres into pixels."""
        return tuple(round(side * self.pixel) for side in (row, row_stop, column, column_stop))  # type: ignore[return-value]

    # --- what lies around ------------------------------------------------------------------------

    def _draw_furniture(self) -> None:
        rng, left = self.rng, self.origin[1]
        height = self.box_height * self.n_boxes + _BETWEEN_BOXES * (self.n_boxes - 1)
        if self.header:
            self._draw_header(height)
        if self.ruler:
            thick, upright = self.ruler, self.ruler_side in ("left", "right")
            if not upright:
                row = (
                    self.origin[0] - thick - 7 if self.ruler_side == "above" else self.origin[0] + height + 7
                )
                place = self._pixels(row, row + thick, left, left + self.box_width * rng.uniform(0.5, 1))
            else:
                column = left - thick - 7 if self.ruler_side == "left" else left + self.box_width + 7
                place = self._pixels(self.origin[0], self.origin[0] + height, column, column + thick)
            if rng.random() < 0.4:
                scenery.draw_bar(self.scene, place, self.pixel, upright=upright)
            else:
                inks = [
                    (scenery.PAPER, scenery.INK),
                    ((22, 22, 24), scenery.PAPER),
                    ((198, 158, 88), (40, 30, 20)),
                ]
                scenery.draw_ruler(self.scene, place, self.pixel, upright=upright, inks=inks[rng.integers(3)])
            self.furniture.append(place)

    def _draw_header(self, height: float) -> None:
        """Draw what stands at the head of the photograph, upright once the photograph is."""
        if self.upright:
            stop = self.margin[1] + self.header - 8
            row = self.origin[0]
            top, bottom, left, right = self._pixels(row, row + height, self.margin[1], stop)
        else:
            stop, column = self.margin[0] + self.header - 8, self.origin[1]
            top, bottom, left, right = self._pixels(self.margin[0], stop, column, column + self.box_width)
        window = self.scene[top:bottom, left:right]
        sheet = np.ascontiguousarray(np.rot90(window, -1) if self.upright else window)
        for place in scenery.draw_header(self.rng, sheet, self.top, framed=self.layout.header == "above"):
            if self.upright:  # turned back
                place = (len(window) - place[3], len(window) - place[2], place[0], place[1])
            self.furniture.append((top + place[0], top + place[1], left + place[2], left + place[3]))
        window[:] = np.rot90(sheet) if self.upright else sheet

    # --- the box ---------------------------------------------------------------------------------

    def _draw_boxes(self) -> None:
        n_all = self.n_lanes * self.n_boxes
        n_empty = 0
        if n_all > 2 and self.layout.material != "cloth" and self.rng.random() < 0.3:  # on cloth none is seen
            n_empty = int(self.rng.integers(1, n_all // 2 + 1))
        for box in range(self.n_boxes):
            place = self.n_boxes - 1 - box if self.upright else box  # upright they come from the left
            top = self.origin[0] + place * (self.box_height + _BETWEEN_BOXES)
            self._draw_walls(top)
            for number in range(self.n_lanes):
                left_over = n_all - (box * self.n_lanes + number)
                place = self.n_lanes - 1 - number if self.upright else number
                row = top + self.wall + place * (self.width + self.divider)
                filled = (
                    0.0
                    if left_over <= n_empty
                    else self.rng.uniform(0.3, 1)
                    if left_over == n_empty + 1
                    else 1.0
                )
                self._draw_lane(box, number, row, filled)

    def _draw_walls(self, top: float) -> None:
        place = self._pixels(top, top + self.box_height, self.origin[1], self.origin[1] + self.box_width)
        sheet = scenery.material(
            self.rng, (place[1] - place[0], place[3] - place[2]), self.layout.material, self.tint
        )
        self.scene[place[0] : place[1], place[2] : place[3]] = sheet
        if self.layout.divider is None:
            return
        kind, color = self.layout.divider
        for number in range(self.n_lanes + 1):
            row = top + self.wall + number * (self.width + self.divider) - self.divider
            rows = (max(row, top + 3), min(row + self.divider, top + self.box_height - 3))
            strip = self._pixels(*rows, self.origin[1] + self.wall, self.origin[1] + self.wall + self.length)
            self.scene[strip[0] : strip[1], strip[2] : strip[3]] = scenery.material(
                self.rng, (strip[1] - strip[0], strip[3] - strip[2]), kind, color
            )

    def _draw_lane(self, box: int, number: int, row: float, filled: float) -> None:
        rng, left = self.rng, self.origin[1] + self.wall
        place = self._pixels(row, row + self.width, left, left + self.length)
        shape = (place[1] - place[0], place[3] - place[2])
        floor = self._floor(shape)
        parts: list[LanePart] = [LanePart(0.0, self.length, "gap")]
        thick = max(4, round(shape[0] * rng.uniform(0.93, 1.0)))
        first = int(rng.integers(0, shape[0] - thick + 1))
        core = ((place[0] + first) / self.pixel, (place[0] + first + thick) / self.pixel)
        if filled:
            parts = lay_parts(rng, self.length, filled=filled)
            rock = self._rock(thick, shape[1])
            paint_core(rng, rock, floor[first : first + thick], parts, self.pixel, slabbed=self.slabbed)
            for part in parts:
                if part.kind == "block":
                    self._draw_block(floor, part)
        if self.boustrophedon and number % 2:
            floor = floor[:, ::-1]
        self.scene[place[0] : place[1], place[2] : place[3]] = floor
        self.drawn.append(
            {
                "box": box,
                "number": number,
                "channel": (place[0] / self.pixel, place[1] / self.pixel),
                "core": core if filled else None,
                "parts": parts,
            }
        )

    def _rock(self, thick: int, length: int) -> Field:
        """Return the rock of a lane, one to three kinds of it."""
        stretches = np.array_split(np.arange(length), int(self.rng.integers(1, 4)))
        rocks = [self.rocks[int(self.rng.integers(len(self.rocks)))] for _ in stretches]
        shapes = [(thick, len(stretch)) for stretch in stretches]
        painted = [
            paint_rock(self.rng, rock, shape, self.pixel) for rock, shape in zip(rocks, shapes, strict=True)
        ]
        return np.concatenate(painted, axis=1)

    def _floor(self, shape: tuple[int, int]) -> Field:
        """Return the floor of a lane, in the shade of its upper wall."""
        color = self.layout.floor or tuple(int(0.82 * value) for value in self.tint)
        floor = scenery.material(self.rng, shape, self.layout.material, color)
        deep = self.rng.uniform(0.0, 0.5) if self.layout.material != "cloth" else 0.1
        rows = np.arange(shape[0], dtype=np.float32) / self.pixel
        shade = 1 - deep * np.exp(-rows / 8) - 0.12 * np.exp(-rows[::-1] / 4) - 0.1 * deep
        return np.asarray(floor * shade[:, None, None], np.float32)

    def _draw_block(self, floor: Field, part: LanePart) -> None:
        """Lay a block with a depth on it into a lane."""
        first, last = round(part.start * self.pixel), round(part.stop * self.pixel)
        height = len(floor)
        color = [(206, 172, 120), (232, 230, 224), (240, 220, 120)][int(self.rng.integers(3))]
        place = (round(0.04 * height), round(0.96 * height), first, min(last, floor.shape[1]))
        sheet = np.zeros((place[3] - place[2], place[1] - place[0], 6), np.float32)
        text = f"{self.top + self.rng.uniform(0, 3):.2f}"
        scenery.write(sheet, (0, sheet.shape[0], 0, sheet.shape[1]), [text], scenery.INK, color)
        floor[place[0] : place[1], place[2] : place[3]] = np.rot90(sheet, -1)

    # --- the photograph --------------------------------------------------------------------------

    def sample(self, ultraviolet: bool) -> BoxSample:
        """Draw all of it and take the photograph."""
        self._draw_furniture()
        self._draw_boxes()
        rng = self.rng
        askew = rng.random() < 0.5
        camera = Camera(
            self.shape,
            turn=self.turn,
            keystone=tuple(rng.normal(scale=0.012 if askew else 0.002, size=2).clip(-0.03, 0.03)),
            barrel=float(rng.uniform(-0.004, 0.014)),
        )
        light = self._light()
        upright = self.upright
        white = self._expose(camera.photograph(self.scene[..., :3]) * light, upright)
        shift = (round(float(rng.uniform(-6, 6)), 2), round(float(rng.uniform(-6, 6)), 2))
        second = None
        if ultraviolet:
            seen = camera.photograph(self.scene[..., 3:])
            second = self._expose(ndimage.shift(seen, (*shift, 0), order=1, mode="nearest"), upright)
        lanes = self._truth(camera, upright)
        furniture = tuple(
            self._seen(
                camera, np.array([(p[0], p[2]), (p[0], p[3]), (p[1], p[3]), (p[1], p[2])], float), upright
            )
            for p in self.furniture
        )
        if upright:
            shift = (shift[1], -shift[0])
        return BoxSample(
            white, second, shift, lanes, self.name, 0 if upright else 90, self.boustrophedon, furniture
        )

    def _light(self) -> Field:
        """Return how bright each place is lit: uneven lamps, and in some photographs a shadow."""
        rng = self.rng
        rows, columns = (np.linspace(-1, 1, size, dtype=np.float32) for size in self.shape)
        slope, fall = rng.normal(scale=0.08, size=2), rng.uniform(0, 0.12)
        light = 1 + slope[0] * rows[:, None] + slope[1] * columns - fall * (rows[:, None] ** 2 + columns**2)
        if rng.random() < 0.2:
            edge = columns + rng.normal(scale=0.4) * rows[:, None] - rng.uniform(-0.8, 0.8)
            depth, sharp = rng.uniform(0.15, 0.4), rng.uniform(0.02, 0.1)
            light *= 1 - depth / (1 + np.exp(np.minimum(-edge / sharp, _LIT)))
        return np.asarray(light * rng.uniform(0.85, 1.12), np.float32)[..., None]

    def _expose(self, seen: Field, upright: bool) -> NDArray[np.uint8]:
        blurred = ndimage.gaussian_filter(seen, (0.6, 0.6, 0))
        noisy = blurred + self.rng.normal(scale=1.6, size=seen.shape)
        image = np.clip(np.rint(noisy), 0, 255).astype(np.uint8)
        return np.ascontiguousarray(np.rot90(image, -1) if upright else image)

    def _seen(self, camera: Camera, points: Points, upright: bool) -> Points:
        """Return where points of the flat scene lie in the photograph."""
        seen = camera.to_photograph(points)
        return np.c_[seen[:, 1], self.shape[0] - 1 - seen[:, 0]] if upright else seen

    def _truth(self, camera: Camera, upright: bool) -> tuple[SampleLane, ...]:
        top, lanes = self.top, []
        left = self.origin[1] + self.wall
        for drawn in self.drawn:
            backwards = self.boustrophedon and drawn["number"] % 2

            def columns(along: Points, backwards: bool = bool(backwards)) -> Points:
                return left + (self.length - along if backwards else along)

            def around(sides: tuple[float, float], columns: Any = columns) -> Points:
                along = columns(np.linspace(0, self.length, _SIDE_POINTS))
                halves = [np.c_[np.full(_SIDE_POINTS, sides[0]), along]]
                halves.append(np.c_[np.full(_SIDE_POINTS, sides[1]), along[::-1]])
                points = np.concatenate(halves)
                return self._seen(camera, points * self.pixel - 0.5, upright)

            channel = drawn["channel"]
            core = drawn["core"] or channel
            places, depths, base = _core_depths(drawn["parts"], top)
            middle = np.c_[np.full(len(places), sum(core) / 2), columns(places)] * self.pixel - 0.5
            points = self._seen(camera, middle, upright) if len(places) else np.zeros((0, 2))
            ends = (top, base) if len(places) else (np.nan, np.nan)
            lanes.append(SampleLane(drawn["box"], drawn["number"], around(core), around(channel),
                                    tuple(drawn["parts"]), *ends, points, depths))  # fmt: skip
            top = base
        return tuple(lanes)


def _core_depths(parts: list[LanePart], top: float) -> tuple[Points, Points, float]:
    """Return places on the core in millimetres, their depths in metres, and the depth of its end.

    Depth runs over pieces and rubble alone: what parts them takes no part in it.
    """
    places, depths = [np.zeros(0)], [np.zeros(0)]
    for part in parts:
        if part.kind in CORE:
            size = part.stop - part.start
            along = np.arange(0, size, _DEPTH_STEP)
            places.append(part.start + along)
            depths.append(top + along / 1000)
            top += size / 1000
    return np.concatenate(places), np.concatenate(depths), top
