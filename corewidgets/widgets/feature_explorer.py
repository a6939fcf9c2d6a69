"""Look into VGG-16: the feature maps of a core, and the hypercolumn of a pixel."""

from __future__ import annotations

import html
import time
from collections.abc import Sequence
from typing import Any

import ipywidgets as ipw
import numpy as np
import numpy.typing as npt
from traitlets import Enum, Instance, Tuple, Unicode, dlink, observe, validate

from corewidgets.hypercolumns import Hypercolumns
from corewidgets.labels import check_labels
from corewidgets.legend import Legend
from corewidgets.section import CoreSection, as_section
from corewidgets.vgg16 import LAYERS
from corewidgets.vgg16 import layer as layer_called

from . import _feature_pictures as pictures
from ._background import Ticket, Worker
from ._layer_maps import Floats, LayerMaps, LayerMapStore
from ._picks import Picks
from ._separation import Separation, auc, draw_pixels
from ._stage import Stage, link_viewports
from ._viewport import Viewport
from .labeler import Labeler

__all__ = ["FeatureExplorer"]

HEIGHT = 480
PAGE_SIZE = 32
ORDERS = ("number", "activity", "separation")

_SIDE_WIDTH = 400
_N_BEST = 24
_PIXELS_A_CLASS = 1500
_PIXELS_A_LINE = 300
_LABEL_ALPHA = 110
_PAUSE = 0.25  # seconds that a view must rest before the thumbnails follow it
_HINT = (
    '<div class="cw-sheet-note">Click a pixel of the photograph or of the map to see its hypercolumn: '
    "what all the maps say of that one pixel.</div>"
)
_NO_LABELS = (
    '<div class="cw-sheet-note">To find the maps that tell two classes apart, give labels of at least two: '
    "<code>FeatureExplorer(section, labels, legend=legend)</code>.</div>"
)


class FeatureExplorer(ipw.VBox):
    """The feature maps of a photograph, from any layer of VGG-16.

    A contact sheet of the maps of a layer; one of them large, over the photograph; the hypercolumn of a pixel
    that is clicked; and the maps that tell two classes apart best. A layer is computed when it is first
    looked at, in the background, and once.

    Parameters
    ----------
    section : Labeler, CoreSection or array, shape (n_rows, n_columns, 3), uint8
        The photograph. Its pixels are never changed. A labeler's labels and legend are followed, and both
        show the same part of the core.
    labels : array, shape (n_rows, n_columns), uint8, optional
        Codes, 0 = unlabelled: to find the maps that tell classes apart.
    legend : Legend, optional
        Names and colors of the codes; "Class 1" and so on where left out.
    hypercolumns : Hypercolumns, optional
        What a click shows: the features that a model uses. By default pool1 and pool2, 192 numbers. Its
        weights are those of the maps too.
    height : int
        Height of the pictures in pixels of the page.

    Attributes
    ----------
    layer : str
        The layer of the contact sheet, "conv1_1" to "pool5". Trait.
    feature : str
        The map that is shown large, as "pool1/28". Trait.
    pixel : tuple of int, or None
        Row and column of the pixel whose hypercolumn is shown. Trait.
    order : str
        How the contact sheet is ordered: "number"; "activity", the liveliest first; or "separation", with the
        maps first that tell the two `classes` apart. Trait.
    classes : tuple of str
        The names of two classes. Trait.
    labels, legend : array and Legend, or None
        Traits; set them to follow what is drawn in a `Labeler`.
    stage, map_stage : Stage
        The photograph, and the map over it. Both show the same part.

    Raises
    ------
    ValueError
        Labels have another shape than the photograph, or codes that the legend has not.

    Examples
    --------
    >>> explorer = FeatureExplorer(np.zeros((40, 20, 3), np.uint8))
    >>> explorer.feature_map("pool1/28").shape
    (40, 20)
    """

    layer = Unicode("pool1")
    feature = Unicode("pool1/0")
    pixel: Any = Tuple(allow_none=True, default_value=None)
    order = Enum(ORDERS, default_value="number")
    classes = Tuple(Unicode(), Unicode(), default_value=("", ""))
    labels = Instance(np.ndarray, allow_none=True)
    legend = Instance(Legend, allow_none=True)

    def __init__(
        self,
        section: Labeler | CoreSection | npt.NDArray[np.uint8],
        labels: npt.ArrayLike | None = None,
        *,
        legend: Legend | None = None,
        hypercolumns: Hypercolumns | None = None,
        height: int = HEIGHT,
    ):
        labeler = section if isinstance(section, Labeler) else None
        if isinstance(section, Labeler):
            labels, legend, section = section.labels, section.legend, section.section
        self.section = as_section(section)
        self.hypercolumns = hypercolumns or Hypercolumns()
        self._store = LayerMapStore(self.section.image, self.hypercolumns.weights)
        self.stage = Stage(self.section, height=height, toolbar=False)
        self.map_stage = Stage(self.section, height=height, toolbar=False)
        self.messages = self.map_stage.messages
        self._workers = [Worker(self.messages.fail, self._busy_changed) for _ in range(3)]
        self._sheet_worker, self._map_worker, self._pixel_worker = self._workers
        self._map: Floats | None = None
        self._found: object = None
        self._means: dict[str, Floats] = {}
        self._means_of: npt.NDArray[np.uint8] | None = None
        self._page = 0
        self._build(height)
        super().__init__(
            [self._bar, self._middle, self._profile],
            layout=ipw.Layout(width="100%"),
            **self._start(labels, legend),
        )
        self.add_class("cw-explorer")
        self._listen()
        self._refresh()
        if labeler is not None:
            self._follow_labeler(labeler)

    # --- what can be asked without the screen -----------------------------------------------------

    def feature_map(self, feature: str) -> Floats:
        """Return a map at every pixel; waits until its layer is computed.

        Parameters
        ----------
        feature : str
            Layer and channel from 0, as "pool1/28", or another feature of `hypercolumns`, as "lab/0".

        Returns
        -------
        array, shape (n_rows, n_columns), float32

        Raises
        ------
        ValueError
            There is no such map.
        """
        name, channel = self._parse(feature)
        if channel is None:
            return self.hypercolumns.feature_map(self.section.image, name)
        return self._store.get(name).map(channel)

    def profile(self, row: int, column: int) -> Floats:
        """Return the hypercolumn of a pixel, in the order of `hypercolumns.feature_names`: (n_features,)."""
        return np.asarray(self.hypercolumns.at(self.section.image, np.array([row]), np.array([column]))[0])

    def separating_maps(
        self, first: str, second: str, *, layers: Sequence[str] | None = None, n_most: int = _N_BEST
    ) -> list[Separation]:
        """Return the maps that tell two classes apart best, each alone; waits until they are computed.

        Parameters
        ----------
        first, second : str
            Names of two classes.
        layers : sequence of str, optional
            Where to look; the layers of `hypercolumns` where left out.
        n_most : int
            How many maps to return.

        Returns
        -------
        list of Separation
            (feature, auc, higher), the best first.

        Raises
        ------
        ValueError
            There are no labels of one of the classes, or there is no such class or layer.
        """
        return self._separate((first, second), tuple(layers or self.hypercolumns.layers), None)[:n_most]

    def wait(self, seconds: float = 600.0) -> bool:
        """Wait until everything that was asked for is on the screen; return whether it is."""
        deadline = time.monotonic() + seconds
        while any(worker.busy for worker in self._workers) and time.monotonic() < deadline:
            for worker in self._workers:
                worker.wait(max(deadline - time.monotonic(), 0))
        return not any(worker.busy for worker in self._workers)

    # --- traits -----------------------------------------------------------------------------------

    def _start(self, labels: npt.ArrayLike | None, legend: Legend | None) -> dict[str, Any]:
        name = self.hypercolumns.layers[0] if self.hypercolumns.layers else "pool1"
        start: dict[str, Any] = {"layer": name, "feature": f"{name}/0", "legend": legend}
        if labels is not None:
            start["labels"] = check_labels(labels, self.section.shape)
            _check_codes(start["labels"], legend)
        return start

    @validate("layer")
    def _check_layer(self, proposal: dict[str, Any]) -> str:
        return layer_called(proposal["value"]).name

    @validate("feature")
    def _check_feature(self, proposal: dict[str, Any]) -> str:
        name, channel = self._parse(proposal["value"])
        return name if channel is None else f"{name}/{channel}"

    @validate("labels")
    def _check_labels(self, proposal: dict[str, Any]) -> npt.NDArray[np.uint8] | None:
        value = proposal["value"]
        return None if value is None else check_labels(value, self.section.shape)

    @validate("classes")
    def _check_classes(self, proposal: dict[str, Any]) -> tuple[str, str]:
        first, second = proposal["value"]
        names = self._known.names
        for name in (first, second):
            if name and name not in names:
                self._known.code(name)  # raises, and says which there are
        return first, second

    @validate("pixel")
    def _check_pixel(self, proposal: dict[str, Any]) -> tuple[int, int] | None:
        if proposal["value"] is None:
            return None
        row, column = (int(value) for value in proposal["value"])
        n_rows, n_columns = self.section.shape
        if not (0 <= row < n_rows and 0 <= column < n_columns):
            raise ValueError(
                f"There is no pixel in row {row}, column {column}: the image has {n_rows} rows and "
                f"{n_columns} columns, counted from 0."
            )
        return row, column

    def _parse(self, feature: str) -> tuple[str, int | None]:
        """Return layer and channel; or the name and None for a feature that is no map of VGG-16."""
        if feature in self.hypercolumns.feature_names and feature.partition("/")[0] not in LAYERS:
            return feature, None
        name, _, number = feature.strip().partition("/")
        layer = layer_called(name)
        if not (number.isdecimal() and int(number) < layer.n_channels):
            raise ValueError(
                f"There is no map {feature!r}: {name} has {layer.n_channels}, {name}/0 to "
                f"{name}/{layer.n_channels - 1}."
            )
        return name, int(number)

    @property
    def _known(self) -> Legend:
        """The legend, or one made for the codes that there are."""
        if self.legend is not None:
            return self.legend
        highest = 0 if self.labels is None else int(self.labels.max(initial=0))
        return Legend.of_codes(max(highest, 1))

    @property
    def _labelled(self) -> list[str]:
        """The names of the classes that are labelled."""
        if self.labels is None:
            return []
        legend = self._known
        counts = np.bincount(self.labels.ravel(), minlength=256)
        return [entry.name for entry in legend if counts[entry.code]]

    @observe("layer")
    def _layer_changed(self, change: dict[str, Any]) -> None:
        if self._listening:
            self._layer.value = change["new"]
            self._page = 0
            self._fill_sheet()
            if self.order != "separation":
                self.feature = f"{change['new']}/0"

    @observe("feature")
    def _feature_changed(self, change: dict[str, Any]) -> None:
        if self._listening:
            self._show_map()

    @observe("pixel")
    def _pixel_changed(self, _: dict[str, Any]) -> None:
        if self._listening:
            for stage in (self.stage, self.map_stage):
                stage.marker = self.pixel
            self._show_profile()

    @observe("order", "classes")
    def _order_changed(self, change: dict[str, Any]) -> None:
        if not self._listening:
            return
        self._order.value = self.order
        self._show_choices()
        if change["name"] == "classes":
            self._offer_classes()
            self._show_profile()
        if change["name"] == "order" or self.order == "separation":
            self._page = 0
            self._fill_sheet()

    @observe("labels", "legend")
    def _labels_changed(self, _: dict[str, Any]) -> None:
        if not self._listening:
            return
        with self.messages.shown():
            self._offer_classes()
            self._draw_labels()
            if self.order == "separation":
                self._fill_sheet()

    # --- contact sheet ----------------------------------------------------------------------------

    def _fill_sheet(self, pause: float = 0.0) -> None:
        view = self.map_stage.viewport if self._follow.value else None
        if self.order != "separation":
            layer, order, page = self.layer, self.order, self._page
            self._sheet_worker.submit(lambda ticket: self._list(layer, order, page, view, ticket), pause)
        elif all(self.classes):
            classes, layers = self.classes, self._among.value
            self._sheet_worker.submit(lambda ticket: self._find(classes, layers, view, ticket), pause)
        else:
            self._sheet_worker.stop()
            self._sheet.html = _NO_LABELS

    def _list(self, layer: str, order: str, page: int, view: Viewport | None, ticket: Ticket) -> None:
        """Make a page of the maps of a layer."""
        maps = self._layer_maps(layer, ticket)
        channels = np.arange(len(maps.cells))
        if order == "activity":
            channels = np.argsort(-_activity(maps), kind="stable")
        chosen = channels[page * PAGE_SIZE : (page + 1) * PAGE_SIZE]
        sheet = _sheet([(maps, int(channel), str(channel)) for channel in chosen], view)
        ticket.deliver(self._show_page, sheet, page, len(channels))

    def _show_page(self, sheet: str, page: int, n_maps: int) -> None:
        self._sheet.html = sheet
        first, end = page * PAGE_SIZE, min((page + 1) * PAGE_SIZE, n_maps)
        self._previous.disabled, self._next.disabled = page == 0, end == n_maps
        self._pages.value = f"<span>{first + 1} to {end} of {n_maps}</span>"

    def _find(
        self, classes: tuple[str, str], layers: tuple[str, ...], view: Viewport | None, ticket: Ticket
    ) -> None:
        """Make a page of the maps that tell two classes apart."""
        best = self._separate(classes, layers, ticket)[:_N_BEST]
        maps = {name: self._layer_maps(name, ticket) for name in layers}
        items = []
        for found in best:
            name, channel = self._parse(found.feature)
            text = found.feature if len(layers) > 1 else str(channel)
            items.append((maps[name], channel or 0, f"{text}<br><em>{found.auc:.2f}</em>"))
        ticket.deliver(self._show_best, _sheet(items, view), best[0], (classes, layers))

    def _show_best(self, sheet: str, best: Separation, wanted: object) -> None:
        self._sheet.html = sheet
        if wanted == self._found:  # made anew for another view: what was chosen stays
            return
        self._found = wanted
        other = next(name for name in self.classes if name != best.higher)
        self._note.value = (
            "The number is the chance that a pixel of one class has the higher value: at 1 the map alone "
            f"tells them apart, at 0.5 it says nothing. {best.feature} is higher in "
            f"<b>{html.escape(best.higher)}</b> than in <b>{html.escape(other)}</b>."
        )
        self.feature = best.feature

    def _separate(
        self, classes: tuple[str, str], layers: tuple[str, ...], ticket: Ticket | None
    ) -> list[Separation]:
        pixels = [self._pixels_of(name, _PIXELS_A_CLASS) for name in classes]
        if classes[0] == classes[1]:
            raise ValueError(f"Both classes are {classes[0]!r}; choose two to tell apart.")
        found = []
        for layer in layers:
            maps = self._layer_maps(layer, ticket)
            above = auc(*(maps.at(*part) for part in pixels))
            for name, value in zip(maps.names, above.tolist(), strict=True):
                found.append(Separation(name, max(value, 1 - value), classes[int(value < 0.5)]))
        return sorted(found, key=lambda one: -one.auc)

    def _pixels_of(self, name: str, n_most: int) -> tuple[npt.NDArray[np.int64], npt.NDArray[np.int64]]:
        code = self._known.code(name)
        if self.labels is None or not (self.labels == code).any():
            raise ValueError(f"No pixel is labelled {name!r}; label some, or choose another class.")
        return draw_pixels(self.labels, code, n_most)

    def _layer_maps(self, name: str, ticket: Ticket | None) -> LayerMaps:
        """Return a layer; while it is computed, show how far that is."""

        def progress(done: int, total: int) -> None:
            if ticket is not None:
                ticket.check()
                ticket.deliver(self._show_progress, name, done / total)

        return self._store.get(name, progress)

    def _show_progress(self, name: str, share: float) -> None:
        self._progress.value, self._progress_text.value = share, f"Computing {name}"
        self._busy.layout.visibility = "visible"

    def _busy_changed(self, _: bool) -> None:
        if not any(worker.busy for worker in self._workers):
            self._busy.layout.visibility = "hidden"

    def _give_up(self) -> None:
        for worker in self._workers:
            worker.stop()

    # --- the large map ----------------------------------------------------------------------------

    def _show_map(self) -> None:
        feature = self.feature
        self._name.value = feature
        self._sheet.picked = self._profile.picked = feature
        self._map_worker.submit(lambda ticket: self._compute_map(feature, ticket))

    def _compute_map(self, feature: str, ticket: Ticket) -> None:
        name, channel = self._parse(feature)
        if channel is None:
            values = self.hypercolumns.feature_map(self.section.image, name)
            low, high = float(values.min()), float(values.max())
            codes = np.rint((values - low) * (255 / ((high - low) or 1))).astype(np.uint8)
            about = pictures.color_scale(low, high)
        else:
            maps = self._layer_maps(name, ticket)
            values = maps.map(channel)
            codes = maps.codes(channel, values)
            scale = pictures.color_scale(0, float(maps.tops[channel]))
            about = f"sees {_side(name)} by {_side(name)} px&ensp; {scale}"
        ticket.deliver(self._map_computed, feature, values, codes, about)

    def _map_computed(self, feature: str, values: Floats, codes: npt.NDArray[np.uint8], about: str) -> None:
        self._map = values
        self.map_stage.set_overlay(codes, pictures.color_table())
        self._map_title.value = f"<span>Map {html.escape(feature)}</span><span>{about}</span>"

    def _read_map(self, row: int, column: int) -> str:
        return "" if self._map is None else f"{self.feature} = {self._map[row, column]:.3g}"

    def _read_label(self, row: int, column: int) -> str:
        code = 0 if self.labels is None else int(self.labels[row, column])
        return self._known.name(code) if code else ""

    # --- the pixel --------------------------------------------------------------------------------

    def _show_profile(self) -> None:
        pixel, classes = self.pixel, self.classes
        if pixel is not None:
            self._pixel_worker.submit(lambda ticket: self._draw_profile(pixel, classes, ticket))
        else:
            self._profile.html = _HINT

    def _draw_profile(self, pixel: tuple[int, int], classes: tuple[str, str], ticket: Ticket) -> None:
        """Make the profile, first alone, then with the classes' means, which take longer."""
        values = self.profile(*pixel)
        read = html.escape(self._read_label(*pixel))
        title = (
            f"<b>Hypercolumn of row {pixel[0]}, column {pixel[1]}{read and f', {read}'}</b>"
            f"<span>{len(values)} numbers, each layer to its own scale</span>"
        )
        names = self.hypercolumns.feature_names
        ticket.deliver(self._profile_made, pictures.profile(names, values, title, {}))
        lines = {}
        for name in classes:
            ticket.check()
            if name:
                color = self._known.colors[self._known.code(name) - 1]
                lines[f"Mean of {name}"] = (color, self._mean_of(name))
        if lines:
            ticket.deliver(self._profile_made, pictures.profile(names, values, title, lines))

    def _profile_made(self, drawing: str) -> None:
        self._profile.html = drawing

    def _mean_of(self, name: str) -> Floats:
        """Return the mean hypercolumn of a class, computed once for its labels."""
        if self._means_of is not self.labels:
            self._means, self._means_of = {}, self.labels
        if name not in self._means:
            pixels = self._pixels_of(name, _PIXELS_A_LINE)
            self._means[name] = self.hypercolumns.at(self.section.image, *pixels).mean(axis=0)
        return self._means[name]

    def _draw_labels(self) -> None:
        if self.labels is None or not self._show_labels.value:
            self.stage.set_labels(None)
            return
        colors = self._known.rgb()
        opacity = np.full((len(colors), 1), _LABEL_ALPHA, np.uint8)
        opacity[0] = 0
        self.stage.set_labels(self.labels, np.hstack([colors, opacity]), 1.0)

    def _view_changed(self, _: dict[str, Any]) -> None:
        if self._follow.value:
            self._fill_sheet(_PAUSE)

    # --- building and listening -------------------------------------------------------------------

    _listening = False

    def _build(self, height: int) -> None:
        self._bar = ipw.HBox(
            [*self._build_bar(), self._spring(), self.map_stage.toolbar],
            layout=ipw.Layout(width="100%", flex_flow="row wrap", flex="0 0 auto"),
        ).add_class("cw-explorer-line")
        self.map_stage.toolbar.add_class("cw-explorer-zoom")
        self._profile = Picks(html=_HINT, layout=ipw.Layout(width="100%", margin="0"))
        columns = [
            self._column(self._photograph_title(), self.stage),
            self._column(self._build_map_title(), self.map_stage),
            self._build_side(height),
        ]
        self._middle = ipw.HBox(columns, layout=ipw.Layout(width="100%")).add_class("cw-explorer-middle")

    def _build_bar(self) -> list[ipw.Widget]:
        auto = ipw.Layout(width="auto", margin="0", flex="0 0 auto")
        self._name = ipw.Text(
            value=self.feature,
            continuous_update=False,
            tooltip="Name of the map that is shown large, as pool1/28",
            layout=ipw.Layout(width="110px", margin="0"),
        )
        self._opacity = ipw.FloatSlider(
            value=1.0,
            min=0,
            max=1,
            step=0.05,
            readout_format=".0%",
            layout=ipw.Layout(width="190px", margin="0"),
        )
        self._show_labels = ipw.ToggleButton(
            value=False, description="Labels", tooltip="Show the labels on the photograph", layout=auto
        )
        texts = [ipw.HTML(f"<span>{text}</span>", layout=auto) for text in ("Map", "Opacity")]
        return [texts[0], self._name, texts[1], self._opacity, self._show_labels]

    def _build_side(self, height: int) -> ipw.VBox:
        wide = ipw.Layout(width="auto", margin="0", flex="1 1 0", min_width="0")
        auto = ipw.Layout(width="auto", margin="0", flex="0 0 auto")
        self._layer = ipw.Dropdown(
            options=[(_layer_text(name), name) for name in LAYERS], value=self.layer, layout=wide
        )
        self._among = ipw.Dropdown(options=self._places(), layout=wide, tooltip="The maps to search")
        self._order = ipw.ToggleButtons(
            options=[("By number", "number"), ("By activity", "activity"), ("Tell two apart", "separation")],
            tooltips=[
                "The maps of a layer in the order of their numbers",
                "The maps of a layer, those first that vary most over this core",
                "The maps that tell two labelled classes apart, the best first",
            ],
            style={"button_width": "auto"},
            layout=auto,
        )
        self._follow = ipw.ToggleButton(
            description="In view",
            tooltip="Thumbnails show what the large map shows, not the whole core",
            layout=auto,
        )
        self._class_lists = [ipw.Dropdown(layout=wide, tooltip="A labelled class") for _ in range(2)]
        self._previous = ipw.Button(
            icon="chevron-left", tooltip="Maps before these", disabled=True, layout=auto
        )
        self._next = ipw.Button(icon="chevron-right", tooltip="Maps after these", disabled=True, layout=auto)
        self._pages = ipw.HTML(layout=auto)
        self._note = ipw.HTML(layout=ipw.Layout(width="100%", margin="0")).add_class("cw-explorer-small")
        self._stop = ipw.Button(icon="stop", tooltip="Stop computing", layout=auto)
        self._progress_text = ipw.HTML(layout=auto)
        self._progress = ipw.FloatProgress(max=1, layout=wide)
        self._busy = self._line(self._progress_text, self._progress, self._stop)
        self._busy.layout.visibility = "hidden"
        self._sheet = Picks(layout=ipw.Layout(width="100%", margin="0"))
        box = ipw.Box(
            [self._sheet], layout=ipw.Layout(flex="1 1 0", overflow="auto", min_height="0", width="100%")
        )
        self._by_layer = self._line(self._layer, self._previous, self._pages, self._next)
        self._by_classes = ipw.VBox(
            [
                self._line(self._class_lists[0], ipw.HTML("from", layout=auto), self._class_lists[1]),
                self._line(ipw.HTML("by the maps of", layout=auto), self._among),
                self._note,
            ]
        ).add_class("cw-explorer-classes")
        return ipw.VBox(
            [
                self._line(self._order, self._follow), self._by_layer, self._by_classes,
                box.add_class("cw-explorer-sheet"), self._busy,
            ],
            layout=ipw.Layout(width=f"{_SIDE_WIDTH}px", flex="0 0 auto", height=f"{height + 48}px"),
        ).add_class("cw-explorer-side")  # fmt: skip

    def _photograph_title(self) -> ipw.HTML:
        name = html.escape(self.section.name or "Photograph")
        return ipw.HTML(f"<span>{name}</span>", layout=ipw.Layout(margin="0")).add_class("cw-title")

    def _build_map_title(self) -> ipw.HTML:
        self._map_title = ipw.HTML(layout=ipw.Layout(margin="0")).add_class("cw-title")
        return self._map_title

    def _column(self, title: ipw.Widget, stage: Stage) -> ipw.VBox:
        return ipw.VBox([title, stage], layout=ipw.Layout(flex="1 1 0", min_width="0"))

    def _line(self, *widgets: ipw.Widget) -> ipw.HBox:
        line = ipw.HBox(widgets, layout=ipw.Layout(width="100%", flex="0 0 auto"))
        return line.add_class("cw-explorer-line")

    def _spring(self) -> ipw.Box:
        return ipw.Box(layout=ipw.Layout(flex="1 1 auto"))

    def _places(self) -> list[tuple[str, tuple[str, ...]]]:
        own = self.hypercolumns.layers
        together = [(" + ".join(own), own)] if len(own) > 1 else []
        return [*together, *((name, (name,)) for name in LAYERS)]

    def _listen(self) -> None:
        wrap = self.messages.wrap
        self._unlink = link_viewports(self.map_stage, self.stage)
        for stage in (self.stage, self.map_stage):
            stage.on_pixel(lambda row, column: setattr(self, "pixel", (row, column)))
        self.stage.describe, self.map_stage.describe = self._read_label, self._read_map
        self.map_stage.observe(wrap(self._view_changed), "viewport")
        self._sheet.on_pick(wrap(lambda name: setattr(self, "feature", name)))
        self._profile.on_pick(wrap(lambda name: setattr(self, "feature", name)))
        self._layer.observe(wrap(lambda change: setattr(self, "layer", change["new"])), "value")
        self._order.observe(wrap(lambda change: setattr(self, "order", change["new"])), "value")
        self._name.observe(wrap(self._named), "value")
        self._among.observe(wrap(lambda _: self._fill_sheet()), "value")
        self._follow.observe(wrap(lambda _: self._fill_sheet()), "value")
        self._show_labels.observe(wrap(lambda _: self._draw_labels()), "value")
        self._opacity.observe(
            lambda change: setattr(self.map_stage, "overlay_opacity", change["new"]), "value"
        )
        self._previous.on_click(wrap(lambda _: self._turn_page(-1)))
        self._next.on_click(wrap(lambda _: self._turn_page(1)))
        self._stop.on_click(wrap(lambda _: self._give_up()))
        for picker in self._class_lists:
            picker.observe(wrap(self._classes_picked), "value")
        self._listening = True

    def _follow_labeler(self, labeler: Labeler) -> None:
        self._links = [dlink((labeler, name), (self, name)) for name in ("legend", "labels")]
        self._unlink_labeler = link_viewports(labeler.stage, self.map_stage)

    def _refresh(self) -> None:
        self.map_stage.overlay_opacity = self._opacity.value
        self._layer.value = self.layer
        self._offer_classes()
        self._show_choices()
        self._draw_labels()
        self._fill_sheet()
        self._show_map()

    def _turn_page(self, step: int) -> None:
        self._page += step
        self._fill_sheet()

    def _named(self, change: dict[str, Any]) -> None:
        try:
            self.feature = change["new"]
        finally:
            self._name.value = self.feature

    def _show_choices(self) -> None:
        searching = self.order == "separation"
        self._by_layer.layout.display = "none" if searching else ""
        self._by_classes.layout.display = "" if searching else "none"
        self._by_classes.children[0].layout.display = "" if self._labelled else "none"

    def _offer_classes(self) -> None:
        """Offer the labelled classes; begin with the two that are labelled most."""
        names = self._labelled
        self._show_labels.disabled = self.labels is None
        if self.labels is None or len(names) < 2:
            self.classes = ("", "")
        elif not set(self.classes) <= set(names):
            legend = self._known
            counts = np.bincount(self.labels.ravel(), minlength=256)
            ranked = sorted(names, key=lambda name: -counts[legend.code(name)])
            self.classes = (ranked[0], ranked[1])
        self._offering = True
        try:
            for picker, name in zip(self._class_lists, self.classes, strict=True):
                picker.options = names
                picker.value = name or None
        finally:
            self._offering = False

    _offering = False

    def _classes_picked(self, _: dict[str, Any]) -> None:
        chosen = tuple(picker.value or "" for picker in self._class_lists)
        if not self._offering and chosen != self.classes:
            self.classes = chosen


def _sheet(items: list[tuple[LayerMaps, int, str]], view: Viewport | None) -> str:
    """Return the contact sheet of (maps, channel, caption)."""
    return pictures.sheet(
        (maps.names[channel], pictures.thumbnail(maps, channel, view), caption)
        for maps, channel, caption in items
    )


def _activity(maps: LayerMaps) -> Floats:
    """Return how much each map varies, in units of its color scale."""
    step = max(1, maps.cells[0].size // 20_000) | 1
    flat = maps.cells.reshape(len(maps.cells), -1)[:, ::step].astype(np.float32)
    spread: Floats = np.minimum(flat / maps.tops[:, None], 1).std(axis=1)
    return spread


def _layer_text(name: str) -> str:
    layer = LAYERS[name]
    return f"{name}: {layer.n_channels} maps, see {_side(name)} px"


def _side(name: str) -> int:
    """Return how many rows, and columns, of the photograph a cell of a layer depends on."""
    layer = LAYERS[name]
    return layer.stride + 2 * layer.reach


def _check_codes(labels: npt.NDArray[np.uint8], legend: Legend | None) -> None:
    highest = int(labels.max(initial=0))
    if legend is not None and highest > len(legend):
        raise ValueError(
            f"labels hold code {highest}, but the legend ends with code {len(legend)} ({legend.names[-1]}); "
            "give a legend with all classes."
        )
