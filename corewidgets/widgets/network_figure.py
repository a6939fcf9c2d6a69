"""The network as a figure to click: a layer, its maps of this photograph, and what it sees around a pixel."""

from __future__ import annotations

from itertools import groupby
from typing import Any

import ipywidgets as ipw
import numpy as np
from traitlets import Tuple, Unicode, observe, validate

from corewidgets.cores.opening import Openable, open_section
from corewidgets.features.layer_maps import LayerMaps, LayerMapStore
from corewidgets.features.receptive_field import ReceptiveField, receptive_field
from corewidgets.features.vgg16 import LAYERS
from corewidgets.features.vgg16 import layer as layer_called
from corewidgets.features.weights import Weights
from corewidgets.markup import Markup, html
from corewidgets.widgets import feature_pictures as pictures
from corewidgets.widgets.background import Ticket, Worker
from corewidgets.widgets.picks import Picks
from corewidgets.widgets.stage.stage import Stage
from corewidgets.widgets.tool import Tool

__all__ = ["NetworkFigure"]

HEIGHT = 420

_N_MAPS = 16
_STACKED = ("pool1", "pool2")
_FIELD, _CELL = 1, 2  # codes of what is drawn on the photograph
_COLORS = np.array([[0, 0, 0, 0], [255, 255, 0, 255], [255, 64, 64, 255]], np.uint8)
_TALLEST = 96  # pixels of the page, of a layer as large as the photograph

_DIAGRAM = (
    '<div class="cw-network"><div class="cw-network-stacked" style="grid-column: {{ first }} / {{ last }}">'
    "upsampled and stacked: hypercolumn, {{ n_features }} numbers per pixel</div>"
    '{% for block, layers in blocks %}{% for one in layers %}<button data-pick="{{ one.name }}" '
    'class="cw-network-layer{{ " cw-network-pool" if not one.is_convolution }}'
    '{{ " cw-network-tap" if one.name in stacked }}" '
    'title="{{ one.name }}: {{ one.n_channels }} maps, a cell every {{ one.stride }} pixels">'
    '<i style="height: {{ heights[one.name] }}px"></i><span>{{ one.name }}</span>'
    "<span>{{ one.n_channels }}</span></button>{% endfor %}{% endfor %}</div>"
)
_ABOUT = (
    '<div class="cw-sheet-note"><b>{{ one.name }}</b>: {{ "a 3 x 3 convolution" if one.is_convolution else '
    '"the maximum of 2 x 2 cells" }}, {{ one.n_channels }} maps, a cell every {{ one.stride }} '
    "{{ 'pixel' if one.stride == 1 else 'pixels' }}. {% if field %}Row {{ row }}, column {{ column }}: the "
    "cell (red) depends on {{ field.side }} x {{ field.side }} pixels, its receptive field (yellow)"
    "{% if is_cut %}, which the edge of the photograph cuts to {{ n_rows }} x {{ n_columns }}{% endif %}."
    "{% else %}Click a pixel of the photograph to see its receptive field.{% endif %}</div>"
)


class NetworkFigure(Tool):
    """The convolutional part of VGG-16 as a figure: click a layer, a map, a pixel.

    The figure shows the layers from the image inwards, each as high as its maps are fine; pool1 and pool2 are
    those that hypercolumns are made of. Below are the most active maps of the layer that is chosen, and the
    photograph with the receptive field of the pixel that was clicked.

    Parameters
    ----------
    section : path, CoreSection or array, shape (n_rows, n_columns, 3), uint8
        The photograph. Its pixels are never changed.
    weights : Weights, optional
        Of the network; those that come with the package where left out.
    height : int
        Height of the photograph in pixels of the page.

    Attributes
    ----------
    layer : str
        The layer that is chosen, "conv1_1" to "pool5". Trait.
    feature : str
        The map that lies over the photograph, as "pool1/28"; empty for none. Trait.
    pixel : tuple of int, or None
        Row and column of the pixel whose receptive field is shown. Trait.
    stage : Stage
        The photograph.

    Raises
    ------
    ValueError
        There is no such layer, map or pixel.

    Examples
    --------
    >>> figure = NetworkFigure(np.zeros((40, 20, 3), np.uint8))
    >>> figure.layer, figure.pixel = "pool2", (20, 10)
    >>> figure.receptive_field.side
    16
    """

    layer = Unicode("pool1")
    feature = Unicode("")
    pixel: Any = Tuple(allow_none=True, default_value=None)

    def __init__(self, section: Openable, *, weights: Weights | None = None, height: int = HEIGHT) -> None:
        self.section = open_section(section)
        self._store = LayerMapStore(self.section.image, weights)
        self.stage = Stage(self.section, height=height)
        self.messages = self.stage.messages
        self._worker = Worker(self.messages.fail, lambda _: None)
        full = ipw.Layout(width="100%", margin="0")
        self._diagram = Picks(html=_diagram(), picked=self.layer, layout=full)
        self._about = ipw.HTML(layout=full)
        self._sheet = Picks(layout=ipw.Layout(flex="1 1 300px", min_width="0"))
        left = ipw.VBox([self.stage], layout=ipw.Layout(flex="1 1 300px", min_width="0"))
        below = ipw.HBox([left, self._sheet], layout=full).add_class("cw-explorer-middle")
        super().__init__([self._diagram, self._about, below], layout=ipw.Layout(width="100%"))
        self.add_class("cw-explorer")
        wrap = self.messages.wrap
        self._diagram.on_pick(wrap(lambda name: setattr(self, "layer", name)))
        self._sheet.on_pick(wrap(self._picked_map))
        self.stage.on_pixel(lambda row, column: setattr(self, "pixel", (row, column)))
        self._show_layer()

    @property
    def receptive_field(self) -> ReceptiveField | None:
        """The receptive field of the pixel in the layer, None before a pixel was clicked."""
        if self.pixel is None:
            return None
        row, column = self.pixel
        return receptive_field(self.layer, row, column, self.section.shape)

    def wait(self, seconds: float = 600.0) -> bool:
        """Wait until the maps are on the screen; return whether they are."""
        return self._worker.wait(seconds)

    # --- traits -----------------------------------------------------------------------------------

    @validate("layer")
    def _check_layer(self, proposal: dict[str, Any]) -> str:
        return layer_called(proposal["value"]).name

    @validate("feature")
    def _check_feature(self, proposal: dict[str, Any]) -> str:
        name, _, channel = proposal["value"].partition("/")
        if proposal["value"] and not (channel.isdigit() and int(channel) < layer_called(name).n_channels):
            raise ValueError(
                f"There is no map {proposal['value']!r}; give layer and number from 0, such as pool1/28."
            )
        return str(proposal["value"])

    @validate("pixel")
    def _check_pixel(self, proposal: dict[str, Any]) -> tuple[int, int] | None:
        if proposal["value"] is None:
            return None
        row, column = (int(value) for value in proposal["value"])
        receptive_field(self.layer, row, column, self.section.shape)  # raises where there is no such pixel
        return row, column

    @observe("layer")
    def _layer_changed(self, _: Any) -> None:
        if self.feature.partition("/")[0] != self.layer:
            self.feature = ""
        self._show_layer()

    @observe("feature")
    def _feature_changed(self, _: Any) -> None:
        self._sheet.picked = self.feature
        if self.feature:
            self.layer = self.feature.partition("/")[0]
        self._show_maps()

    @observe("pixel")
    def _pixel_changed(self, _: Any) -> None:
        self._show_field()

    # --- what is shown ----------------------------------------------------------------------------

    def _picked_map(self, name: str) -> None:
        """Lay a map over the photograph, or take it off where it lies there already."""
        self.feature = "" if name == self.feature else name

    def _show_layer(self) -> None:
        self._diagram.picked = self.layer
        self._show_field()
        self._show_maps()

    def _show_maps(self) -> None:
        layer, feature = self.layer, self.feature
        self._worker.submit(lambda ticket: self._draw_maps(layer, feature, ticket))

    def _draw_maps(self, layer: str, feature: str, ticket: Ticket) -> None:
        """Make the pictures of the most active maps, and the one that lies over the photograph."""
        maps = self._store.get(layer, lambda _done, _total: ticket.check())
        over = None
        name, _, channel = feature.partition("/")
        if name == layer:
            over = maps.codes(int(channel), maps.map(int(channel)))
        ticket.deliver(self._maps_made, _sheet(maps), over)

    def _maps_made(self, sheet: Markup, over: Any) -> None:
        self._sheet.html = sheet
        self.stage.set_overlay(over, None if over is None else pictures.color_table(), 0.85)

    def _show_field(self) -> None:
        field, one = self.receptive_field, LAYERS[self.layer]
        row, column = self.pixel or (0, 0)
        n_rows, n_columns = (
            (0, 0)
            if field is None
            else (field.rows.stop - field.rows.start, field.columns.stop - field.columns.start)
        )
        self._about.value = html(
            _ABOUT, one=one, field=field, row=row, column=column, n_rows=n_rows, n_columns=n_columns,
            is_cut=field is not None and (n_rows, n_columns) != (field.side, field.side),
        )  # fmt: skip
        self.stage.set_labels(None if field is None else _drawn(field, self.section.shape), _COLORS, 0.55)

    def _end(self) -> None:
        self._worker.stop()


def _diagram() -> Markup:
    """Return the figure: one button per layer, from the image inwards."""
    names = list(LAYERS)
    first, last = (names.index(name) + 1 for name in _STACKED)
    return html(
        _DIAGRAM,
        blocks=[(block, list(layers)) for block, layers in groupby(LAYERS.values(), lambda one: one.block)],
        heights={name: max(6, _TALLEST // one.stride) for name, one in LAYERS.items()},
        n_features=sum(LAYERS[name].n_channels for name in _STACKED),
        stacked=_STACKED,
        first=first,
        last=last + 1,
    )


def _sheet(maps: LayerMaps) -> Markup:
    """Return the most active maps of a layer as pictures, those first that vary most."""
    spread = maps.cells.astype(np.float32).std(axis=(1, 2))
    channels = np.argsort(-spread, kind="stable")[:_N_MAPS]
    return pictures.sheet(
        (maps.names[channel], pictures.thumbnail(maps, int(channel)), maps.names[channel])
        for channel in channels
    )


def _drawn(field: ReceptiveField, shape: tuple[int, int]) -> np.ndarray:
    """Return what is drawn on the photograph: the field, and in it the pixels of the cell."""
    codes = np.zeros(shape, np.uint8)
    codes[field.rows, field.columns] = _FIELD
    codes[field.own] = _CELL
    return codes
