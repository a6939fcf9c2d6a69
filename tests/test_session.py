"""Sessions in a file: what is saved is what is opened, and what is wrong is said."""

from __future__ import annotations

import json
import os
import zipfile

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from PIL import Image

import corewidgets as cw
from corewidgets.learning.light import Light
from corewidgets.scoring.settings import Settings
from corewidgets.session import Session, open_session, save_session, session_path

NAMES = st.text(st.characters(codec="utf-8", exclude_categories=["C", "Z"]), min_size=1)
LEGEND = cw.Legend(["Matrix", "Clast", "Void"])


@pytest.fixture
def section(image, tmp_path):
    Image.fromarray(image).save(tmp_path / "core.png")
    return cw.read_section(tmp_path / "core.png", top=1.0, base=1.5, name="72-2")


def labelled(section, seed=0):
    return np.random.default_rng(seed).integers(0, 4, section.shape, dtype=np.uint8)


def rewritten(path, change):
    """Change the description inside a session."""
    with zipfile.ZipFile(path) as archive:
        files = {name: archive.read(name) for name in archive.namelist()}
    about = json.loads(files["session.json"])
    change(about)
    files["session.json"] = json.dumps(about).encode()
    with zipfile.ZipFile(path, "w") as archive:
        for name, content in files.items():
            archive.writestr(name, content)


@settings(max_examples=10, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    seed=st.integers(0, 2**32 - 1),
    names=st.lists(NAMES, min_size=3, max_size=6, unique_by=str.casefold),
    view=st.dictionaries(st.text(max_size=5), st.floats(allow_nan=False) | st.text(max_size=5), max_size=4),
)  # fmt: skip
def test_what_is_saved_is_what_is_opened(section, tmp_path, seed, names, view):
    try:
        legend = cw.Legend(names)
    except ValueError:
        return
    labels, segmentation = labelled(section, seed), np.maximum(labelled(section, seed + 1), 1)
    given_settings = Settings(cw.PRESETS["quick"].patched(n_trees=7))
    path = tmp_path / "one.session.zip"
    save_session(path, Session(section, labels, legend, None, segmentation, given_settings, view=view))
    found = open_session(path)
    assert np.array_equal(found.section.image, section.image)
    assert (found.section.top, found.section.base, found.section.name) == (1.0, 1.5, "72-2")
    assert np.array_equal(found.labels, labels)
    assert np.array_equal(found.segmentation, segmentation)
    assert (found.legend, found.settings, found.view) == (legend, given_settings, view)
    assert found.model is None


def test_the_list_of_classes_is_kept_with_its_order_and_without_deleted_ones(section, tmp_path):
    legend = cw.Legend(["Matrix", "Clast", "Void"], not_rock=["Void"], order=[3, 1])
    path = tmp_path / "list.session.zip"
    save_session(path, Session(section, np.where(labelled(section, 0) == 1, 1, 0).astype(np.uint8), legend))
    found = open_session(path).legend
    assert found == legend
    assert (found.order, found.names) == ((3, 1), ("Matrix", "Clast", "Void"))


def test_a_model_predicts_the_same_after_opening(sample, tmp_path):
    model = cw.PixelClassifier(max_training_pixels=200, random_state=0).fit(sample.section, sample.labels)
    path = tmp_path / "model.session.zip"
    save_session(path, Session(sample.section, sample.labels, sample.legend, model))
    found = open_session(path, sample.section)
    rows, columns = np.arange(50), np.arange(50)
    expected = model.predict_proba_at(sample.section, rows, columns)
    assert np.array_equal(found.model.predict_proba_at(found.section, rows, columns), expected)
    assert found.model.legend_ == sample.legend


def test_a_photograph_without_a_file_is_put_inside(image, tmp_path):
    path = tmp_path / "inside.session.zip"
    section = cw.CoreSection(image, 3.0, 4.0, name="made")
    save_session(path, Session(section, labelled(section), LEGEND))
    found = open_session(path).section
    assert np.array_equal(found.image, image)
    assert (found.top, found.base, found.name, found.path) == (3.0, 4.0, "made", None)


def test_a_session_and_its_photograph_can_be_moved_together(section, tmp_path):
    save_session(tmp_path / "a.session.zip", Session(section, labelled(section), LEGEND))
    other = tmp_path / "other"
    other.mkdir()
    for name in ("a.session.zip", "core.png"):
        os.replace(tmp_path / name, other / name)
    assert open_session(other / "a.session.zip").section.path == other / "core.png"


def test_a_session_that_was_moved_alone_finds_its_photograph(section, tmp_path):
    other = tmp_path / "other"
    other.mkdir()
    save_session(tmp_path / "a.session.zip", Session(section, labelled(section), LEGEND))
    os.replace(tmp_path / "a.session.zip", other / "a.session.zip")
    assert open_session(other / "a.session.zip").section.path == tmp_path / "core.png"


def test_a_photograph_that_is_gone_is_named(section, tmp_path):
    path = tmp_path / "a.session.zip"
    save_session(path, Session(section, labelled(section), LEGEND))
    (tmp_path / "core.png").unlink()
    with pytest.raises(
        FileNotFoundError, match=r"is missing: '.*core\.png'\. Put it beside the session, and"
    ):
        open_session(path)
    assert open_session(path, section).section is section


def test_another_photograph_under_the_same_name_is_refused(section, tmp_path):
    path = tmp_path / "a.session.zip"
    save_session(path, Session(section, labelled(section), LEGEND))
    Image.fromarray(section.image[::-1]).save(tmp_path / "core.png")
    with pytest.raises(ValueError, match=r"core\.png' is not the photograph that the session 'a"):
        open_session(path)
    other = cw.read_section(tmp_path / "core.png")
    with pytest.raises(
        ValueError,
        match=r"made on another photograph, core\.png \(120 rows x 80 columns\), whose pixels differ "
        rf"\(digest {section.digest[:8]}…, here {other.digest[:8]}…\); open it with that one",
    ):
        open_session(path, other)
    smaller = cw.CoreSection(section.image[:60])
    with pytest.raises(ValueError, match=r"columns.*, and not of 60 rows x 80 columns as here; open"):
        open_session(path, smaller)


def test_a_photograph_that_was_replaced_before_the_session_was_saved_is_not_taken_for_it(section, tmp_path):
    path = tmp_path / "a.session.zip"
    Image.fromarray(section.image[::-1]).save(tmp_path / "core.png")
    save_session(path, Session(section, labelled(section), LEGEND))
    found = open_session(path)
    assert np.array_equal(found.section.image, section.image)
    assert found.section.path is None
    with pytest.raises(ValueError, match="was made on another photograph"):
        open_session(path, cw.read_section(tmp_path / "core.png"))


def test_the_same_pixels_without_their_file_are_the_same_photograph(section, tmp_path):
    path = tmp_path / "a.session.zip"
    save_session(path, Session(section, labelled(section), LEGEND))
    bare = cw.CoreSection(section.image.copy())
    assert open_session(path, bare).section is bare


def test_a_session_that_cannot_be_written_leaves_the_one_before(section, tmp_path):
    path = tmp_path / "a.session.zip"
    labels = labelled(section)
    save_session(path, Session(section, labels, LEGEND))
    with pytest.raises(TypeError, match="A model file holds a PixelClassifier, but model is of type str"):
        save_session(path, Session(section, labels * 0, LEGEND, "no model"))
    assert np.array_equal(open_session(path).labels, labels)
    assert sorted(file.name for file in tmp_path.iterdir()) == ["a.session.zip", "core.png"]


def test_what_is_no_session_is_refused(section, tmp_path):
    path = tmp_path / "a.session.zip"
    with pytest.raises(FileNotFoundError, match=r"There is no session '.*'; check the name, or"):
        open_session(path)
    damaged = r"is not a session, or it is damaged \(.*\); choose a \.session\.zip that was saved by the"
    path.write_bytes(b"PK\3\4 nothing")
    with pytest.raises(ValueError, match=damaged):
        open_session(path)
    for change in (
        lambda about: about.pop("format"),
        lambda about: about.pop("photograph"),
        lambda about: about["photograph"].pop("sha256"),
        lambda about: about["settings"].update(n_trees=-1),
        lambda about: about.update(view=3),
    ):
        save_session(path, Session(section, labelled(section), LEGEND))
        rewritten(path, change)
        with pytest.raises(ValueError, match=damaged):
            open_session(path)
    save_session(path, Session(section, labelled(section), LEGEND))
    whole = path.read_bytes()
    path.write_bytes(whole[: len(whole) // 2])
    with pytest.raises(ValueError, match=damaged):
        open_session(path)


def test_a_newer_format_asks_for_an_update(section, tmp_path):
    path = tmp_path / "a.session.zip"
    save_session(path, Session(section, labelled(section), LEGEND))
    rewritten(path, lambda about: about.update(format=9))
    with pytest.raises(ValueError, match=r"by a newer version of corewidgets \(format 9; this one"):
        open_session(path)


def test_names_of_sessions(section, image, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    assert session_path(section) == tmp_path / "core.session.zip"
    assert session_path(cw.CoreSection(image, name="Core 1/2")) == tmp_path / "Core-1-2.session.zip"
    assert session_path(cw.CoreSection(image)) == tmp_path / "core.session.zip"


@pytest.mark.parametrize("rotation", [90, 180])
def test_a_turned_photograph_is_opened_as_it_was_turned(section, tmp_path, rotation):
    turned = cw.read_section(section.path, top=1.0, base=1.5, rotation=rotation)
    labels = labelled(turned)
    save_session(tmp_path / "turned.corewidgets", Session(turned, labels, LEGEND))
    found = open_session(tmp_path / "turned.corewidgets")
    assert found.section.rotation == rotation
    assert (found.section.image == turned.image).all()
    assert (found.labels == labels).all()
    other = cw.read_section(section.path, rotation=(rotation + 180) % 360)
    with pytest.raises(ValueError, match="was made on another photograph"):
        open_session(tmp_path / "turned.corewidgets", section=other)


def test_a_session_from_before_rotations_and_parts_is_opened(section, tmp_path):
    save_session(tmp_path / "old.corewidgets", Session(section, labelled(section), LEGEND))
    for name in ("rotation", "part"):
        rewritten(tmp_path / "old.corewidgets", lambda about, name=name: about["photograph"].pop(name))
    found = open_session(tmp_path / "old.corewidgets").section
    assert (found.rotation, found.part) == (0, "")
    turned = cw.read_section(section.path, rotation=180)
    with pytest.raises(ValueError, match="was made on another photograph"):
        open_session(tmp_path / "old.corewidgets", section=turned)


@pytest.mark.parametrize("crop", [None, (0, 20, 0, 12)])
@pytest.mark.parametrize("rotation", [90, 180])
def test_a_turned_lane_is_opened_as_it_was_turned(section, tmp_path, crop, rotation):
    lane = cw.Lane(section.path, 1.0, 1.5, "first", crop=crop, rotation=rotation).read()
    labels = labelled(lane)
    save_session(tmp_path / "lane.corewidgets", Session(lane, labels, LEGEND))
    found = open_session(tmp_path / "lane.corewidgets").section
    assert (found.rotation, found.part) == (rotation, lane.part)
    assert (found.image == lane.image).all()
    assert found.file_beside(".labels.png") == lane.file_beside(".labels.png")


# Sessions that somebody edited or damaged


@pytest.mark.parametrize(
    ("place", "value", "text"),
    [
        ((), {"format": 1e999}, "OverflowError"),
        ((), {"format": float("nan")}, "ValueError"),
        ((), {"photograph": [1]}, "TypeError"),
        ((), {"evaluation": "x"}, "TypeError"),
        ((), {"view": 3}, "TypeError"),
        (("photograph",), {"shape": 5}, "TypeError"),
        (("photograph",), {"shape": [-5, -5]}, "has -5 rows and -5 columns"),
        (("photograph",), {"shape": [0, 80]}, "has 0 rows and 80 columns"),
        (("photograph",), {"file": 5}, "has file 5"),
        (("photograph",), {"top": "deep"}, "has top 'deep'"),
        (("photograph",), {"base": 1e999}, "has base inf"),
        (("photograph",), {"base": 0.5}, "has top 1.0 and base 0.5"),
        (("photograph",), {"top": None}, "has top None and base 1.5"),
        (("photograph",), {"sha256": None}, r"has file '.*core\.png' and sha256 None"),
        (("photograph",), {"file": None, "sha256": None}, r"KeyError: 'photograph\.png'"),
        (("photograph",), {"rotation": 45}, "is turned by 45"),
        (("photograph",), {"from_here": [1]}, r"has from_here \[1\]"),
    ],
)
def test_a_value_that_cannot_be_is_named(section, tmp_path, place, value, text):
    path = tmp_path / "a.session.zip"
    save_session(path, Session(section, labelled(section), LEGEND))

    def change(about):
        for step in place:
            about = about[step]
        about.update(value)

    rewritten(path, change)
    with pytest.raises(ValueError, match=f"not a session, or it is damaged .*{text}.*; choose a") as error:
        open_session(path)
    assert str(path) in str(error.value)


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=3),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=3), inner, max_size=3),
    max_leaves=4,
)


@pytest.fixture
def saved(section, tmp_path):
    path = tmp_path / "a.session.zip"
    save_session(path, Session(section, labelled(section), LEGEND))
    with zipfile.ZipFile(path) as archive:
        return path, json.loads(archive.read("session.json"))


@pytest.mark.parametrize("value", [None, 5, -1, "x", "\0", "é" * 300, [], {}, [0, 0]], ids=repr)
def test_whatever_one_value_is_it_is_opened_or_the_session_is_named(saved, value):
    path, about = saved
    unnamed = []
    for inside in (None, "photograph", "settings"):
        for name in sorted(about if inside is None else about[inside]):
            changed = {name: value} if inside is None else {inside: {**about[inside], name: value}}
            rewritten(path, lambda now, changed=changed: now.update({**about, **changed}))
            try:
                open_session(path)
            except (ValueError, OSError) as error:
                unnamed += [] if path.name in str(error) else [(inside, name, str(error))]
    assert not unnamed


@settings(max_examples=60, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.data())
def test_whatever_stands_in_a_session_it_is_opened_or_refused(saved, data):
    path, about = saved
    inside = data.draw(st.sampled_from([None, "photograph", "settings"]))
    name = data.draw(st.sampled_from(sorted(about if inside is None else about[inside])))
    value = data.draw(JSON)
    changed = {name: value} if inside is None else {inside: {**about[inside], name: value}}
    rewritten(path, lambda now: now.update({**about, **changed}))
    try:
        open_session(path)
    except (ValueError, OSError):
        return  # any other error fails the test


def test_a_description_nested_too_deep_is_damage(section, tmp_path):
    path = tmp_path / "a.session.zip"
    with zipfile.ZipFile(path, "w") as archive:
        archive.writestr("session.json", "[" * 200_000)
    with pytest.raises(ValueError, match=r"damaged \(RecursionError: .*\); choose a \.session\.zip"):
        open_session(path)
    with pytest.raises(IsADirectoryError, match="is a folder; name the session in it"):
        open_session(tmp_path)


def test_a_file_inside_that_is_damaged_is_named_with_its_session(section, tmp_path):
    path = tmp_path / "a.session.zip"
    save_session(path, Session(section, labelled(section), LEGEND))
    with zipfile.ZipFile(path) as archive:
        about = archive.read("session.json")
    with zipfile.ZipFile(path, "w") as archive:
        archive.writestr("session.json", about)
        archive.writestr("labels.png", b"x")
    with pytest.raises(ValueError, match=r"^'.*a\.session\.zip: labels\.png' cannot be decoded"):
        open_session(path)


def test_a_session_that_unpacks_to_gigabytes_is_refused(section, tmp_path):
    path = tmp_path / "a.session.zip"
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("session.json", bytes(50_000_000))
    with pytest.raises(
        ValueError, match=r"damaged \(ValueError: its session\.json unpacks to 50,000,000 bytes, more than"
    ):
        open_session(path)


def test_what_light_was_corrected_is_kept_with_the_map(section, tmp_path):
    path, light = tmp_path / "one.session.zip", Light((1.2, 1.0, 0.8), 1.1)
    made = Session(
        section, labelled(section), LEGEND, segmentation=labelled(section), lights={"image": light}
    )
    save_session(path, made)
    assert open_session(path).lights == {"image": light}
    rewritten(path, lambda about: about.pop("lights"))  # as of version 0.1
    assert open_session(path).lights == {}
    rewritten(path, lambda about: about.update(lights={"image": {"gains": [1, 2], "gamma": 1}}))
    with pytest.raises(ValueError, match=r"one\.session\.zip"):
        open_session(path)
