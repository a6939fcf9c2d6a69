"""The layers of a stage as one view shows them: cut, on their way to the page, and drawn there."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

import ipywidgets as ipw
import numpy as np
import numpy.typing as npt

from corewidgets.widgets.stage.pictures import (
    Picture,
    Pyramid,
    codes_picture,
    photograph_picture,
    rgba_picture,
)
from corewidgets.widgets.stage.viewport import Viewport

__all__ = ["LAYERS", "LayerPictures", "codes_source"]

LAYERS = ("photograph", "overlay", "labels")


class LayerPictures:
    """A picture of each layer that there is, and the widgets that carry them to the page.

    Attributes
    ----------
    pictures : dict of str to Picture
        By layer.
    images : dict of str to ipywidgets.Image
        By layer.
    """

    def __init__(self) -> None:
        self.pictures: dict[str, Picture] = {}
        self.images = {layer: ipw.Image(format="url", value=b"") for layer in LAYERS}

    def cut(self, sources: Mapping[str, Any], viewport: Viewport, layers: Iterable[str] = LAYERS) -> None:
        """Make the pictures of some layers anew, and send them."""
        made = {layer: _picture(sources[layer], viewport) for layer in layers}
        for layer, picture in made.items():
            if picture is None:
                self.pictures.pop(layer, None)
            else:
                self.pictures[layer] = picture
                self.images[layer].value = picture.url

    def draw(self, canvas: Any, layer: str, opacity: Mapping[str, float]) -> None:
        """Draw a layer, if it is there; those that `opacity` does not name are opaque."""
        picture = self.pictures.get(layer)
        if picture is None:
            return
        canvas.global_alpha = opacity.get(layer, 1.0)
        canvas.image_smoothing_enabled = picture.smooth
        box = picture.box
        canvas.draw_image(self.images[layer], box.left, box.top, box.width, box.height)


def _picture(source: Any, viewport: Viewport) -> Picture | None:
    if source is None:
        return None
    if isinstance(source, Pyramid):
        return photograph_picture(source, viewport)
    if isinstance(source, tuple):
        codes, palette = source
        return codes_picture(codes, palette, viewport)
    return rgba_picture(source, viewport)


def codes_source(
    layer: str, codes: npt.NDArray[np.uint8], palette: npt.NDArray[np.uint8] | None
) -> tuple[npt.NDArray[np.uint8], npt.NDArray[np.uint8]]:
    """Return codes with the color and opacity of each; a palette without opacity leaves code 0 out.

    Raises
    ------
    ValueError
        There is no palette, or it has another shape than (n_codes, 3) or (n_codes, 4).
    """
    if palette is None:
        raise ValueError(f"The {layer} holds codes, but there is no palette; give the color of each code.")
    table = np.asarray(palette, np.uint8)
    if table.ndim != 2 or table.shape[1] not in (3, 4) or len(table) > 256:
        raise ValueError(
            "A palette has a row of 3 or 4 numbers for each of at most 256 codes, but its shape is "
            f"{table.shape}."
        )
    if table.shape[1] == 4:
        return codes, table
    opacity = np.full((len(table), 1), 255, np.uint8)
    opacity[0] = 0
    return codes, np.hstack([table, opacity])
