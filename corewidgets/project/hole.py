"""The photographs of a project on one depth axis: where they lie, what is missing, what the maps say."""

from __future__ import annotations

import math
from collections.abc import Iterable, Iterator
from itertools import pairwise

import numpy as np
from numpy.typing import NDArray

from corewidgets.cores.core import SAME_DEPTH, Core, Interval, Lane
from corewidgets.geology.depthlog import DepthLog, depth_log
from corewidgets.project.project import Project

__all__ = ["Hole"]


class Hole:
    """A project by depth. It is always up to date: everything is read from the project.

    Parameters
    ----------
    project : Project

    Examples
    --------
    >>> import tempfile
    >>> from pathlib import Path
    >>> folder = Path(tempfile.mkdtemp()) / "hole.corewidgets"
    >>> project = Project.create(folder, [np.zeros((40, 20, 3), np.uint8)] * 2)
    >>> project.set_depths("section-1", 10.0, 11.0)
    >>> project.set_depths("section-2", 11.5, 12.5)
    >>> hole = Hole(project)
    >>> hole.gaps, hole.at(11.75)
    ([Interval(top=11.0, base=11.5)], ['section-2'])
    """

    def __init__(self, project: Project) -> None:
        self.project = project

    @property
    def core(self) -> Core:
        """The photographs whose depths are known.

        Raises
        ------
        ValueError
            There are none.
        """
        return self.project.core

    @property
    def without_depth(self) -> list[str]:
        """Names of the photographs whose depths are unknown."""
        return [entry.name for entry in self.project.entries if entry.top is None]

    @property
    def gaps(self) -> list[Interval]:
        """What no photograph shows between top and base, from top to base."""
        return self.core.gaps

    @property
    def overlaps(self) -> list[tuple[str, str, Interval]]:
        """Photographs that follow each other and show the same depths: both names, and the depths."""
        return [
            (above.name, below.name, Interval(below.top, min(above.base, below.base)))
            for above, below in pairwise(self.core)
            if below.top < above.base - SAME_DEPTH
        ]

    def at(self, depth: float) -> list[str]:
        """Return the names of the photographs that show a depth, in metres; its top belongs to each."""
        return [lane.name for lane in self.core if lane.top <= depth < lane.base]

    @property
    def mapped(self) -> list[str]:
        """Names of the photographs at known depths that have a map, from top to base."""
        return [lane.name for lane in self.core if self.project.state(lane.name).mapped]

    def depth_log(self, interval: float = 0.1, *, top: float = -math.inf, base: float = math.inf) -> DepthLog:
        """Measure the proportions of the classes by depth, from the maps that there are.

        Where two photographs show the same depths (`overlaps`), the pixels of both count.

        Parameters
        ----------
        interval : float
            Length of an interval in the unit of the hole (`Project.scale`).
        top, base : float
            Metres: only photographs that show something between them are measured.

        Returns
        -------
        DepthLog
            `write_las` and `write_csv` export it, `plot_depth_log` draws it.

        Raises
        ------
        ValueError
            No photograph at a known depth has a map, or photographs were replaced since they were mapped.
        """
        names = set(self.mapped)
        lanes = [lane for lane in self.core if lane.name in names and lane.top < base and lane.base > top]
        if not lanes:
            raise ValueError(
                "No photograph with depths has a map yet; train, or give depths with project.set_depths."
            )
        if told := self.of_other_pixels(lane.name for lane in lanes):
            raise ValueError(told)
        core = Core(lanes, self.project.name, self.project.scale)
        return depth_log(
            core, self._maps(lanes), self.project.legend, interval=interval, name=self.project.name
        )

    def of_other_pixels(self, names: Iterable[str]) -> str:
        """Say that photographs were replaced since they were mapped, and what to do; empty where none was.

        Parameters
        ----------
        names : iterable of str
            Those to look at: their files are read where they have changed.
        """
        replaced = [name for name in names if self.project.is_replaced(name)]
        if not replaced:
            return ""
        by_hand = [name for name in replaced if self.project.state(name).corrected]
        freed = f", after project.forget_correction for {', '.join(by_hand)}" if by_hand else ""
        return (
            f"The photographs of {', '.join(replaced)} were replaced since they were mapped: their maps are "
            f"of other pixels. Train again, which maps them again{freed}, or restore the photographs."
        )

    def _maps(self, lanes: list[Lane]) -> Iterator[NDArray[np.uint8]]:
        """Read maps, one at a time."""
        for lane in lanes:
            found = self.project.map(lane.name)
            if found is None:
                raise ValueError(f"The map of {lane.name} was removed; map the photograph again.")
            yield found
