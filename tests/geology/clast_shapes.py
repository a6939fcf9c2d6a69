"""Shapes of known size, as clasts in a matrix."""

from __future__ import annotations

import numpy as np

from corewidgets.cores.section import CoreSection
from corewidgets.geology.clast_measures import measure_clasts
from corewidgets.labels.legend import Legend

LEGEND = Legend(["Matrix", "Chert", "Melt", "Void"], not_rock=["Void"])
PIXEL = 0.25  # mm


def section_of(shape, top=100.0, name="piece"):
    return CoreSection(np.zeros((*shape, 3), np.uint8), top, top + shape[0] * PIXEL / 1000, name=name)


def measure(segmentation, **settings):
    return measure_clasts(section_of(segmentation.shape), segmentation, LEGEND, **settings)


def ellipse(shape, row, column, down, across, degrees=0.0):
    """Pixels inside an ellipse, its axis `across` turned by degrees, positive if it rises to the right."""
    rows, columns = np.mgrid[: shape[0], : shape[1]]
    x, y = columns - column, -(rows - row)
    angle = np.radians(degrees)
    along, beside = x * np.cos(angle) + y * np.sin(angle), y * np.cos(angle) - x * np.sin(angle)
    return (along / across) ** 2 + (beside / down) ** 2 <= 1


def matrix_with(mask, code=2):
    return np.where(mask, code, 1).astype(np.uint8)


def one(clasts):
    (row,) = clasts.table.to_dict("records")
    return row


def field_of_disks(radii, spacing=60):
    """Disks below each other."""
    codes = np.ones((spacing * len(radii), spacing), np.uint8)
    for k, radius in enumerate(radii):
        codes[ellipse(codes.shape, spacing * (k + 0.5), spacing / 2, radius, radius)] = 2
    return codes
