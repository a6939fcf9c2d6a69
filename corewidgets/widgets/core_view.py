"""The hole at depth on the page: a script that draws tiles; only those in view are made and sent."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import anywidget
from traitlets import Dict, Float, Int, List, Unicode

from corewidgets.cores.depth_scale import UNITS
from corewidgets.project.depth_tiles import FINEST, ROWS, Tile
from corewidgets.project.hole_tiles import HoleTiles
from corewidgets.widgets.background import Ticket, Worker
from corewidgets.widgets.messages import Messages

__all__ = ["CoreView"]

_FOLDER = Path(__file__).parent
_TITLES = {"photograph": "White light", "second": "Ultraviolet", "map": "Map", "log": "Classes"}


class CoreView(anywidget.AnyWidget):
    """Shows the photographs of a hole, their maps and the shares of the classes on one depth axis.

    Parameters
    ----------
    tiles : HoleTiles
    messages : Messages
        Where errors are shown.

    Attributes
    ----------
    unit : str
        "m" or "ft", of the ruler. Trait.
    seen : list of float
        Depths in metres at the upper and the lower edge. Trait.
    """

    _esm = (_FOLDER / "core_view.js").read_text("utf-8")  # by its name each widget would be kept for ever
    _css = (_FOLDER / "core_view.css").read_text("utf-8")

    pieces: Any = List().tag(sync=True)
    tracks: Any = List().tag(sync=True)
    width = Float(0.1).tag(sync=True)
    height = Int(560).tag(sync=True)
    unit = Unicode("m").tag(sync=True)
    units = Dict().tag(sync=True)
    tile_rows = Int(ROWS).tag(sync=True)
    finest = Float(FINEST).tag(sync=True)
    seen: Any = List().tag(sync=True)

    def __init__(self, tiles: HoleTiles, messages: Messages, height: int) -> None:
        self.tiles = tiles
        self._messages, self._told = messages, set[str]()
        self._worker = Worker(messages.fail, lambda _: None)
        self._opened: Callable[[str, float], object] = lambda name, share: None
        pieces = [list(piece) for piece in tiles.pieces]
        ends = tiles.ends if pieces else []
        super().__init__(
            pieces=pieces, tracks=[[track, _TITLES[track]] for track in tiles.tracks], width=tiles.width,
            height=height, unit=tiles.hole.project.scale.unit, units=dict(UNITS), seen=ends,
        )  # fmt: skip
        self.on_msg(messages.wrap(self._said))

    def on_open(self, callback: Callable[[str, float], object]) -> None:
        """Call back with the name of a photograph that is clicked, and where: 0 at its top, 1 at its base."""
        self._opened = callback

    def refresh(self, name: str) -> None:
        """Show the map of a photograph as it is now."""
        self.tiles.forget(name)
        depths = next(((top, base) for found, top, base in self.tiles.pieces if found == name), None)
        if depths is not None:
            self.send({"kind": "stale", "tracks": ["map", "log"], "top": depths[0], "base": depths[1]})

    def show(self, top: float, base: float) -> None:
        """Show depths, in metres."""
        self.send({"kind": "show", "top": top, "base": base})

    def stop(self) -> None:
        """Make no more pictures."""
        self._worker.stop()

    def wait(self, timeout: float = 60.0) -> bool:
        """Wait until no pictures are being made; return whether that came within `timeout` seconds."""
        return self._worker.wait(timeout)

    def _said(self, _: Any, content: dict[str, Any], __: list[Any]) -> None:
        if content.get("kind") == "look":
            known = set(self.tiles.tracks)
            wanted = [
                (str(track), Tile(int(level), int(index)))
                for track, level, index in content["tiles"]
                if track in known
            ]
            self._worker.submit(lambda ticket: self._make(ticket, wanted))
        elif content.get("kind") == "open":
            self._opened(str(content["name"]), float(content["share"]))

    def _make(self, ticket: Ticket, wanted: list[tuple[str, Tile]]) -> None:
        """Make the pictures of tiles, and send each when it is there; in a thread."""
        for track, tile in wanted:
            ticket.check()
            picture = self.tiles.picture(track, tile)
            content = {"kind": "tile", "track": track, "level": tile.level, "index": tile.index}
            ticket.deliver(self.send, content, [picture])
        ticket.deliver(self._tell_replaced)

    def _tell_replaced(self) -> None:
        """Say, once for each, that maps are not shown because their photographs were replaced since."""
        hole = self.tiles.hole
        new = [name for name in hole.project.replaced if name not in self._told]
        self._told.update(new)
        if told := hole.of_other_pixels(new):
            self._messages.note(f"Maps are not shown. {told}")
