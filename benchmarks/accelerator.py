"""The same map on an accelerator and on the CPU: seconds a stage, largest difference in probability."""

from __future__ import annotations

import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import jax
import numpy as np

from benchmarks.data import section_72_2
from corewidgets import PixelClassifier
from corewidgets.features.cache import cache
from corewidgets.features.hypercolumns import activations_of


def main() -> None:
    """Run the stages on each platform in a process of its own, and compare what they give."""
    if jax.default_backend() == "cpu":
        print("\nAccelerator: there is none, so it was not measured")
        return
    with tempfile.TemporaryDirectory() as folder:
        paths = [Path(folder, f"{platform}.npy") for platform in ("cpu", "accelerator")]
        for path in paths:
            environment = {**os.environ, "JAX_PLATFORMS": "cpu" if path.stem == "cpu" else ""}
            subprocess.run([sys.executable, "-m", __spec__.name, str(path)], check=True, env=environment)
        difference = np.abs(np.load(paths[0]) - np.load(paths[1])).max()
    print(f"  largest difference in probability {difference:.1e}")


def _stages(path: str) -> None:
    """Print this process's seconds a stage, compilation left out, and write the probabilities."""
    sample = section_72_2()
    model = PixelClassifier(preset="published").fit(sample.section, sample.labels)
    probabilities = model.predict_proba(sample.section)
    activations = activations_of(model.hypercolumns_, sample.section.image)
    print(f"\nStages of one section on {jax.devices()[0]}")
    cache.clear()
    _lap("network", lambda: [activations._tile(down, 0) for down in range(activations.grid.n_down)])
    _lap(
        "upsampling",
        lambda: jax.block_until_ready([activations.features(band) for band in activations.bands]),
    )
    _lap("upsampling and forest", lambda: model.predict(sample.section))
    np.save(path, probabilities)


def _lap(name: str, function: Callable[[], Any]) -> None:
    start = time.perf_counter()
    function()
    print(f"  {name:44} {time.perf_counter() - start:8.2f} s", flush=True)


if __name__ == "__main__":
    _stages(sys.argv[1])
