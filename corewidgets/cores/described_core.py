"""A core as plain values for a file in a folder, such as that of a run, and back."""

from __future__ import annotations

import os
from collections.abc import Mapping
from typing import Any

from corewidgets.cores.core import Core, Lane
from corewidgets.cores.depth_scale import DepthScale
from corewidgets.cores.lane_shape import LaneShape
from corewidgets.links import found_from, seen_from

__all__ = ["describe_core", "described_lane", "described_scale"]


def describe_core(core: Core, folder: str | os.PathLike[str]) -> dict[str, Any]:
    """Return a core as plain values, ready for JSON; photographs are named as seen from the folder."""
    scale = {"unit": core.scale.unit, "datum": core.scale.datum}
    return {"name": core.name, **scale, "sections": [_describe(lane, folder) for lane in core]}


def _describe(lane: Lane, folder: str | os.PathLike[str]) -> dict[str, Any]:
    return {
        "name": lane.name,
        "file": seen_from(folder, lane.file),
        "top": lane.top,
        "base": lane.base,
        "crop": lane.crop,
        "rotation": lane.rotation,
        "second_file": None if lane.second_file is None else seen_from(folder, lane.second_file),
    } | ({} if lane.shape is None else {"corners": lane.shape.corners, "ties": lane.shape.ties})


def described_lane(row: Any, folder: str | os.PathLike[str]) -> Lane:
    """Return a lane, one of the `sections` that `describe_core` gave.

    Raises
    ------
    AttributeError, LookupError, OverflowError, TypeError, ValueError
        It was edited or is damaged.
    """
    second = None if row["second_file"] is None else found_from(folder, row["second_file"])
    known = {name: value for name, value in row.items() if name not in ("corners", "ties")}
    shape = LaneShape(row["corners"], row.get("ties", ())) if "corners" in row else None
    files = {"file": found_from(folder, row["file"]), "second_file": second}
    return Lane(**{**known, **files}, shape=shape)


def described_scale(values: Mapping[str, Any]) -> DepthScale:
    """Return the unit and the datum of depths of what `describe_core` gave; earlier versions gave none.

    Raises
    ------
    TypeError, ValueError
        The unit is not known.
    """
    return DepthScale(values.get("unit") or "m", values.get("datum") or "")
