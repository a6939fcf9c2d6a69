"""Look into VGG-16: the feature maps of a core, and the hypercolumn of a pixel."""

from __future__ import annotations

import time
from collections.abc import Sequence
from typing import Any

import ipywidgets as ipw
import numpy as np
import numpy.typing as npt
from traitlets import Enum, Instance, Tuple, Unicode, dlink, link, observe, validate

from corewidgets.cores.opening import Openable, open_section
from corewidgets.features.hypercolumns import Hypercolumns
from corewidgets.features.layer_maps import Floats, LayerMapStore, side
from corewidgets.features.vgg16 import LAYERS
from corewidgets.features.vgg16 import layer as layer_called
from corewidgets.labels.arrays import check_labels
from corewidgets.labels.legend import Legend
from corewidgets.learning.labelled_classes import LabelledClasses
from corewidgets.learning.separation import Separation, separate
from corewidgets.markup import html
from corewidgets.widgets import feature_pictures as pictures
from corewidgets.widgets.background import Ticket, Worker
from corewidgets.widgets.contact_sheet import ORDERS, ContactSheet
from corewidgets.widgets.labeler import Labeler
from corewidgets.widgets.picks import Picks
from corewidgets.widgets.stage.links import link_viewports
from corewidgets.widgets.stage.stage import Stage
from corewidgets.widgets.tool import Tool

__all__ = ["FeatureExplorer"]

HEIGHT = 480

_N_BEST = 24
_PIXELS_A_LINE = 300
_LABEL_ALPHA = 110
_PAUSE = 0.25  # seconds that a view must rest before the thumbnails follow it
_HINT = (
    '<div class="cw-sheet-note">Click a pixel of the photograph or of the map to see its hypercolumn: '
    "the values of all maps at that pixel.</div>"
)


class FeatureExplorer(Tool):
    """The feature maps of a photograph, from any layer of VGG-16.

    A contact sheet of the maps of a layer; one of them large, over the photograph; the hypercolumn of a pixel
    that is clicked; and the maps that tell two classes apart best. A layer is computed when it is first
    looked at, in the background, and once.

    Parameters
    ----------
    section : Labeler, path, CoreSection or array, shape (n_rows, n_columns, 3), uint8
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
        The map that is shown large, such as "pool1/28". Trait.
    pixel : tuple of int, or None
        Row and column of the pixel whose hypercolumn is shown. Trait.
    order : str
        How the contact sheet is ordered: "number"; "activity", the most active first; or "separation", with
        the maps first that tell the two `classes` apart. Trait.
    classes : tuple of str
        The names of two classes. Trait.
    labels, legend : array and Legend, or None
        Traits; set them to follow what is drawn in a `Labeler`.
    stage, map_stage : Stage
        The photograph, and the map over it. Both show the same part.

    Raises
    ------
    ValueError
        Labels have another shape than the photograph, or codes that the legend lacks.

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
        section: Labeler | Openable,
        labels: npt.ArrayLike | None = None,
        *,
        legend: Legend | None = None,
        hypercolumns: Hypercolumns | None = None,
        height: int = HEIGHT,
    ):
        labeler = section if isinstance(section, Labeler) else None
        if isinstance(section, Labeler):
            labels, legend, section = section.labels, section.legend, section.section
        self.section = open_section(section)
        self.hypercolumns = hypercolumns or Hypercolumns()
        self._store = LayerMapStore(self.section.image, self.hypercolumns.weights)
        self.stage = Stage(self.section, height=height, toolbar=False)
        self.map_stage = Stage(self.section, height=height, toolbar=False)
        self.messages = self.map_stage.messages
        self._side = ContactSheet(
            self._store, self.hypercolumns.layers, lambda: self.map_stage.viewport, self.messages, height
        )
        self._map_worker = Worker(self.messages.fail, self._side.work_ended)
        self._pixel_worker = Worker(self.messages.fail, lambda _: None)
        self._workers = (self._side.worker, self._map_worker, self._pixel_worker)
        self._map: Floats | None = None
        self._labelled = LabelledClasses()
        self._means: dict[str, Floats] = {}
        self._means_of: LabelledClasses | None = None
        self._build()
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
            Layer and channel from 0, such as "pool1/28", or another feature of `hypercolumns`, as "lab/0".

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
        places = tuple(layers or self.hypercolumns.layers)
        return separate(self._labelled, (first, second), places, self._store.get)[:n_most]

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
            if legend is not None:
                legend.check(start["labels"], remedy="give a legend with all classes")
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
        for name in (first, second):
            if name:
                self._labelled.legend.code(name)  # where there is none of that name, it says which there are
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

    @observe("classes")
    def _classes_changed(self, _: dict[str, Any]) -> None:
        if self._listening:
            self._show_profile()

    @observe("labels", "legend")
    def _labels_changed(self, _: dict[str, Any]) -> None:
        self._labelled = LabelledClasses(self.labels, self.legend)
        if not self._listening:
            return
        with self.messages.shown():
            self._side.labelled = self._labelled
            self._show_labels.disabled = self.labels is None
            self._draw_labels()

    # --- the large map ----------------------------------------------------------------------------

    def _show_map(self) -> None:
        feature = self.feature
        self._name.value = self._profile.picked = feature
        self._map_worker.submit(lambda ticket: self._compute_map(feature, ticket))

    def _compute_map(self, feature: str, ticket: Ticket) -> None:
        name, channel = self._parse(feature)
        if channel is None:
            values = self.hypercolumns.feature_map(self.section.image, name)
            low, high = float(values.min()), float(values.max())
            codes = np.rint((values - low) * (255 / ((high - low) or 1))).astype(np.uint8)
            about = pictures.color_scale(low, high)
        else:
            maps = self._side.layer_maps(name, ticket)
            values = maps.map(channel)
            codes = maps.codes(channel, values)
            scale = pictures.color_scale(0, float(maps.tops[channel]))
            about = html("sees {{ side }} by {{ side }} px&ensp; {{ scale }}", side=side(name), scale=scale)
        ticket.deliver(self._map_computed, feature, values, codes, about)

    def _map_computed(self, feature: str, values: Floats, codes: npt.NDArray[np.uint8], about: str) -> None:
        self._map = values
        self.map_stage.set_overlay(codes, pictures.color_table())
        self._map_title.value = html(
            "<span>Map {{ name }}</span><span>{{ about }}</span>", name=feature, about=about
        )

    def _read_map(self, row: int, column: int) -> str:
        return "" if self._map is None else f"{self.feature} = {self._map[row, column]:.3g}"

    def _read_label(self, row: int, column: int) -> str:
        code = 0 if self.labels is None else int(self.labels[row, column])
        return self._labelled.legend.name(code) if code else ""

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
        read = self._read_label(*pixel)
        title = html(
            "<b>Hypercolumn of row {{ row }}, column {{ column }}{{ read }}</b>"
            "<span>{{ n }} numbers, each layer to its own scale</span>",
            row=pixel[0], column=pixel[1], read=read and f", {read}", n=len(values),
        )  # fmt: skip
        names = self.hypercolumns.feature_names
        ticket.deliver(self._profile_made, pictures.profile(names, values, title, {}))
        lines = {}
        for name in classes:
            ticket.check()
            if name:
                legend = self._labelled.legend
                color = legend.colors[legend.code(name) - 1]
                lines[f"Mean of {name}"] = (color, self._mean_of(name))
        if lines:
            ticket.deliver(self._profile_made, pictures.profile(names, values, title, lines))

    def _profile_made(self, drawing: str) -> None:
        self._profile.html = drawing

    def _mean_of(self, name: str) -> Floats:
        """Return the mean hypercolumn of a class, computed once for its labels."""
        if self._means_of is not self._labelled:
            self._means, self._means_of = {}, self._labelled
        if name not in self._means:
            pixels = self._labelled.pixels_of(name, _PIXELS_A_LINE)
            self._means[name] = self.hypercolumns.at(self.section.image, *pixels).mean(axis=0)
        return self._means[name]

    def _draw_labels(self) -> None:
        if self.labels is None or not self._show_labels.value:
            self.stage.set_labels(None)
            return
        colors = self._labelled.legend.rgb()
        opacity = np.full((len(colors), 1), _LABEL_ALPHA, np.uint8)
        opacity[0] = 0
        self.stage.set_labels(self.labels, np.hstack([colors, opacity]), 1.0)

    # --- building and listening -------------------------------------------------------------------

    _listening = False

    def _build(self) -> None:
        self._bar = ipw.HBox(
            [*self._build_bar(), self._spring(), self.map_stage.toolbar],
            layout=ipw.Layout(width="100%", flex_flow="row wrap", flex="0 0 auto"),
        ).add_class("cw-explorer-line")
        self.map_stage.toolbar.add_class("cw-explorer-zoom")
        self._profile = Picks(html=_HINT, layout=ipw.Layout(width="100%", margin="0"))
        columns = [
            self._column(self._photograph_title(), self.stage),
            self._column(self._build_map_title(), self.map_stage),
            self._side,
        ]
        self._middle = ipw.HBox(columns, layout=ipw.Layout(width="100%")).add_class("cw-explorer-middle")

    def _build_bar(self) -> list[ipw.Widget]:
        auto = ipw.Layout(width="auto", margin="0", flex="0 0 auto")
        self._name = ipw.Text(
            value=self.feature,
            continuous_update=False,
            tooltip="Name of the large map, such as pool1/28",
            layout=ipw.Layout(width="110px", margin="0"),
        )
        self._opacity = ipw.FloatSlider(
            value=1.0,
            min=0,
            max=1,
            step=0.05,
            readout_format=".0%",
            tooltip="Opacity of the map",
            layout=ipw.Layout(width="190px", margin="0"),
        )
        self._show_labels = ipw.ToggleButton(
            value=False, description="Labels", tooltip="Show the labels on the photograph", layout=auto
        )
        texts = [ipw.HTML(f"<span>{text}</span>", layout=auto) for text in ("Map", "Opacity")]
        return [texts[0], self._name, texts[1], self._opacity, self._show_labels]

    def _photograph_title(self) -> ipw.HTML:
        title = html("<span>{{ name }}</span>", name=self.section.name or "Photograph")
        return ipw.HTML(title, layout=ipw.Layout(margin="0")).add_class("cw-title")

    def _build_map_title(self) -> ipw.HTML:
        self._map_title = ipw.HTML(layout=ipw.Layout(margin="0")).add_class("cw-title")
        return self._map_title

    def _column(self, title: ipw.Widget, stage: Stage) -> ipw.VBox:
        return ipw.VBox([title, stage], layout=ipw.Layout(flex="1 1 260px", min_width="0"))

    def _spring(self) -> ipw.Box:
        return ipw.Box(layout=ipw.Layout(flex="1 1 auto"))

    def _listen(self) -> None:
        wrap = self.messages.wrap
        self._unlink = link_viewports(self.map_stage, self.stage)
        for stage in (self.stage, self.map_stage):
            stage.on_pixel(lambda row, column: setattr(self, "pixel", (row, column)))
        self.stage.describe, self.map_stage.describe = self._read_label, self._read_map
        self.map_stage.observe(wrap(lambda _: self._side.follow(_PAUSE)), "viewport")
        self._side.on_stop(self._give_up)
        self._profile.on_pick(wrap(lambda name: setattr(self, "feature", name)))
        self._name.observe(wrap(self._named), "value")
        self._show_labels.observe(wrap(lambda _: self._draw_labels()), "value")
        self._opacity.observe(
            lambda change: setattr(self.map_stage, "overlay_opacity", change["new"]), "value"
        )
        self._side.labelled = self._labelled
        self._links: list[Any] = [
            link((self, name), (self._side, name)) for name in ("layer", "feature", "order", "classes")
        ]
        self._listening = True

    def _give_up(self) -> None:
        for worker in self._workers:
            worker.stop()

    def _end(self) -> None:
        self._give_up()

    def _follow_labeler(self, labeler: Labeler) -> None:
        self._links += [dlink((labeler, name), (self, name)) for name in ("legend", "labels")]
        self._unlink_labeler = link_viewports(labeler.stage, self.map_stage)

    def _refresh(self) -> None:
        self.map_stage.overlay_opacity = self._opacity.value
        self._show_labels.disabled = self.labels is None
        self._draw_labels()
        self._side.begin()
        self._show_map()

    def _named(self, change: dict[str, Any]) -> None:
        try:
            self.feature = change["new"]
        finally:
            self._name.value = self.feature
