"""Maps that a run made on a cluster are those of the project's model, and are taken into the project."""

from __future__ import annotations

import numpy as np
import pytest
from dask_thread import in_this_process

import corewidgets as cw
from corewidgets.scoring.settings import Settings

from .conftest import SHAPE


@pytest.mark.filterwarnings("ignore")
def test_a_run_maps_as_train_would_and_corrections_stay(project, tmp_path):
    features = cw.Hypercolumns((), lab=True, lab_smoothing=(2.0,))
    recipe = cw.PixelClassifier(features, max_training_pixels=200, regularizer=None).recipe
    project.settings = Settings(recipe, score=False)
    labels = np.repeat([1, 2], SHAPE[0] // 2).astype(np.uint8)[:, None] * np.ones(SHAPE[1], np.uint8)
    project.write_labels("R1", labels)
    for number in (1, 2, 3):
        project.set_depths(f"R{number}", number, number + 1)
    model = project.train()
    project.correct_map("R3", np.full(SHAPE, 2, np.uint8))
    with in_this_process() as client:
        run = cw.segment_core(
            project.core, project.model, out=tmp_path / "run", processes=cw.Processes(client)
        )
        project.add(tmp_path / "run")
        assert [" ".join(project.state(name).states) for name in project] == [
            "labelled mapped", "mapped", "mapped corrected",
        ]  # fmt: skip
        assert (project.map("R2") == run.segmentation("R2")).all()
        kept = [project.write_map(name, run.segmentation(name)) for name in run.done_names]
    assert kept == [True, True, False]
    assert (project.map("R2") == model.predict(project.read("R2"))).all()
    assert project.state("R2").states == ("mapped",)
    assert (project.map("R3") == 2).all()
