"""TIFF files: which of their pages is the photograph, and its pixels, strip by strip or tile by tile."""

from __future__ import annotations

import math
import sys
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import Any

import numpy as np
import tifffile
from numpy.typing import NDArray
from PIL import TiffImagePlugin

from corewidgets.cores.picture import BITS, Picture, Samples, UnsuitableError, srgb_of
from corewidgets.cores.pillow_picture import (
    ORIENTATION,
    all_samples,
    check_size,
    joined_bytes,
    loaded,
    no_photograph,
    picture_of,
    raw_mode,
    set_raw_mode,
)
from corewidgets.unpacking import check_segment, size_limit

__all__ = ["open_tiff"]

MAX_SAMPLES = 8  # a pixel
TIFFFILE_CODECS = {1, 8, 32773, 32946}  # none, Deflate, PackBits, old Deflate: read without further packages
PROFILE, LARGEST_VALUE = 34675, 281  # the tags
RAW_KINDS = {32803, 34892}  # photometric: a color filter before each pixel, and linear raw
SAME_PROPORTIONS = 0.02
LARGEST_TILE = 4096 * 4096  # pixels; tiles may reach beyond a small page
STORED_ROWS = 256  # of an uncompressed strip that are read at once


def open_tiff(path: Path, files: ExitStack) -> Picture:
    """Return the picture in a TIFF file, which `files` keeps open."""
    file = files.enter_context(tifffile.TiffFile(path))
    notes: list[str] = []
    pages = _chosen(file, path, notes)
    page = pages[0]
    check_size((page.imagewidth, page.imagelength), path)
    n_samples = page.samplesperpixel * page.imagedepth * len(pages)
    if n_samples > MAX_SAMPLES:
        raise UnsuitableError(no_photograph(path, f"{n_samples} values per pixel"))
    if page.bitspersample > 8 and page.bitspersample != 16:
        raise UnsuitableError(no_photograph(path, f"{page.bitspersample} bits a sample"))
    if page.bitspersample == 16:
        _check_wide(page, path)
    if _is_plain(page) or len(pages) > 1:
        picture = _plain_picture(pages)
    elif page.bitspersample == 16:
        picture = _wide_picture(page, path, files)
    else:
        picture = picture_of(files.enter_context(_pillow_page(path, page.offset)), path)
    picture.notes[:0] = notes
    picture.said_bits = _said_bits(page) if picture.wide else None
    tag = page.tags.get(PROFILE)
    if picture.to_srgb is None and tag is not None:
        picture.to_srgb = srgb_of(bytes(tag.value), picture.n_colors, path, picture.notes)
    return picture


def _said_bits(page: Any) -> int | None:
    """Return how many bits a page says that are in use, where its largest value is that of a range."""
    tag = page.tags.get(LARGEST_VALUE)
    largest = np.max(tag.value) if tag else 0
    return next((bits for bits in BITS if largest == 2**bits - 1 and bits < BITS[-1]), None)


# --------------------------------------------------------------------------------------------------- the page


def _chosen(file: tifffile.TiffFile, path: Path, notes: list[str]) -> list[Any]:
    """Return the page that is the photograph, or three that are its red, green and blue."""
    full = [page for page in _all_pages(file) if not (page.is_reduced or page.is_mask)]
    if not full:
        raise ValueError("there is no page of full size in it")
    stacked = _n_stacked(file) if len(full) == 1 else 1
    if len(full) == 1 and stacked == 1:
        return _developed(full, path)
    largest: Any = max(full, key=lambda page: page.imagelength * page.imagewidth, default=None)
    others = [page for page in full if page is not largest]
    if others and stacked == 1 and all(_is_copy(page, largest) for page in others):
        notes.append(
            f"'{path}' has {len(full)} pages; the largest, page {full.index(largest) + 1}, of "
            f"{largest.imagelength} rows and {largest.imagewidth} columns, is read. The others have the same "
            "proportions, so they are taken as smaller copies."
        )
        return _developed([largest], path)
    if _are_channels(file, full):
        notes.append(
            f"'{path}' has three pages that are its channels; they are taken as red, green and blue."
        )
        return full
    n_pages = max(len(full), stacked)
    kind = " of a stack of ImageJ" if file.is_imagej else " of an OME file" if file.is_ome else ""
    raise UnsuitableError(
        f"'{path}' has {n_pages} pages of full size{kind}, but a section is one photograph; save each page "
        "as a file of its own."
    )


def _all_pages(file: tifffile.TiffFile) -> list[Any]:
    """Return the pages of a file, each followed by those below it, where raw files keep the large one."""
    return [below for page in file.pages for below in (page, *(getattr(page, "pages", None) or ()))]


def _developed(pages: list[Any], path: Path) -> list[Any]:
    """Return pages, or raise where they are what the sensor of a camera has measured."""
    if pages[0].photometric in RAW_KINDS:
        raise UnsuitableError(
            f"'{path}' is a camera raw file, whose pixels have no colors yet; convert it to TIFF or JPEG."
        )
    return pages


def _n_stacked(file: tifffile.TiffFile) -> int:
    """Return how many pictures ImageJ keeps behind the one page that it describes."""
    about = file.imagej_metadata if file.is_imagej else None
    return int((about or {}).get("images", 1))


def _is_copy(page: Any, largest: Any) -> bool:
    """Tell whether a page has the proportions of the largest and at most half its sides."""
    rows, columns = page.imagelength / largest.imagelength, page.imagewidth / largest.imagewidth
    rounding = 1 / min(largest.imagelength, largest.imagewidth)
    return max(rows, columns) <= 0.5 + rounding and abs(rows - columns) <= max(
        SAME_PROPORTIONS * max(rows, columns), rounding
    )


def _are_channels(file: tifffile.TiffFile, pages: list[Any]) -> bool:
    """Tell whether pages are three channels of one picture, by what ImageJ or OME says of the file."""
    if not (file.is_imagej or file.is_ome) or len(pages) != 3 or len(file.series) != 1:
        return False
    series: Any = file.series[0]
    alike = {(page.imagelength, page.imagewidth, page.bitspersample, page.samplesperpixel) for page in pages}
    axes = [axis for axis, n in zip(series.axes, series.shape, strict=True) if n > 1 or axis in "YX"]
    return axes == ["C", "Y", "X"] and len(alike) == 1 and all(map(_is_grey, pages))


def _is_grey(page: Any) -> bool:
    """Tell whether a page can be read as a channel."""
    return page.samplesperpixel == 1 and page.photometric.name == "MINISBLACK" and _is_plain(page)


# ------------------------------------------------------------------------------------- pages read by tifffile


def _is_plain(page: Any) -> bool:
    """Tell whether tifffile alone reads a page, so that a part of it can be read without the rest."""
    kind, n_samples = page.photometric.name, page.samplesperpixel
    n_needed = {"RGB": range(3, MAX_SAMPLES + 1), "MINISBLACK": range(1, 3), "MINISWHITE": range(1, 3)}
    most_known = page.bitspersample == 16 or (page.bitspersample == 8 and n_samples in n_needed.get(kind, ()))
    return bool(
        most_known
        and page.compression in TIFFFILE_CODECS
        and kind in n_needed
        and page.sampleformat == 1
        and page.predictor in {1, 2}
        and page.fillorder == 1
        and page.imagedepth == 1
        and 1 not in page.extrasamples
    )


def _check_wide(page: Any, path: Path) -> None:
    """Raise where 16-bit samples are no colors, or in an order that nothing here reads."""
    kind = page.photometric.name
    if kind not in {"MINISWHITE", "MINISBLACK", "RGB"} or page.sampleformat != 1 or 1 in page.extrasamples:
        raise UnsuitableError(no_photograph(path, f"16-bit samples of the kind {kind}"))
    readable = page.planarconfig == 1 and page.samplesperpixel in {1, 3, 4}
    if page.compression not in TIFFFILE_CODECS and not readable:
        raise UnsuitableError(
            f"'{path}' keeps 16-bit samples in an unsupported layout with {page.compression.name} "
            "compression, which cannot be read; save it without compression."
        )


def _plain_picture(pages: list[Any]) -> Picture:
    """Return a picture that is decoded part by part; several pages are channels of it."""
    page = pages[0]
    readers = [_Segments(each).read for each in pages]
    n_colors, chosen = _chosen_samples(page)
    inverted = page.photometric.name == "MINISWHITE"
    highest = page.dtype.type(2**page.bitspersample - 1)

    def read(rows: slice, columns: slice) -> Samples:
        if len(readers) > 1:
            return np.concatenate([reader(rows, columns) for reader in readers], axis=2)
        samples = readers[0](rows, columns)[..., chosen]
        if inverted:
            samples[..., :1] = highest - samples[..., :1]
        return samples

    tag = page.tags.get(ORIENTATION)
    return Picture(
        shape=(page.imagelength, page.imagewidth),
        read=read,
        n_colors=3 if len(pages) > 1 else n_colors,
        has_alpha=len(pages) == 1 and len(chosen) > n_colors,
        wide=page.bitspersample == 16,
        orientation=int(tag.value) if tag else 1,
    )


def _chosen_samples(page: Any) -> tuple[int, list[int]]:
    """Return the number of colors, and which samples of a pixel are colors and transparency."""
    n_colors = 3 if page.photometric.name == "RGB" else 1
    alpha = [n_colors + position for position, extra in enumerate(page.extrasamples) if extra == 2][:1]
    return n_colors, [*range(n_colors), *alpha]


class _Segments:
    """Decodes of a page what is asked for: its strips or tiles, or rows of strips that are not compressed.

    Decoded segments are kept as long as what is asked for goes on below.
    """

    def __init__(self, page: Any) -> None:
        self._page = page
        self._file = page.parent.filehandle
        self._kept: dict[int, Samples] = {}
        size = self._file.size
        ends = zip(page.dataoffsets, page.databytecounts, strict=True)
        if any(start + length > size for start, length in ends):
            raise ValueError("the file ends before its last row")
        self._rows = page.tilelength if page.is_tiled else min(page.rowsperstrip, page.imagelength)
        self._columns = page.tilewidth if page.is_tiled else page.imagewidth
        if self._rows * self._columns > max(LARGEST_TILE, page.imagelength * page.imagewidth):
            raise ValueError(f"it has tiles of {self._rows} rows and {self._columns} columns")
        self._down = math.ceil(page.imagelength / self._rows)
        self._across = math.ceil(page.imagewidth / self._columns)
        self._n_planes = page.samplesperpixel if page.planarconfig == 2 else 1
        self._n_samples = page.samplesperpixel // self._n_planes
        if len(page.dataoffsets) < self._down * self._across * self._n_planes:
            raise ValueError("it lacks some of its strips or tiles")
        plain_rows = page.compression == 1 and page.predictor == 1 and not page.is_tiled
        self._part: Callable[[int, slice, slice], Iterator[tuple[int, int, Samples]]] = (
            self._stored_rows if plain_rows else self._decoded
        )

    def read(self, rows: slice, columns: slice) -> Samples:
        """Return part of a page, ``(n_rows, n_columns, n_samples)``."""
        shape = (rows.stop - rows.start, columns.stop - columns.start, self._page.samplesperpixel)
        samples = np.zeros(shape, self._page.dtype.newbyteorder("="))
        for plane in range(self._n_planes):
            chosen = slice(plane * self._n_samples, (plane + 1) * self._n_samples)
            for top, left, segment in self._part(plane, rows, columns):
                _put(samples[..., chosen], segment, top - rows.start, left - columns.start)
        return samples

    def _stored_rows(self, plane: int, rows: slice, columns: slice) -> Iterator[tuple[int, int, Samples]]:
        """Yield rows of strips that are not compressed, without reading the others."""
        page, dtype = self._page, self._page.dtype.newbyteorder(self._page.parent.byteorder)
        n_values = page.imagewidth * self._n_samples
        row = rows.start
        while row < rows.stop:
            strip, within = divmod(row, self._rows)
            stop = min(rows.stop, (strip + 1) * self._rows, row + STORED_ROWS)
            index = plane * self._down + strip
            self._file.seek(page.dataoffsets[index] + within * n_values * dtype.itemsize)
            data = self._file.read((stop - row) * n_values * dtype.itemsize)
            yield row, 0, np.frombuffer(data, dtype).reshape(stop - row, page.imagewidth, self._n_samples)
            row = stop

    def _decoded(self, plane: int, rows: slice, columns: slice) -> Iterator[tuple[int, int, Samples]]:
        """Yield the strips or tiles that have a share in a rectangle."""
        self._kept = {
            index: segment for index, segment in self._kept.items() if self._row_stop(index) > rows.start
        }
        for down in range(rows.start // self._rows, math.ceil(rows.stop / self._rows)):
            for across in range(columns.start // self._columns, math.ceil(columns.stop / self._columns)):
                index = (plane * self._down + down) * self._across + across
                if index not in self._kept:
                    self._kept[index] = self._decode(index)
                yield down * self._rows, across * self._columns, self._kept[index]

    def _row_stop(self, index: int) -> int:
        """Return the first row after a segment."""
        return (index // self._across % self._down + 1) * self._rows

    def _decode(self, index: int) -> Samples:
        """Decode a strip or a tile, ``(n_rows, n_columns, n_samples)``; one that was left out is 0."""
        length = self._page.databytecounts[index]
        if not length:
            return np.zeros((self._rows, self._columns, self._n_samples), self._page.dtype)
        self._file.seek(self._page.dataoffsets[index])
        data = self._file.read(length)
        n_values = self._rows * self._columns * self._n_samples
        check_segment(data, self._page.compression, n_values * self._page.dtype.itemsize)
        segment, _, _ = self._page.decode(data, index)
        return np.asarray(segment[0])


def _put(samples: Samples, segment: Samples, top: int, left: int) -> None:
    """Write what overlaps of a segment, whose corner lies at a row and a column, into samples."""
    rows = slice(max(top, 0), min(top + segment.shape[0], samples.shape[0]))
    columns = slice(max(left, 0), min(left + segment.shape[1], samples.shape[1]))
    part = segment[rows.start - top : rows.stop - top, columns.start - left : columns.stop - left]
    samples[rows, columns] = part


# --------------------------------------------------------------------------------------- pages read by Pillow


def _wide_picture(page: Any, path: Path, files: ExitStack) -> Picture:
    """Return a picture of 16 bits with a compression that only libtiff knows, such as LZW."""
    inverted = page.photometric.name == "MINISWHITE"
    n_colors, chosen = _chosen_samples(page)
    with _pillow_page(path, page.offset) as image:
        high = all_samples(image)
    read: Callable[[slice, slice], Samples] = lambda rows, columns: high[rows, columns]  # noqa: E731
    split = page.samplesperpixel > 1  # of grey, Pillow keeps all 16 bits
    if split:
        low = files.enter_context(_pillow_page(path, page.offset, lower_bytes=True))
        read = joined_bytes(high, loaded(low))

    def read_colors(rows: slice, columns: slice) -> NDArray[Any]:
        samples = read(rows, columns)[..., chosen]
        return 65535 - samples if inverted else samples

    return Picture(
        shape=high.shape[:2],
        read=read_colors,
        n_colors=n_colors,
        has_alpha=len(chosen) > n_colors,
        wide=True,
        spent=high if split else None,
    )


@contextmanager
def _pillow_page(
    path: Path, offset: int, *, lower_bytes: bool = False
) -> Iterator[TiffImagePlugin.TiffImageFile]:
    """Decode the page at an offset, whose size was checked, with Pillow's own limit lifted.

    Of 16-bit colors Pillow keeps a byte of each, the upper ones or on request the lower ones.
    """
    with size_limit(None):
        image = TiffImagePlugin.TiffImageFile(path)
        if image.tag_v2.offset != offset:
            image._frame_pos = [offset]  # as Pillow itself goes to pages below a page
            image._seek(0)
        if lower_bytes:
            other = ";16B" if sys.byteorder == "little" else ";16L"
            set_raw_mode(image, raw_mode(image).replace(";16N", other))
        image.load()
    try:
        yield image
    finally:
        image.close()
