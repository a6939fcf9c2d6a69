"""Labels as pictures: PNG and TIFF."""

import json
import operator
from pathlib import Path
from typing import Any

import numpy as np
import tifffile
from numpy.typing import NDArray
from PIL import Image, PngImagePlugin

from corewidgets.labels.colors import codes_of_indexes, codes_of_mask, codes_of_pixels
from corewidgets.labels.decoding import LEGEND, check_size, decoding, legend_text, no_labels, parse_legend
from corewidgets.labels.legend import Legend
from corewidgets.labels.ome import values_in
from corewidgets.labels.photograph_mark import PHOTOGRAPH, mark_in
from corewidgets.unpacking import check_segment, size_limit

__all__ = ["mark_in_png", "palette_of", "read_png", "read_tiff", "write_png", "write_tiff"]

Codes = NDArray[Any]
Shape = tuple[int, int] | None

_GREY_SCALES = {"L;2": 85, "L;4": 17}
"""What Pillow multiplies grey values of 2 and 4 bits by, so that they reach from black to white."""

_LARGEST_TILE = 2**24  # pixels; tiles may reach beyond a small page

_LOSSY = {6: "JPEG", 7: "JPEG", 34712: "JPEG 2000", 33003: "JPEG 2000", 33005: "JPEG 2000", 50001: "WebP"}
"""Compressions of TIFF, by their numbers, that change values."""

_BEFORE = ("tifffile.py", 8, "")
"""Writer, compression and description of files that we wrote without a legend, until they had a mark."""

_NUMBERS = {"1", "I", "I;16", "I;16B", "F"}
"""Modes of pictures that are numbers and no colors."""


def read_png(
    path: Path, _: Shape, legend: Legend | None, colors: Legend | None = None
) -> tuple[Codes, Legend | None, str | None]:
    """Read a PNG file: indexed, grey, or in the colors of a legend."""
    with decoding(path), PngImagePlugin.PngImageFile(path) as image:
        check_size(image.height, image.width, path)
        scale = _GREY_SCALES.get(str(image.tile[0].args), 1)
        image.load()
        text, mark = image.text.get(LEGEND), mark_in(image.text.get(PHOTOGRAPH))
    own = parse_legend(text, path)
    if scale > 1:
        return np.asarray(image) // scale, own, mark
    return *_codes(image, own, legend, colors, path, is_ours=own is not None), mark


def _codes(
    image: Image.Image,
    own: Legend | None,
    legend: Legend | None,
    colors: Legend | None,
    path: Path,
    *,
    is_ours: bool,
) -> tuple[Codes, Legend | None]:
    """Return the codes of a picture, and the legend that they follow if it is known."""
    if image.mode == "P":
        counts = np.array(image.histogram())
        table, found = codes_of_indexes(
            palette_of(image), counts, own, legend or colors, path, is_needed=legend is not None
        )
        return table[np.asarray(image)], found
    if image.mode == "L":
        mask = None if is_ours else codes_of_mask(np.array(image.histogram()), legend, path)
        return (np.array(image) if mask is None else mask[np.asarray(image)]), own
    if image.mode in _NUMBERS:
        return np.array(image), own
    known = own or legend or colors
    if known is None:
        raise ValueError(
            f"'{path}' is a picture in colors ({image.mode}), which need a legend to become codes; give the "
            "legend that it was painted with (legend=..., or --legend FILE)."
        )
    return codes_of_pixels(np.array(image.convert("RGBA")), known, path), known


def mark_in_png(path: Path) -> str | None:
    """Return the digest of the photograph that a PNG was drawn on, None where it has none. No pixel is read.

    Raises
    ------
    OSError, ValueError
        It is no PNG, or cannot be read.
    """
    with decoding(path), PngImagePlugin.PngImageFile(path) as image:
        return mark_in(image.info.get(PHOTOGRAPH))


def palette_of(image: Image.Image) -> NDArray[np.uint8]:
    """Return the color of each value of an indexed picture.

    Parameters
    ----------
    image : PIL.Image.Image
        Of mode P.

    Returns
    -------
    ndarray of uint8, (256, 4)
        Red, green, blue and how opaque; values that the palette lacks are black.
    """
    colors = np.zeros((256, 4), np.uint8)
    colors[:, 3] = 255
    given = np.array(image.getpalette("RGB") or [], np.uint8).reshape(-1, 3)[:256]
    colors[: len(given), :3] = given
    transparency = image.info.get("transparency")
    if isinstance(transparency, bytes):
        colors[: len(transparency), 3] = np.frombuffer(transparency[:256], np.uint8)
    elif isinstance(transparency, int):
        colors[transparency, 3] = 0
    return colors


def write_png(
    path: Path, labels: NDArray[np.uint8], legend: Legend | None, photograph: str | None = None
) -> None:
    """Write an indexed PNG file; unlabelled pixels are transparent."""
    image = Image.fromarray(labels).convert("L")
    image.putpalette((legend or Legend.of_codes(255)).rgb().tobytes())
    text = PngImagePlugin.PngInfo()
    if legend is not None:
        text.add_text(LEGEND, legend_text(legend))
    if photograph is not None:
        text.add_text(PHOTOGRAPH, photograph)
    image.save(path, format="PNG", pnginfo=text, bits=8, transparency=0, optimize=False)


def read_tiff(
    path: Path, _: Shape, legend: Legend | None, colors: Legend | None = None
) -> tuple[Codes, Legend | None, str | None]:
    """Read a TIFF file: one page of codes, or in the colors of a legend."""
    with decoding(path), tifffile.TiffFile(path) as file:
        n_pages = len(file.pages)
        page: Any = file.pages[0]
        n_rows, n_columns = map(operator.index, (page.imagelength, page.imagewidth))
        check_size(n_rows, n_columns * page.imagedepth * page.samplesperpixel, path)
        ends = [page.dataoffsets[-1] + page.databytecounts[-1], *map(_end, page.tags)]
        if max(ends) > file.filehandle.size:
            raise ValueError("the file ends before its last row or its description")
        compression, description, writer = int(page.compression), str(page.description), str(page.software)
        n_samples = page.samplesperpixel
        has_codes = n_pages == 1 and compression not in _LOSSY and n_samples <= 4
        image = _decoded(page, path) if has_codes else None
        if path.name.lower().endswith((".ome.tif", ".ome.tiff")) and "<OME" not in description:
            raise ValueError("its XML is missing")
    if n_pages != 1:
        raise ValueError(
            f"'{path}' has {n_pages} pages, but labels are one; save them as a file of their own."
        )
    if compression in _LOSSY:
        raise ValueError(
            f"'{path}' is compressed as {_LOSSY[compression]}, which alters codes and colors; export it "
            "again with LZW or ZIP compression, or with none."
        )
    if image is None:
        raise no_labels(path, f"{n_samples} values per pixel")
    own, mark, is_ours = _tiff_description(description, path)
    is_ours |= (writer, compression, description) == _BEFORE
    if isinstance(image, Image.Image):
        return *_codes(image, own, legend, colors, path, is_ours=is_ours), mark
    return image, own, mark


def _end(tag: Any) -> int:
    """Return where the value of a tag ends in the file."""
    return int(tag.valueoffset + tag.valuebytecount)


def _decoded(page: Any, path: Path) -> Image.Image | Codes:
    """Decode a page; colors, and compressions that need more than tifffile, are left to Pillow."""
    is_grey = page.samplesperpixel == 1 and int(page.photometric) in {0, 1}
    if is_grey and page.compression in {1, 8, 32773, 32946}:
        _check_segments(page)
        codes = np.asarray(page.asarray())
        return Image.fromarray(codes) if codes.dtype == np.uint8 and codes.ndim == 2 else codes
    with size_limit(None), Image.open(path, formats=["TIFF"]) as image:
        image.load()
    return image


def _check_segments(page: Any) -> None:
    """Raise where a strip or a tile unpacks to more than its pixels."""
    n_pixels = page.tilelength * page.tilewidth if page.is_tiled else page.imagelength * page.imagewidth
    if n_pixels > max(_LARGEST_TILE, page.imagelength * page.imagewidth):
        raise ValueError(f"it has tiles of {page.tilelength} rows and {page.tilewidth} columns")
    file = page.parent.filehandle
    for start, length in zip(page.dataoffsets, page.databytecounts, strict=True):
        file.seek(start)
        check_segment(file.read(length), page.compression, n_pixels * page.dtype.itemsize)


def _tiff_description(description: str, path: Path) -> tuple[Legend | None, str | None, bool]:
    """Return the legend and the digest in a description, and whether `write_tiff` wrote it."""
    if f'"{LEGEND}"' not in description:
        return None, None, False
    in_xml = values_in(description)
    if in_xml:
        legend = None if in_xml.get(LEGEND) == "null" else parse_legend(in_xml.get(LEGEND), path)
        return legend, mark_in(in_xml.get(PHOTOGRAPH)), True
    with decoding(path):
        told = json.loads(description)
        values, mark = told[LEGEND], mark_in(told.get(PHOTOGRAPH))
    return parse_legend(None if values is None else json.dumps(values), path), mark, True


def write_tiff(
    path: Path, labels: NDArray[np.uint8], legend: Legend | None, photograph: str | None = None
) -> None:
    """Write a TIFF file with the legend and the digest of the photograph in its description."""
    told = {LEGEND: legend and legend.to_dict()} | ({PHOTOGRAPH: photograph} if photograph else {})
    description = json.dumps(told)
    tifffile.imwrite(
        path, labels, photometric="minisblack", compression="zlib", description=description, metadata=None
    )
