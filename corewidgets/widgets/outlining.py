"""The tool that outlines the clast under a click: what the page asks on the way, and what is kept."""

from __future__ import annotations

import itertools
from typing import Any, NamedTuple, Protocol

import ipywidgets as ipw
import numpy as np
import numpy.typing as npt

from corewidgets.geology.outline import WITHIN, Click, Growth, grow
from corewidgets.geology.widths import OUTSIDE, STEP, Widths, step_of
from corewidgets.labels.edits import Edit, extent
from corewidgets.labels.polygons import Box
from corewidgets.learning.mapping import View
from corewidgets.widgets.background import Ticket, Worker
from corewidgets.widgets.buttons import title
from corewidgets.widgets.looks_ahead import LooksAhead
from corewidgets.widgets.palette import Palette
from corewidgets.widgets.shared_look import look
from corewidgets.widgets.stage.gestures import Stroke
from corewidgets.widgets.stage.ink_messages import outline_of
from corewidgets.widgets.stage.modes import MODES
from corewidgets.widgets.stage.stage import Stage
from corewidgets.widgets.turn import TURN

__all__ = ["Outlining"]

Labels = npt.NDArray[np.uint8]

_BY_COLOR = "By color alone: the texture of this part is still being computed"
_EVEN = "The photograph is of one color around this click: no edge separates a clast there."
_BEYOND = "The click lies outside the photograph: click the clast."

_AHEAD = 6, 26  # steps of the width, up and down, that are found and told while a press is held
_AFTER = 0.03  # seconds that the page gets the outline before


class _Found(NamedTuple):
    """The outlines of some clicks."""

    growth: Growth
    widths: Widths
    row: int  # of the photograph, where the rows of `growth.box` are counted from
    column: int
    by_color: bool

    def cut(self, width: float) -> tuple[Box, npt.NDArray[np.bool_]]:
        """Return an outline so many times as wide as the likely one, without empty rows and columns."""
        mask = self.widths.mask(step_of(width))
        box, part = self._around(mask)
        return box, mask[part]

    def steps(self) -> tuple[tuple[int, int], Box, npt.NDArray[np.int8]]:
        """Return the steps that are known, and from which on the pixels of a box are inside."""
        known, steps = self.widths.known()
        box, part = self._around(steps != OUTSIDE)
        return known, box, steps[part]

    def _around(self, mask: npt.NDArray[np.bool_]) -> tuple[Box, Box]:
        """Return the rows and columns of a mask in the photograph, and in the box of the growth."""
        part = extent(mask)
        top, left = self.row + self.growth.box[0].start, self.column + self.growth.box[1].start
        rows, columns = part
        return (
            (slice(top + rows.start, top + rows.stop), slice(left + columns.start, left + columns.stop)),
            part,
        )


class Keeper(Protocol):
    """What keeps the labels."""

    labels: Any

    def undo(self) -> None:
        """Undo the last change."""

    def apply(self, edit: Edit) -> None:
        """Change labels, in one step."""


class Outlining:
    """Finds outlines on a stage.

    Parameters
    ----------
    keeper : Keeper
        To whom what is outlined is given.
    stage : Stage
        Whose photograph is outlined, and whose page asks.
    palette : Palette
        Says which classes are locked.

    Attributes
    ----------
    over : ipywidgets.Checkbox
        Whether outlines are kept over labels of other classes; over locked ones they never are.
    options : ipywidgets.Widget
        To be put beside the picture.
    """

    def __init__(self, keeper: Keeper, stage: Stage, palette: Palette) -> None:
        self._keeper, self._stage, self._palette = keeper, stage, palette
        self._image = stage.section.image
        self._looks = LooksAhead(self._image, WITHIN, stage.messages.fail)
        self._widening = Worker(stage.messages.fail, lambda _busy: None)
        self._press: Any = None  # whose widths were told to the page, or are on the way
        self._said = False
        self._last: tuple[Any, _Found] | None = None
        self._kept: tuple[Any, int, Labels] | None = None
        self.over = ipw.Checkbox(
            description="Over other labels", indent=False, **look(ipw.Checkbox, width="auto", margin="0"),
            tooltip="Let outlines replace labels of other classes, but never locked ones",
        )  # fmt: skip
        wide = ipw.Layout(width="100%", margin="0", flex="0 0 auto", display="none")
        self.options = ipw.VBox([title("Outline", "S"), self.over], layout=wide)
        stage.observe(self._look_ahead, ["mode", "viewport"])
        stage.ink.on_msg(self._asked)

    def end(self, stroke: Stroke, code: int) -> None:
        """Keep the outline that was released, as a class; where nothing can be kept, say why.

        A click that was added to the outline kept last gives one outline, and one step, for both.
        """
        keeper = self._keeper
        self._widening.stop()
        try:
            clicks = clicks_of(stroke, keeper.labels.shape)
            if self._continues(clicks, stroke, code):
                keeper.undo()
            edit = self._edit(clicks, stroke, keeper.labels, code)
        except ValueError as error:
            self._say(f"Nothing was changed. {error}")
            return
        self._say("")
        keeper.apply(edit)
        self._kept = None if stroke.takes else (_key(clicks), code, keeper.labels)

    def _say(self, text: str) -> None:
        """Say in the widget why nothing was kept, or take away what was said before."""
        if text:
            self._stage.messages.note(text)
        elif self._said:
            self._stage.messages.clear()
        self._said = bool(text)

    def _continues(self, clicks: list[Click], stroke: Stroke, code: int) -> bool:
        """Return whether a click was added to the outline that was kept last."""
        if self._kept is None or stroke.takes:
            return False
        earlier, its_code, labels = self._kept
        return _key(clicks[:-1]) == earlier and code == its_code and self._keeper.labels is labels

    def _edit(self, clicks: list[Click], stroke: Stroke, labels: Labels, code: int) -> Edit:
        """Return what an outline changes; where that is nothing, a ValueError says why."""
        found = self._find(clicks)
        if found.growth.is_even:
            raise ValueError(_EVEN)
        under = int(labels[clicks[-1].rows[0], clicks[-1].columns[0]])
        self._check_under(under, code, stroke.takes)
        box, mask = found.cut(stroke.width)
        before = labels[box]
        if stroke.takes:
            return Edit(box, mask & (before == under), 0)
        mask = mask if self.over.value else mask & ((before == 0) | (before == code))
        if not (mask & (before != code)).any():
            raise ValueError("All of this outline is labelled already.")
        return Edit(box, mask, code)

    def _check_under(self, under: int, code: int, takes: bool) -> None:
        """Raise where the label under a click forbids what is wanted."""
        if takes and not under:
            raise ValueError("There is no label there to remove a part of: click a labelled region.")
        if not under or (under == code and not takes):
            return
        name = self._palette.legend.name(under)
        if under in self._palette.protected:
            raise ValueError(f"{name} is locked there; unlock it in the list of classes.")
        if not takes and not self.over.value:
            raise ValueError(f"{name} lies there; turn on “Over other labels” to cover it.")

    def wait(self, timeout: float = 600.0) -> bool:
        """Wait until what is in view was looked at; return whether that came in time."""
        return self._looks.wait(timeout)

    def stop(self) -> None:
        """End the work in the background."""
        self._looks.stop()
        self._widening.stop()

    # --- while it is pressed ----------------------------------------------------------------------

    def _asked(self, _: Any, content: dict[str, Any], buffers: list[Any]) -> None:
        """Answer the page: the outline of the clicks so far, in bits."""
        if content.get("kind") != "outline":
            return
        points = np.frombuffer(buffers[0], np.float32).reshape(-1, 2)
        stroke = Stroke("outline", points, **outline_of(content))
        answer = {"kind": "outlined", "takes": stroke.takes}
        answer |= {name: content[name] for name in ("client", "number")}
        bits = []
        with TURN:
            try:
                found = self._find(clicks_of(stroke, self._stage.section.shape))
                if found.growth.is_even:
                    raise ValueError(_EVEN)
                box, mask = found.cut(stroke.width)
                answer["box"] = [int(box[0].start), int(box[1].start), *mask.shape]
                answer["note"] = _BY_COLOR if found.by_color else ""
                bits.append(np.packbits(mask).tobytes())
            except ValueError as error:
                answer["note"] = str(error)
                found = None
            self._stage.ink.send(answer, bits)
            if found is not None:
                self._look_wider(found, content["client"], content.get("press"))

    def _look_wider(self, found: _Found, client: str, press: int | None) -> None:
        """Find the outlines of other widths, and tell the page, which draws them without asking again."""
        if (client, press, found) == self._press:
            return
        self._press = client, press, found
        if press is None:
            self._widening.stop()
        else:
            self._widening.submit(lambda ticket: self._widen(ticket, found, client, press), _AFTER)

    def _widen(self, ticket: Ticket, found: _Found, client: str, press: int) -> None:
        for step in range(1, _AHEAD[-1] + 1):
            for either in (step, -step):
                ticket.check()
                found.widths.find(either)
            if step in _AHEAD:
                ticket.deliver(self._tell_widths, found, client, press)

    def _tell_widths(self, found: _Found, client: str, press: int) -> None:
        known, box, steps = found.steps()
        place = [box[0].start, box[1].start, *steps.shape]
        answer = {"kind": "widths", "client": client, "press": press, "step": STEP, "known": known}
        self._stage.ink.send(answer | {"box": place}, [steps.tobytes()])

    def _find(self, clicks: list[Click]) -> _Found:
        """Return the outlines of clicks: those that are held, or new ones."""
        key = _key(clicks)
        if self._last is not None and self._last[0] == key:
            return self._last[1]
        looks = self._looks.features(_window(clicks, self._image.shape[:2]))
        if looks is None:
            found = _found(grow(self._image, clicks), 0, 0, True)
        else:
            (rows, columns), features = looks
            moved = [Click(click.rows - rows.start, click.columns - columns.start) for click in clicks]
            growth = grow(self._image[rows, columns], moved, features=features)
            found = _found(growth, rows.start, columns.start, False)
        self._last = key, found
        return found

    def _look_ahead(self, _: Any) -> None:
        stage = self._stage
        chosen = MODES[stage.mode].gesture == "outline"
        self.options.layout.display = "" if chosen else "none"
        if chosen:
            rows, columns = stage.viewport.spans()
            self._looks.want((slice(rows.first, rows.stop), slice(columns.first, columns.stop)))


def _found(growth: Growth, row: int, column: int, by_color: bool) -> _Found:
    return _Found(growth, Widths(growth), row, column, by_color)


def clicks_of(stroke: Stroke, shape: tuple[int, ...]) -> list[Click]:
    """Return the clicks of a stroke, or its scribbles: the pixels along each.

    Raises
    ------
    ValueError
        One lies outside of the photograph, whose rows and columns are `shape`.
    """
    ends = np.cumsum(stroke.lengths, dtype=np.intp)[:-1]
    return [_pixels_along(points, shape) for points in np.split(stroke.points, ends)]


def _pixels_along(points: npt.NDArray[np.float32], shape: tuple[int, ...]) -> Click:
    pieces = [points[:1]]
    for start, end in itertools.pairwise(points):
        n = int(np.ceil(np.abs(end - start).max())) + 1
        pieces.append(np.linspace(start, end, n))
    pixels = np.floor(np.concatenate(pieces) + 0.5)
    first = (pixels[0] >= 0).all() and (pixels[0] < shape).all()
    pixels = pixels[(pixels >= 0).all(axis=1) & (pixels < shape).all(axis=1)].astype(np.intp)
    if not first:
        raise ValueError(_BEYOND)
    kept = np.sort(np.unique(pixels, axis=0, return_index=True)[1])  # the first one stays the first
    return Click(pixels[kept, 0], pixels[kept, 1])


def _key(clicks: list[Click]) -> list[tuple[bytes, bytes]]:
    return [(click.rows.tobytes(), click.columns.tobytes()) for click in clicks]


def _window(clicks: list[Click], shape: tuple[int, ...]) -> View:
    """Return the rows and columns that outlines of clicks may reach."""
    sides = []
    for axis in (0, 1):
        pixels = np.concatenate([click[axis] for click in clicks])
        start, stop = int(pixels.min()) - WITHIN, int(pixels.max()) + WITHIN + 1
        sides.append(slice(max(0, start), min(shape[axis], stop)))
    return sides[0], sides[1]
