"""napari-convpaint, in an environment of its own, as one more method.

python3.11 -m venv convpaint && convpaint/bin/pip install napari-convpaint==1.2.0 PyQt5 torch torchvision
export CONVPAINT_PYTHON=$PWD/convpaint/bin/python
"""

from __future__ import annotations

import json
import os
import subprocess
import tempfile
from functools import cached_property
from pathlib import Path

import numpy as np

import corewidgets as cw
from benchmarks.accuracy.trials import Outcome, Trial
from corewidgets.features.weight_files import TORCHVISION_KEYS

WORKER = Path(__file__).with_name("convpaint_worker.py")


class Convpaint:
    """convpaint's own defaults: the first convolution of VGG-16 at three scales, and CatBoost.

    It reads the weights of this project, which hold torchvision's numbers, so that nothing is downloaded.
    """

    @property
    def missing(self) -> str:
        """Return why it cannot run, or nothing."""
        python = os.environ.get("CONVPAINT_PYTHON", "")
        return "" if Path(python).is_file() else "CONVPAINT_PYTHON names no Python that has napari-convpaint"

    def can(self, trial: Trial) -> bool:
        """Return whether it can be asked this: about one photograph that it learned from."""
        return len(trial.learned) == 1 and len(trial.shown.images) == 1 and trial.learned[0] is trial.shown

    def segment(self, trial: Trial, pixels: list[np.ndarray], wanted: np.ndarray, seed: int) -> Outcome:
        """Learn from some pixels and return the probabilities of those wanted; its seed is its own."""
        del seed
        labels = np.zeros_like(trial.shown.labels)
        labels.ravel()[pixels[0]] = trial.shown.labels.ravel()[pixels[0]]
        paths = {name: str(self._folder / f"{name}.npy") for name in ("image", "labels", "probabilities")}
        np.save(paths["image"], trial.shown.images[0])
        np.save(paths["labels"], labels)
        self._worker.stdin.write(json.dumps(paths) + "\n")
        self._worker.stdin.flush()
        line = self._worker.stdout.readline()
        if not line:
            raise RuntimeError("convpaint ended without an answer; what it said is above.")
        answer = json.loads(line)
        probabilities = np.load(paths["probabilities"])
        probabilities = probabilities.reshape(trial.truth.size, -1)[wanted]
        return Outcome(np.array(answer["classes"]), probabilities, 0.0, answer["fit s"], answer["segment s"])

    @cached_property
    def _home(self) -> tempfile.TemporaryDirectory[str]:
        return tempfile.TemporaryDirectory(prefix="convpaint-")

    @property
    def _folder(self) -> Path:
        return Path(self._home.name)

    @cached_property
    def _worker(self) -> subprocess.Popen[str]:
        np.savez(self._folder / "vgg16.npz", **_torchvision_arrays())
        return subprocess.Popen(
            [os.environ["CONVPAINT_PYTHON"], str(WORKER), str(self._folder / "vgg16.npz")],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
            env={**os.environ, "HOME": self._home.name, "QT_QPA_PLATFORM": "offscreen"},
        )


def _torchvision_arrays() -> dict[str, np.ndarray]:
    """Return this project's kernels (inputs before outputs, channels last) in torchvision's layout."""
    weights, arrays = cw.load_weights(), {}
    for name, kernel in weights.kernels.items():
        arrays[TORCHVISION_KEYS[f"{name}/kernel"]] = np.ascontiguousarray(kernel.transpose(3, 2, 0, 1))
        arrays[TORCHVISION_KEYS[f"{name}/bias"]] = weights.biases[name]
    return arrays
