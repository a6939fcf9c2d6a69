"""A photograph among many: what is known of it before it is read."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import KW_ONLY, dataclass, replace
from pathlib import Path

from corewidgets.cores.core import Lane
from corewidgets.cores.crop import Crop
from corewidgets.cores.depth_scale import METRES, DepthScale
from corewidgets.cores.lane_shape import LaneShape
from corewidgets.cores.photograph import check_photograph
from corewidgets.cores.section import CoreSection, read_section

__all__ = ["SectionEntry", "photograph_problem", "scale_of"]


@dataclass(frozen=True, eq=False)
class SectionEntry:
    """A photograph among those that were opened: what is known of it before it is read.

    Attributes
    ----------
    name : str
        What it is called; no two of a list have the same name, in other capitals or not.
    file : pathlib.Path or None
        The photograph.
    top, base : float or None
        Depths of its ends in metres, both or neither.
    crop, second_file : Crop, pathlib.Path or None
        As of a `Lane`.
    rotation : int or None
        As of a `Lane`; None where nothing was said.
    shape : LaneShape or None
        As of a `Lane`.
    section : CoreSection or None
        The photograph, where it was given as such.
    scale : DepthScale
        The unit that depths are shown in.
    problem : str
        Why it cannot be read; empty where nothing is known against it.
    """

    name: str
    file: Path | None = None
    top: float | None = None
    base: float | None = None
    _: KW_ONLY
    crop: Crop | None = None
    rotation: int | None = None
    second_file: Path | None = None
    shape: LaneShape | None = None
    section: CoreSection | None = None
    scale: DepthScale = METRES
    problem: str = ""

    def read(self) -> CoreSection:
        """Read the photograph.

        Returns
        -------
        CoreSection

        Raises
        ------
        OSError, ValueError
            It cannot be read.
        """
        if self.section is not None:
            return self.section
        if self.file is None:
            raise ValueError(f"{self.name}: {self.problem}")
        if self.rotation is None and self.crop is None and self.second_file is None:
            section = read_section(self.file, top=self.top, base=self.base, name=self.name)
            return replace(section, scale=self.scale)
        top, base = (0.0, 1.0) if self.top is None or self.base is None else (self.top, self.base)
        lane = Lane(
            self.file,
            top,
            base,
            self.name,
            self.crop,
            self.rotation or 0,
            self.second_file,
            shape=self.shape,
        )  # with some depths, so that all are read alike
        return replace(lane.read(), top=self.top, base=self.base, scale=self.scale)

    @classmethod
    def of_lane(cls, lane: Lane, scale: DepthScale = METRES) -> SectionEntry:
        """Return the entry of a lane of a core, whose depths are shown by `scale`."""
        return cls(
            lane.name,
            lane.file,
            lane.top,
            lane.base,
            crop=lane.crop,
            rotation=lane.rotation,
            second_file=lane.second_file,
            scale=scale,
            shape=lane.shape,
            problem=photograph_problem(lane.file),
        )


def scale_of(entries: Iterable[SectionEntry]) -> DepthScale:
    """Return how the depths of photographs are shown: in feet where all that are known are in feet."""
    known = [entry.scale for entry in entries if entry.top is not None]
    feet = bool(known) and all(scale.unit == "ft" for scale in known)
    return DepthScale("ft" if feet else "m", known[0].datum if known else "")


def photograph_problem(file: Path) -> str:
    """Return why a file cannot be a photograph, empty where its first bytes are those of one."""
    try:
        check_photograph(file)
    except (OSError, ValueError) as error:
        return str(error)
    return ""
