"""The contact sheet: small pictures of the maps of a layer, or of those that tell two classes apart."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import ipywidgets as ipw
import numpy as np
from traitlets import Enum, Instance, Tuple, Unicode, observe

from corewidgets.features.layer_maps import Floats, LayerMaps, LayerMapStore, side
from corewidgets.features.vgg16 import LAYERS
from corewidgets.learning.labelled_classes import LabelledClasses
from corewidgets.learning.separation import Separation, separate
from corewidgets.markup import html
from corewidgets.widgets import feature_pictures as pictures
from corewidgets.widgets.background import Ticket, Worker
from corewidgets.widgets.buttons import button
from corewidgets.widgets.messages import Messages
from corewidgets.widgets.picks import Picks
from corewidgets.widgets.stage.parts import picture_height
from corewidgets.widgets.stage.viewport import Viewport
from corewidgets.widgets.tool import Tool

__all__ = ["ORDERS", "PAGE_SIZE", "ContactSheet"]

ORDERS = ("number", "activity", "separation")
PAGE_SIZE = 32

_N_BEST = 24
_WIDTH = 400
_NO_LABELS = (
    '<div class="cw-sheet-note">To find the maps that tell two classes apart, give labels of at least two: '
    "<code>FeatureExplorer(section, labels, legend=legend)</code>.</div>"
)


class ContactSheet(Tool):
    """Lists maps, and lets one be picked.

    Parameters
    ----------
    store : LayerMapStore
        Where maps come from; a layer is computed when it is first asked for.
    own : tuple of str
        The layers that a model uses; they are searched together.
    view : callable
        Returns the viewport that thumbnails show where they follow it.
    messages : Messages
        Where errors are shown.
    height : int
        In pixels of the page.

    Attributes
    ----------
    layer, order, feature : str
        The layer that is listed, how it is ordered, and the map that was picked. Traits.
    classes : tuple of str
        The two classes to tell apart. Trait.
    labelled : LabelledClasses
        Trait.
    worker : Worker
        What makes the pictures.
    """

    layer = Unicode("pool1")
    order = Enum(ORDERS, default_value="number")
    feature = Unicode("pool1/0")
    classes = Tuple(Unicode(), Unicode(), default_value=("", ""))
    labelled = Instance(LabelledClasses, ())

    def __init__(
        self,
        store: LayerMapStore,
        own: tuple[str, ...],
        view: Callable[[], Viewport],
        messages: Messages,
        height: int,
    ) -> None:
        self._store, self._own, self._view, self.messages = store, own, view, messages
        self._callbacks: list[Callable[[], Any]] = []
        self.worker = Worker(messages.fail, self.work_ended)
        self._page = 0
        self._found: object = None
        self._listening = self._offering = False
        super().__init__(
            self._build(),
            layout=ipw.Layout(width=f"{_WIDTH}px", flex="0 0 auto", height=picture_height(height, 48)),
        )
        self.add_class("cw-explorer-side")
        self._listen()

    # --- what is listed ---------------------------------------------------------------------------

    def fill(self, pause: float = 0.0) -> None:
        """Make the pictures anew, in the background, after `pause` seconds without another call."""
        view = self._view() if self._follow.value else None
        if self.order != "separation":
            layer, order, page = self.layer, self.order, self._page
            self.worker.submit(lambda ticket: self._list(layer, order, page, view, ticket), pause)
        elif all(self.classes):
            labelled, classes, layers = self.labelled, self.classes, self._among.value
            self.worker.submit(lambda ticket: self._find(labelled, classes, layers, view, ticket), pause)
        else:
            self.worker.stop()
            self._sheet.html = _NO_LABELS

    def follow(self, pause: float) -> None:
        """Make the pictures anew where they show what is in view, and that has moved."""
        if self._follow.value:
            self.fill(pause)

    def _list(self, layer: str, order: str, page: int, view: Viewport | None, ticket: Ticket) -> None:
        """Make a page of the maps of a layer."""
        maps = self.layer_maps(layer, ticket)
        channels = np.arange(len(maps.cells))
        if order == "activity":
            channels = np.argsort(-_activity(maps), kind="stable")
        chosen = channels[page * PAGE_SIZE : (page + 1) * PAGE_SIZE]
        sheet = _thumbnails([(maps, int(channel), str(channel)) for channel in chosen], view)
        ticket.deliver(self._show_page, sheet, page, len(channels))

    def _show_page(self, sheet: str, page: int, n_maps: int) -> None:
        self._sheet.html = sheet
        first, end = page * PAGE_SIZE, min((page + 1) * PAGE_SIZE, n_maps)
        self._previous.disabled, self._next.disabled = page == 0, end == n_maps
        self._pages.value = f"<span>{first + 1} to {end} of {n_maps}</span>"

    def _find(
        self,
        labelled: LabelledClasses,
        classes: tuple[str, str],
        layers: tuple[str, ...],
        view: Viewport | None,
        ticket: Ticket,
    ) -> None:
        """Make a page of the maps that tell two classes apart."""
        maps = {name: self.layer_maps(name, ticket) for name in layers}
        best = separate(labelled, classes, layers, maps.__getitem__)[:_N_BEST]
        items: list[tuple[LayerMaps, int, str]] = []
        for found in best:
            name, _, channel = found.feature.partition("/")
            text = found.feature if len(layers) > 1 else channel
            caption = html("{{ text }}<br><em>{{ auc }}</em>", text=text, auc=f"{found.auc:.2f}")
            items.append((maps[name], int(channel), caption))
        ticket.deliver(self._show_best, _thumbnails(items, view), best[0], (classes, layers))

    def _show_best(self, sheet: str, best: Separation, wanted: object) -> None:
        self._sheet.html = sheet
        if wanted == self._found:  # made anew for another view: what was chosen stays
            return
        self._found = wanted
        other = next(name for name in self.classes if name != best.higher)
        self._note.value = html(
            "The number is the chance that a pixel of one class has the higher value: at 1 the map alone "
            "separates them, at 0.5 it does not separate them. {{ feature }} is higher in "
            "<b>{{ higher }}</b> than in <b>{{ other }}</b>.",
            feature=best.feature, higher=best.higher, other=other,
        )  # fmt: skip
        self.feature = best.feature

    # --- work that takes a while ------------------------------------------------------------------

    def layer_maps(self, name: str, ticket: Ticket | None) -> LayerMaps:
        """Return a layer; while it is computed, show how far that is."""

        def progress(done: int, total: int) -> None:
            if ticket is not None:
                ticket.check()
                ticket.deliver(self._show_progress, name, done / total)

        return self._store.get(name, progress)

    def on_stop(self, callback: Callable[[], Any]) -> None:
        """Call back when the button that stops what is computed is pressed."""
        self._callbacks.append(callback)

    def work_ended(self, _: bool = False) -> None:
        """Show no progress any more."""
        self._busy.layout.visibility = "hidden"

    def _show_progress(self, name: str, share: float) -> None:
        self._progress.value, self._progress_text.value = share, f"Computing {name}"
        self._busy.layout.visibility = "visible"

    def _stop_all(self) -> None:
        self.worker.stop()
        for callback in self._callbacks:
            callback()

    # --- choices ----------------------------------------------------------------------------------

    @observe("layer")
    def _layer_set(self, change: dict[str, Any]) -> None:
        if self._listening:
            self._layer.value = change["new"]
            self._page = 0
            self.fill()
            if self.order != "separation":
                self.feature = f"{change['new']}/0"

    @observe("order", "classes")
    def _order_set(self, change: dict[str, Any]) -> None:
        if not self._listening:
            return
        self._order.value = self.order
        self._show_choices()
        if change["name"] == "classes":
            self._offer_classes()
        if change["name"] == "order" or self.order == "separation":
            self._page = 0
            self.fill()

    @observe("labelled")
    def _labelled_set(self, _: dict[str, Any]) -> None:
        if not self._listening:
            return
        before = self.classes
        self._offer_classes()
        self._show_choices()
        if self.order == "separation" and self.classes == before:  # otherwise it was made anew already
            self.fill()

    @observe("feature")
    def _feature_set(self, change: dict[str, Any]) -> None:
        if self._listening:
            self._sheet.picked = change["new"]

    def _show_choices(self) -> None:
        searching = self.order == "separation"
        self._by_layer.layout.display = "none" if searching else ""
        self._by_classes.layout.display = "" if searching else "none"
        self._by_classes.children[0].layout.display = "" if self.labelled.n_pixels else "none"

    def _offer_classes(self) -> None:
        """Offer the labelled classes; begin with the two that are labelled most."""
        counts = self.labelled.n_pixels
        if len(counts) < 2:
            self.classes = ("", "")
        elif not set(self.classes) <= set(counts):
            ranked = sorted(counts, key=lambda name: -counts[name])
            self.classes = (ranked[0], ranked[1])
        self._offering = True
        try:
            for picker, name in zip(self._class_lists, self.classes, strict=True):
                picker.options = list(counts)
                picker.value = name or None
        finally:
            self._offering = False

    def _classes_picked(self, _: dict[str, Any]) -> None:
        chosen = tuple(picker.value or "" for picker in self._class_lists)
        if not self._offering and chosen != self.classes:
            self.classes = chosen

    def _turn_page(self, step: int) -> None:
        self._page += step
        self.fill()

    # --- building ---------------------------------------------------------------------------------

    def _build(self) -> list[ipw.Widget]:
        self._build_lists()
        auto = ipw.Layout(width="auto", margin="0", flex="0 0 auto")
        self._note = ipw.HTML(layout=ipw.Layout(width="100%", margin="0")).add_class("cw-explorer-small")
        self._sheet = Picks(layout=ipw.Layout(width="100%", margin="0"))
        box = ipw.Box(
            [self._sheet], layout=ipw.Layout(flex="1 1 0", overflow="auto", min_height="0", width="100%")
        )
        self._by_layer = _line(self._layer, self._previous, self._pages, self._next)
        self._by_classes = ipw.VBox(
            [
                _line(self._class_lists[0], ipw.HTML("from", layout=auto), self._class_lists[1]),
                _line(ipw.HTML("by the maps of", layout=auto), self._among),
                self._note,
            ]
        ).add_class("cw-explorer-classes")
        return [
            _line(self._order, self._follow), self._by_layer, self._by_classes,
            box.add_class("cw-explorer-sheet"), self._build_progress(),
        ]  # fmt: skip

    def _build_lists(self) -> None:
        wide = ipw.Layout(width="auto", margin="0", flex="1 1 0", min_width="0")
        auto = ipw.Layout(width="auto", margin="0", flex="0 0 auto")
        self._layer = ipw.Dropdown(
            options=[(_layer_text(name), name) for name in LAYERS],
            value=self.layer,
            layout=wide,
            tooltip="Layer of the network",
        )
        together = [(" + ".join(self._own), self._own)] if len(self._own) > 1 else []
        places = [*together, *((name, (name,)) for name in LAYERS)]
        self._among = ipw.Dropdown(options=places, layout=wide, tooltip="Layers whose maps are compared")
        self._order = ipw.ToggleButtons(
            options=[("By number", "number"), ("By activity", "activity"), ("Tell two apart", "separation")],
            tooltips=[
                "The maps of a layer in numerical order",
                "The maps of a layer, ranked by their variation over this core",
                "Maps ranked by how well they separate two labelled classes",
            ],
            style={"button_width": "auto"},
            layout=auto,
        )
        self._follow = ipw.ToggleButton(
            description="In view",
            tooltip="Thumbnails show the part in view, not the whole core",
            layout=auto,
        )
        self._class_lists = [ipw.Dropdown(layout=wide, tooltip="A labelled class") for _ in range(2)]
        turn = self._turn_page
        self._previous, self._next = (
            button(self.messages, action, icon=icon, tooltip=tooltip, disabled=True)
            for action, icon, tooltip in (
                (lambda: turn(-1), "chevron-left", "Previous maps"),
                (lambda: turn(1), "chevron-right", "Next maps"),
            )
        )
        self._pages = ipw.HTML(layout=auto)

    def _build_progress(self) -> ipw.HBox:
        self._stop = button(self.messages, self._stop_all, icon="stop", tooltip="Stop computing")
        self._progress_text = ipw.HTML(layout=ipw.Layout(width="auto", margin="0", flex="0 0 auto"))
        self._progress = ipw.FloatProgress(max=1, layout=ipw.Layout(flex="1 1 0", min_width="0", margin="0"))
        self._busy = _line(self._progress_text, self._progress, self._stop)
        self._busy.layout.visibility = "hidden"
        return self._busy

    def _listen(self) -> None:
        wrap = self.messages.wrap
        self._sheet.on_pick(wrap(lambda name: setattr(self, "feature", name)))
        self._layer.observe(wrap(lambda change: setattr(self, "layer", change["new"])), "value")
        self._order.observe(wrap(lambda change: setattr(self, "order", change["new"])), "value")
        for widget in (self._among, self._follow):
            widget.observe(wrap(lambda _: self.fill()), "value")
        for picker in self._class_lists:
            picker.observe(wrap(self._classes_picked), "value")
        self._listening = True

    def begin(self) -> None:
        """Show what the traits say, for the first time."""
        self._layer.value = self.layer
        self._sheet.picked = self.feature
        self._offer_classes()
        self._show_choices()
        self.fill()


def _line(*widgets: ipw.Widget) -> ipw.HBox:
    line = ipw.HBox(widgets, layout=ipw.Layout(width="100%", flex="0 0 auto"))
    return line.add_class("cw-explorer-line")


def _thumbnails(items: list[tuple[LayerMaps, int, str]], view: Viewport | None) -> str:
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
    return f"{name}: {LAYERS[name].n_channels} maps, see {side(name)} px"
