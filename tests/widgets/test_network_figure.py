"""The figure of the network: each layer can be clicked, its maps and the receptive field are shown."""

from __future__ import annotations

import re

import numpy as np
import pytest

from corewidgets.features.layer_maps import LayerMapStore
from corewidgets.features.vgg16 import LAYERS
from corewidgets.widgets import NetworkFigure


def pick(picks, name):
    """Do what a click does."""
    picks._handle_custom_msg({"kind": "pick", "what": name}, [])


@pytest.fixture
def figure(image):
    made = NetworkFigure(image)
    assert made.wait(120)
    return made


def test_each_layer_is_a_button_in_the_order_of_the_network(figure):
    names = re.findall(r'<button data-pick="([^"]+)"', figure._diagram.html)
    assert names == list(LAYERS)
    assert "192 numbers per pixel" in figure._diagram.html
    assert re.findall(r'data-pick="(\w+)" class="[^"]*cw-network-tap', figure._diagram.html) == [
        "pool1",
        "pool2",
    ]


def test_a_click_on_a_layer_shows_its_most_active_maps(figure, image):
    pick(figure._diagram, "conv2_1")
    assert figure.wait(120)
    assert (figure.layer, figure._diagram.picked) == ("conv2_1", "conv2_1")
    shown = re.findall(r'data-pick="([^"]+)"', figure._sheet.html)
    cells = LayerMapStore(image).get("conv2_1").cells.astype(np.float32)
    order = np.argsort(-cells.std(axis=(1, 2)), kind="stable")[:16]
    assert shown == [f"conv2_1/{channel}" for channel in order]
    assert "a 3 x 3 convolution, 128 maps, a cell every 2 pixels" in figure._about.value


def test_a_map_lies_over_the_photograph_until_it_is_clicked_again(figure):
    name = re.findall(r'data-pick="([^"]+)"', figure._sheet.html)[0]
    pick(figure._sheet, name)
    assert figure.wait(120)
    assert (figure.feature, figure._sheet.picked) == (name, name)
    assert figure.stage._sources["overlay"] is not None
    figure.feature = "pool2/5"
    assert figure.wait(120)
    assert (figure.layer, figure.feature) == ("pool2", "pool2/5")
    assert figure.stage._sources["overlay"] is not None
    pick(figure._sheet, "pool2/5")
    assert figure.wait(120)
    assert figure.feature == ""
    assert figure.stage._sources["overlay"] is None


def test_a_click_on_a_pixel_shows_its_receptive_field(figure):
    assert "Click a pixel" in figure._about.value
    figure.stage.click(101, 42)
    assert figure.pixel == (101, 42)
    field = figure.receptive_field
    assert (field.rows, field.columns) == (slice(98, 104), slice(40, 46))
    assert "depends on 6 x 6 pixels" in figure._about.value
    figure.layer = "pool4"
    assert "depends on 100 x 100 pixels" in figure._about.value
    assert "which the edge of the photograph cuts to" in figure._about.value


def test_what_is_not_there_is_named(figure):
    with pytest.raises(ValueError, match="VGG-16 has no layer 'conv9_9'"):
        figure.layer = "conv9_9"
    with pytest.raises(ValueError, match="There is no map 'pool1/64'"):
        figure.feature = "pool1/64"
    with pytest.raises(ValueError, match="no pixel in row 5000"):
        figure.pixel = (5000, 0)
    assert (figure.layer, figure.pixel) == ("pool1", None)


def test_its_parts_end_with_it(figure):
    figure.close()
    assert figure.comm is None
    assert figure.stage.comm is None


def test_a_saved_notebook_keeps_a_picture(figure):
    assert "image/png" in figure._repr_mimebundle_()
