"""The layers of a stage as one view shows them: cut, on their way to the page, and drawn there."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

import ipywidgets as ipw

from corewidgets.widgets.stage.pictures import (
    Picture,
    Pyramid,
    codes_picture,
    photograph_picture,
    rgba_picture,
)
from corewidgets.widgets.stage.viewport import Viewport

__all__ = ["LAYERS", "LayerPictures"]

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

    def draw(self, canvas: Any, layer: str, opacity: float) -> None:
        """Draw a layer, if it is there."""
        picture = self.pictures.get(layer)
        if picture is None:
            return
        canvas.global_alpha = opacity
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
