"""Stages that show the same part of a core."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from corewidgets.widgets.stage.stage import Stage

__all__ = ["link_viewports"]


def link_viewports(first: Stage, second: Stage) -> Callable[[], None]:
    """Let two stages show the same part, as large on the page, beginning with what `first` shows.

    A stage that is only resized moves no other one, and shows again what both were asked for.

    Parameters
    ----------
    first, second : Stage
        Stages of images of the same size; the stages may differ in size.

    Returns
    -------
    callable
        Call it to end the link.
    """

    def follow(change: dict[str, Any]) -> None:
        moved = change["owner"]
        other = second if moved is first else first
        if other.asked is not moved.asked:
            other.viewport = moved.asked

    for stage in (first, second):
        stage.observe(follow, "viewport")
    follow({"owner": first})

    def unlink() -> None:
        for stage in (first, second):
            stage.unobserve(follow, "viewport")

    return unlink
