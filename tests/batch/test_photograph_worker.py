"""A process of a cluster does its job with the model that was given, in the threads that it may use."""

from __future__ import annotations

import os

import pytest

import corewidgets as cw
from corewidgets.batch.settings import installed_versions
from corewidgets.cores.section_entry import SectionEntry

pytest.importorskip("distributed")

from corewidgets.batch.cluster import Connection, installed, xla_threads_here
from corewidgets.batch.photograph_worker import PhotographWorker, do_job


class Predict:
    def __init__(self, model):
        self.model = model

    def __call__(self, entry):
        return entry.name, self.model.n_jobs, self.model.predict(entry.read())


def worker_of(model, versions=None):
    return PhotographWorker(
        "a-job", Predict(model), model, versions or installed_versions(), xla_threads_here(), 3
    )


def test_the_model_of_the_job_is_that_whose_threads_are_set(client, core, model, monkeypatch):
    monkeypatch.setenv("NPROC", str(xla_threads_here()))
    entry = SectionEntry.of_lane(core["single"])
    with installed(Connection(client, 1), worker_of(model)):
        name, n_jobs, found = client.submit(do_job, [entry], "a-job").result()
    assert (name, n_jobs) == ("single", 3)
    assert (found == model.predict(core["single"].read())).all()


def test_a_process_of_other_versions_is_refused(client, model):
    with (
        pytest.raises(ConnectionError, match=r"has numpy .*, but the run was started with 0\.1; install"),
        installed(Connection(client, 1), worker_of(model, {"numpy": "0.1"})),
    ):
        pass


def test_a_process_that_computes_other_bits_is_refused(client, model, monkeypatch):
    monkeypatch.setenv("NPROC", "77")
    worker = worker_of(model)
    monkeypatch.setattr(worker, "xla_threads", 78)
    with pytest.raises(ConnectionError, match="computes with NPROC=77, but the run needs 78"):
        client.register_plugin(worker)
    assert os.environ["NPROC"] == "77"
    assert isinstance(model, cw.PixelClassifier)
