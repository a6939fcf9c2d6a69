"""Features draws the maps named, from one pass over the photograph."""

from __future__ import annotations

import numpy as np
import pytest

import corewidgets as cw

from .calls import fails, size_of


def test_features_draws_the_maps_named(call, sample, monkeypatch):
    drawn = {}
    monkeypatch.setattr(cw, "plot_feature_maps", lambda section, maps: drawn.update(maps))
    monkeypatch.setattr(cw, "save_figure", lambda figure, path: path.touch())
    names = ["pool2/91", "lab/1", "pool1/28", "pool1~2.5/3"]
    code, output, error = call("features", "{core}", *names, "--out", "f.pdf")
    assert (code, output, error) == (0, "Wrote f.pdf.\n", "")
    assert list(drawn) == names
    recipe = cw.Hypercolumns(("pool2", "pool1"), smoothing=(2.5,), lab=True)
    for name in names:
        np.testing.assert_array_equal(drawn[name], recipe.feature_map(sample.section.image, name))


def test_features_of_color_alone(call, sample, monkeypatch):
    drawn = {}
    monkeypatch.setattr(cw, "plot_feature_maps", lambda section, maps: drawn.update(maps))
    monkeypatch.setattr(cw, "save_figure", lambda figure, path: path.touch())
    assert call("features", "{core}", "lab~3/0", "--out", "f.pdf")[0] == 0
    assert 0 < drawn["lab~3/0"].min() < drawn["lab~3/0"].max() < 100


def test_features_writes_a_picture(call):
    assert call("features", "{core}", "pool1/28", "--out", "f.jpg", "--top", "3", "--base", "4")[0] == 0
    assert size_of("f.jpg")[0] > 300


@pytest.mark.parametrize(
    ("name", "text"),
    [
        ("pool1", "'pool1' is not the name of a feature map; write a layer and a channel, such as pool1/28"),
        ("pool1/-1", "'pool1/-1' is not the name of a feature map"),
        ("pool1/028", "'pool1/028' is not the name of a feature map"),
        ("pool1~8.0/2", "'pool1~8.0/2' is not the name of a feature map"),
        ("pool1/64", "There is no feature map 'pool1/64'; pool1 has channels 0 to 63"),
        ("lab/3", "There is no feature map 'lab/3'; lab has channels 0 to 2"),
        ("conv9_9/1", "VGG-16 has no layer 'conv9_9'; choose from conv1_1"),
    ],
)
def test_features_that_there_are_not(call, tmp_path, name, text):
    assert fails(call("features", "{core}", name, "--out", "f.png"), text)
    assert not list(tmp_path.iterdir())
