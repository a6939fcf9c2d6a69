"""Draw labels on a photograph of a core."""

from __future__ import annotations

import os
from collections.abc import Callable, Sequence
from functools import partial
from pathlib import Path
from typing import Any, TypeAlias

import ipywidgets as ipw
import numpy as np
import numpy.typing as npt
from traitlets import Instance, Unicode, link, observe, validate

from corewidgets.cores.opening import Openable, open_section
from corewidgets.labels.arrays import check_labels
from corewidgets.labels.class_list import bring_back, delete_class, present_codes, with_classes_of
from corewidgets.labels.edits import Edit
from corewidgets.labels.history import LabelHistory
from corewidgets.labels.legend import Legend
from corewidgets.labels.polygons import Box
from corewidgets.widgets.array_trait import ArrayTrait
from corewidgets.widgets.autosave import Autosave, labels_path
from corewidgets.widgets.edge_keeping import EdgeKeeping
from corewidgets.widgets.file_panel import FilePanel
from corewidgets.widgets.labeler_panel import FileStatus, LabelerBar, LabelerSide
from corewidgets.widgets.labels_beside import ALL_CLASSES, Beginning, labels_to_begin_with, read_any
from corewidgets.widgets.labels_copies import LabelsCopies, check_is_not_the_photograph
from corewidgets.widgets.outlining import Outlining
from corewidgets.widgets.palette import N_KEYS, Palette
from corewidgets.widgets.question import Question
from corewidgets.widgets.shared_look import shared_looks
from corewidgets.widgets.stage.gestures import Stroke
from corewidgets.widgets.stage.modes import MODES, painting_mode
from corewidgets.widgets.stage.stage import HEIGHT, Stage
from corewidgets.widgets.stroke_edits import edit_of
from corewidgets.widgets.tool import Tool

__all__ = ["Labeler"]

Keeping: TypeAlias = bool | str | os.PathLike[str] | Callable[..., Autosave]
"""Whether labels are kept, in which file, or what makes their keeper, as a project does."""

LARGE_FILL = 0.05  # of the photograph: unlabelled gaps that are larger are filled after a question


class Labeler(Tool):
    """Paint classes on a photograph of a core.

    Strokes appear under the pointer at once and become labels when they end. Labels are saved beside the
    photograph after each stroke, and are there again when it is opened the next time.

    Parameters
    ----------
    section : path, CoreSection or array, shape (n_rows, n_columns, 3), uint8
        The photograph. Its pixels are never changed.
    classes : sequence of str, optional
        Names of the classes, with the package's own colors.
    legend : Legend, optional
        Names and colors, instead of `classes`.
    labels : array, shape (n_rows, n_columns), uint8, optional
        Labels to begin with; without them, those of the file that is kept beside the photograph.
    autosave : bool or path-like
        Whether labels are kept in a file, and in which. True means `<name of the photograph>.labels.png`
        beside it, or no file where the section was not read from one.
    height : int
        Height of the picture in pixels of the page.

    Attributes
    ----------
    labels : array, shape (n_rows, n_columns), uint8
        0 = unlabelled. Trait: observe it, and set it. Each stroke makes a new array, which cannot be written
        to; to change labels by hand, set a changed copy.
    legend : Legend
        Names and colors as they are now. Trait.
    selected_class : str
        Name of the class that is painted with. Trait.
    mode : str
        "paint", "outline", "erase", "polygon", "fill", "pick", "pan" or "measure", of `MODES`. Trait.
    stage : Stage
        The picture, with its viewport and its overlay.

    Raises
    ------
    ValueError
        Both `classes` and `legend` are given, the labels have another shape than the photograph, or they
        hold codes that the legend lacks.

    Examples
    --------
    >>> labeler = Labeler(np.zeros((40, 20, 3), np.uint8), classes=["Matrix", "Clast"])
    >>> labeler.labels.shape
    (40, 20)
    """

    labels = ArrayTrait(np.ndarray)
    legend = Instance(Legend)
    selected_class = Unicode()
    mode = Unicode("paint")

    @shared_looks()
    def __init__(
        self,
        section: Openable,
        classes: Sequence[str] | None = None,
        *,
        legend: Legend | None = None,
        labels: npt.ArrayLike | None = None,
        autosave: Keeping = True,
        height: int = HEIGHT,
    ):
        self.section = open_section(section)
        if classes is not None and legend is not None:
            raise ValueError("Both classes and a legend are given; give one of them.")
        wanted = Legend(classes) if classes is not None else legend
        self.stage = Stage(self.section, height=height, toolbar=False)
        self.messages = self.stage.messages
        self._status = FileStatus()
        self._autosave = self._make_autosave(autosave)
        self._copies = LabelsCopies()
        begun = labels_to_begin_with(self.section, labels, wanted, self._autosave, self.messages)
        start, known = begun.labels, begun.legend
        self._history = LabelHistory(start, legend=known)
        self._own_edit = self._listening = False
        self._last_opacity = 0.6  # that labels come back with
        self.question = Question(self.messages)
        self.palette = Palette(known, self.messages)
        self.palette.deletion = self.delete_class
        self.outlining = Outlining(self, self.stage, self.palette)
        self.edges = EdgeKeeping(self.stage)
        super().__init__(
            self._build(height),
            layout=ipw.Layout(width="100%"),
            labels=_frozen(start),
            legend=known,
            selected_class=known.name(known.order[0]),
        )
        self.add_class("cw-labeler").add_class("cw-keys")
        self._listen()
        self._show_labels()
        self._tell_of_others(begun)

    # --- labels and classes -----------------------------------------------------------------------

    @property
    def code(self) -> int:
        """Code of the selected class."""
        return int(self.palette.selected)

    def undo(self) -> None:
        """Undo the last change of the labels or of the classes."""
        self._take_over(self._history.undo())

    def redo(self) -> None:
        """Redo the change that was undone last."""
        self._take_over(self._history.redo())

    def delete_class(self, name: str) -> None:
        """Delete a class with its labels; where it has some, the tool asks first. Undo restores both.

        Its code is given to no other class, so that maps and models that were made before stay right.

        Parameters
        ----------
        name : str

        Raises
        ------
        ValueError
            There is no such class, it is the only one, or it is protected.
        """
        delete_class(self.legend, name)  # raises where it cannot be, before anything is asked
        code = self.legend.code(name)
        n_pixels = int(np.count_nonzero(self.labels == code))
        if not n_pixels or code in self.palette.protected:
            self._take_over(self._history.delete_class(name))
            return
        pixels = "pixel" if n_pixels == 1 else "pixels"
        self.question.ask(
            f"Delete {name} and its labels, {n_pixels:,} {pixels}? Undo restores them.",
            "Delete",
            lambda: self._take_over(self._history.delete_class(name)),
        )

    def write_labels(self, path: str | os.PathLike[str]) -> None:
        """Write a copy of the labels, with the legend; the ending of the name chooses the format.

        Parameters
        ----------
        path : path-like
            A file in one of the formats of `corewidgets.write_labels`. One that is there and was not written
            here is kept under another name; the photograph itself is refused.
        """
        kept = self._copies.write(path, self.labels, self.legend, self.section, self._autosave)
        self.messages.note(f"A copy was saved to {path}{kept}.")

    def read_labels(self, path: str | os.PathLike[str]) -> None:
        """Read labels in the place of those that are there; undo restores them.

        Parameters
        ----------
        path : path-like
            A file in one of the formats of `write_labels`, or a session, whose labels are read. Classes that
            it names and the legend has not are added. Labels of another photograph are read, with a note.
        """
        labels, found, notes = read_any(path, self.section, self.legend)
        legend = self.legend
        if found is not None:
            legend = with_classes_of(legend, found)
            table = np.array([0, *(legend.code(name) for name in found.names)], np.uint8)
            labels = table[labels]
        elif labels.max(initial=0) > len(legend):
            legend = with_classes_of(legend, Legend.of_codes(int(labels.max())))
        self._take_over(self._history.replace(labels, bring_back(legend, present_codes(labels))))
        self.messages.note(" ".join([f"Labels were read from {path}.", *notes]))

    def _tell_of_others(self, begun: Beginning) -> None:
        """Say what is the matter with labels beside the photograph, and offer those of another one."""
        if begun.note and not self.messages.text:
            self.messages.note(begun.note)
        path = begun.of_another
        if path is not None:
            self.question.ask(
                f"Keep the labels in {path.name}, which were drawn on another photograph?",
                "Keep them",
                lambda: self.read_labels(path),
            )

    def _end(self) -> None:
        self.outlining.stop()
        self.flush_labels()
        if self._autosave is not None:
            self._autosave.release()

    def flush_labels(self) -> Path | None:
        """Write pending strokes now.

        Returns
        -------
        pathlib.Path, optional
            The file beside that they are kept in, where the labels file is another tool's or program's.
        """
        if self._autosave is None:
            return None
        self._autosave.flush()
        return self._autosave.copy

    @validate("labels")
    def _check_labels(self, proposal: dict[str, Any]) -> npt.NDArray[np.uint8]:
        if self._own_edit:
            value: npt.NDArray[np.uint8] = proposal["value"]
            return value
        labels = check_labels(proposal["value"], self.section.shape)
        self.legend.check(labels, remedy=ALL_CLASSES)
        return _frozen(labels)

    @validate("legend")
    def _check_legend(self, proposal: dict[str, Any]) -> Legend:
        legend: Legend = proposal["value"]
        legend.check(self.labels, remedy=ALL_CLASSES)
        return bring_back(legend, present_codes(self.labels))

    @validate("selected_class")
    def _check_class(self, proposal: dict[str, Any]) -> str:
        name: str = proposal["value"]
        legend = self.palette.legend
        if legend.code(name) not in legend.order:
            listed = ", ".join(legend.name(code) for code in legend.order)
            raise ValueError(f"The class {name!r} is deleted; choose from {listed}.")
        return name

    @observe("labels")
    def _labels_set(self, change: dict[str, Any]) -> None:
        if not self._own_edit and self._listening:
            known = bring_back(self.legend, present_codes(change["new"]))
            self._history.replace(change["new"], known)
            self.legend = known
            self._after_change()

    @observe("legend")
    def _legend_set(self, change: dict[str, Any]) -> None:
        self.palette.legend = change["new"]
        if not self._own_edit and self._listening and self._history.change_classes(change["new"]) is not None:
            self._after_change()

    @observe("selected_class")
    def _class_set(self, change: dict[str, Any]) -> None:
        self.palette.selected = self.palette.legend.code(change["new"])

    def _take_over(self, box: Box | None) -> None:
        """Bring what the history holds into the traits and onto the stage, labels and classes at once.

        Parameters
        ----------
        box : tuple of slice or None
            What changed of the labels, nothing where only classes did; None for no change at all.
        """
        if box is None:
            return
        self._own_edit = True
        try:
            with self.hold_trait_notifications():
                if box[0].stop > box[0].start:
                    self.labels = _frozen(self._history.labels)
                self.legend = self._history.legend or self.legend
        finally:
            self._own_edit = False
        self._after_change()

    def _after_change(self) -> None:
        self._bar.undo.disabled = not self._history.can_undo
        self._bar.redo.disabled = not self._history.can_redo
        self.question.withdraw()  # it was about what was there before
        self._show_labels()
        self._schedule()

    def _schedule(self) -> None:
        if self._autosave is not None:
            self._autosave.schedule(self.labels, self.legend)

    def _show_labels(self) -> None:
        self.stage.set_labels(self.labels, self.palette.colors())

    # --- strokes ----------------------------------------------------------------------------------

    def _chosen(self, code: int, mode: str) -> None:
        """Take over what was chosen on the page."""
        if code in self.legend.order:
            self.palette.selected = code
        if mode:
            self.mode = mode

    def _stroke_ended(self, stroke: Stroke) -> None:
        if not MODES[stroke.mode].draws:
            return
        self.question.withdraw()  # it was about an earlier stroke, also where this one changes nothing
        code = self._code_of(stroke)
        if MODES[stroke.mode].gesture == "outline":
            self.outlining.end(stroke, code)
            return
        edit = self.edges.edit(stroke, edit_of(stroke, self.labels, code))
        if edit is None:
            return
        n_pixels = np.count_nonzero(edit.mask)
        share = n_pixels / self.labels.size
        if stroke.mode == "fill" and share > LARGE_FILL and not self.labels[edit.box][edit.mask].any():
            self.question.ask(
                f"Fill {n_pixels:,} unlabelled pixels, {share:.0%} of the photograph, with "
                f"{self.legend.name(code)}?",
                "Fill",
                lambda: self.apply(edit_of(stroke, self.labels, code)),
            )
            return
        self.apply(edit)

    def _code_of(self, stroke: Stroke) -> int:
        """Return the code that a stroke paints.

        Its class may have been deleted while the kernel was busy: then it is on the list again.
        """
        if MODES[stroke.mode].erases:
            return 0
        if stroke.code is None or stroke.code > len(self.legend):
            return self.code
        self._take_over(self._history.change_classes(bring_back(self.legend, [stroke.code])))
        return stroke.code

    def apply(self, edit: Edit | None) -> None:
        """Change labels, in one step of undo; locked classes stay."""
        if edit is None:
            return
        if edit.code:
            self.show_class(edit.code)
        box = self._history.apply(edit)
        self._take_over(box)
        if box is None and self._meets_protected(edit):
            self.messages.note(
                "Nothing was changed: the labels there are protected; unlock their class in the list of "
                "classes."
            )

    def show_class(self, code: int) -> None:
        """Make sure that labels of a class can be seen."""
        if code in self.palette.hidden:
            self.palette.toggle_hidden(code)
        if self.stage.labels_opacity == 0:
            self._toggle_labels()

    def _meets_protected(self, edit: Edit) -> bool:
        return bool(np.isin(self.labels[edit.box][edit.mask], list(self.palette.protected)).any())

    def _pixel_clicked(self, row: int, column: int) -> None:
        if MODES[self.mode].gesture == "move":
            return
        code = int(self.labels[row, column])
        if code:
            self.palette.selected = code
        if MODES[self.mode].gesture == "pick":
            self.mode = painting_mode(self.mode)

    def _describe(self, row: int, column: int) -> str:
        code = int(self.labels[row, column])
        return self.legend.name(code) if code else "unlabelled"

    # --- building ---------------------------------------------------------------------------------

    def _make_autosave(self, autosave: Keeping) -> Autosave | None:
        if callable(autosave):
            return autosave(self._status.tell, photograph=self.section.digest)
        if autosave is False:
            self._status.tell("Labels are not saved to a file", True)
            return None
        if autosave is not True:
            check_is_not_the_photograph(autosave, self.section)
            return Autosave(autosave, self._status.tell, photograph=self.section.digest)
        path = labels_path(self.section)
        if path is None:
            self._status.tell("Not saved: the photograph has no file; use File", True)
            return None
        return Autosave(path, self._status.tell, photograph=self.section.digest)

    def _build(self, height: int) -> list[ipw.Widget]:
        path = self._autosave.path if self._autosave is not None else "labels.png"
        self.file = FilePanel(path, self.messages, self.write_labels, self.read_labels)
        self._bar = LabelerBar(self.mode, self.stage.toolbar, self.file, self.undo, self.redo, self.messages)
        options = ipw.VBox([self.outlining.options, self.edges.options], layout=ipw.Layout(flex="0 0 auto"))
        self._side = LabelerSide(self.palette, self.question, self._status, options, height)
        self.stage.layout.flex, self.stage.layout.min_width = "1 1 0", "0"
        middle = ipw.HBox([self.stage, self._side], layout=ipw.Layout(width="100%"))
        return [*self._bar.rows, middle.add_class("cw-middle")]

    # --- listening --------------------------------------------------------------------------------

    def _listen(self) -> None:
        self._links = [
            link((self, "mode"), (self._bar.modes, "value")),
            link((self, "mode"), (self.stage, "mode")),
            link((self.stage, "labels_opacity"), (self._side.opacity, "value")),
            link((self, "legend"), (self.palette, "legend")),
        ]
        self.brush = self._side.brush
        self.stage.brush_size = self.brush.value
        self.brush.observe(lambda change: setattr(self.stage, "brush_size", change["new"]), "value")
        self.palette.observe(self.messages.wrap(self._palette_changed))
        self.stage.describe = self._describe
        self.stage.on_stroke(self._stroke_ended)
        self.stage.on_pixel(self._pixel_clicked)
        self.stage.on_choice(self._chosen)
        self.stage.on_key(self._key_actions())
        self.stage.offer_choices(
            list(MODES),
            {mode.key: {"mode": mode.name} for mode in MODES.values()}
            | {str(place): {"place": place - 1} for place in range(1, N_KEYS + 1)},
        )
        self._palette_changed({"name": "selected"})
        self._listening = True

    def _palette_changed(self, change: dict[str, Any]) -> None:
        palette = self.palette
        if palette.selected not in palette.legend.order:
            return  # another one is about to be
        self.stage.ink_color = palette.legend.colors[palette.selected - 1]
        listed = [(code, palette.legend.colors[code - 1]) for code in palette.legend.order]
        self.stage.offer_classes(listed, palette.selected)
        self.selected_class = palette.legend.name(palette.selected)
        self._history.protected = palette.protected
        if change["name"] == "hidden":
            self._show_labels()

    def _key_actions(self) -> dict[str, Callable[[], Any]]:
        modes = {mode.key: partial(setattr, self, "mode", mode.name) for mode in MODES.values()}
        classes = {str(place): partial(self._choose, place) for place in range(1, N_KEYS + 1)}
        return {
            **modes, **classes,
            "ctrl+z": self.undo, "z": self.undo,
            "ctrl+shift+z": self.redo, "ctrl+y": self.redo, "y": self.redo,
            "[": lambda: self.brush.step(-1), "]": lambda: self.brush.step(1),
            "l": self._toggle_labels,
        }  # fmt: skip

    def _choose(self, place: int) -> None:
        """Select the class at a place of the list, 1 for the first."""
        order = self.legend.order
        if place <= len(order):
            self.palette.selected = order[place - 1]
            self.mode = painting_mode(self.mode)

    def _toggle_labels(self) -> None:
        shown = self.stage.labels_opacity > 0
        self._last_opacity = self.stage.labels_opacity if shown else self._last_opacity
        self.stage.labels_opacity = 0.0 if shown else self._last_opacity


def _frozen(labels: npt.NDArray[np.uint8]) -> npt.NDArray[np.uint8]:
    """Return a copy that cannot be written to."""
    copy = labels.copy()
    copy.flags.writeable = False
    return copy
