"""See what a model makes of a core: its map over the photograph, its doubts, and its reasons."""

from __future__ import annotations

import math
from typing import Any

import ipywidgets as ipw
import numpy as np
import numpy.typing as npt
from traitlets import Any as AnyTrait
from traitlets import Bool, Enum, Float, Instance, Unicode, dlink, link, observe, validate

from corewidgets.cores.opening import Openable, open_section
from corewidgets.figures.pattern_pixels import with_patterns
from corewidgets.labels.arrays import check_labels
from corewidgets.labels.legend import Legend
from corewidgets.learning.classifier import PixelClassifier
from corewidgets.learning.explanation import Explainer, Explanation
from corewidgets.learning.mapping import View, map_section
from corewidgets.learning.maps import (
    Maps,
    class_palette,
    doubt_palette,
    least_sure,
    likelihood_palette,
    outlines,
    share_of_classes,
)
from corewidgets.markup import html
from corewidgets.widgets.background import Ticket, Worker
from corewidgets.widgets.labeler import Labeler
from corewidgets.widgets.overlay_panel import OverlayBar, OverlaySide, color_key
from corewidgets.widgets.panels import style_sheet
from corewidgets.widgets.ruler_panel import RulerPanel
from corewidgets.widgets.stage.links import link_viewports
from corewidgets.widgets.stage.stage import HEIGHT, Stage
from corewidgets.widgets.tool import Tool
from corewidgets.widgets.trainer import Trainer
from corewidgets.widgets.why import why_html

__all__ = ["Overlay"]

SHOWS = ("classes", "probability", "uncertainty")
DRAWINGS = ("fill", "outline")
COMPARISONS = ("over", "beside", "swipe")

_NO_MODEL = (
    "only a segmentation was given, without probabilities. Give the model instead: Overlay(section, model)."
)


class Overlay(Tool):
    """A segmentation over the photograph, and what the model says of each pixel.

    Parameters
    ----------
    section : Labeler, path, CoreSection or array, shape (n_rows, n_columns, 3), uint8
        The photograph. A labeler's labels and legend are followed, and both show the same part of the core.
    result : array, PixelClassifier, Trainer or Maps, optional
        A segmentation (n_rows, n_columns), uint8; a fitted model, whose map is computed in the background; or
        a trainer, whose maps are followed.
    legend : Legend, optional
        Names and colors; by default those of the labeler, the trainer or the model.
    labels : array, shape (n_rows, n_columns), uint8, optional
        What was labelled: examples to compare a pixel with, and places that need no more labels.
    height : int
        Height of the picture in pixels of the page.

    Attributes
    ----------
    maps : Maps or None
        What is shown. Trait; link it to that of a `Trainer`.
    segmentation : array, shape (n_rows, n_columns), uint8, or None
        Its codes. Trait; set it to show another one.
    model : PixelClassifier or None
        Trait; set it to compute and show its map.
    legend, labels : Legend, array or None
        Traits.
    shows : str
        "classes", "probability" (of the class `probability_of`) or "uncertainty". Trait.
    drawing, hatched : str, bool
        "fill" or "outline", and whether filled classes have patterns, as in figures. Traits.
    comparison : str
        "over", "beside" (the photograph alone beside it) or "swipe". Trait.
    probability_of : str
        Name of a class. Trait.
    hidden : frozenset of int
        Codes that are not shown. Trait.
    position : tuple of int or None
        Row and column that was clicked or jumped to last. Trait.
    explanation : Explanation or None
        What the model says of it. Trait.
    stage : Stage
        The picture, with its viewport and `overlay_opacity`.
    busy, progress : bool, float
        Whether the map is being computed, and how far it is. Traits.

    Raises
    ------
    ValueError
        The segmentation has another shape than the photograph, it holds codes that the legend lacks, or the
        model is not fitted.
    TypeError
        `result` cannot be shown.

    Examples
    --------
    >>> import corewidgets as cw
    >>> sample = cw.sample_core(n_rows=256, n_columns=128)
    >>> Overlay(sample.section, sample.truth, legend=sample.legend).shows
    'classes'
    """

    maps = Instance(Maps, allow_none=True)
    segmentation = Instance(np.ndarray, allow_none=True)
    model = AnyTrait(None)
    legend = Instance(Legend)
    labels = Instance(np.ndarray, allow_none=True)
    shows = Enum(SHOWS, default_value="classes")
    drawing = Enum(DRAWINGS, default_value="fill")
    hatched = Bool(False)
    comparison = Enum(COMPARISONS, default_value="over")
    probability_of = Unicode()
    hidden = Instance(frozenset, ())
    position = Instance(tuple, allow_none=True)
    explanation = Instance(Explanation, allow_none=True)
    busy = Bool(False)
    progress = Float(0.0)

    def __init__(
        self,
        section: Labeler | Openable,
        result: Any = None,
        *,
        legend: Legend | None = None,
        labels: npt.ArrayLike | None = None,
        height: int = HEIGHT,
    ) -> None:
        self.section = section.section if isinstance(section, Labeler) else open_section(section)
        result = _checked(result, self.section.shape)
        known = legend or _legend_of(section, result)
        self.stage = Stage(self.section, height=height, toolbar=False)
        self.messages = self.stage.messages
        self._height = height
        self._beside: Stage | None = None
        self._places: list[tuple[int, int]] | None = None
        self._place = -1
        self._line = 1
        self._explainer: Explainer | None = None
        self._mapper = Worker(self.messages.fail, self._told_busy)
        self._asker = Worker(self.messages.fail, lambda _: None)
        super().__init__(
            self._build(),
            layout=ipw.Layout(width="100%"),
            legend=known,
            labels=None if labels is None else check_labels(labels, self.section.shape),
            probability_of=known.name(1),
        )
        self.add_class("cw-panel").add_class("cw-overlay").add_class("cw-keys")
        self._listen()
        self._follow(section, result)

    # --- what is shown ----------------------------------------------------------------------------

    def wait(self, timeout: float = 600.0) -> bool:
        """Wait until nothing is being computed; return whether that came within `timeout` seconds."""
        return self._mapper.wait(timeout) and self._asker.wait(timeout)

    def stop(self) -> None:
        """Stop computing the map; what there is of it stays."""
        self._mapper.stop()

    def _end(self) -> None:
        self._mapper.stop()
        self._asker.stop()

    def toggle(self, code: int) -> None:
        """Hide a class or show it again."""
        self.hidden = self.hidden ^ {code}

    @validate("segmentation", "labels")
    def _check_codes(self, proposal: dict[str, Any]) -> npt.NDArray[np.uint8] | None:
        if proposal["value"] is None:
            return None
        return check_labels(proposal["value"], self.section.shape)

    @validate("maps", "legend")
    def _check_legend(self, proposal: dict[str, Any]) -> Any:
        value = proposal["value"]
        maps, legend = (value, self.legend) if isinstance(value, Maps) else (self.maps, value)
        if maps is not None and legend is not None:
            remedy = "give the legend that belongs to it"
            legend.check(maps.segmentation, "The segmentation holds", remedy)
        return value

    @observe("segmentation")
    def _segmentation_set(self, change: dict[str, Any]) -> None:
        new = change["new"]
        if new is None or (self.maps is not None and self.maps.segmentation is new):
            return
        self.maps = Maps(new)

    @observe("maps")
    def _maps_set(self, _: dict[str, Any]) -> None:
        self._places = None
        self.segmentation = None if self.maps is None else self.maps.segmentation
        if self.maps is not None and self.maps.model is not None:
            self.model = self.maps.model
        self._draw()

    @observe("model")
    def _model_set(self, _: dict[str, Any]) -> None:
        model = self.model
        if model is None or (self.maps is not None and self.maps.model is model):
            return
        _check_fitted(model)
        self._mapper.submit(lambda ticket: self._compute(ticket, model))

    def _compute(self, ticket: Ticket, model: Any) -> None:
        """Map the section; in a thread."""

        def tell(done: int, total: int) -> None:
            ticket.deliver(lambda: setattr(self, "progress", done / total))

        def share(maps: Maps) -> None:
            ticket.deliver(lambda: setattr(self, "maps", maps))

        share(
            map_section(model, self.section, view=self._view, check=ticket.check, share=share, progress=tell)
        )

    def _told_busy(self, busy: bool) -> None:
        self.busy = busy
        self._bar.progress.layout.visibility = "visible" if busy else "hidden"

    def _view(self) -> View:
        """Return what is on the screen; called from any thread."""
        rows, columns = self.stage.viewport.spans()
        return slice(rows.first, rows.stop), slice(columns.first, columns.stop)

    def _draw(self) -> None:
        picture = None
        with self.messages.shown():
            self._refresh_side()
            picture = None if self.maps is None else self._picture(self.maps)
        self.stage.set_overlay(*(picture or (None,)))

    def _picture(self, maps: Maps) -> tuple[npt.NDArray[np.uint8], npt.NDArray[np.uint8]]:
        """Return codes and their colors."""
        if self.shows == "uncertainty":
            if maps.uncertainty is None:
                raise ValueError(f"There is no uncertainty to show: {_NO_MODEL}")
            return maps.uncertainty, doubt_palette()
        if self.shows == "probability":
            return self._likelihood(maps)
        codes, palette = maps.segmentation, class_palette(self.legend, self.hidden)
        self._line = self._line_width()
        if self.drawing == "outline":
            return outlines(codes, self._line), palette
        if self.hatched:
            return with_patterns(codes, palette, self.legend, self._line)
        return codes, palette

    def _likelihood(self, maps: Maps) -> tuple[npt.NDArray[np.uint8], npt.NDArray[np.uint8]]:
        code = self.legend.code(self.probability_of)
        found = maps.probability(code)
        if found is None and maps.probabilities is not None:
            raise ValueError(f"The model has not learned {self.probability_of!r}; label it and train again.")
        if found is None:
            why = _NO_MODEL if maps.model is None else "the section is too large to keep them all."
            raise ValueError(f"There are no probabilities to show: {why}")
        return found, likelihood_palette(self.legend.colors[code - 1])

    def _line_width(self) -> int:
        """Return how many pixels of the image a line needs to be seen on the screen."""
        return max(1, math.ceil(1 / self.stage.viewport.magnification))

    def _looks_set(self, change: dict[str, Any]) -> None:
        if change["name"] == "legend" and self.probability_of not in self.legend:
            self.probability_of = self.legend.name(1)
        self.messages.clear()
        self._draw()

    def _viewport_set(self, _: dict[str, Any]) -> None:
        lines = self.shows == "classes" and (self.hatched or self.drawing == "outline")
        if lines and self._line_width() != self._line:
            self._draw()

    @observe("comparison")
    def _comparison_set(self, _: dict[str, Any]) -> None:
        beside = self.comparison == "beside"
        if beside and self._beside is None:
            self._beside = self._stage_beside()
            self._pictures.children = (self.stage, self._beside)
        if self._beside is not None:
            self._beside.layout.display = "" if beside else "none"
        swipe = self.comparison == "swipe"
        self._side.swipe_row.layout.display = "" if swipe else "none"
        self.stage.overlay_from = self._side.swipe.value if swipe else 0.0

    def _swiped(self, change: dict[str, Any]) -> None:
        if self.comparison == "swipe":
            self._side.swipe.value = change["new"]

    def _stage_beside(self) -> Stage:
        """Return a stage of the photograph alone that shows the same part."""
        stage = Stage(self.section, height=self._height, toolbar=False)
        stage.on_pixel(self.explain)
        self._links.append(dlink((self, "position"), (stage, "marker")))
        link_viewports(self.stage, stage)
        return stage

    def _labels_set(self, _: dict[str, Any]) -> None:
        self._places = None
        self._explainer = None
        self._draw_labels()

    def _draw_labels(self) -> None:
        if self._side.labels_shown.value and self.labels is not None:
            codes = outlines(self.labels, self._line_width())
            self.stage.set_labels(codes, class_palette(self.legend, self.hidden), 1.0)
        else:
            self.stage.set_labels(None)

    # --- doubts and reasons -----------------------------------------------------------------------

    def least_sure(self, step: int = 1) -> tuple[int, int]:
        """Go to the next place where the model is least certain and nothing is labelled; return it.

        Parameters
        ----------
        step : int
            1 for the next one, -1 for the one before.

        Raises
        ------
        ValueError
            There is no uncertainty, or all unlabelled pixels are certain.
        """
        if self.maps is None or self.maps.uncertainty is None:
            raise ValueError(f"There is no uncertainty to search: {_NO_MODEL}")
        if self._places is None:
            self._places, self._place = least_sure(self.maps.uncertainty, self.labels), -1
        if not self._places:
            raise ValueError("The model is certain of all unlabelled pixels; there is no place to go to.")
        self._place = (max(self._place, -1 if step > 0 else 0) + step) % len(self._places)
        row, column = self._places[self._place]
        self._side.say_place(self._place + 1, len(self._places))
        viewport = self.stage.viewport
        self.stage.viewport = viewport.at(row, column, max(viewport.scale, 2.0 * viewport.unit)).inside()
        self.explain(row, column)
        return row, column

    def explain(self, row: int, column: int) -> None:
        """Say why a pixel has its class; the answer comes to `explanation` and beside the picture."""
        self.position = (row, column)
        model = self.model
        if model is None:
            code = 0 if self.maps is None else int(self.maps.segmentation[row, column])
            name = self.legend.name(code) if code else "nothing"
            text = f"Row {row}, column {column} is {name}. The reason is not known: {_NO_MODEL}"
            self._side.say_why(html("<p>{{ text }}</p>", text=text))
            return
        if self._explainer is None or self._explainer.model is not model:
            self._explainer = Explainer(model, self.section, self.labels)
        explainer = self._explainer

        def ask(ticket: Ticket) -> None:
            found = explainer.explain(row, column)
            ticket.check()
            ticket.deliver(self._explained, found)

        self._asker.submit(ask)

    def _explained(self, explanation: Explanation) -> None:
        self.explanation = explanation
        self._side.say_why(why_html(explanation, self.section, self.legend))

    def _describe(self, row: int, column: int) -> str:
        if self.maps is None or not self.maps.segmentation[row, column]:
            return ""
        code = int(self.maps.segmentation[row, column])
        found = self.maps.probability(code)
        sure = "" if found is None else f" {found[row, column] / 255:.0%}"
        return f"{self.legend.name(code)}{sure}"

    # --- building ---------------------------------------------------------------------------------

    def _build(self) -> list[ipw.Widget]:
        self._bar = OverlayBar(self.stage.toolbar)
        self._side = OverlaySide(self._choose, self.toggle, self.least_sure, self.messages, self._height)
        self._pictures = ipw.HBox([self.stage], layout=ipw.Layout(flex="1 1 0", min_width="0"))
        self._pictures.add_class("cw-compared")
        middle = ipw.HBox([self._pictures, self._side], layout=ipw.Layout(width="100%"))
        ruler = RulerPanel(self.stage, self.messages, lambda: self.maps, lambda: self.legend)
        return [style_sheet(), self._bar, middle.add_class("cw-middle"), ruler]

    def _refresh_side(self) -> None:
        """Show the classes, their shares and the colors' meaning as they are now."""
        codes = np.zeros((1, 1), np.uint8) if self.maps is None else self.maps.segmentation
        chosen = self.probability_of if self.shows == "probability" else ""
        shares = share_of_classes(codes, len(self.legend))
        hatched = self.hatched and self.shows == "classes" and self.drawing == "fill"
        self._side.classes.show(self.legend, shares, self.hidden, chosen, hatched=hatched)
        self._side.key.value = self._color_key()
        self._side.say_light(self.maps)
        self._bar.drawing.layout.visibility = "visible" if self.shows == "classes" else "hidden"

    def _choose(self, code: int) -> None:
        self.probability_of = self.legend.name(code)
        self.shows = "probability"

    def _color_key(self) -> str:
        if self.shows == "classes":
            return ""
        if self.shows == "uncertainty":
            return color_key(doubt_palette(), "certain", "uncertain")
        color = self.legend.colors[self.legend.code(self.probability_of) - 1]
        return color_key(likelihood_palette(color), f"not {self.probability_of}", "certain")

    def _listen(self) -> None:
        self.stage.overlay_opacity = self._side.opacity.value
        self._links: list[Any] = [
            link((self, "shows"), (self._bar.shows, "value")),
            link((self, "drawing"), (self._bar.drawing, "value")),
            link((self, "hatched"), (self._side.hatched, "value")),
            link((self, "comparison"), (self._bar.comparison, "value")),
            link((self.stage, "overlay_opacity"), (self._side.opacity, "value")),
            dlink((self, "progress"), (self._bar.progress, "value")),
            dlink((self, "position"), (self.stage, "marker")),
        ]
        self.observe(self._looks_set, ["shows", "drawing", "hatched", "probability_of", "hidden", "legend"])
        self.observe(self._labels_set, "labels")
        wrap = self.messages.wrap
        self._side.swipe.observe(wrap(lambda _: self._comparison_set({})), "value")
        self.stage.observe(wrap(self._swiped), "overlay_from")
        self._side.labels_shown.observe(wrap(lambda _: self._draw_labels()), "value")
        self.stage.observe(wrap(self._viewport_set), "viewport")
        self.stage.describe = self._describe
        self.stage.on_pixel(self.explain)
        self.stage.on_key(
            {
                "n": self.least_sure,
                "o": lambda: setattr(self, "drawing", "fill" if self.drawing == "outline" else "outline"),
                "c": lambda: setattr(self, "shows", "classes"),
                "u": lambda: setattr(self, "shows", "uncertainty"),
            }
        )

    def _follow(self, source: Any, result: Any) -> None:
        """Show what was given, and go with it."""
        origin = result if isinstance(result, Trainer) else source if isinstance(source, Labeler) else None
        if origin is not None:
            for name in ("legend", "labels"):
                self._links.append(dlink((origin, name), (self, name)))
            stage = origin.stage
            if stage is not None:
                self._links.append(link_viewports(stage, self.stage))
        if isinstance(result, Trainer):
            self._links.append(dlink((result, "maps"), (self, "maps")))
        elif isinstance(result, Maps):
            self.maps = result
        elif isinstance(result, PixelClassifier):
            self.model = result
        elif result is not None:
            self.segmentation = result
        self._draw()


def _checked(result: Any, shape: tuple[int, int]) -> Any:
    """Return the result, a segmentation as bytes; raise where it cannot be shown."""
    if isinstance(result, PixelClassifier):
        _check_fitted(result)
    if result is None or isinstance(result, (PixelClassifier, Trainer, Maps)):
        return result
    if isinstance(result, (np.ndarray, list)):
        return check_labels(result, shape)
    raise TypeError(
        f"An Overlay shows a segmentation (n_rows, n_columns), a PixelClassifier or a Trainer, but got "
        f"{type(result).__name__}."
    )


def _check_fitted(model: Any) -> None:
    if not hasattr(model, "classes_"):
        raise ValueError("The model is not fitted; call model.fit(section, labels) first, then show it.")


def _legend_of(source: Any, result: Any) -> Legend:
    """Return the legend that comes with a labeler, a trainer or a model, or one without names."""
    for origin, name in ((source, "legend"), (result, "legend"), (result, "legend_")):
        found = getattr(origin, name, None)
        if isinstance(found, Legend):
            return found
    codes = getattr(result, "classes_", result)
    codes = codes.segmentation if isinstance(codes, Maps) else codes
    return Legend.of_codes(max(int(np.max(codes, initial=0)), 2) if codes is not None else 2)
