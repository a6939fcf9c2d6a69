"""A run over sections of which each has a second photograph, such as one in ultraviolet light."""

from __future__ import annotations

import numpy as np
import pytest
from cores.test_registration import in_ultraviolet
from dask_thread import in_this_process
from PIL import Image

import corewidgets as cw

pytest.importorskip("distributed")


@pytest.fixture(scope="module")
def client():
    with in_this_process() as client:
        yield client


@pytest.fixture
def core(sample, tmp_path):
    """Two sections with a second photograph that lies a little off, and one without."""
    lanes = []
    for number in range(3):
        image = sample.section.image[160 * number : 160 * (number + 1)]
        Image.fromarray(image).save(tmp_path / f"R{number}.png")
        Image.fromarray(in_ultraviolet(image, (2, -3))).save(tmp_path / f"R{number}-uv.png")
        second = tmp_path / f"R{number}-uv.png" if number < 2 else None
        lanes.append(cw.Lane(tmp_path / f"R{number}.png", number, number + 0.9, second_file=second))
    return cw.Core(lanes)


def test_maps_are_of_both_photographs(sample, core, client, tmp_path):
    recipe = cw.Hypercolumns((), lab=True, lab_smoothing=(2.0,))
    model = cw.PixelClassifier(recipe, max_training_pixels=500, regularizer=None)
    sections = [core[name].read() for name in ("R0", "R1")]
    model.fit(sections, [sample.labels[:160], sample.labels[160:320]])
    model.legend_ = sample.legend

    def run():
        return cw.segment_core(core, model, out=tmp_path / "out", processes=cw.Processes(client))

    first = run()
    assert first.done_names == ["R0", "R1"]
    assert (
        "trained on the photographs image, second of each section, but R2 has no second" in first.failed["R2"]
    )
    assert np.array_equal(first.segmentation("R0"), model.predict(sections[0]))

    written = {
        name: (tmp_path / "out" / "sections" / f"{name}.png").stat().st_mtime_ns for name in ("R0", "R1")
    }
    Image.fromarray(in_ultraviolet(sections[1].image, (2, -3), seed=1)).save(tmp_path / "R1-uv.png")
    again = run()
    assert np.array_equal(again.segmentation("R1"), model.predict(core["R1"].read()))
    now = {name: (tmp_path / "out" / "sections" / f"{name}.png").stat().st_mtime_ns for name in ("R0", "R1")}
    assert now["R0"] == written["R0"]  # nothing of it has changed
    assert now["R1"] > written["R1"]

    (tmp_path / "R1-uv.png").unlink()
    assert "R1-uv.png" in run().failed["R1"]
