"""The parts of the labeler around its picture: the tool bar, and the side with brush, classes and file."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import ipywidgets as ipw

from corewidgets.markup import html
from corewidgets.widgets.brush_slider import BrushSlider
from corewidgets.widgets.buttons import button, panel_button, title
from corewidgets.widgets.file_panel import FilePanel
from corewidgets.widgets.key_table import key_table
from corewidgets.widgets.messages import Messages
from corewidgets.widgets.mode_buttons import mode_buttons
from corewidgets.widgets.palette import Palette
from corewidgets.widgets.question import Question
from corewidgets.widgets.shared_look import look
from corewidgets.widgets.stage.parts import picture_height

__all__ = ["FileStatus", "LabelerBar", "LabelerSide"]


class FileStatus(ipw.HTML):
    """The line that tells whether the labels are saved."""

    def __init__(self) -> None:
        super().__init__(**look(ipw.HTML, width="100%", margin="0"))
        self.add_class("cw-status")

    def tell(self, text: str, well: bool) -> None:
        """Show the state of the file; called from any thread."""
        kind = "cw-well" if well else "cw-bad"
        self.value = html(
            '<span class="{{ kind }}" title="{{ text }}">{{ text }}</span>', kind=kind, text=text
        )


class LabelerBar:
    """The tool bar, and the panels that its last buttons open below it.

    Parameters
    ----------
    mode : str
        The mode whose button is pressed.
    view : Widget
        The buttons that change the view.
    file : FilePanel
    undo, redo : callable
    messages : Messages
        Where errors of `undo` and `redo` are shown.

    Attributes
    ----------
    modes : ipywidgets.ToggleButtons
    undo, redo : ipywidgets.Button
    rows : list of Widget
        All of it, to be put below each other.
    """

    def __init__(
        self,
        mode: str,
        view: ipw.Widget,
        file: FilePanel,
        undo: Callable[[], Any],
        redo: Callable[[], Any],
        messages: Messages,
    ) -> None:
        self.modes = mode_buttons(mode)
        self.undo = button(messages, undo, icon="undo", tooltip="Undo (Ctrl+Z)", disabled=True)
        self.redo = button(messages, redo, icon="repeat", tooltip="Redo (Ctrl+Shift+Z)", disabled=True)
        opens_keys, keys = panel_button("keyboard-o", "Keys", key_table())
        opens_file, file_panel = panel_button("floppy-o", "File", file)
        tools = [self.modes, _group(self.undo, self.redo), view, _group(opens_file, opens_keys)]
        bar = ipw.HBox(tools, layout=ipw.Layout(width="100%", flex_flow="row wrap", flex="0 0 auto"))
        self.rows: list[ipw.Widget] = [bar.add_class("cw-bar"), file_panel, keys]


class LabelerSide(ipw.VBox):
    """Options of the mode, brush, opacity, classes, a question that waits, and the state of the file.

    Attributes
    ----------
    brush : BrushSlider
    opacity : ipywidgets.FloatSlider
    """

    def __init__(
        self, palette: Palette, question: Question, status: FileStatus, options: ipw.Widget, height: int
    ) -> None:
        wide = ipw.Layout(width="100%", margin="0", flex="0 0 auto")
        self.brush = BrushSlider(wide)
        self.opacity = ipw.FloatSlider(
            value=0.6,
            min=0,
            max=1,
            step=0.05,
            readout_format=".0%",
            layout=wide,
            continuous_update=True,
            tooltip="Opacity of labels",
        )
        super().__init__(
            [
                options,
                title("Brush size, pixels", "[ ]"), self.brush,
                title("Opacity of labels", "L"), self.opacity,
                title("Classes"), palette, question, status,
            ],
            layout=ipw.Layout(width="252px", flex="0 0 auto", max_height=picture_height(height, 26)),
        )  # fmt: skip
        self.add_class("cw-side")


def _group(*widgets: ipw.Widget) -> ipw.HBox:
    return ipw.HBox(widgets, **look(ipw.HBox, flex="0 0 auto")).add_class("cw-toolbar")
