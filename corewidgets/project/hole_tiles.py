"""Pictures of a hole by depth, tile by tile: photographs, maps, and the shares of the classes."""

from __future__ import annotations

import io
import math
from collections import OrderedDict
from collections.abc import Callable
from dataclasses import replace
from typing import Any, TypeVar

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from corewidgets.cores.core import SECOND
from corewidgets.cores.section_entry import SectionEntry
from corewidgets.project.depth_tiles import ROWS, Part, Tile, parts_of
from corewidgets.project.hole import Hole
from corewidgets.project.thumbnail import Thumbnails

__all__ = ["TRACKS", "HoleTiles"]

TRACKS = ("photograph", "second", "map", "log")
"""What is shown side by side: white light, ultraviolet, the maps, and the shares of the classes."""

_LOG_WIDTH = 128
_LEAST_WIDTH, _MOST_WIDTH = 72, 4096
_MAP_ROWS = 480
_N_OPEN = 3  # photographs held in full
_N_MAPS = 1500  # maps held small
_GROUND = (42, 42, 42)

Kept = TypeVar("Kept")
Codes = NDArray[np.uint8]


class HoleTiles:
    """Makes the pictures of a hole. Only what is asked for is read; small pictures are kept in the project.

    Parameters
    ----------
    hole : Hole

    Attributes
    ----------
    pieces : list of (str, float, float)
        Name, top and base in metres of the photographs whose depths are known, by their tops.
    width : float
        Metres across the widest of the photographs that were looked at to find out; the width of a track.
    """

    def __init__(self, hole: Hole) -> None:
        self.hole = hole
        project = hole.project
        self.pieces = [
            (entry.name, entry.top, entry.base)
            for entry in project.entries
            if entry.top is not None and entry.base is not None and not entry.problem
        ]
        self.pieces.sort(key=lambda piece: piece[1:])
        self._depths = {name: (top, base) for name, top, base in self.pieces}
        self._small = {"photograph": project.thumbnails, "second": Thumbnails(project.second_thumbnail)}
        self._open: OrderedDict[Any, NDArray[np.uint8]] = OrderedDict()
        self._maps: OrderedDict[Any, tuple[Codes, NDArray[np.float64]]] = OrderedDict()
        self.width = self._find_width()

    @property
    def ends(self) -> tuple[float, float]:
        """Depths of the uppermost and of the lowest end."""
        return min(top for _, top, _ in self.pieces), max(base for *_, base in self.pieces)

    @property
    def tracks(self) -> list[str]:
        """The tracks that there is something for."""
        has_second = any(entry.second_file is not None for entry in self.hole.project.entries)
        return [track for track in TRACKS if has_second or track != "second"]

    def forget(self, name: str) -> None:
        """Read the map of a photograph anew when it is next asked for."""
        self._maps.pop(name, None)

    def columns(self, tile: Tile, track: str) -> int:
        """Return the columns of the picture of a tile."""
        if track == "log":
            return _LOG_WIDTH
        return min(max(math.ceil(self.width / tile.row_length), _LEAST_WIDTH), _MOST_WIDTH)

    def picture(self, track: str, tile: Tile) -> bytes:
        """Return the picture of a tile, JPEG of photographs, else PNG; empty where it shows nothing.

        Photographs that cannot be read are left out; the project tells them from then on.
        """
        parts = parts_of(tile, self.pieces)
        if not parts:
            return b""
        size = (self.columns(tile, track), ROWS)
        if track == "log":
            return self._log(tile, parts, size)
        if track == "map":
            return self._map(parts, size)
        made = Image.new("RGB", size, _GROUND)
        for name, part in parts:
            source = self._photograph(name, track, part)
            if source is not None:
                box = (0, part.start * source.height, source.width, part.end * source.height)
                self._paste(made, source, name, part, box, Image.Resampling.BOX)
        return _saved(made, "JPEG", quality=85)

    # --- tracks ---------------------------------------------------------------------------------------

    def _paste(
        self, made: Image.Image, source: Image.Image, name: str, part: Part,
        box: tuple[float, float, float, float], resampling: Image.Resampling,
    ) -> None:  # fmt: skip
        """Put a part of a photograph into a tile, as wide as it is beside the others."""
        top, base = self._depths[name]
        across = (base - top) * source.width / source.height
        width = min(max(round(made.width * min(across / self.width, 1.0)), 1), made.width)
        shrunk = source.resize((width, part.stop - part.first), resampling, box=box)
        made.paste(shrunk, ((made.width - width) // 2, part.first))

    def _photograph(self, name: str, track: str, part: Part) -> Image.Image | None:
        """Return a photograph as large as a part of it needs; None where there is none."""
        entry = self._entry(name, track)
        if entry is None:
            return None
        needed = (part.stop - part.first) / (part.end - part.start)
        try:
            small = Image.open(io.BytesIO(self._small[track].of(entry)))
            if needed <= small.height * 1.1:
                return small.convert("RGB")
            known_by = (name, track, *self._small[track].digests(entry))  # it may be replaced meanwhile
            image = _held(self._open, known_by, _N_OPEN, lambda: self._full(name, track))
            return Image.fromarray(image)
        except (OSError, ValueError) as error:
            self.hole.project.note_problem(name, error)
            return None

    def _full(self, name: str, track: str) -> NDArray[np.uint8]:
        """Read a photograph; a second one is moved onto the first."""
        section = self.hole.project.entry(name).read()
        return np.asarray(section.image if track == "photograph" else section.others[SECOND])

    def _entry(self, name: str, track: str) -> SectionEntry | None:
        entry = self.hole.project.entry(name)
        if track == "photograph":
            return entry
        if entry.second_file is None:
            return None
        return replace(entry, file=entry.second_file, second_file=None)

    def _map(self, parts: list[tuple[str, Part]], size: tuple[int, int]) -> bytes:
        made = Image.new("L", size)
        for name, part in parts:
            found = self._small_map(name)
            if found is None:
                continue
            codes = found[0]
            if (part.stop - part.first) / (part.end - part.start) > 1.1 * len(codes):
                full = self.hole.project.map(name)
                codes = codes if full is None else full
            box = (0, part.start * codes.shape[0], codes.shape[1], part.end * codes.shape[0])
            self._paste(made, Image.fromarray(codes), name, part, box, Image.Resampling.NEAREST)
        return self._colored(made)

    def _log(self, tile: Tile, parts: list[tuple[str, Part]], size: tuple[int, int]) -> bytes:
        """Draw the shares of the classes of rock beside each other, in each row."""
        legend = self.hole.project.legend
        rock = np.array(legend.rock_codes)
        made = np.zeros(size[::-1], np.uint8)
        x = (np.arange(size[0]) + 0.5) / size[0]
        for name, part in parts:
            found = self._small_map(name)
            if found is None:
                continue
            counts = found[1]
            edges = np.linspace(part.start, part.end, part.stop - part.first + 1) * len(counts)
            first = np.minimum(np.floor(edges[:-1]).astype(int), len(counts) - 1)
            stop = np.maximum(np.ceil(edges[1:] - 1e-9).astype(int), first + 1)
            sums = np.concatenate([np.zeros((1, 256)), np.cumsum(counts, axis=0)])
            inside = (sums[stop] - sums[first])[:, rock]
            total = inside.sum(axis=1, keepdims=True)
            bounds = np.cumsum(inside, axis=1) / np.maximum(total, 1)
            place = (x[None, :, None] >= bounds[:, None, :]).sum(axis=2)
            made[part.first : part.stop] = np.where(total > 0, rock[np.minimum(place, len(rock) - 1)], 0)
        return self._colored(Image.fromarray(made))

    def _colored(self, codes: Image.Image) -> bytes:
        codes.putpalette(self.hole.project.legend.rgb().tobytes())
        return _saved(codes, "PNG", transparency=0)

    def _small_map(self, name: str) -> tuple[Codes, NDArray[np.float64]] | None:
        """Return a map as a small picture, and the pixels of each class in each of its rows.

        None where there is no map, or one of other pixels: the photograph was replaced since.
        """
        project = self.hole.project
        if not project.state(name).mapped or project.is_replaced(name):
            return None

        def made() -> tuple[Codes, NDArray[np.float64]]:
            codes = project.map(name)
            if codes is None:
                return np.zeros((1, 1), np.uint8), np.zeros((1, 256))
            scale = min(1.0, _MAP_ROWS / codes.shape[0])  # its proportions tell how wide it is
            n_rows, n_columns = (max(round(size * scale), 1) for size in codes.shape)
            small = np.asarray(Image.fromarray(codes).resize((n_columns, n_rows), Image.Resampling.NEAREST))
            starts = np.linspace(0, len(codes), n_rows, endpoint=False).astype(int)
            counts = np.zeros((n_rows, 256))
            for code in np.unique(codes):
                counts[:, code] = np.add.reduceat(np.count_nonzero(codes == code, axis=1), starts)
            return small, counts

        return _held(self._maps, name, _N_MAPS, made)

    def _find_width(self) -> float:
        """Return the metres across the widest of a few photographs, from their small pictures."""
        found = []
        for name, top, base in self.pieces[:: max(len(self.pieces) // 3, 1)]:
            part = Part(0, 1, 0.0, 1.0)
            small = self._photograph(name, "photograph", part)
            if small is not None:
                found.append((base - top) * small.width / small.height)
        return max(found, default=0.1)


def _held(kept: OrderedDict[Any, Kept], key: Any, most: int, make: Callable[[], Kept]) -> Kept:
    """Return what is kept, or make it; what was used least recently goes."""
    if key not in kept:
        kept[key] = make()
    kept.move_to_end(key)
    while len(kept) > most:
        kept.popitem(last=False)
    return kept[key]


def _saved(image: Image.Image, kind: str, **options: int) -> bytes:
    content = io.BytesIO()
    image.save(content, format=kind, **options)
    return content.getvalue()
