"""A photograph in other light is brought to the light of those learned from; one of other rock is not."""

import json

import numpy as np
import pytest
from dask_thread import in_this_process
from PIL import Image

import corewidgets as cw
from corewidgets.cli import main
from corewidgets.features.cache import cache
from corewidgets.features.image_digest import image_digest
from corewidgets.learning.light import LearnedLight, Light, said_of_lights
from corewidgets.learning.mapping import map_section

LIGHTS = {
    "brighter": ((1.15, 1.15, 1.15), 1.0),
    "darker": ((0.85, 0.85, 0.85), 1.0),
    "warm": ((1.15, 1.0, 1.0), 1.0),
    "cold": ((0.85, 1.0, 1.0), 1.0),
    "flat": ((1.0, 1.0, 1.0), 0.8),
    "steep": ((1.0, 1.0, 1.0), 1.25),
}
WITHOUT = cw.PRESETS["recommended"].patched(relights=False)


def in_light(image, gains, gamma):
    return np.clip(np.rint(255 * (image / 255) ** gamma * np.array(gains)), 0, 255).astype(np.uint8)


def macro_f1(said, truth):
    codes = np.unique(truth)
    return np.mean(
        [
            2 * ((said == code) & (truth == code)).sum() / ((said == code).sum() + (truth == code).sum())
            for code in codes
        ]
    )


ROCKS = np.array([[150, 142, 132], [112, 106, 96], [128, 112, 100], [70, 68, 66]])


def made(seed, shares, size=96):
    """Return a photograph of blocks of four rocks, each as common as its share, and the truth."""
    rng = np.random.default_rng(seed)
    blocks = rng.choice(4, p=shares, size=(size // 8, size // 8))
    blocks[0, :4] = range(4)
    truth = blocks.repeat(8, axis=0).repeat(8, axis=1)
    shades = rng.normal(scale=4, size=blocks.shape).repeat(8, axis=0).repeat(8, axis=1)
    image = ROCKS[truth] + shades[..., None] + rng.normal(scale=4, size=(size, size, 3))
    return np.clip(np.rint(image), 0, 255).astype(np.uint8), (truth + 1).astype(np.uint8)


@pytest.fixture(scope="module")
def photographs():
    """Return two photographs to learn from, and a third where the rocks are otherwise common."""
    return [
        made(seed, shares) for seed, shares in ((1, [0.25] * 4), (2, [0.25] * 4), (3, [0.5, 0.2, 0.2, 0.1]))
    ]


@pytest.fixture(scope="module")
def learned(photographs):
    return LearnedLight.of([image for image, _ in photographs[:2]])


@pytest.fixture(scope="module")
def models(photographs):
    images = [image for image, _ in photographs[:2]]
    labels = [np.where(np.arange(96) % 3 == 0, truth, 0).astype(np.uint8) for _, truth in photographs[:2]]
    return {
        preset.relights: cw.PixelClassifier(preset=preset, max_training_pixels=800).fit(images, labels)
        for preset in (cw.PRESETS["recommended"], WITHOUT)
    }


def test_photographs_that_were_learned_from_and_others_like_them_are_as_they_are(photographs, learned):
    for image, _ in photographs:
        assert learned.light_of(image) is None
        assert learned.as_learned(image) is image


@pytest.mark.parametrize("name", LIGHTS)
def test_another_photograph_is_brought_to_their_light(photographs, learned, name):
    image, _ = photographs[2]
    other = in_light(image, *LIGHTS[name])
    brought = learned.as_learned(other)
    casts, brightness = [], []
    for one in (brought, other):
        apart = np.log((one + 1.0) / (image + 1.0)).mean(axis=(0, 1))
        casts.append(np.abs(apart - apart.mean()).max())
        brightness.append(abs(apart.mean()))
    assert casts[0] < 0.02
    assert brightness[0] < 0.06
    assert casts[1] > 0.05 or brightness[1] > 0.1


def test_pixels_in_another_shape_are_another_photograph(photographs, learned):
    image = in_light(photographs[0][0], (1.15, 1.0, 1.0), 1.0)
    folded = image.reshape(48, 192, 3)
    assert learned.light_of(image) is not None
    for one in (image, folded):
        assert learned.as_learned(one).shape == one.shape


def test_one_rock_alone_is_not_taken_for_other_light():
    rng = np.random.default_rng(2)
    grey = np.repeat([70.0, 160.0], 60)[:, None, None] * np.array([1.0, 0.95, 0.85])
    image = np.clip(grey + rng.normal(scale=6, size=(120, 120, 3)), 0, 255).astype(np.uint8)
    learned = LearnedLight.of([image])
    for rock in (image[:60], image[60:]):
        assert np.abs(learned.as_learned(rock).astype(float) - rock).mean() < 3


def test_a_light_is_taken_out_exactly():
    levels = np.arange(30, 200, dtype=np.uint8)[:, None, None].repeat(3, axis=2)
    light = Light((1.1, 1.0, 0.9), 1.1)
    assert np.abs(light.taken_out(in_light(levels, *LIGHTS["brighter"])).astype(int) - levels).max() > 8
    there = in_light(levels, light.gains, light.gamma)
    assert np.abs(light.taken_out(there).astype(int) - levels).max() <= 1
    assert str(light) == "red x 1.10, green x 1.00, blue x 0.90, gamma 1.10"


@pytest.mark.parametrize("level", [0, 255])
def test_a_photograph_without_colors_says_nothing(learned, level):
    image = np.full((80, 60, 3), level, np.uint8)
    assert learned.light_of(image) is None
    assert LearnedLight.of([image]) is None


def test_what_scores_compute_of_a_photograph_in_another_light_is_not_kept(photographs):
    """Kept, it would throw out the features of training pixels, which every fold uses again."""
    images = [photographs[0][0], in_light(photographs[1][0], *LIGHTS["warm"])]
    labels = [np.where(np.arange(96) % 3 == 0, truth, 0).astype(np.uint8) for _, truth in photographs[:2]]
    model = cw.PixelClassifier(preset=cw.PRESETS["quick"].patched(relights=True))
    cache.clear()
    scores = cw.evaluate(model, images, labels, protocols="sections", max_scored_pixels=200)
    assert scores["sections"].macro_f1 > 0.8  # both were brought to the light of the other
    digests = {part for key in cache._entries for part in key if isinstance(part, str) and len(part) == 32}
    relit = [LearnedLight.of([one]).as_learned(other) for one, other in (images, images[::-1])]
    assert image_digest(relit[0]) != image_digest(images[1])
    assert digests == {image_digest(image) for image in images}


@pytest.mark.slow
def test_a_map_stands_another_light(photographs, models):
    image, truth = photographs[2]
    plain = macro_f1(models[False].predict(image), truth)
    lost = {
        relights: [
            plain - macro_f1(model.predict(in_light(image, *light)), truth) for light in LIGHTS.values()
        ]
        for relights, model in models.items()
    }
    assert max(lost[True]) <= 0.03
    assert max(lost[False]) > 0.1


@pytest.mark.slow
def test_every_way_to_ask_brings_it_there(photographs, models, tmp_path):
    section = cw.CoreSection(in_light(photographs[2][0], *LIGHTS["warm"]), name="warm")
    model = models[True]
    whole = model.predict(section)
    assert (whole != models[False].predict(section)).mean() > 0.05
    rows, columns = np.nonzero(np.ones(section.shape, bool))
    pieces = np.zeros(section.shape, np.uint8)
    for place, probabilities in model.predict_pieces(section, rows=slice(40, 80)):
        pieces[place] = model.classes_[probabilities.argmax(axis=-1)]
    np.testing.assert_array_equal(pieces[40:80], whole[40:80])
    assert model.features_at(section, rows[:9], columns[:9]).shape == (9, 396)
    cw.save_model(tmp_path / "model.skops", model)
    np.testing.assert_array_equal(cw.load_model(tmp_path / "model.skops").predict(section), whole)
    assert model.light_of(section)["image"].gains == pytest.approx((1.15, 1, 1), abs=0.06)
    assert model.light_of(photographs[0][0]) == models[False].light_of(section) == {}


@pytest.mark.slow
def test_batch_and_command_line_bring_it_there_too_and_that_is_said(photographs, models, tmp_path, capsys):
    file, kept, out = (tmp_path / name for name in ("warm.png", "model.skops", "map.npy"))
    Image.fromarray(in_light(photographs[2][0], *LIGHTS["warm"])).save(file)
    section, model = cw.read_section(file), models[True]
    whole = model.predict(section)
    assert (whole != models[False].predict(section)).mean() > 0.05
    with in_this_process() as client:
        core, here = cw.Core([cw.Lane(file, 10, 11)]), cw.Processes(client)
        run = cw.segment_core(core, model, out=tmp_path / "run", processes=here)
    np.testing.assert_array_equal(next(run.segmentations()), whole)
    told = said_of_lights(model.light_of(section))
    assert run.table["warning"].tolist() == [told]
    assert map_section(model, section).lights == model.light_of(section)
    cw.save_model(kept, model)
    call = ["segment", str(file), "--model", str(kept), "--out", str(out)]
    capsys.readouterr()
    assert main(call) == 0
    np.testing.assert_array_equal(np.load(out), whole)
    said = "corrected before it was mapped"
    assert told.endswith(f"{said}: {model.light_of(section)['image']}.")
    assert told in capsys.readouterr().out
    Image.fromarray(photographs[0][0]).save(file)
    assert main(call) == 0
    assert said not in capsys.readouterr().out


def test_only_the_default_does_it(photographs):
    for preset in ("recommended-0.1", "published", "quick"):
        assert cw.PRESETS[preset].relights is False
    model = cw.PixelClassifier(preset="quick", max_training_pixels=300).fit(*photographs[0])
    assert model.lights_ == {}


@pytest.mark.parametrize(
    ("change", "match"),
    [
        ({"means": [[0.0, 0.0]]}, "means of its colors are not numbers of shape"),
        ({"covariances": None}, "covariances of its colors are not numbers of shape"),
        ({"proportions": []}, "proportions of its colors are not numbers of shape"),
    ],
)
def test_colors_that_are_none_are_refused(learned, change, match):
    values = json.loads(json.dumps(learned.to_dict()))
    again = LearnedLight.from_dict(values)
    np.testing.assert_array_equal(again.means, learned.means)
    assert again.known == learned.known
    with pytest.raises(ValueError, match=match):
        LearnedLight.from_dict(values | change)
    values["covariances"][0][0][0] *= -1
    with pytest.raises(ValueError, match="not a mixture of normal distributions"):
        LearnedLight.from_dict(values)
