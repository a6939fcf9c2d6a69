"""The same maps on an accelerator and on the CPU: seconds a stage, memory, largest difference."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Sequence
from functools import partial
from pathlib import Path
from typing import Any

import jax
import jax.numpy as jnp
import numpy as np

import corewidgets as cw
from benchmarks.data import section_72_2
from corewidgets.features.cache import cache
from corewidgets.features.hypercolumns import activations_of
from corewidgets.features.vgg16 import Vgg16
from corewidgets.features.weights import load_weights

PRESETS = ("published", "recommended")

_NETWORK = ("pool1", "pool2")
_OPERATIONS_A_PIXEL = 188_000
"""Of the network through pool2, additions and multiplications."""


def main() -> None:
    """Run the stages on each platform in a process of its own, and compare what they give."""
    if jax.default_backend() == "cpu":
        print("\nAccelerator: there is none, so it was not measured")
        return
    with tempfile.TemporaryDirectory() as folder:
        results = {}
        for platform in ("cpu", "accelerator"):
            environment = {**os.environ, "JAX_PLATFORMS": "cpu" if platform == "cpu" else ""}
            command = [sys.executable, "-m", __spec__.name, str(Path(folder, platform))]
            subprocess.run(command, check=True, env=environment)
            results[platform] = json.loads(Path(folder, platform, "seconds.json").read_text())
        memory = max(seconds.pop("memory") for seconds in results.values())
        print(f"\nWall-clock seconds: {results['cpu'].pop('device')}, {results['accelerator'].pop('device')}")
        for stage, seconds in results["cpu"].items():
            other = results["accelerator"][stage]
            print(f"  {stage:58} {seconds:9.3f} {other:9.3f} {seconds / other:8.1f} times")
        print(f"  most memory of the accelerator in use: {memory / 2**30:.2f} GiB")
        for preset in PRESETS:
            cpu, other = (np.load(Path(folder, platform, f"{preset}.npy")) for platform in results)
            same = (cpu.argmax(-1) == other.argmax(-1)).mean()
            print(f"  {preset}: largest difference in probability {np.abs(cpu - other).max():.1e}, "
                  f"same class on {same:.4%} of the pixels")  # fmt: skip


def measure(
    sample: cw.Sample, folder: Path, presets: Sequence[str] = PRESETS, n_rounds: int = 3
) -> dict[str, Any]:
    """Return the seconds of each stage on the default device, and write the probabilities of each preset."""
    folder.mkdir(parents=True, exist_ok=True)
    seconds: dict[str, Any] = {"device": str(jax.devices()[0].device_kind)}
    wide = _wider(sample.section.image, 4)
    seconds |= _engine("section", sample.section.image, n_rounds)
    seconds |= _engine("four sections side by side", wide, n_rounds)
    for preset in presets:
        model = cw.PixelClassifier(preset=preset)
        fit_and_map = partial(_fit_and_map, model, sample)
        predict = partial(model.predict_proba, sample.section)
        seconds[f"{preset}: first fit and map, compilation included"] = _first(fit_and_map)
        seconds[f"{preset}: fit and map of a new section"] = _best(fit_and_map, n_rounds)
        seconds[f"{preset}: fit and map again"] = _best(fit_and_map, n_rounds, keep=True)
        seconds[f"{preset}: map of a new section"] = _best(predict, n_rounds)
        seconds[f"{preset}: map again"] = _best(predict, n_rounds, keep=True)
        np.save(folder / f"{preset}.npy", predict())
    seconds["memory"] = (jax.devices()[0].memory_stats() or {}).get("peak_bytes_in_use", 0)
    (folder / "seconds.json").write_text(json.dumps(seconds))
    return seconds


def _fit_and_map(model: cw.PixelClassifier, sample: cw.Sample) -> np.ndarray:
    return model.fit(sample.section, sample.labels).predict_proba(sample.section)


def _engine(name: str, image: np.ndarray, n_rounds: int) -> dict[str, float]:
    """Return the seconds of the network and of sampling, by tiles as they are used and in one piece."""
    seconds = {}
    for tile_rows in (128, 512):
        recipe = cw.Hypercolumns(tile_rows=tile_rows)
        activations = activations_of(recipe, image)

        def network(activations: Any = activations) -> None:
            for tile in activations.grid:
                activations.prepare(tile)

        seconds[f"{name}: network, tiles of {tile_rows} rows"] = _best(network, n_rounds)

    def sampled() -> None:
        for band in activations.bands:
            jax.block_until_ready(activations.features(band))

    network()
    seconds[f"{name}: 192 features per pixel, activations kept"] = _best(sampled, n_rounds, keep=True)
    stack = jax.jit(Vgg16(load_weights(n_blocks=2), _NETWORK))
    pixels = jax.device_put(jnp.asarray(image[None], jnp.float32))
    once = _best(lambda: jax.block_until_ready(stack(pixels)), n_rounds, keep=True)
    seconds[f"{name}: network in one piece, left on the device"] = once
    rate = _OPERATIONS_A_PIXEL * image.shape[0] * image.shape[1] / once / 1e12
    print(f"  {name}: {rate:.2f} million million operations a second in one piece", flush=True)
    return seconds


def _wider(image: np.ndarray, n: int) -> np.ndarray:
    """Return an image and its mirror image in turn, `n` side by side."""
    return np.concatenate([image[:, ::-1] if index % 2 else image for index in range(n)], axis=1)


def _first(function: Callable[[], Any]) -> float:
    cache.clear()
    start = time.perf_counter()
    function()
    return time.perf_counter() - start


def _best(function: Callable[[], Any], n_rounds: int, keep: bool = False) -> float:
    """Return the seconds of the fastest run after a first one; activations are kept only where asked for."""
    function()
    times = []
    for _ in range(n_rounds):
        if not keep:
            cache.clear()
        start = time.perf_counter()
        function()
        times.append(time.perf_counter() - start)
    return min(times)


if __name__ == "__main__":
    measure(section_72_2(), Path(sys.argv[1]))
