"""The benchmarks of the engine run; what they print is for people."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

import corewidgets as cw
from benchmarks import accelerator, network

pytestmark = pytest.mark.slow


def test_the_stages_of_an_accelerator_on_the_processor(tmp_path: Path) -> None:
    sample = cw.sample_core(n_rows=240, n_columns=96)
    seconds = accelerator.measure(sample, tmp_path, ["recommended"], n_rounds=1)
    assert sum("network" in stage for stage in seconds) == 6
    assert all(value > 0 for stage, value in seconds.items() if stage not in ("device", "memory"))
    probabilities = np.load(tmp_path / "recommended.npy")
    assert probabilities.shape[:2] == (240, 96)
    np.testing.assert_allclose(probabilities.sum(axis=-1), 1.0, atol=1e-5)


def test_the_network_against_others(image: np.ndarray, capsys: pytest.CaptureFixture[str]) -> None:
    network.main(image)
    assert "corewidgets, tiles of 128 rows" in capsys.readouterr().out
