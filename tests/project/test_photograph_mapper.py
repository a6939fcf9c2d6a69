"""A photograph is mapped and compared alike, given as such or by its file, also in another process."""

from __future__ import annotations

import pickle

import numpy as np
import pytest
from PIL import Image

import corewidgets as cw
from corewidgets.cores.section_entry import SectionEntry
from corewidgets.project.photograph_mapper import PhotographMapper
from corewidgets.scoring.drift import KnownPhotographs


@pytest.fixture(scope="module")
def trained():
    """Return a sample and a small model of it."""
    sample = cw.sample_core(240, 96, seed=1)
    model = cw.PixelClassifier(preset=cw.PRESETS["quick"].patched(n_trees=8, max_training_pixels=300))
    return sample, model.fit(sample.section, sample.labels)


@pytest.fixture
def mapper(trained):
    sample, model = trained
    return PhotographMapper(model, KnownPhotographs.of(model, [sample.section]), frozenset({"known"}))


@pytest.fixture
def entry(tmp_path):
    path = tmp_path / "other.png"
    Image.fromarray(cw.sample_core(240, 96, seed=2).section.image // 3).save(path)
    return SectionEntry("other", path)


def test_the_map_is_that_of_the_model_and_drift_that_of_measure_drift(mapper, entry, trained):
    sample, model = trained
    made = mapper(entry)
    section = entry.read()
    np.testing.assert_array_equal(made.segmentation, model.predict(section))
    assert made.photograph == section.digest
    (expected,) = cw.measure_drift(model, sample.section, section)
    assert made.drift == expected
    assert made.drift.flagged


def test_another_process_makes_the_same(mapper, entry):
    here, there = mapper(entry), pickle.loads(pickle.dumps(mapper))(entry)
    np.testing.assert_array_equal(here.segmentation, there.segmentation)
    assert (here.photograph, here.drift) == (there.photograph, there.drift)


def test_one_that_was_trained_on_is_not_compared(mapper, entry):
    assert mapper.map("known", entry.read()).drift is None


def test_one_that_cannot_be_read_here_is_none(mapper, tmp_path):
    assert mapper(SectionEntry("missing", tmp_path / "missing.png")) is None
    (tmp_path / "broken.png").write_bytes(b"no picture")
    assert mapper(SectionEntry("broken", tmp_path / "broken.png")) is None


def test_a_check_that_raises_ends_it(mapper, entry):
    def check():
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        mapper.map("other", entry.read(), check)
