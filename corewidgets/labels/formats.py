"""Formats of label files: their endings, what they hold, and where their readers and writers are.

The table is all that a format needs: `read_labels`, `write_labels`, the command line and the hints of the
labeler are made from it.  It imports no library, since the command line asks for it at each start.
"""

from __future__ import annotations

import importlib
import os
from collections.abc import Container, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

__all__ = ["LABEL_FORMATS", "LabelFormat", "describe_formats", "format_of"]


@dataclass(frozen=True)
class LabelFormat:
    """A format in which labels are read and written.

    Attributes
    ----------
    endings : tuple of str
        Endings of the names of files, in small letters with a point; the first is the usual one.
    holds : str
        What a file holds, in a few words.
    reader, writer : str
        Their places, "module:function" below `corewidgets.labels`.  The reader gets the path, the shape of
        the image and the legend, each None where it is unknown, and `options`; it returns codes, and of the
        file the legend and the digest of the photograph, each or None.  The writer gets the path of a
        temporary file, codes, the legend and the digest, each or None.
    note : str
        What stands in brackets after the ending in a list of formats, such as another program that has it.
    keeps_names : bool
        Whether a file holds the names and colors of the classes, and knows its photograph.
    options, writer_options : tuple of str
        Arguments of `read_labels` that the reader takes by name, and of `write_labels` that the writer takes.
    """

    endings: tuple[str, ...]
    holds: str
    reader: str
    writer: str
    note: str = ""
    keeps_names: bool = True
    options: tuple[str, ...] = ()
    writer_options: tuple[str, ...] = ()

    def read(self, *args: Any, **options: Any) -> Any:
        """Call the reader with those options that it takes."""
        return _function(self.reader)(*args, **_taken(options, self.options))

    def write(self, *args: Any, **options: Any) -> None:
        """Call the writer with those options that it takes."""
        _function(self.writer)(*args, **_taken(options, self.writer_options))


def _taken(options: Mapping[str, Any], names: Container[str]) -> dict[str, Any]:
    return {name: value for name, value in options.items() if name in names}


LABEL_FORMATS = (
    LabelFormat(
        (".png",),
        "indexed or grey, the value of a pixel is its code; or in the colors of the legend",
        "pictures:read_png",
        "pictures:write_png",
        note="indexed",
        options=("colors",),
    ),
    LabelFormat(
        (".h5",),
        "ilastik: the dataset ``exported_data``, or the only one; axes in any order",
        "files:read_hdf5",
        "files:write_hdf5",
        note="ilastik",
    ),
    LabelFormat(
        (".ome.tif", ".ome.tiff"),
        "OME-TIFF: as TIFF, with axes, size and classes in its XML",
        "pictures:read_tiff",
        "ome:write_ome_tiff",
        note="OME",
        options=("colors",),
    ),
    LabelFormat(
        (".tif", ".tiff"),
        "one page of whole numbers, or in the colors of the legend",
        "pictures:read_tiff",
        "pictures:write_tiff",
        options=("colors",),
    ),
    LabelFormat(
        (".npy",),
        "an array, never a pickled object",
        "files:read_npy",
        "files:write_npy",
        keeps_names=False,
    ),
    LabelFormat(
        (".coco.json",),
        "COCO: an annotation per region, polygons or runs of pixels",
        "json_files:read_json",
        "json_files:write_coco",
        note="COCO",
        options=("stroke_width",),
        writer_options=("photograph_name",),
    ),
    LabelFormat(
        (".labelme.json",),
        "labelme: a shape per region",
        "json_files:read_json",
        "json_files:write_labelme",
        note="labelme",
        options=("stroke_width",),
        writer_options=("photograph_name",),
    ),
    LabelFormat(
        (".geojson", ".json"),
        "polygons with a class each, as QuPath exports annotations; smaller ones on top",
        "json_files:read_json",
        "json_files:write_geojson",
        note="QuPath",
        options=("stroke_width",),
    ),
    LabelFormat(
        (".zip",),
        "ImageJ: a set of regions (RoiSet.zip), the name of each is its class",
        "imagej:read_rois",
        "imagej:write_rois",
        note="ImageJ",
        options=("stroke_width",),
    ),
)


def format_of(path: str | os.PathLike[str]) -> LabelFormat:
    """Choose how labels are read and written by the ending of the name.

    Raises
    ------
    ValueError
        No format has this ending.
    """
    path = Path(path)
    for one in LABEL_FORMATS:  # those with two points stand before those with one
        if path.name.lower().endswith(one.endings):
            return one
    endings = ", ".join(ending for one in LABEL_FORMATS for ending in one.endings)
    raise ValueError(f"Labels are not read or written as '{path.suffix}' ('{path}'); choose from {endings}.")


def describe_formats() -> str:
    """Return the usual ending of each format with its note, as a list in words."""
    *first, last = (one.endings[0] + (f" ({one.note})" if one.note else "") for one in LABEL_FORMATS)
    return f"{', '.join(first)} or {last}"


def _function(place: str) -> Any:
    """Return a function by its place."""
    module, name = place.split(":")
    return getattr(importlib.import_module(f"corewidgets.labels.{module}"), name)
