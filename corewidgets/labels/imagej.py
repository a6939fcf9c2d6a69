"""Labels as regions of ImageJ: an archive of outlines, each called by its class."""

from __future__ import annotations

import base64
import io
import json
import re
import warnings
import zipfile
import zlib
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from corewidgets.extras import import_extra
from corewidgets.labels.arrays import MAX_PIXELS, regions
from corewidgets.labels.decoding import decoding
from corewidgets.labels.drawings import Drawing, draw, legend_of, outlines
from corewidgets.labels.geojson import own_member, own_of, photograph_of
from corewidgets.labels.legend import Legend
from corewidgets.labels.polygons import fill_polygon, from_xy, to_xy, trace_regions
from corewidgets.unpacking import check_unpacked

__all__ = ["read_rois", "write_rois"]

_LARGEST = 2**26  # bytes of what we write of legend and photograph
_MOST = 2**28  # bytes of all outlines: more than those of any photograph
_NUMBER = re.compile(r"[ _-]?\d+(-\d+)*$")
"""What ImageJ and this package put after the name, so that no two outlines have one."""

_ASTRAL = re.compile("[\U00010000-\U0010ffff]")
"""Characters that take two units in the names of outlines, whose length some readers count wrong."""

_AREAS = {"POLYGON", "RECT", "OVAL", "FREEHAND", "TRACED"}
_STROKES = {"LINE", "POLYLINE", "FREELINE", "POINT"}

_MARK = b"corewidgets "
_CLOSE, _LINE, _MOVE = 4.0, 1.0, 0.0


def write_rois(
    path: Path, labels: NDArray[np.uint8], legend: Legend | None, photograph: str | None = None
) -> None:
    """Write an archive of outlines; the legend stands in its comment, which other programs pass over."""
    roifile = import_extra("roifile", "formats", "A set of regions of ImageJ")
    classes = legend or Legend.of_codes(255)
    content = io.BytesIO()
    with zipfile.ZipFile(content, "w", zipfile.ZIP_DEFLATED) as archive:
        for number, (code, rings) in enumerate(outlines(labels), 1):
            roi = _roi(roifile, rings)
            roi.name = f"{_ASTRAL.sub('?', classes.name(code))} {number:04d}"
            roi.group = code
            archive.writestr(zipfile.ZipInfo(f"{number:04d}.roi"), roi.tobytes())
        archive.comment = _comment(own_member(labels, legend, photograph))
    path.write_bytes(content.getvalue())


def _comment(own: dict[str, Any]) -> bytes:
    """Return what the comment of an archive says of legend and photograph."""
    comment = _MARK + base64.b64encode(zlib.compress(json.dumps(own).encode(), 9))
    if len(comment) > zipfile.ZIP_MAX_COMMENT:
        raise ValueError("The legend is too long for regions of ImageJ; shorten names, or write .png.")
    return comment


def _own_in(comment: bytes) -> Any:
    """Return what `_comment` wrote, None where a comment says something else."""
    if not comment.startswith(_MARK):
        return None
    text = zlib.decompressobj().decompress(base64.b64decode(comment.removeprefix(_MARK)), _LARGEST)
    return json.loads(text)


def _roi(roifile: Any, rings: list[NDArray[np.float64]]) -> Any:
    """Return an outline: a polygon, or a path of several where there are holes."""
    corners = [to_xy(ring).astype(np.int32) for ring in rings]
    roi = roifile.ImagejRoi.frompoints(corners[0])
    roi.roitype = roifile.ROI_TYPE.POLYGON
    if len(corners) > 1:
        path = np.concatenate([_path(ring) for ring in corners]).astype(np.float32)
        (left, top), (right, bottom) = corners[0].min(axis=0).tolist(), corners[0].max(axis=0).tolist()
        roi = roifile.ImagejRoi(
            roitype=roifile.ROI_TYPE.RECT, multi_coordinates=path, shape_roi_size=len(path)
        )
        roi.left, roi.top, roi.right, roi.bottom = left, top, right, bottom
    return roi


def _path(ring: NDArray[np.int32]) -> NDArray[np.float64]:
    """Return a ring as steps of a path: go there, lines, close."""
    steps = np.column_stack([np.full(len(ring), _LINE), ring])
    steps[0, 0] = _MOVE
    return np.append(steps.ravel(), _CLOSE)


def read_rois(
    path: Path, shape: tuple[int, int] | None, legend: Legend | None, stroke_width: float | None = None
) -> tuple[NDArray[Any], Legend | None, str | None]:
    """Read an archive of outlines; the class is the name of each without its number.

    Lines and points are strokes of `stroke_width` pixels, and left out without it.
    """
    roifile = import_extra("roifile", "formats", "A set of regions of ImageJ")
    with decoding(path), zipfile.ZipFile(path) as archive:
        members = [each for each in archive.infolist() if each.filename.lower().endswith(".roi")]
        check_unpacked(archive, _MOST, members)
        rois = [roifile.ImagejRoi.frombytes(archive.read(each)) for each in members]
        told = _own_in(archive.comment)
        own = own_of(told)
        drawings = [_drawing(roifile, roi, own and (own[1] or Legend.of_codes(255))) for roi in rois]
    size = own[0] if own else shape
    if size is None:
        raise ValueError(
            f"'{path}' does not say how large its image is; give shape=(n_rows, n_columns), for example "
            "shape=section.shape."
        )
    kept = [one for one in drawings if one and (one.polygons or stroke_width is not None)]
    if len(kept) < len(drawings):
        warnings.warn(
            f"'{path}': {len(drawings) - len(kept)} of {len(drawings)} regions have no area or no name, and "
            "are left out of the labels; in ImageJ, give each the name of its class, and here give "
            "stroke_width, in pixels, to have lines and points drawn.",
            stacklevel=4,
        )
    try:
        found = own[1] if own else legend or legend_of(kept, f"'{path}': ")
    except ValueError as error:
        raise ValueError(f"'{path}': {error}") from error
    codes = found or Legend.of_codes(255)
    return (
        draw(kept, size, codes, stroke_width=stroke_width, source=f"'{path}': ", is_ours=own is not None),
        found,
        photograph_of(told),
    )


def _drawing(roifile: Any, roi: Any, legend: Legend | None) -> Drawing | None:
    """Return an outline as what was drawn of a class, None where it is nothing drawn or says no class.

    With a legend of ours the group is the code, so that an outline may be called otherwise.
    """
    name = _NUMBER.sub("", (roi.name or "").partition("\0")[0]).strip()
    if legend is not None and roi.group in legend.codes:
        name = legend.name(roi.group)
    kind = roi.roitype.name
    if not name or kind not in _AREAS | _STROKES:
        return None
    if kind in _STROKES:
        points = _centers(roi.coordinates())
        return Drawing(name, None, strokes=[point[None] for point in points] if kind == "POINT" else [points])
    rings = [from_xy(ring) for ring in roi.coordinates(multi=True) if len(ring)]
    if not rings:
        return None
    return Drawing(name, None, [rings] if len(rings) == 1 else _apart(rings))


def _centers(points: NDArray[Any]) -> NDArray[np.float64]:
    """Return x and y of a line as rows and columns; whole numbers are pixels, others places within them."""
    is_whole = bool((np.asarray(points) % 1 == 0).all())
    return from_xy(points) + (0.5 if is_whole else 0.0)


def _apart(rings: list[NDArray[np.float64]]) -> list[list[NDArray[np.float64]]]:
    """Return the polygons, with their holes, of a path; what an odd number of rings encloses is inside."""
    corner = np.floor(np.min([ring.min(axis=0) for ring in rings], axis=0))
    n_rows, n_columns = np.ceil(np.max([ring.max(axis=0) for ring in rings], axis=0) - corner).astype(int) + 1
    if n_rows * n_columns > MAX_PIXELS:
        raise ValueError(f"an outline around {n_rows} rows and {n_columns} columns")
    inside = np.zeros((n_rows, n_columns), np.uint8)
    for ring in rings:
        box, mask = fill_polygon(ring - corner, (n_rows, n_columns))
        inside[box] ^= mask
    return [[ring + corner for ring in found] for _, found in trace_regions(regions(inside))]
