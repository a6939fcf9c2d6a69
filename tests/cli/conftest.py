"""Photographs, labels, models and the calls of commands that the tests of the command line share."""

from __future__ import annotations

import numpy as np
import pytest
from PIL import Image

import corewidgets as cw
from corewidgets.cli import main


@pytest.fixture(scope="session")
def folder(sample, tmp_path_factory):
    """A photograph, its labels and a model that knows them."""
    folder = tmp_path_factory.mktemp("core")
    Image.fromarray(sample.section.image).save(folder / "core.png")
    cw.write_labels(folder / "labels.png", sample.labels, sample.legend)
    np.save(folder / "plain.npy", sample.labels)
    sample.legend.write_csv(folder / "classes.csv")
    model = cw.PixelClassifier(cw.Hypercolumns(("pool1",)), preset="published", max_training_pixels=200)
    cw.save_model(folder / "model.skops", model.fit(sample.section, sample.labels), legend=sample.legend)
    return folder


@pytest.fixture
def call(folder, tmp_path, monkeypatch, capsys):
    """Run a command in an empty folder; {core} and the like stand for the files made above."""
    monkeypatch.chdir(tmp_path)
    names = {path.stem: str(path) for path in folder.iterdir()}

    def run(*arguments):
        capsys.readouterr()
        code = main([argument.format(**names) for argument in arguments])
        return (code, *capsys.readouterr())

    return run


@pytest.fixture
def lying(sample, tmp_path, monkeypatch):
    """The photograph and its labels with the top at the left, in the folder of the call."""
    Image.fromarray(np.rot90(sample.section.image).copy()).save(tmp_path / "lying.png")
    cw.write_labels(tmp_path / "drawn.png", np.rot90(sample.labels).copy(), sample.legend)


@pytest.fixture(scope="session")
def hole(sample, tmp_path_factory):
    """Three photographs, their table, and a model."""
    hole = tmp_path_factory.mktemp("hole")
    lanes = []
    for number in range(3):
        file = hole / f"R{number}.png"
        Image.fromarray(sample.section.image[100 * number : 100 * (number + 1)]).save(file)
        lanes.append(cw.Lane(file, 100 + number, 100.5 + number))
    cw.Core(lanes).write_csv(hole / "hole.csv")
    (hole / "R3.png").write_bytes((hole / "R2.png").read_bytes()[:3000])
    cw.Core([*lanes, cw.Lane(hole / "R3.png", 103, 104)]).write_csv(hole / "broken.csv")
    recipe = cw.Hypercolumns((), lab=True, lab_smoothing=(2.0,))
    model = cw.PixelClassifier(recipe, max_training_pixels=500, regularizer=None)
    model.fit(sample.section, sample.labels)
    cw.save_model(hole / "model.skops", model, legend=sample.legend.mark_not_rock("Liner", "Void"))
    return hole


@pytest.fixture(scope="module")
def scheduler():
    """The address of a scheduler whose one worker is a thread of this process."""
    distributed = pytest.importorskip("distributed")
    with distributed.LocalCluster(
        n_workers=1, threads_per_worker=1, processes=False, dashboard_address="127.0.0.1:0", protocol="tcp"
    ) as cluster:
        yield cluster.scheduler_address


@pytest.fixture
def segment_hole(hole, scheduler, tmp_path, monkeypatch, capsys):
    """Run the command in an empty folder."""
    monkeypatch.chdir(tmp_path)

    def run(*options, core="hole.csv", model="model.skops"):
        capsys.readouterr()
        arguments = [hole / core, "--model", hole / model, "--out", "out", "--scheduler", scheduler]
        code = main(["segment-core", *map(str, arguments), *options])
        return (code, *capsys.readouterr())

    return run
