"""A core of five sections in two photographs, and a way to run over it in this process."""

from __future__ import annotations

import pytest
from dask_thread import in_this_process
from PIL import Image

import corewidgets as cw


@pytest.fixture(scope="module")
def model(sample):
    """A model that is quick to compile and to run, and knows its legend."""
    recipe = cw.Hypercolumns((), lab=True, lab_smoothing=(2.0,))
    model = cw.PixelClassifier(recipe, max_training_pixels=500, regularizer=None)
    model.fit(sample.section, sample.labels)
    model.legend_ = sample.legend.mark_not_rock("Liner", "Void")
    return model


@pytest.fixture(scope="module")
def client():
    with in_this_process() as client:
        yield client


@pytest.fixture
def core(sample, tmp_path):
    """Two photographs: one of four lanes, two of them turned, and one that is a section by itself."""
    folder = tmp_path / "photographs"
    folder.mkdir()
    Image.fromarray(sample.section.image[:240]).save(folder / "box.png")
    Image.fromarray(sample.section.image[240:300]).save(folder / "single.png")
    box = folder / "box.png"
    lanes = [
        cw.Lane(box, 10.0, 10.06, "box-1", crop=(0, 60, 0, 160)),
        cw.Lane(box, 10.06, 10.12, "box-2", crop=(60, 120, 0, 160)),
        cw.Lane(box, 10.12, 10.28, "box-3", crop=(120, 180, 0, 160), rotation=90),
        cw.Lane(box, 10.28, 10.44, "box-4", crop=(180, 240, 0, 160), rotation=270),
        cw.Lane(folder / "single.png", 11.0, 11.06),
    ]
    return cw.Core(lanes, "A hole")


@pytest.fixture
def segment(core, model, client, tmp_path):
    """Run over the core, but for what is given."""

    here = cw.Processes(client)

    def run(core=core, model=model, *, out=tmp_path / "out", processes=here, **options):
        return cw.segment_core(core, model, out=out, processes=processes, **options)

    return run
