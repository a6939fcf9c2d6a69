"""The network through pool2 on one section, against torch and onnxruntime; upsampling too."""

from __future__ import annotations

import importlib.util
from collections.abc import Callable
from typing import Any

import numpy as np

from benchmarks.figures import keep
from benchmarks.timing import Timing, in_turn, keep_timing, show
from corewidgets.features.cache import cache
from corewidgets.features.hypercolumns import Hypercolumns, activations_of
from corewidgets.features.vgg16 import LAYERS
from corewidgets.features.weights import load_weights


def main(image: np.ndarray) -> None:
    """Print the seconds of one section's network and upsampling."""
    activations = activations_of(Hypercolumns(), image)

    def network() -> None:
        cache.clear()
        for tile in activations.grid:
            activations.prepare(tile)

    def upsample() -> None:
        for band in activations.bands:
            np.asarray(activations.features(band))

    functions: dict[str, Callable[[], Any]] = {"corewidgets, tiles of 128 rows": network}
    x = _preprocess(image)
    if importlib.util.find_spec("torch"):
        functions["torch, float32, channels last, whole image"] = _torch(x)
    if importlib.util.find_spec("onnxruntime") and importlib.util.find_spec("onnx"):
        functions["onnxruntime, float32, whole image"] = _onnxruntime(x)
    timings = in_turn(functions)
    show("Network through pool2, one section", timings, next(iter(functions)))
    _keep(timings)
    network()
    timings = in_turn({"upsampling": upsample, "network": network}, 3)
    show("Upsampling to 192 features per pixel", timings, "network")
    keep_timing("upsampling", timings["upsampling"])


def _keep(timings: dict[str, Timing]) -> None:
    """Keep the timings of the network as figures of the documents."""
    ours, *others = timings.items()
    keep_timing("network", ours[1])
    for name, timing in others:
        keep(f"network.{name.partition(',')[0]}", timing.wall)


def _preprocess(image: np.ndarray) -> np.ndarray:
    recipe = load_weights().preprocessing
    x = (image.astype(np.float32) * recipe.scale - recipe.mean) / recipe.std
    return np.ascontiguousarray(x.transpose(2, 0, 1)[None], np.float32)


def _path() -> list[str]:
    names = list(LAYERS)
    return names[: names.index("pool2") + 1]


def _torch(x: np.ndarray) -> Callable[[], Any]:
    import torch
    from torch.nn import functional

    weights = load_weights()
    pixels = torch.from_numpy(x).to(memory_format=torch.channels_last)
    kernels = {
        name: torch.from_numpy(np.ascontiguousarray(weights.kernels[name].transpose(3, 2, 0, 1))).to(
            memory_format=torch.channels_last
        )
        for name in _path()
        if LAYERS[name].is_convolution
    }
    biases = {name: torch.from_numpy(weights.biases[name].copy()) for name in kernels}

    def run() -> Any:
        with torch.inference_mode():
            y = pixels
            for name in _path():
                if name in kernels:
                    y = functional.relu(functional.conv2d(y, kernels[name], biases[name], padding=1))
                else:
                    y = functional.max_pool2d(y, 2, ceil_mode=True)
            return y

    return run


def _onnxruntime(x: np.ndarray) -> Callable[[], Any]:
    import onnxruntime
    from onnx import TensorProto, helper, numpy_helper

    weights, nodes, constants, last = load_weights(), [], [], "x"
    for name in _path():
        if LAYERS[name].is_convolution:
            kernel = np.ascontiguousarray(weights.kernels[name].transpose(3, 2, 0, 1))
            constants += [
                numpy_helper.from_array(kernel, f"{name}/kernel"),
                numpy_helper.from_array(weights.biases[name].copy(), f"{name}/bias"),
            ]
            inputs = [last, f"{name}/kernel", f"{name}/bias"]
            nodes.append(helper.make_node("Conv", inputs, [f"{name}/sum"], pads=[1, 1, 1, 1]))
            nodes.append(helper.make_node("Relu", [f"{name}/sum"], [name]))
        else:
            nodes.append(
                helper.make_node("MaxPool", [last], [name], kernel_shape=[2, 2], strides=[2, 2], ceil_mode=1)
            )
        last = name
    graph = helper.make_graph(
        nodes,
        "vgg16",
        [helper.make_tensor_value_info("x", TensorProto.FLOAT, x.shape)],
        [helper.make_tensor_value_info(name, TensorProto.FLOAT, None) for name in ("pool1", "pool2")],
        constants,
    )
    model = helper.make_model(graph, opset_imports=[helper.make_opsetid("", 17)], ir_version=8)
    session = onnxruntime.InferenceSession(model.SerializeToString(), providers=["CPUExecutionProvider"])
    return lambda: session.run(None, {"x": x})
