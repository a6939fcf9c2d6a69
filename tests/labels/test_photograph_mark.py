"""Labels know the photograph that they were drawn on, and are not taken for those of another."""

from __future__ import annotations

import json

import numpy as np
import pytest
from PIL import Image

import corewidgets as cw
from corewidgets.labels.formats import LABEL_FORMATS
from corewidgets.labels.photograph_mark import mark_in

NAMED = [one.endings[0] for one in LABEL_FORMATS if one.keeps_names]
LEGEND = cw.Legend(["Matrix", "Карбонат"])
LABELS = np.array([[0, 1, 1], [2, 2, 0]], np.uint8)


@pytest.fixture(params=["mirrored", "brightened", "shifted"])
def others(request, sample):
    """A photograph and the same exported again."""
    image = sample.section.image
    changed = {"mirrored": image[:, ::-1], "brightened": image | 1, "shifted": np.roll(image, 1, axis=0)}
    return sample.section, cw.CoreSection(np.ascontiguousarray(changed[request.param]))


@pytest.mark.parametrize("legend", [LEGEND, None])
@pytest.mark.parametrize("ending", NAMED)
def test_a_file_knows_its_photograph_and_is_read_for_no_other(tmp_path, ending, legend, others):
    section, other = others
    path = tmp_path / f"labels{ending}"
    cw.write_labels(path, LABELS, legend, photograph=section.digest)
    for known in (section.digest, section.digests, (other.digest, section.digest), None):
        labels, found = cw.read_labels(path, photograph=known)
        assert (labels == LABELS).all()
        assert found == legend
    with pytest.raises(cw.OtherPhotographError, match="drawn on another photograph") as error:
        cw.read_labels(path, photograph=other.digest)
    told = str(error.value)
    assert all(part in told for part in (str(path), section.digest[:8], other.digest[:8], "without photogr"))


@pytest.mark.parametrize("ending", [one.endings[0] for one in LABEL_FORMATS])
def test_a_file_that_does_not_know_its_photograph_is_read_for_any(tmp_path, ending):
    path = tmp_path / f"labels{ending}"
    cw.write_labels(path, LABELS, LEGEND)
    assert (cw.read_labels(path, photograph="0" * 64)[0] == LABELS).all()


def test_numpy_files_have_no_place_for_it(tmp_path):
    cw.write_labels(tmp_path / "labels.npy", LABELS, photograph="1" * 64)
    assert (cw.read_labels(tmp_path / "labels.npy", photograph="0" * 64)[0] == LABELS).all()


@pytest.mark.parametrize("damaged", [None, 5, "", "f" * 63, "F" * 64, ["f" * 64]])
def test_what_is_no_digest_is_none(damaged, tmp_path):
    assert mark_in(damaged) is None
    path = tmp_path / "labels.geojson"
    cw.write_labels(path, LABELS, LEGEND)
    document = json.loads(path.read_text())
    document["corewidgets"]["photograph"] = damaged
    path.write_text(json.dumps(document))
    assert (cw.read_labels(path, photograph="0" * 64)[0] == LABELS).all()


def test_the_digest_is_of_the_pixels_and_not_of_the_file(sample, tmp_path):
    image = Image.fromarray(sample.section.image)
    image.save(tmp_path / "one.png", compress_level=1)
    image.save(tmp_path / "two.tif")
    one, two = (cw.read_section(tmp_path / name) for name in ("one.png", "two.tif"))
    assert one.digest == two.digest == sample.section.digest
    assert len(one.digest) == 64
    assert one.digests == (one.digest,)


def test_the_digest_is_the_one_that_the_documentation_says():
    image = np.arange(24, dtype=np.uint8).reshape(2, 4, 3)
    expected = "1d64add2a6388367c9bc2d1f1b384b069a6ef382cdaaa89771dd103e28613a25"
    assert cw.CoreSection(image).digest == expected
    assert cw.CoreSection(image[:, ::-1]).digest != expected


def test_labels_of_a_turned_photograph_turn_if_they_were_drawn_before(sample, tmp_path):
    """Upside down, the size does not tell on which of the two they were drawn."""
    lying = np.rot90(sample.section.image, 2)
    Image.fromarray(np.ascontiguousarray(lying)).save(tmp_path / "core.png")
    before, after = (cw.read_section(tmp_path / "core.png", rotation=turn) for turn in (0, 180))
    assert after.digests == (sample.section.digest, before.digest)
    cw.write_labels(tmp_path / "after.png", sample.labels, photograph=after.digest)
    cw.write_labels(tmp_path / "before.png", np.rot90(sample.labels, 2), photograph=before.digest)
    for name in ("after", "before"):
        found, _ = cw.read_labels(
            tmp_path / f"{name}.png", shape=after.shape, rotation=180, photograph=after.digests
        )
        assert (found == sample.labels).all()


def test_another_size_is_told_before_other_pixels(tmp_path):
    cw.write_labels(tmp_path / "labels.png", LABELS, photograph="1" * 64)
    with pytest.raises(ValueError, match="2, 3") as error:
        cw.read_labels(tmp_path / "labels.png", shape=(2, 4), photograph="0" * 64)
    assert not isinstance(error.value, cw.OtherPhotographError)
