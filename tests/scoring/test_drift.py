"""Photographs that were altered are flagged, with the reason; those that were not are not."""

from __future__ import annotations

import numpy as np
import pytest
from scipy import ndimage
from sklearn.exceptions import NotFittedError

import corewidgets as cw

ALTERED = {
    "dark": lambda image: image * 0.6,
    "warm": lambda image: image * [1.15, 1.0, 0.8],
    "blurred": lambda image: ndimage.gaussian_filter(image, (1.2, 1.2, 0)),
}
WORDS = {"dark": "darker", "warm": "yellower", "blurred": "less sharp"}
SAME_ROCKS = (3, 4, 5)
AS_IT_IS = cw.PRESETS["recommended"].patched(relights=False)


def altered(section, kind):
    image = ALTERED[kind](section.image.astype(float))
    return cw.CoreSection(np.clip(image, 0, 255).astype(np.uint8), name=kind)


@pytest.fixture(scope="module")
def made():
    return [cw.sample_core(512, 160, seed=seed) for seed in range(6)]


@pytest.fixture(scope="module")
def model(made):
    sections, labels = [one.section for one in made[:3]], [one.labels for one in made[:3]]
    return cw.PixelClassifier(preset=AS_IT_IS, max_training_pixels=2000).fit(sections, labels)


@pytest.fixture(scope="module")
def drift(made, model):
    plain = [made[seed].section for seed in SAME_ROCKS]
    sections = plain + [altered(plain[0], kind) for kind in ALTERED]
    return cw.measure_drift(model, [one.section for one in made[:3]], sections, n_pixels=2000)


def test_what_is_altered_is_flagged_and_what_is_not_is_not(drift):
    assert drift.flagged == list(ALTERED)
    assert len(drift) == 6
    for one in drift:
        assert (one.novelty > 1) == one.flagged == bool(one.reasons)


def test_the_reason_is_plain(drift):
    for one in list(drift)[3:]:
        assert any(f"{WORDS[one.name]} than any training photograph" in reason for reason in one.reasons)
    report = drift.report()
    assert report.startswith("3 of 6 photographs differ from those trained on.\ndark: darker than any")
    assert str(drift) == report


def test_training_photographs_do_not_differ_from_themselves(made, model):
    training = [one.section for one in made[:3]]
    again = cw.measure_drift(model, training, training, n_pixels=2000)
    assert again.flagged == []
    assert max(one.unfamiliar for one in again) < 0.15


def test_where_the_model_fails_is_flagged(made, drift, model):
    plain = made[SAME_ROCKS[0]]
    sections = [plain.section, *(altered(plain.section, kind) for kind in ("warm", "blurred"))]
    rows, columns = np.random.default_rng(0).integers(0, 160, (2, 2000))
    truth = plain.truth[rows, columns]
    right = [np.mean(model.predict_at(section, rows, columns) == truth) for section in sections]
    assert right[0] > 0.85
    assert max(right[1:]) < right[0] - 0.1


@pytest.mark.slow
def test_light_that_the_model_mends_is_no_drift_unless_it_is_far_away(made):
    training = [one.section for one in made[:2]]
    model = cw.PixelClassifier(max_training_pixels=1000).fit(training, [one.labels for one in made[:2]])
    sections = [altered(made[SAME_ROCKS[0]].section, kind) for kind in ALTERED]
    drift = cw.measure_drift(model, training, sections, n_pixels=1000)
    assert drift.flagged == ["dark", "blurred"]
    assert any(
        "its light is far from that of the training photographs (red x " in one for one in drift[0].reasons
    )
    assert [one.novelty > 1 for one in drift] == [True, False, True]


def test_what_is_newest_is_labelled_next(drift):
    ranked = cw.rank_sections(drift)
    assert sorted(one.name for one in ranked[:3]) == sorted(ALTERED)
    assert [one.novelty for one in ranked] == sorted((one.novelty for one in drift), reverse=True)


def test_the_table_holds_what_the_report_says(drift, tmp_path):
    table = drift.to_pandas()
    assert table.flagged.tolist() == [False] * 3 + [True] * 3
    assert table.reasons[0] == ""
    drift.write_csv(tmp_path / "drift.csv")
    lines = (tmp_path / "drift.csv").read_text().splitlines()
    assert lines[0].startswith("name,top,base,lightness,contrast,red_green,yellow_blue,sharpness,shift,")
    assert len(lines) == 7


@pytest.mark.slow
def test_the_same_pixels_are_drawn_again_and_sections_may_come_one_by_one(made, model):
    training, other, calls = made[0].section, made[4].section, []
    first = cw.measure_drift(
        model, training, [other], n_pixels=200, progress=lambda done, total: calls.append((done, total))
    )
    again = cw.measure_drift(model, [training], iter([other]), n_pixels=200)
    assert first[0] == again[0] == cw.measure_drift(model, training, other, n_pixels=200)[0]
    assert calls == [(1, 2), (2, 2)]


def test_what_cannot_be_compared_is_refused(made, model):
    section = made[0].section
    with pytest.raises(ValueError, match="There is no training photograph to compare with; give those of"):
        cw.measure_drift(model, [], [section])
    with pytest.raises(ValueError, match="n_pixels must be 100 or more to tell photographs apart, but is 5"):
        cw.measure_drift(model, section, [section], n_pixels=5)
    with pytest.raises(NotFittedError):
        cw.measure_drift(cw.PixelClassifier(), section, [section])


@pytest.mark.slow
def test_the_real_section_is_flagged_only_where_it_is_altered(chicxulub):
    image, labels = chicxulub.section.image, chicxulub.labels
    upper, lower = cw.CoreSection(image[:1346], name="upper"), cw.CoreSection(image[1346:], name="lower")
    model = cw.PixelClassifier(preset=AS_IT_IS, max_training_pixels=2000).fit(upper, labels[:1346])
    sections = [upper, lower, *(altered(lower, kind) for kind in ALTERED)]
    assert cw.measure_drift(model, upper, sections).flagged == list(ALTERED)
