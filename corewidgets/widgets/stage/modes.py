"""The modes of the brush: one table, from which come buttons, keys, their help and what the script does."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from typing import Any

__all__ = ["GESTURES", "MODES", "Mode", "painting_mode"]

GESTURES = ("brush", "outline", "lasso", "spot", "pick", "move", "line")
"""What a press begins.

A line of the brush, the outline of what is clicked, an area drawn around, one place, a pixel, a move of the
view, a straight line that is measured.
"""


@dataclass(frozen=True)
class Mode:
    """What a press on the photograph does.

    Parameters
    ----------
    name : str
        As `Labeler.mode` and `Stroke.mode` hold it.
    label, icon, tip : str
        Text, picture and explanation of its button.
    key : str
        The key that chooses it.
    gesture : str
        One of `GESTURES`.
    erases : bool
        Whether it takes labels away, whatever class is selected.
    cursor : str
        Shape of the pointer, by its name in CSS. Over a large brush it is hidden.
    """

    name: str
    label: str
    icon: str
    key: str
    tip: str
    gesture: str
    erases: bool = False
    cursor: str = "crosshair"

    @property
    def has_brush(self) -> bool:
        """Whether the size of the brush counts."""
        return self.gesture == "brush"

    @property
    def is_lasso(self) -> bool:
        """Whether it goes around an area, in one drag or by corners."""
        return self.gesture == "lasso"

    @property
    def draws(self) -> bool:
        """Whether it ends in a `Stroke` that changes labels."""
        return self.gesture not in ("pick", "move", "line")

    @property
    def paints(self) -> bool:
        """Whether it gives the selected class."""
        return self.draws and not self.erases

    def to_dict(self) -> dict[str, Any]:
        """Return what the script needs of it."""
        shown = {name: value for name, value in asdict(self).items() if name not in ("label", "icon", "tip")}
        return {**shown, "draws": self.draws, "paints": self.paints}


MODES = {
    mode.name: mode
    for mode in (
        Mode(
            "paint", "Paint", "paint-brush", "b",
            "Paint with the brush; Shift+click draws a straight line", "brush",
        ),
        Mode(
            "outline", "Outline", "magic", "s",
            "Press on a clast to outline it; drag or turn the wheel to resize the outline", "outline",
        ),
        Mode(
            "erase", "Erase", "eraser", "e",
            "Erase with the brush; the right mouse button erases too", "brush", erases=True,
        ),
        Mode(
            "polygon", "Polygon", "pencil-square-o", "p",
            "Draw an outline or click its corners; double-click or Enter closes it", "lasso",
        ),
        Mode(
            "fill", "Fill", "tint", "g",
            "Fill the unlabelled gap or the region that you click", "spot", cursor="cell",
        ),
        Mode(
            "pick", "Pick", "eyedropper", "i",
            "Select the class that you click; in most modes Alt+click", "pick",
        ),
        Mode(
            "pan", "Pan", "arrows", "h",
            "Move the core; also Space + drag and the middle mouse button", "move", cursor="grab",
        ),
        Mode(
            "measure", "Ruler", "arrows-h", "m",
            "Drag a line to measure length, angle and the colors along it; in Pan, Shift + drag", "line",
        ),
    )
}  # fmt: skip
"""By name, in the order of the buttons."""


def painting_mode(mode: str) -> str:
    """Return the mode to paint in when a class is chosen by its key: this one where it paints."""
    return mode if MODES[mode].paints else next(one.name for one in MODES.values() if one.paints)
