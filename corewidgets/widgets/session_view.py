"""What is shown of a core and how, as plain values that a session keeps."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from corewidgets.widgets.brush_slider import BRUSH_SIZES
from corewidgets.widgets.labeler import Labeler

__all__ = ["look_as", "view_of"]


def view_of(labeler: Labeler) -> dict[str, Any]:
    """Return what a labeler shows and how."""
    stage, palette = labeler.stage, labeler.palette
    viewport = stage.viewport
    return {
        "row": viewport.row, "column": viewport.column, "rotation": viewport.rotation,
        "scale": viewport.magnification,
        "mode": labeler.mode, "selected_class": labeler.selected_class,
        "brush_size": labeler.brush.value, "keeps_edges": labeler.edges.on.value,
        "labels_opacity": stage.labels_opacity, "overlay_opacity": stage.overlay_opacity,
        "hidden": sorted(palette.hidden), "protected": sorted(palette.protected),
    }  # fmt: skip


def _listed(labeler: Labeler) -> list[str]:
    return [labeler.legend.name(code) for code in labeler.legend.order]


def look_as(labeler: Labeler, view: Mapping[str, Any]) -> None:
    """Show what a view says; what it does not name stays."""
    stage = labeler.stage
    for owner, name in (
        (labeler, "mode"), (labeler, "selected_class"), (stage, "labels_opacity"), (stage, "overlay_opacity"),
    ):  # fmt: skip
        if name in view and (name != "selected_class" or view[name] in _listed(labeler)):
            setattr(owner, name, view[name])
    if view.get("brush_size") in BRUSH_SIZES:
        labeler.brush.value = view["brush_size"]
    labeler.edges.on.value = bool(view.get("keeps_edges", labeler.edges.on.value))
    for name in ("hidden", "protected"):
        setattr(labeler.palette, name, frozenset(int(code) for code in view.get(name, ())))
    if "scale" in view:
        turned = replace(stage.viewport, rotation=int(view["rotation"]))
        scale = float(view["scale"]) * turned.unit
        stage.viewport = turned.at(float(view["row"]), float(view["column"]), scale)
