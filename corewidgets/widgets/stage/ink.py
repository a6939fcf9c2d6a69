"""The layer over the stage that draws in the browser: script ink.js and its modules, looks ink.css."""

from __future__ import annotations

import re
from pathlib import Path

from ipycanvas import MultiCanvas
from ipywidgets import widget_serialization
from traitlets import Bool, Dict, Float, Instance, Int, List, Unicode

from corewidgets.widgets.shared_script import ScriptedWidget
from corewidgets.widgets.stage.modes import MODES

_FOLDER = Path(__file__).parent
_IMPORT = re.compile(r"^import [^;]* from \"\./([^;]*)\";$", re.MULTILINE)


def _modules(name: str) -> list[str]:
    """Return a file of the script and those that it imports, each after those that it needs."""
    inner = [
        each for needed in _IMPORT.findall((_FOLDER / name).read_text("utf-8")) for each in _modules(needed)
    ]
    return list(dict.fromkeys([*inner, name]))


def _joined(name: str) -> str:
    """Return a file of the script and those that it imports as one, since a page is given one."""
    texts = [_IMPORT.sub("", (_FOLDER / each).read_text("utf-8")) for each in _modules(name)]
    inner = re.sub(r"^export (?=const|function|class)", "", "\n".join(texts[:-1]), flags=re.MULTILINE)
    return inner + texts[-1]


class InkLayer(ScriptedWidget):
    """Draws the stroke under the pointer and sends the kernel one message per stroke.

    The element has no size of its own: where the script does not run, nothing covers the stage, whose own
    events then do.

    Attributes
    ----------
    canvas : MultiCanvas
        The stage's canvas, that lies below.
    canvas_size : list of int
        Its width and height in canvas pixels.
    pixel_ratio : float
        Canvas pixels for one pixel of the page.
    view, overview : dict
        The viewports, as `Viewport.to_dict` gives them.
    drawn : dict
        What the last picture shows: its `frame` number, its `view`, and the number of the last stroke in it
        of each client (`strokes`).
    mode, brush_size, ink_color, ink_opacity : str, float, str, float
        What a press does, the brush in pixels of the image, and what ink looks like.
    swipe : float
        Where the line lies that can be dragged: a share of the view, from the left; 0 for no line.
    proposed : dict
        An outline that is shown without being asked for: its `box` (first row and column, numbers of rows
        and columns), its `bits`, and its `color`; nothing for none.
    keeps_edges : bool
        Whether the sides of a polygon are led along the edges of the photograph while its corners are set.
    pixel_size : float
        Millimetres of a pixel of the image, for the ruler; 0 where they are unknown.
    handles : dict
        Corners of an outline that can be dragged (`points`, rows and columns), the one that keys move
        (`active`), and texts at places (`texts`); nothing for none. See `Handles`.
    adds : bool
        Whether Ctrl or Shift was held when the last pixel was clicked.
    ground : str
        Color where there is no photograph.
    key_names : list of str
        Names of the keys that are sent, as "b", "ctrl+z", "ctrl+shift+z".
    classes, class_code : list of (int, str), int
        Code and color of each class, in the order of the list, and the code that is painted with.
    modes : list of dict
        The table of the modes, as `Mode.to_dict` gives each.
    mode_names : list of str
        Modes in the order of their buttons.
    key_choices : dict
        By the name of a key the mode, or the place on the list, from 0, of the class that it chooses.
    chosen : dict
        By client the number of the last choice of a class or mode that the kernel has heard of.
    """

    shared_script = _joined("ink.js")
    _css = (_FOLDER / "ink.css").read_text("utf-8")  # by its name each widget would be kept for ever

    canvas = Instance(MultiCanvas).tag(sync=True, **widget_serialization)
    canvas_size = List([1, 1]).tag(sync=True)
    pixel_ratio = Float(1.0).tag(sync=True)
    view = Dict().tag(sync=True)
    overview = Dict().tag(sync=True)
    drawn = Dict().tag(sync=True)
    mode = Unicode("pan").tag(sync=True)
    brush_size = Float(1.0).tag(sync=True)
    ink_color = Unicode("#ffffff").tag(sync=True)
    ink_opacity = Float(1.0).tag(sync=True)
    swipe = Float(0.0).tag(sync=True)
    proposed = Dict().tag(sync=True)
    keeps_edges = Bool(False).tag(sync=True)
    pixel_size = Float(0.0).tag(sync=True)
    handles = Dict().tag(sync=True)
    ground = Unicode("#202020").tag(sync=True)
    key_names = List(Unicode()).tag(sync=True)
    classes = List(List()).tag(sync=True)
    class_code = Int(0).tag(sync=True)
    modes = List(Dict(), [mode.to_dict() for mode in MODES.values()]).tag(sync=True)
    mode_names = List(Unicode()).tag(sync=True)
    key_choices = Dict().tag(sync=True)
    chosen = Dict().tag(sync=True)
    adds = False
