"""The options of a training, as buttons and fields."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import ipywidgets as ipw
from traitlets import Instance, observe

from corewidgets.features.vgg16 import LAYERS
from corewidgets.learning.presets import PRESETS
from corewidgets.learning.recipe import Recipe
from corewidgets.scoring.settings import Settings
from corewidgets.widgets.messages import Messages

__all__ = ["SettingsPanel"]

_OWN = "Your own"
_HOLD_OUTS = [("Whole regions", "regions"), ("Depth blocks", "depth")]
_OF_LABELS = ("temperature", "shortens", "joins_trees", "self_trains")
"""Fields that a recipe keeps when its neighbors are switched off, and on again."""

_OF_CLASSIFIER = ("regularizer", "transposed", "averages", *_OF_LABELS)
"""Fields of a recipe that come with another classifier."""

_CLASSIFIERS = [
    ("Linear discriminant", "discriminant"),
    ("Random forest", "random_forest"),
    ("Extremely randomized", "extra_trees"),
]


class SettingsPanel(ipw.VBox):
    """Shows `Settings` and changes them.

    Parameters
    ----------
    settings : Settings
    messages : Messages
        Where a value that cannot be is explained.

    Attributes
    ----------
    settings : Settings
        Trait.
    """

    settings = Instance(Settings)

    def __init__(self, settings: Settings, messages: Messages) -> None:
        self._messages = messages
        self._showing = False
        self._build()
        super().__init__(
            [self._features(), self._learning(), self._scoring()],
            layout=ipw.Layout(width="100%"),
            settings=settings,
        )
        self.add_class("cw-settings")

    def _build(self) -> None:
        wide = ipw.Layout(width="100%", margin="0")
        presets = [(name.capitalize(), name) for name in PRESETS]
        self._preset = ipw.Dropdown(options=[*presets, (_OWN, _OWN)], layout=wide)
        self._layers = {
            name: ipw.ToggleButton(
                description=name, tooltip=_describe(name), layout=ipw.Layout(width="66px", margin="0")
            )
            for name in LAYERS
        }
        self._smoothing = ipw.Text(
            layout=wide, continuous_update=False, placeholder="none",
            tooltip="Standard deviations in pixels, such as 8 or 4, 16; each adds the layers smoothed by it",
        )  # fmt: skip
        self._lab = ipw.Checkbox(
            description="The pixel's own color", indent=False, layout=ipw.Layout(width="auto", margin="0")
        )
        self._lab_smoothing = ipw.Text(
            layout=wide, continuous_update=False, placeholder="none",
            tooltip="Standard deviations in pixels, such as 3, 8, 24; each adds the color smoothed by it",
        )  # fmt: skip
        self._classifier = ipw.Dropdown(options=_CLASSIFIERS, layout=wide)
        self._trees = ipw.BoundedIntText(min=1, max=2000, step=10, layout=wide)
        self._regularize = ipw.Checkbox(
            description="Spatial regularization", indent=False,
            tooltip="Neighbors of similar color get the same class (conditional random field)",
            layout=ipw.Layout(width="auto", margin="0"),
        )  # fmt: skip
        self._transposed = ipw.Checkbox(
            description="Also transposed", indent=False,
            tooltip="Train on the photograph with rows and columns exchanged as well, for any orientation",
            layout=ipw.Layout(width="auto", margin="0"),
        )  # fmt: skip
        self._pixels = ipw.BoundedIntText(min=2, max=10**7, step=1000, layout=wide)
        self._score = ipw.Checkbox(
            description="Score after training", indent=False, layout=ipw.Layout(width="auto", margin="0")
        )
        self._hold_out = ipw.Dropdown(options=_HOLD_OUTS, layout=wide)
        self._splits = ipw.BoundedIntText(min=2, max=20, layout=wide)
        self._share = ipw.BoundedFloatText(min=1, max=90, step=1, layout=wide)
        self._size = ipw.HTML(layout=ipw.Layout(margin="0"))
        self._size.add_class("cw-remark")
        self._preset.observe(self._messages.wrap(self._preset_chosen), "value")
        for widget in self._fields():
            widget.observe(self._messages.wrap(self._edited), "value")

    def _fields(self) -> list[ipw.Widget]:
        return [
            *self._layers.values(), self._smoothing, self._lab, self._lab_smoothing, self._classifier,
            self._trees, self._regularize, self._transposed, self._pixels, self._score, self._hold_out,
            self._splits, self._share,
        ]  # fmt: skip

    def _features(self) -> ipw.VBox:
        grid = ipw.VBox(
            [
                ipw.HBox([self._layers[name] for name in LAYERS if LAYERS[name].block == block])
                for block in range(1, 6)
            ]
        ).add_class("cw-layers")
        return _group(
            "Features",
            _row("Recipe", self._preset),
            _row("Layers of VGG-16", grid),
            _row("Layers smoothed by", self._smoothing),
            _row("Color (Lab)", self._lab),
            _row("Color smoothed by", self._lab_smoothing),
            self._size,
        )

    def _learning(self) -> ipw.VBox:
        return _group(
            "Classifier",
            _row("Kind", self._classifier),
            _row("Trees", self._trees),
            _row("Regularized", self._regularize),
            _row("Transposed", self._transposed),
            _row("Training pixels", self._pixels),
        )

    def _scoring(self) -> ipw.VBox:
        return _group(
            "Score",
            _row("", self._score),
            _row("Hold out", self._hold_out),
            _row("Folds", self._splits),
            _row("Random share, %", self._share),
        )

    @observe("settings")
    def _show(self, change: dict[str, Any]) -> None:
        settings: Settings = change["new"]
        recipe = settings.recipe
        features = recipe.hypercolumns
        self._showing = True
        try:
            for name, button in self._layers.items():
                button.value = name in features.layers
            self._smoothing.value, self._lab_smoothing.value = (
                ", ".join(f"{sigma:g}" for sigma in sigmas)
                for sigmas in (features.smoothing, features.lab_smoothing)
            )
            self._lab.value = features.lab
            self._show_classifier(recipe)
            self._regularize.value = recipe.regularizer is not None
            self._transposed.value = recipe.transposed
            self._pixels.value = recipe.max_training_pixels or self._pixels.max
            self._score.value = settings.score
            self._hold_out.value, self._splits.value = settings.hold_out, settings.n_splits
            self._share.value = 100 * settings.share
            self._preset.value = _preset_of(recipe)
            self._size.value = f"{features.n_features:,} features per pixel."
        finally:
            self._showing = False

    def _edited(self, change: dict[str, Any]) -> None:
        if self._showing:
            return
        try:
            self.settings = self._read()
        except ValueError:
            self._show({"new": self.settings})
            raise

    def _show_classifier(self, recipe: Recipe) -> None:
        own = not isinstance(recipe.classifier, str)
        self._classifier.options = [*_CLASSIFIERS, *([(_OWN, _OWN)] if own else [])]
        self._classifier.value = _OWN if own else recipe.classifier
        self._trees.value = recipe.n_trees
        self._trees.disabled = own or recipe.classifier == "discriminant"

    def _read(self) -> Settings:
        return replace(
            self.settings,
            recipe=self.settings.recipe.patched(**self._changes()),
            score=self._score.value,
            hold_out=self._hold_out.value,
            n_splits=self._splits.value,
            share=self._share.value / 100,
        )

    def _changes(self) -> dict[str, Any]:
        """Return what the fields say otherwise than the recipe, which keeps what no field shows."""
        recipe = self.settings.recipe
        features = recipe.hypercolumns
        shown = {
            "layers": self._chosen_layers(features.layers),
            "smoothing": _numbers(self._smoothing.value),
            "lab": self._lab.value,
            "lab_smoothing": _numbers(self._lab_smoothing.value),
        }
        changes = {name: value for name, value in shown.items() if value != getattr(features, name)}
        if self._classifier.value not in (_OWN, recipe.classifier):
            return changes | self._of_classifier()
        if self._regularize.value != (recipe.regularizer is not None):
            changes["regularizer"] = PRESETS["recommended"].regularizer if self._regularize.value else None
            changes |= {name: getattr(recipe, name) for name in _OF_LABELS}
        if self._pixels.value != (recipe.max_training_pixels or self._pixels.max):
            changes["max_training_pixels"] = self._pixels.value
        return changes | {"n_trees": self._trees.value, "transposed": self._transposed.value}

    def _chosen_layers(self, before: tuple[str, ...]) -> tuple[str, ...]:
        """Return the layers that are pressed, in the order that they had before if these are the same."""
        chosen = tuple(name for name, button in self._layers.items() if button.value)
        return before if set(chosen) == set(before) else chosen

    def _of_classifier(self) -> dict[str, Any]:
        """Return another classifier with what belongs to it in the preset that it comes from."""
        chosen = self._classifier.value
        home = next((preset for preset in PRESETS.values() if preset.classifier == chosen), None)
        if home is None:
            return {"classifier": chosen}
        return {
            "classifier": chosen,
            **{name: getattr(home, name) for name in _OF_CLASSIFIER},
        }

    def _preset_chosen(self, change: dict[str, Any]) -> None:
        if self._showing or change["new"] == _OWN:
            return
        limit = self.settings.recipe.max_training_pixels
        wanted = replace(PRESETS[change["new"]], max_training_pixels=limit)
        self.settings = replace(self.settings, recipe=wanted)


def _preset_of(recipe: Recipe) -> str:
    """Return the name of the preset that a recipe is, whatever number of pixels it learns from."""
    limit = recipe.max_training_pixels
    same = (name for name, preset in PRESETS.items() if replace(preset, max_training_pixels=limit) == recipe)
    return next(same, _OWN)


def _numbers(text: str) -> tuple[float, ...]:
    try:
        return tuple(float(part) for part in text.replace(";", ",").split(",") if part.strip())
    except ValueError:
        raise ValueError(
            f"Smoothing takes numbers of pixels separated by commas, such as 8 or 4, 16, but got {text!r}."
        ) from None


def _describe(name: str) -> str:
    layer = LAYERS[name]
    return f"{layer.n_channels} channels, one value for {layer.stride} x {layer.stride} pixels"


def _group(title: str, *rows: ipw.Widget) -> ipw.VBox:
    head = ipw.HTML(f"<span>{title}</span>", layout=ipw.Layout(margin="0")).add_class("cw-title")
    return ipw.VBox([head, *rows], layout=ipw.Layout(width="100%", flex="0 0 auto")).add_class("cw-group")


def _row(text: str, widget: ipw.Widget) -> ipw.HBox:
    label = ipw.Label(text, layout=ipw.Layout(width="140px", flex="0 0 auto", margin="0"))
    if getattr(widget, "description", None) == "":
        widget.tooltip = f"{text}: {widget.tooltip}" if widget.tooltip else text  # its name, when heard
    return ipw.HBox([label, widget], layout=ipw.Layout(width="100%")).add_class("cw-field")
