"""Labels as OME-TIFF: one page whose XML tells axes, size and classes; it is read as any TIFF."""

from __future__ import annotations

import html
import re
from pathlib import Path

import numpy as np
import tifffile
from numpy.typing import NDArray

from corewidgets.labels.decoding import LEGEND, legend_text
from corewidgets.labels.legend import Legend
from corewidgets.labels.photograph_mark import PHOTOGRAPH

__all__ = ["values_in", "write_ome_tiff"]

_NAMESPACE = "corewidgets/labels"


def write_ome_tiff(
    path: Path, labels: NDArray[np.uint8], legend: Legend | None, photograph: str | None = None
) -> None:
    """Write one page; legend and digest are pairs of a map annotation, and so is each class."""
    told = {LEGEND: "null" if legend is None else legend_text(legend)}
    if photograph is not None:
        told[PHOTOGRAPH] = photograph
    classes = {} if legend is None else {f"class {entry.code}": entry.name for entry in legend}
    metadata = {
        "axes": "YX",
        "Name": "labels",
        "UUID": "urn:uuid:00000000-0000-0000-0000-000000000000",
        "MapAnnotation": {"Namespace": _NAMESPACE, **told, **classes},
    }
    tifffile.imwrite(path, labels, ome=True, photometric="minisblack", compression="zlib", metadata=metadata)


def values_in(description: str) -> dict[str, str]:
    """Return the legend and the digest that `write_ome_tiff` wrote into the XML of a page, by their names."""
    found = {name: re.search(rf'<M K="{name}">([^<]*)</M>', description) for name in (LEGEND, PHOTOGRAPH)}
    return {name: html.unescape(match[1]) for name, match in found.items() if match is not None}
