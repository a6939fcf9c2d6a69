"""Drawing that goes to the page in one message, or not at all.

This is the one place that knows private parts of ipycanvas, whose version is bound in `pyproject.toml`.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from ipycanvas import MultiCanvas, hold_canvas

__all__ = ["SHARED_TRAIT", "held"]

SHARED_TRAIT = "_canvas_manager"
"""Trait of a canvas: the one widget that draws for all canvases of a kernel."""


@contextmanager
def held(canvas: MultiCanvas) -> Iterator[None]:
    """Send the commands of the block as one message; an error sends none and leaves nothing held.

    ipycanvas's own `hold_canvas` holds all drawing of the kernel for good when its block raises.
    """
    manager = getattr(canvas, SHARED_TRAIT)
    try:
        with hold_canvas():
            yield
    except BaseException:
        manager._caching = False
        manager._commands_cache, manager._buffers_cache = [], []
        manager._current_canvas = None
        raise
