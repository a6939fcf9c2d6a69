"""The synthetic core is what it promises, whatever the seed; the published section is verified."""

from pathlib import Path

import numpy as np
import pooch
import pytest

from corewidgets.cores.datasets import Sample, chicxulub_72_2, sample_core
from corewidgets.labels.arrays import regions

PHOTOGRAPH, LABELS = "364_77_A_072_R_002_scanA67.jpg", "labels-ilastik.h5"


@pytest.mark.parametrize("seed", range(4))
def test_a_made_core_can_be_learned_from(seed: int) -> None:
    core = sample_core(480, 160, seed=seed)
    assert core.section.shape == core.labels.shape == core.truth.shape == (480, 160)
    assert core.section.pixel_size_mm == pytest.approx(0.25)
    assert set(np.unique(core.truth)) == set(core.legend.codes)
    labelled = core.labels > 0
    np.testing.assert_array_equal(core.labels[labelled], core.truth[labelled])
    assert 0.03 < labelled.mean() < 0.35
    pieces = regions(core.labels)
    for code in core.legend.codes:
        assert len(np.unique(pieces[core.labels == code])) >= 3, core.legend.name(code)


def test_a_seed_makes_the_same_arrays_and_another_others() -> None:
    first, again, other = (sample_core(300, 120, seed=seed) for seed in (5, 5, 6))
    np.testing.assert_array_equal(first.section.image, again.section.image)
    np.testing.assert_array_equal(first.labels, again.labels)
    assert (first.truth != other.truth).mean() > 0.2


@pytest.mark.parametrize("shape", [(240, 96), (251, 133), (900, 360)])
def test_any_size_that_holds_all_rocks(shape: tuple[int, int]) -> None:
    core = sample_core(*shape, seed=1)
    assert core.section.image.shape == (*shape, 3)
    assert (core.truth > 0).all()


def test_a_core_too_small_is_refused() -> None:
    with pytest.raises(
        ValueError, match=r"needs at least 240 rows and 96 columns .* but 100 and 20 were asked for"
    ):
        sample_core(100, 20)


def test_color_alone_does_not_tell_the_rocks_apart() -> None:
    core = sample_core(900, 360)
    pixels, truth = core.section.image.reshape(-1, 3).astype(float), core.truth.ravel()
    means = np.stack([pixels[truth == code].mean(axis=0) for code in core.legend.codes])
    nearest = 1 + ((pixels[:, None] - means) ** 2).sum(axis=-1).argmin(axis=1)
    rocks = truth <= 7
    assert (nearest == truth)[rocks].mean() < 0.6


def test_the_real_section_is_the_published_one(chicxulub: Sample) -> None:
    assert chicxulub.section.shape == chicxulub.labels.shape == (2693, 396)
    assert chicxulub.truth is None
    assert np.count_nonzero(chicxulub.labels) == 259_499
    assert regions(chicxulub.labels).max() == 95
    assert (chicxulub.legend.name(1), chicxulub.legend.name(14)) == ("Impact-Light", "Matrix")
    assert chicxulub.section.pixel_size_mm == pytest.approx(0.2265, abs=1e-4)


def test_a_folder_without_the_files_is_an_error(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("COREWIDGETS_DATA", str(tmp_path))
    with pytest.raises(
        FileNotFoundError, match=f"neither it nor its folder chicxulub-72-2 holds {PHOTOGRAPH}"
    ):
        chicxulub_72_2()


def test_a_file_with_other_bytes_is_an_error(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("COREWIDGETS_DATA", str(tmp_path))
    (tmp_path / PHOTOGRAPH).write_bytes(b"another photograph")
    with pytest.raises(
        ValueError, match=r"is not the published file: its SHA-256 is .*, but 1077bbec.* is expected"
    ):
        chicxulub_72_2()


def test_without_a_folder_the_files_are_fetched_by_digest(
    chicxulub: Sample, monkeypatch: pytest.MonkeyPatch
) -> None:
    asked = []

    def retrieve(url: str, known_hash: str, fname: str, **_: object) -> str:
        asked.append((url.rsplit("/", 1)[1], known_hash[:8]))
        return str(chicxulub.section.path.parent / fname)

    monkeypatch.delenv("COREWIDGETS_DATA")
    monkeypatch.setattr(pooch, "retrieve", retrieve)
    np.testing.assert_array_equal(chicxulub_72_2().labels, chicxulub.labels)
    assert asked == [(PHOTOGRAPH, "1077bbec"), ("72_2.h5", "18cc3abf")]


def test_without_folder_and_network_the_error_tells_what_to_do(monkeypatch: pytest.MonkeyPatch) -> None:
    def retrieve(*_: object, **__: object) -> str:
        raise ConnectionError("no route")

    monkeypatch.delenv("COREWIDGETS_DATA", raising=False)
    monkeypatch.setattr(pooch, "retrieve", retrieve)
    with pytest.raises(
        ConnectionError, match=r"could not be fetched .*COREWIDGETS_DATA .*or use sample_core\(\)"
    ):
        chicxulub_72_2()
