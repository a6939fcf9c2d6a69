"""The options of a training, as buttons and fields."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import ipywidgets as ipw
from traitlets import Instance, observe

from corewidgets.features.vgg16 import LAYERS
from corewidgets.scoring.settings import Settings
from corewidgets.widgets.messages import Messages

__all__ = ["PRESETS", "SettingsPanel"]

_PLAIN: dict[str, Any] = {"smoothing": (), "lab": False, "lab_smoothing": ()}
PRESETS = {
    "Recommended": Settings(),
    "Published": Settings(("pool1", "pool2"), **_PLAIN, forest="random"),
    "Quick": Settings(("pool1",), **_PLAIN, forest="extra", n_trees=50),
}
_OWN = "Your own"
_FEATURES = ("layers", "smoothing", "lab", "lab_smoothing", "forest", "n_trees", "regularize")
_HOLD_OUTS = [("Whole regions", "regions"), ("Depth blocks", "depth")]
_LINEAR = "linear"  # not None, which for a list of choices is that nothing is chosen
_FORESTS = [("Linear discriminant", _LINEAR), ("Random forest", "random"), ("Extremely randomized", "extra")]


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
        self._preset = ipw.Dropdown(options=[*PRESETS, _OWN], layout=wide)
        self._layers = {
            name: ipw.ToggleButton(
                description=name, tooltip=_describe(name), layout=ipw.Layout(width="66px", margin="0")
            )
            for name in LAYERS
        }
        self._smoothing = ipw.Text(
            layout=wide, continuous_update=False, placeholder="none",
            tooltip="Standard deviations in pixels, as 8 or 4, 16; each adds the layers, averaged",
        )  # fmt: skip
        self._lab = ipw.Checkbox(
            description="The pixel's own color", indent=False, layout=ipw.Layout(width="auto", margin="0")
        )
        self._lab_smoothing = ipw.Text(
            layout=wide, continuous_update=False, placeholder="none",
            tooltip="Standard deviations in pixels, as 3, 8, 24: each adds the color, averaged so far around",
        )  # fmt: skip
        self._forest = ipw.Dropdown(options=_FORESTS, layout=wide)
        self._trees = ipw.BoundedIntText(min=1, max=2000, step=10, layout=wide)
        self._regularize = ipw.Checkbox(
            description="Neighbors agree", indent=False,
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
            *self._layers.values(), self._smoothing, self._lab, self._lab_smoothing, self._forest,
            self._trees, self._regularize, self._pixels, self._score, self._hold_out, self._splits,
            self._share,
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
            _row("Kind", self._forest),
            _row("Trees", self._trees),
            _row("Regularized", self._regularize),
            _row("Pixels to learn from", self._pixels),
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
        self._showing = True
        try:
            for name, button in self._layers.items():
                button.value = name in settings.layers
            self._smoothing.value, self._lab_smoothing.value = (
                ", ".join(f"{sigma:g}" for sigma in sigmas)
                for sigmas in (settings.smoothing, settings.lab_smoothing)
            )
            self._lab.value = settings.lab
            self._forest.value, self._trees.value = settings.forest or _LINEAR, settings.n_trees
            self._trees.disabled = settings.forest is None
            self._regularize.value = bool(settings.regularize)
            self._pixels.value, self._score.value = settings.max_training_pixels, settings.score
            self._hold_out.value, self._splits.value = settings.hold_out, settings.n_splits
            self._share.value = 100 * settings.share
            self._preset.value = _preset_of(settings)
            self._size.value = f"{settings.hypercolumns.n_features:,} numbers describe a pixel."
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

    def _read(self) -> Settings:
        return replace(
            self.settings,
            layers=tuple(name for name, button in self._layers.items() if button.value),
            smoothing=_numbers(self._smoothing.value),
            lab=self._lab.value,
            lab_smoothing=_numbers(self._lab_smoothing.value),
            forest=None if self._forest.value == _LINEAR else self._forest.value,
            n_trees=self._trees.value,
            regularize=self._regularize.value,
            max_training_pixels=self._pixels.value,
            score=self._score.value,
            hold_out=self._hold_out.value,
            n_splits=self._splits.value,
            share=self._share.value / 100,
        )

    def _preset_chosen(self, change: dict[str, Any]) -> None:
        if self._showing or change["new"] == _OWN:
            return
        wanted = PRESETS[change["new"]]
        self.settings = replace(self.settings, **{name: getattr(wanted, name) for name in _FEATURES})


def _preset_of(settings: Settings) -> str:
    """Return the name of the preset with these features and this forest."""
    same = (
        name
        for name, preset in PRESETS.items()
        if all(getattr(preset, field) == getattr(settings, field) for field in _FEATURES)
    )
    return next(same, _OWN)


def _numbers(text: str) -> tuple[float, ...]:
    try:
        return tuple(float(part) for part in text.replace(";", ",").split(",") if part.strip())
    except ValueError:
        raise ValueError(
            f"Smoothing takes numbers of pixels with commas between them, as 8 or 4, 16, but got {text!r}."
        ) from None


def _describe(name: str) -> str:
    layer = LAYERS[name]
    return f"{layer.n_channels} channels, one value for {layer.stride} x {layer.stride} pixels"


def _group(title: str, *rows: ipw.Widget) -> ipw.VBox:
    head = ipw.HTML(f"<span>{title}</span>", layout=ipw.Layout(margin="0")).add_class("cw-title")
    return ipw.VBox([head, *rows], layout=ipw.Layout(width="100%", flex="0 0 auto")).add_class("cw-group")


def _row(text: str, widget: ipw.Widget) -> ipw.HBox:
    label = ipw.Label(text, layout=ipw.Layout(width="140px", flex="0 0 auto", margin="0"))
    return ipw.HBox([label, widget], layout=ipw.Layout(width="100%")).add_class("cw-field")
