"""The estimator: what it learns from, what it returns, and that it behaves as scikit-learn expects."""

import copy
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from PIL import Image
from sklearn.base import clone
from sklearn.ensemble import ExtraTreesClassifier
from sklearn.exceptions import NotFittedError
from sklearn.linear_model import LogisticRegression
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler
from sklearn.tree import DecisionTreeClassifier

from corewidgets.cores.core import Core, Lane
from corewidgets.cores.datasets import Sample
from corewidgets.cores.section import read_section
from corewidgets.features.activations import Activations
from corewidgets.features.cache import cache
from corewidgets.features.hypercolumns import Hypercolumns, activations_of
from corewidgets.features.network import VggLayer
from corewidgets.labels.arrays import regions
from corewidgets.learning import pieces
from corewidgets.learning.classifier import PixelClassifier
from corewidgets.learning.presets import PRESETS
from corewidgets.learning.regularization import Regularizer
from corewidgets.learning.training_pixels import draw_training_pixels, even_shares


@pytest.fixture(scope="module")
def fitted(sample: Sample) -> PixelClassifier:
    return PixelClassifier(preset="published", max_training_pixels=1500).fit(sample.section, sample.labels)


def test_most_pixels_of_the_sample_core_are_right(fitted: PixelClassifier, sample: Sample) -> None:
    segmentation = fitted.predict(sample.section)
    assert segmentation.shape == sample.section.shape
    assert segmentation.dtype == np.uint8
    assert set(np.unique(segmentation)) <= set(fitted.classes_)
    assert (segmentation == sample.truth).mean() > 0.6
    labelled = sample.labels > 0
    assert (segmentation[labelled] == sample.labels[labelled]).mean() > 0.85


def test_probabilities_and_uncertainty(fitted: PixelClassifier, sample: Sample) -> None:
    segmentation, probabilities, margin = fitted.predict(
        sample.section, return_probabilities=True, return_uncertainty="margin"
    )
    assert probabilities.shape == (*sample.section.shape, len(fitted.classes_))
    assert probabilities.dtype == np.float32
    np.testing.assert_allclose(probabilities.sum(axis=-1), 1.0, atol=1e-5)
    np.testing.assert_array_equal(segmentation, fitted.classes_[probabilities.argmax(axis=-1)])
    np.testing.assert_array_equal(fitted.predict_proba(sample.section), probabilities)
    two = np.sort(probabilities, axis=-1)[..., -2:]
    np.testing.assert_allclose(margin, 1 - (two[..., 1] - two[..., 0]), atol=1e-5)
    entropy = fitted.predict(sample.section, return_uncertainty="entropy")[1]
    assert entropy.min() >= 0
    assert entropy.max() <= 1
    assert entropy[probabilities.max(axis=-1) > 0.99].max() < 0.05


def test_probabilities_are_those_of_scikit_learn(fitted: PixelClassifier, sample: Sample) -> None:
    features = fitted.hypercolumns_.dense(sample.section.image)
    expected = fitted.classifier_.predict_proba(features.reshape(-1, 192))
    mine = fitted.predict_proba(sample.section).reshape(expected.shape)
    assert np.abs(mine - expected).max() <= 1e-6


def test_some_pixels_are_predicted_as_in_the_whole(fitted: PixelClassifier, sample: Sample) -> None:
    rows, columns = np.array([0, 77, 200]), np.array([3, 0, 99])
    whole = fitted.predict_proba(sample.section)[rows, columns]
    np.testing.assert_allclose(fitted.predict_proba_at(sample.section, rows, columns), whole, atol=0.02)
    assert fitted.predict_at(sample.section, rows, columns).dtype == np.uint8


def test_refined_mode_agrees_on_nearly_every_pixel(fitted: PixelClassifier, sample: Sample) -> None:
    exact = fitted.predict(sample.section)
    refined = clone(fitted).set_params(mode="refined")
    refined.__dict__.update({name: value for name, value in vars(fitted).items() if name.endswith("_")})
    segmentation, probabilities = refined.predict(sample.section, return_probabilities=True)
    assert (segmentation == exact).mean() >= 0.997
    np.testing.assert_allclose(probabilities.sum(axis=-1), 1.0, atol=1e-5)
    crossings = np.s_[:64:2, :160:2]
    np.testing.assert_allclose(
        probabilities[crossings], fitted.predict_proba(sample.section)[crossings], atol=1e-6
    )


@pytest.mark.parametrize("shape", [(1, 1), (1, 40), (67, 1), (65, 3)])
@pytest.mark.parametrize("mode", ["exact", "refined"])
def test_images_of_any_size(
    fitted: PixelClassifier, sample: Sample, shape: tuple[int, int], mode: str
) -> None:
    image = np.ascontiguousarray(sample.section.image[: shape[0], : shape[1]])
    model = clone(fitted).set_params(mode=mode)
    model.__dict__.update({name: value for name, value in vars(fitted).items() if name.endswith("_")})
    assert model.predict(image).shape == shape


@pytest.mark.slow
def test_refined_mode_agrees_on_the_real_section(chicxulub: Sample) -> None:
    model = PixelClassifier(preset="published").fit(chicxulub.section, chicxulub.labels)
    exact = model.predict(chicxulub.section)
    refined = model.set_params(mode="refined").predict(chicxulub.section)
    assert (refined == exact).mean() >= 0.999


@pytest.mark.slow
def test_fitting_again_does_not_run_the_network_again(
    sample: Sample, monkeypatch: pytest.MonkeyPatch
) -> None:
    ran = []
    compute = VggLayer.compute_all
    monkeypatch.setattr(VggLayer, "compute_all", lambda *given: ran.append(given) or compute(*given))
    cache.clear()
    model = PixelClassifier(max_training_pixels=200)
    few = np.where(regions(sample.labels) % 2 == 1, sample.labels, 0)
    model.fit(sample.section, few).predict(sample.section)
    n_ran = len(ran)
    n_tiles = len(activations_of(Hypercolumns(), sample.section.image).grid)
    assert n_ran == 2 * n_tiles  # as it lies, and for the transposed photograph
    model.fit(sample.section, sample.labels).predict(sample.section)
    clone(model).fit(sample.section, sample.labels)
    assert len(ran) == n_ran


def test_a_turned_photograph_is_learned_from_with_its_own_features(sample: Sample) -> None:
    recipe = Hypercolumns(("pool1",))
    chosen = {"hypercolumns": recipe, "regularizer": None, "max_training_pixels": 300}
    preset = PRESETS["recommended"].patched(self_trains=False)
    model = PixelClassifier(preset=preset, transposed=True, **chosen).fit(sample.section, sample.labels)
    ((rows, columns),) = draw_training_pixels([sample.labels], 300, np.random.default_rng(0))
    image, codes = sample.section.image, sample.labels[rows, columns]
    views = recipe.at(image, rows, columns), recipe.at(image.swapaxes(0, 1).copy(), columns, rows)
    exact = np.concatenate(views).astype(np.float64)
    expected = PRESETS["recommended"].new_classifier(None, 0).fit(exact, np.tile(codes, 2))
    largest = np.abs(expected[-1].coef_).max()
    np.testing.assert_allclose(model.classifier_[-1].coef_, expected[-1].coef_, rtol=0, atol=1e-5 * largest)


def test_only_the_recommended_classifier_learns_from_turned_photographs_by_itself() -> None:
    tree = DecisionTreeClassifier()
    models = PixelClassifier(), PixelClassifier(preset="published"), PixelClassifier(classifier=tree)
    assert [model.recipe.transposed for model in models] == [True, False, False]
    assert not PixelClassifier(transposed=False).recipe.transposed
    assert not PixelClassifier(turned=False).recipe.transposed  # its name before
    with pytest.raises(ValueError, match="transposed is 'yes'; choose from 'preset'"):
        _ = PixelClassifier(transposed="yes").recipe


def test_the_same_random_state_gives_the_same_map(sample: Sample) -> None:
    models = [
        PixelClassifier(preset="published", max_training_pixels=300, random_state=seed) for seed in (1, 1, 2)
    ]
    maps = [model.fit(sample.section, sample.labels).predict(sample.section) for model in models]
    np.testing.assert_array_equal(maps[0], maps[1])
    assert (maps[0] != maps[2]).any()


def test_several_photographs(sample: Sample) -> None:
    halves = [(sample.section.image[part], sample.labels[part]) for part in (np.s_[:240], np.s_[240:])]
    model = PixelClassifier(max_training_pixels=500).fit(*map(list, zip(*halves, strict=True)))
    assert model.training_summary_["n_sections"] == 2
    assert model.training_summary_["n_labelled_pixels"] == np.count_nonzero(sample.labels)
    assert (model.predict(sample.section) == sample.truth).mean() > 0.55


@pytest.mark.parametrize(
    "classifier",
    [
        ExtraTreesClassifier(20, random_state=0),
        make_pipeline(StandardScaler(), LogisticRegression(max_iter=500)),
    ],
    ids=["extra trees", "pipeline"],
)
def test_any_classifier(classifier: object, sample: Sample) -> None:
    model = PixelClassifier(classifier=classifier, max_training_pixels=500).fit(sample.section, sample.labels)
    assert (model.predict(sample.section) == sample.truth).mean() > 0.5
    assert not hasattr(classifier, "classes_")


def test_it_is_a_scikit_learn_estimator() -> None:
    recipe = Hypercolumns(("pool1",))
    model = PixelClassifier(recipe, max_training_pixels=None, random_state=3)
    assert clone(model).get_params() == model.get_params()
    assert clone(model).hypercolumns is recipe
    assert "PixelClassifier" in repr(model)
    with pytest.raises(NotFittedError, match="not fitted yet"):
        model.predict(np.zeros((4, 4, 3), np.uint8))


def test_progress_is_told_to_the_end(fitted: PixelClassifier, sample: Sample) -> None:
    told = []
    fitted.predict(sample.section, progress=lambda done, total: told.append((done, total)))
    assert told == [(done, len(told)) for done in range(1, len(told) + 1)]


@given(sizes=st.lists(st.integers(1, 60), min_size=1, max_size=12), total=st.integers(1, 300))
def test_shares_are_as_even_as_the_groups_allow(sizes: list[int], total: int) -> None:
    shares = even_shares(np.array(sizes), total)
    assert (shares >= 1).all()
    assert (shares <= sizes).all()
    assert shares.sum() <= max(total, len(sizes))
    full = shares == sizes
    if total >= len(sizes):
        assert shares.sum() == min(total, sum(sizes)) or full.all()
        assert shares[~full].max(initial=0) - shares[~full].min(initial=10**9) <= 1


def test_training_pixels_are_even_over_classes_and_regions() -> None:
    labels = np.zeros((60, 60), np.uint8)
    labels[:30, :30] = 1
    labels[40:42, 40:42] = 1
    labels[50:, :10] = 2
    labels[0, 59] = 3
    ((rows, columns),) = draw_training_pixels([labels], 60, np.random.default_rng(0))
    assert len(set(zip(rows.tolist(), columns.tolist(), strict=True))) == len(rows)
    codes = labels[rows, columns]
    assert [(codes == code).sum() for code in (1, 2, 3)] == [30, 29, 1]
    in_small_region = (rows >= 40) & (codes == 1)
    assert in_small_region.sum() == 4


def test_few_strokes_more_change_few_training_pixels(sample: Sample) -> None:
    def drawn(labels: np.ndarray) -> set[tuple[int, int]]:
        ((rows, columns),) = draw_training_pixels([labels], 500, np.random.default_rng(0))
        return set(zip(rows.tolist(), columns.tolist(), strict=True))

    more = sample.labels.copy()
    more[:9, :9] = sample.labels.max()
    before, after = drawn(sample.labels), drawn(more)
    assert 0 < len(after - before) < 150
    assert {place for place in after if max(place) < 9} - before


def test_no_limit_takes_every_labelled_pixel(sample: Sample) -> None:
    ((rows, columns),) = draw_training_pixels([sample.labels], None, np.random.default_rng(0))
    np.testing.assert_array_equal(np.stack([rows, columns]), np.nonzero(sample.labels))


def wrong_labels(kind: str, sample: Sample) -> np.ndarray:
    if kind == "two pixels":
        labels = np.zeros_like(sample.labels)
        labels[3, 3], labels[9, 9] = 1, 2
        return labels
    if kind == "size":
        return sample.labels[:-1]
    return np.zeros_like(sample.labels) + (kind == "one class") * 4 * (sample.labels == 2)


@pytest.mark.parametrize(
    ("kind", "message"),
    [
        ("none", r"nothing to learn from: every pixel is 0 \(unlabelled\). Paint at least two classes."),
        ("one class", r"every labelled pixel has code 4. Paint at least two classes."),
        ("two pixels", "There are 2 pixels of 2 classes to learn from, .* Paint larger strokes"),
        ("size", r"labels have shape \(479, 160\) but the image has 480 rows and 160 columns"),
    ],
)
def test_wrong_labels_are_refused(kind: str, message: str, sample: Sample) -> None:
    with pytest.raises(ValueError, match=message):
        PixelClassifier().fit(sample.section, wrong_labels(kind, sample))


def test_wrong_choices_are_refused(fitted: PixelClassifier, sample: Sample) -> None:
    with pytest.raises(ValueError, match="mode is 'fast'; choose from 'exact', 'refined'"):
        PixelClassifier(mode="fast").fit(sample.section, sample.labels)
    with pytest.raises(ValueError, match="return_uncertainty is 'variance'; choose from 'entropy', 'margin'"):
        fitted.predict(sample.section, return_uncertainty="variance")
    with pytest.raises(ValueError, match="There are 1 photographs but 2 label arrays"):
        PixelClassifier().fit([sample.section], [sample.labels] * 2)


def test_an_interrupt_does_not_wait_for_the_pieces_ahead(
    fitted: PixelClassifier, sample: Sample, monkeypatch: pytest.MonkeyPatch
) -> None:
    made = []
    features = Activations.features
    monkeypatch.setattr(
        Activations, "features", lambda self, tile, *step: made.append(tile) or features(self, tile, *step)
    )

    def interrupt(done: int, total: int) -> None:
        raise KeyboardInterrupt

    long = np.tile(sample.section.image, (20, 1, 1))
    with pytest.raises(KeyboardInterrupt):
        fitted.predict(long, progress=interrupt)
    assert len(made) < 0.5 * len(long) / 64


@pytest.fixture(scope="module")
def recommended(sample: Sample) -> PixelClassifier:
    return PixelClassifier().fit(sample.section, sample.labels)


@pytest.mark.slow
def test_the_recommended_preset_beats_the_published_one(
    recommended: PixelClassifier, fitted: PixelClassifier, sample: Sample
) -> None:
    right = [(model.predict(sample.section) == sample.truth).mean() for model in (recommended, fitted)]
    assert right[0] > right[1] > 0.6
    assert recommended.hypercolumns_.n_features == 396
    assert fitted.hypercolumns_.n_features == 192
    assert fitted.regularizer_ is None


@pytest.mark.slow
def test_regularized_in_blocks_equals_regularized_whole(
    recommended: PixelClassifier, sample: Sample, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(pieces, "_BLOCK_ROWS", 192)
    plain = copy.copy(recommended)
    plain.regularizer_ = None
    whole = recommended.regularizer_.smooth(sample.section.image, plain.predict_proba(sample.section))
    np.testing.assert_allclose(recommended.predict_proba(sample.section), whole, atol=1e-5)


def test_some_regularized_pixels_are_predicted_as_in_the_whole(
    recommended: PixelClassifier, sample: Sample
) -> None:
    long = np.tile(sample.section.image, (3, 1, 1))
    rows, columns = np.array([0, 1439, 77, 700, 700]), np.array([3, 0, 99, 159, 1])
    whole = recommended.predict_proba(long)[rows, columns]
    np.testing.assert_allclose(recommended.predict_proba_at(long, rows, columns), whole, atol=1e-4)
    near = list(recommended._pieces(long, None, near=np.array([1400])))
    assert sum(place[0].stop - place[0].start for place, _ in near) < 500
    with pytest.raises(ValueError, match="There is no row 1440"):
        recommended.predict_at(long, np.array([1440]), np.array([0]))


def test_a_regularizer_belongs_to_its_classifier(sample: Sample) -> None:
    tree = ExtraTreesClassifier(5)
    fits = [
        PixelClassifier(classifier=tree, max_training_pixels=100),
        PixelClassifier(classifier=tree, regularizer=Regularizer(), max_training_pixels=100),
        PixelClassifier(regularizer=None, max_training_pixels=100),
    ]
    for model in fits:
        model.fit(sample.section, sample.labels)
    assert [model.regularizer_ for model in fits] == [None, Regularizer(), None]
    assert clone(fits[1]).regularizer == Regularizer()


def test_wrong_parts_are_refused(sample: Sample) -> None:
    with pytest.raises(ValueError, match="preset is 'best'; choose from 'recommended', 'published'"):
        PixelClassifier(preset="best").fit(sample.section, sample.labels)
    with pytest.raises(ValueError, match="regularizer is 'none'; choose from 'preset'"):
        PixelClassifier(regularizer="none").fit(sample.section, sample.labels)


def test_files_folders_and_tables_are_learned_from_like_their_sections(
    tmp_path: Path, sample: Sample
) -> None:
    model = PixelClassifier(Hypercolumns((), lab=True), max_training_pixels=200, regularizer=None)
    halves = [slice(0, 240), slice(240, 480)]
    for number, rows in enumerate(halves, start=1):
        Image.fromarray(sample.section.image[rows]).save(tmp_path / f"R{number}.png")
    labels = [sample.labels[rows] for rows in halves]
    sections = [read_section(tmp_path / f"R{number}.png") for number in (1, 2)]
    expected = clone(model).fit(sections, labels).predict_proba(sections[0])
    core = Core(Lane(tmp_path / f"R{number}.png", number, number + 1) for number in (2, 1))
    core.write_csv(tmp_path / "core.csv")
    sources = (
        tmp_path,
        f"{tmp_path}/*.png",
        [section.path for section in sections],
        core,
        tmp_path / "core.csv",
    )
    for source in sources:
        fitted = clone(model).fit(source, labels)
        assert np.array_equal(fitted.predict_proba(str(sections[0].path)), expected)
    alone = clone(model).fit(sections[0], labels[0]).predict_proba(sections[0])
    assert np.array_equal(clone(model).fit(sections[0].path, labels[0]).predict_proba(sections[0]), alone)
    with pytest.raises(ValueError, match="There are 2 photographs but 1 label arrays; give one"):
        model.fit(tmp_path, labels[:1])


def test_the_network_runs_once_for_all_trainings_however_small_the_cache_was(sample, monkeypatch):
    monkeypatch.setattr(cache, "max_bytes", 1)
    cache.clear()
    computed, compute = [], Activations._compute

    def noted(self, group, tile):
        computed.append((self._key, group, tile))
        return compute(self, group, tile)

    monkeypatch.setattr(Activations, "_compute", noted)
    for _ in range(2):
        PixelClassifier(max_training_pixels=500).fit(sample.section, sample.labels)
    assert len(computed) == len(set(computed)) > 2
