"""Tiles give what the whole image gives, for every layer, size and option; one program serves all."""

import copy
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import jax
import jax.numpy as jnp
import numpy as np
import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st
from scipy.ndimage import correlate1d
from skimage.color import rgb2lab

from corewidgets.features import activations, network
from corewidgets.features.activations import Activations
from corewidgets.features.cache import cache
from corewidgets.features.hypercolumns import Hypercolumns, activations_of, source_called
from corewidgets.features.network import VggLayer
from corewidgets.features.projection import Projection
from corewidgets.features.vgg16 import LAYERS, Vgg16
from corewidgets.features.weights import Weights, load_weights


@pytest.fixture(autouse=True)
def empty_cache() -> Iterator[None]:
    cache.clear()
    yield
    cache.clear()


def random_image(n_rows: int, n_columns: int, seed: int = 0) -> np.ndarray:
    return np.random.default_rng(seed).integers(0, 256, (n_rows, n_columns, 3), np.uint8)


def whole_activations(image: np.ndarray, layers: tuple[str, ...]) -> dict[str, np.ndarray]:
    """The network on the whole image at once: no tiles, no halo, no mask."""
    weights = load_weights()
    x = (image.astype(np.float32) / 255 - weights.preprocessing.mean) / weights.preprocessing.std
    taps = Vgg16(weights, layers)(jnp.asarray(x[None], jnp.float32))
    return {name: np.asarray(values[0]) for name, values in taps.items()}


def upsample(cells: np.ndarray, stride: int, size: int, axis: int) -> np.ndarray:
    """Bilinear by the geometry of cells: the centre of cell k lies at pixel (k + 0.5) stride - 0.5."""
    position = np.clip((np.arange(size) + 0.5) / stride - 0.5, 0, cells.shape[axis] - 1)
    low = np.floor(position).astype(int)
    high = np.minimum(low + 1, cells.shape[axis] - 1)
    weight = np.expand_dims(position - low, [other for other in range(3) if other != axis])
    return np.take(cells, low, axis) * (1 - weight) + np.take(cells, high, axis) * weight


def gaussian(values: np.ndarray, sigma: float) -> np.ndarray:
    """A Gaussian window cut at three standard deviations, over those of its cells that lie in the image."""
    reach = int(np.ceil(3 * sigma))
    window = np.exp(-0.5 * (np.arange(-reach, reach + 1) / sigma) ** 2)
    for axis in (0, 1):
        weight = correlate1d(np.ones(values.shape[axis]), window, mode="constant")
        values = correlate1d(values.astype(float), window, axis=axis, mode="constant")
        values = values / np.expand_dims(weight, [other for other in range(3) if other != axis])
    return values


def whole_hypercolumns(
    image: np.ndarray, recipe: Hypercolumns, taps: dict[str, np.ndarray] | None = None
) -> np.ndarray:
    """The hypercolumns of the image at once, from `taps` where the network has run already."""
    if taps is None:
        taps = whole_activations(image, recipe.layers) if recipe.layers else {}
    maps = [(taps[name], LAYERS[name].stride) for name in recipe.layers]
    maps += [
        (gaussian(taps[name], sigma / LAYERS[name].stride), LAYERS[name].stride)
        for name in recipe.layers
        for sigma in recipe.smoothing
    ]
    lab = rgb2lab(image)
    maps += [(lab, 1)] * recipe.lab + [(gaussian(lab, sigma), 1) for sigma in recipe.lab_smoothing]
    parts = [upsample(upsample(m, s, image.shape[0], 0), s, image.shape[1], 1) for m, s in maps]
    return np.concatenate(parts, axis=-1)


def assert_close(mine: np.ndarray, whole: np.ndarray) -> None:
    assert mine.shape == whole.shape
    assert np.abs(mine - whole).max() <= 1e-5 * max(1.0, np.abs(whole).max())


@pytest.mark.slow
@settings(max_examples=8)
@given(n_rows=st.integers(1, 110), n_columns=st.integers(1, 70), seed=st.integers(0, 9))
@example(n_rows=1, n_columns=1, seed=0)
@example(n_rows=129, n_columns=1, seed=0)
@example(n_rows=64, n_columns=97, seed=0)
def test_tiled_equals_whole_at_any_size(n_rows: int, n_columns: int, seed: int) -> None:
    image = random_image(n_rows, n_columns, seed)
    recipe = Hypercolumns(("conv1_2", "pool1", "conv2_2", "pool2"), tile_rows=32, tile_columns=32)
    assert_close(recipe.dense(image), whole_hypercolumns(image, recipe))


@pytest.fixture(scope="module")
def every_layer() -> tuple[np.ndarray, dict[str, np.ndarray]]:
    image = random_image(165, 70)
    return image, whole_activations(image, tuple(LAYERS))


DEEP = [pytest.param(name, marks=[pytest.mark.slow] * (layer.stride > 4)) for name, layer in LAYERS.items()]


@pytest.mark.parametrize("name", DEEP)
def test_tiled_equals_whole_for_every_layer(
    name: str, every_layer: tuple[np.ndarray, dict[str, np.ndarray]]
) -> None:
    image, taps = every_layer
    recipe = Hypercolumns((name,), tile_rows=64, tile_columns=32)
    assert_close(recipe.dense(image), whole_hypercolumns(image, recipe, taps))


@pytest.mark.parametrize(
    "shape", [(150, 61), *(pytest.param(one, marks=pytest.mark.slow) for one in [(3, 5), (65, 130)])]
)
def test_options_equal_their_definitions(shape: tuple[int, int]) -> None:
    image = random_image(*shape)
    recipe = Hypercolumns(("pool1", "pool2"), (2.0, 8.0), lab=True, lab_smoothing=(3.0, 24.0), tile_rows=32)
    dense, whole = recipe.dense(image), whole_hypercolumns(image, recipe)
    assert recipe.n_features == 3 * 192 + 9 == dense.shape[-1]
    assert_close(dense[..., :-9], whole[..., :-9])
    assert np.abs(dense[..., -9:] - whole[..., -9:]).max() < 0.01  # of 100 units of lightness


def test_pixels_asked_for_are_those_of_the_dense_array() -> None:
    image = random_image(150, 90)
    recipe = Hypercolumns(smoothing=(4.0,), lab=True, tile_rows=32, tile_columns=64)
    rng = np.random.default_rng(1)
    rows, columns = rng.integers(0, 150, 5000), rng.integers(0, 90, 5000)
    assert_close(recipe.at(image, rows, columns), recipe.dense(image)[rows, columns])


def test_no_pixels_give_no_hypercolumns() -> None:
    nothing = np.zeros(0, int)
    assert Hypercolumns().at(random_image(9, 9), nothing, nothing).shape == (0, 192)


def test_a_feature_map_is_a_column_of_the_dense_array() -> None:
    image = random_image(70, 40)
    recipe = Hypercolumns()
    assert recipe.feature_names[64 + 91] == "pool2/91"
    np.testing.assert_array_equal(recipe.feature_map(image, "pool2/91"), recipe.dense(image)[..., 64 + 91])


@pytest.mark.parametrize("layers", [("pool1", "pool2"), ()])
def test_what_the_transposed_photograph_shows_is_seen_in_it_as_it_lies(layers: tuple[str, ...]) -> None:
    image = random_image(150, 70)
    recipe = Hypercolumns(layers, smoothing=(8.0,), lab=True, lab_smoothing=(3.0,))
    assert recipe.transposed is not None
    assert recipe.transposed.feature_names == recipe.feature_names
    rows, columns = np.array([0, 3, 70, 149, 148]), np.array([0, 69, 31, 69, 2])
    found = recipe.transposed.at(image, rows, columns)
    expected = recipe.at(np.ascontiguousarray(image.swapaxes(0, 1)), columns, rows)
    np.testing.assert_allclose(found, expected, atol=1e-3)  # of up to 100
    if layers:
        assert np.abs(found - recipe.at(image, rows, columns)).max() > 1


def test_one_compiled_program_serves_all_images_of_a_core() -> None:
    recipe = Hypercolumns(tile_columns=64)
    programs = network._run, activations._sample_grid
    jax.clear_caches()
    for number, shape in enumerate([(300, 41), (97, 64), (1, 1), (130, 200)]):
        image = random_image(*shape, seed=number)
        recipe.dense(image)
        recipe.at(image, np.zeros(number + 1, int), np.zeros(number + 1, int))
    assert [program._cache_size() for program in programs] == [1, 1]


def test_the_network_runs_only_where_pixels_are_asked_for_and_only_once(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    ran = []
    compute = VggLayer.compute_all
    monkeypatch.setattr(VggLayer, "compute_all", lambda *given: ran.append(given) or compute(*given))
    image = random_image(128 * 8, 40)
    recipe = Hypercolumns()
    recipe.at(image, np.array([5]), np.array([5]))
    assert len(ran) == 1
    recipe.at(image, np.array([5, 60, 128 * 4 - 1]), np.array([6, 7, 8]))
    assert sorted(window.row for _, window in ran) == [0, 128 * 3, 128 * 4]
    recipe.dense(image)
    recipe.dense(image.copy())
    assert len(ran) == 8


def test_the_cache_never_holds_more_than_it_may(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(cache, "max_bytes", 4_000_000)
    image = random_image(128 * 12, 64)
    dense = Hypercolumns().dense(image)
    assert 0 < cache.n_bytes <= 4_000_000
    assert_close(dense[700:705], Hypercolumns().dense(image)[700:705])


def test_weights_of_another_family_bring_their_own_preprocessing() -> None:
    bundled = load_weights(n_blocks=2)
    caffe = type(bundled.preprocessing)("BGR", 1.0, (103.939, 116.779, 123.68), (1.0, 1.0, 1.0))
    other = Weights(bundled.kernels, bundled.biases, caffe, "another digest", "a test")
    image = random_image(20, 20)
    mine = Hypercolumns(("conv1_1",), weights=other).dense(image)
    x = image[..., ::-1].astype(np.float32) - np.float32([103.939, 116.779, 123.68])
    expected = np.asarray(Vgg16(other, ("conv1_1",))(jnp.asarray(x[None]))["conv1_1"][0])
    assert_close(mine, expected)


def test_a_recipe_is_a_value() -> None:
    assert Hypercolumns(layers=["pool1"]) == Hypercolumns("pool1")
    assert copy.deepcopy(Hypercolumns()) == Hypercolumns()
    assert (Hypercolumns().stride, Hypercolumns().halo) == (4, 12)


def test_the_bundled_weights_are_found(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    assert Hypercolumns("conv1_1").dense(random_image(2, 2)).shape == (2, 2, 64)


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"layers": ("pool1", "conv9_9")}, "VGG-16 has no layer 'conv9_9'; choose from conv1_1"),
        ({"layers": ("pool1", "pool1")}, "The layer 'pool1' is named twice; name each layer once."),
        ({"layers": ()}, "There is nothing to compute: name at least one layer, or ask for lab color."),
        ({"smoothing": (0.0,)}, "needs a standard deviation above 0 pixels, but it is 0.0."),
        ({"lab_smoothing": (float("nan"),)}, "needs a standard deviation above 0 pixels, but it is nan."),
        (
            {"tile_rows": 30},
            "tile_rows is 30, but tiles of pool1, pool2 must be a multiple of the stride 4; try 32.",
        ),
        ({"tile_columns": 0}, "tile_columns is 0, but tiles of pool1, pool2 must be a multiple"),
    ],
)
def test_a_wrong_recipe_is_refused(options: dict, message: str) -> None:
    with pytest.raises(ValueError, match=message):
        Hypercolumns(**options)


def test_a_wrong_image_is_refused() -> None:
    with pytest.raises(TypeError, match=r"an array of uint8, 0 to 255, but it is of type float64; scale it"):
        Hypercolumns().dense(np.zeros((4, 4)))


def test_pixels_outside_of_the_image_are_refused() -> None:
    with pytest.raises(
        ValueError, match=r"There is no row 9: the image has 9 rows and 7 columns, counted from 0."
    ):
        Hypercolumns().at(random_image(9, 7), np.array([0, 9]), np.array([0, 0]))
    with pytest.raises(ValueError, match="There is no column -1"):
        Hypercolumns().at(random_image(9, 7), np.array([0]), np.array([-1]))


def test_an_unknown_feature_is_refused() -> None:
    with pytest.raises(
        ValueError, match=r"no feature 'pool3/0' among the 192 .* choose from pool1/0, ..., pool2/127"
    ):
        Hypercolumns().feature_map(random_image(4, 4), "pool3/0")


RECIPES_PROJECTED = [
    Hypercolumns(),
    Hypercolumns(("pool1", "conv2_1"), smoothing=(2.0, 5.0), lab=True, lab_smoothing=(3.0,)),
    Hypercolumns((), lab_smoothing=(4.0,)),
]


@pytest.mark.parametrize("recipe", RECIPES_PROJECTED)
@pytest.mark.parametrize("n", [2, 70])
def test_projecting_before_sampling_equals_projecting_the_features(recipe: Hypercolumns, n: int) -> None:
    image = random_image(150, 37)
    weights = np.random.default_rng(0).normal(size=(recipe.n_features, n)).astype(np.float32)
    activations = activations_of(recipe, image)
    dense = recipe.dense(image) @ weights
    for tile in activations.grid:
        rows, columns = tile.inside(activations.shape)
        found = np.asarray(Projection(activations, weights).of_tile(tile))
        found = found[: rows.stop - rows.start, : columns.stop - columns.start]
        np.testing.assert_allclose(found, dense[rows, columns], atol=1e-5 * np.abs(dense).max())


def test_pixels_asked_for_again_are_not_computed_again(monkeypatch: pytest.MonkeyPatch) -> None:
    image = random_image(70, 40)
    recipe = Hypercolumns(("conv1_1",), smoothing=(2.0,))
    expected = recipe.dense(image)
    rows, columns = np.divmod(np.random.default_rng(0).permutation(2800)[:90], 40)
    computed = []
    at = Activations._at

    def counted(self: Activations, rows: np.ndarray, *others: Any, **told: Any) -> np.ndarray:
        computed.append(len(rows))
        return at(self, rows, *others, **told)

    monkeypatch.setattr(Activations, "_at", counted)
    for chosen in (slice(0, 50), slice(20, 90), slice(60, 70)):
        found = recipe.at(image, rows[chosen], columns[chosen])
        np.testing.assert_allclose(found, expected[rows[chosen], columns[chosen]], atol=1e-5)
    recipe.at(image, rows[80:85], columns[80:85])
    assert computed == [50, 40, 0, 0]


def test_a_usual_source_is_known_by_its_name():
    recipe = Hypercolumns(("pool1", "conv2_1"), smoothing=(2.5,), lab=True, lab_smoothing=(3.0,))
    assert tuple(source_called(source.name) for source in recipe.sources) == recipe.sources
    with pytest.raises(ValueError, match="VGG-16 has no layer 'pool9'"):
        source_called("pool9")


def test_color_is_that_of_a_pixel_and_of_a_few_around_it():
    recipe = Hypercolumns(("pool1",), smoothing=(2.0,), lab=True, lab_smoothing=(3.0, 8.0))
    names = np.array(recipe.feature_names)
    assert sorted({name.partition("/")[0] for name in names[recipe.is_color]}) == ["lab", "lab~3"]
    assert recipe.is_color.sum() == 6
    assert not Hypercolumns().is_color.any()
