"""Depths read on the blocks of a core box, shown to be confirmed before they are taken."""

from __future__ import annotations

from collections.abc import Callable, Sequence

import ipywidgets as ipw

from corewidgets.cores.core import Lane
from corewidgets.cores.depth_marks import DepthMark, read_depth_marks, upside_down
from corewidgets.cores.depth_scale import DepthScale
from corewidgets.cores.writing import Recognizer, rapidocr, writing_upside_down
from corewidgets.widgets.buttons import button
from corewidgets.widgets.question import Question
from corewidgets.widgets.stage.stage import Stage

__all__ = ["LaneMarks"]


class LaneMarks(ipw.VBox):
    """The question whether depths that were read on the lanes are right.

    Parameters
    ----------
    stage : Stage
        With the photograph.
    scale : DepthScale
        The unit of depths.
    lanes : callable
        Returns the lanes as they are now.
    take : callable
        Called with the marks that a person agreed to.

    Attributes
    ----------
    reads : ipywidgets.Button
        Reads them; it is put where there is room.
    """

    def __init__(
        self,
        stage: Stage,
        scale: DepthScale,
        lanes: Callable[[], Sequence[Lane]],
        take: Callable[[Sequence[DepthMark]], object],
    ) -> None:
        self._stage, self._scale, self._lanes, self._take = stage, scale, lanes, take
        self.question = Question(stage.messages)
        self.reads = button(
            stage.messages, self.read, "Read depths", icon="search",
            tooltip="Read the depths written on blocks; none is used before you confirm it",
        )  # fmt: skip
        super().__init__([self.question], layout=ipw.Layout(align_items="flex-start"))

    def read(self, recognizer: Recognizer | None = None) -> list[DepthMark]:
        """Read depths, and ask whether they are to be taken; see `read_depth_marks`."""
        image, lanes = self._stage.section.image, self._lanes()
        texts = (recognizer or rapidocr())(image)
        marks = read_depth_marks(image, lanes, scale=self._scale, recognizer=lambda _: texts)
        turned = upside_down(marks) or writing_upside_down(image, lanes, recognizer=lambda _: texts)
        right = [mark for mark in marks if not mark.problem]
        wrong = [f"{mark.text!r} on {mark.lane} {mark.problem}" for mark in marks if mark.problem]
        left_out = f" Left out: {'; '.join(wrong)}." if wrong else ""
        left_out += f" {turned}" if turned else ""
        if right:
            told = ", ".join(
                f"{self._scale.of(mark.depth):.10g} {self._scale.unit} on {mark.lane}" for mark in right
            )
            self.question.ask(f"Read: {told}.{left_out}", "Take them", lambda: self._take(right))
        else:
            self.question.withdraw()
            self._stage.messages.note(f"No depth was read on a lane.{left_out}")
        return marks
