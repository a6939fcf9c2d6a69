"""A run.json that was edited: a ValueError that names the file, what is wrong, and what to do."""

from __future__ import annotations

import copy
import json
from pathlib import Path

import pytest

import corewidgets as cw
from corewidgets.batch.run_description import checked_description, is_name_of_files

pytest.importorskip("distributed")

REMOVED = object()

EDITS = [
    (("format",), REMOVED, "format is None, but it must be a whole number from 1"),
    (("format",), "x", "format is 'x', but"),
    (("format",), True, "format is True, but"),
    (("id",), "*", r"id is '\*', but it must be 32 hexadecimal digits"),
    (("id",), "..", "id is"),
    (("settings",), REMOVED, "settings is None, but it must be a JSON object"),
    (("settings",), [1], r"settings is \[1\], but"),
    (("settings", "model"), REMOVED, "settings.model is None, but it must be a string"),
    (("settings", "legend"), REMOVED, "settings.legend is not a legend"),
    (("settings", "legend"), "x", "settings.legend is not a legend"),
    (("settings", "legend"), {"classes": [{"code": 1}]}, "settings.legend is not a legend"),
    (("settings", "xla_threads"), "x", "settings.xla_threads is 'x', but it must be a whole number from 1"),
    (("settings", "probabilities"), REMOVED, "settings.probabilities is None, but it must be true or false"),
    (("settings", "uncertainty"), 5, "settings.uncertainty is 5, but"),
    (("model",), REMOVED, "model is None, but"),
    (("model", "classes"), REMOVED, "model.classes is None, but it must be a list of codes from 1 to 255"),
    (("model", "classes"), [-1], r"model.classes is \[-1\], but"),
    (("scores",), 5, "scores is 5, but"),
    (("core",), REMOVED, "core is None, but it must be a JSON object"),
    (("core", "name"), 5, "core.name is 5, but it must be a string"),
    (("core", "sections"), 5, "core.sections is 5, but it must be a list of sections"),
    (("core", "sections"), [], r"core.sections is \[\], but"),
    (("core", "sections", 0), 5, "section 1 of core.sections cannot be read"),
    (("core", "sections", 0, "name"), "../../x", "section 1 of core.sections cannot be read .no file can be"),
    (("core", "sections", 0, "name"), REMOVED, "section 1 of core.sections cannot be read .'name'"),
    (("core", "sections", 1, "crop"), "x", "section 2 of core.sections cannot be read"),
    (("core", "sections", 1, "top"), "x", "section 2 of core.sections cannot be read"),
    (("core", "sections", 1, "rotation"), 5, "section 2 of core.sections cannot be read"),
    (("core", "sections", 1, "file"), 5, "section 2 of core.sections cannot be read"),
    (("core", "sections", 1, "evil"), 5, "section 2 of core.sections cannot be read"),
    (("finished",), 5, "finished is 5, but it must be a string or null"),
]


@pytest.fixture(scope="module")
def about(request):
    """Kept between the edits, so that only one run is made."""
    return {}


@pytest.fixture
def folder(segment, about, tmp_path):
    """The folder of a run, its run.json as written."""
    if not about:
        run = segment()
        about.update(json.loads((run.folder / "run.json").read_text()))
    (tmp_path / "out" / "sections").mkdir(parents=True, exist_ok=True)
    (tmp_path / "out" / "run.json").write_text(json.dumps(about))
    return tmp_path / "out"


@pytest.mark.parametrize(("names", "value", "text"), EDITS)
def test_an_edited_value_is_named_with_a_remedy(folder, about, segment, names, value, text):
    edited = copy.deepcopy(about)
    place = edited
    for name in names[:-1]:
        place = place[name]
    if value is REMOVED:
        del place[names[-1]]
    else:
        place[names[-1]] = value
    (folder / "run.json").write_text(json.dumps(edited))
    rule = rf"'.*run\.json' was edited or is damaged: {text}.* Restore the file that the run wrote, or start"
    with pytest.raises(ValueError, match=rule):
        cw.read_run(folder)
    with pytest.raises(ValueError, match=rule):
        segment()


@pytest.mark.parametrize("text", ["[1]", "null", '"x"', "5"])
def test_json_that_holds_something_else(folder, text):
    (folder / "run.json").write_text(text)
    with pytest.raises(
        ValueError, match=r"run\.json' was edited or is damaged: it holds \w+, not a JSON object"
    ):
        cw.read_run(folder)


@pytest.mark.parametrize("content", [b" ", b'{"format": 1', b"[" * 100_000, b"\xff\xfe{}", b"9" * 5000])
def test_what_is_no_json(folder, content):
    (folder / "run.json").write_bytes(content)
    with pytest.raises(ValueError, match=r"run\.json' is damaged|run\.json' was edited or is damaged"):
        cw.read_run(folder)


def test_a_newer_format_asks_for_an_update(folder, about):
    (folder / "run.json").write_text(json.dumps({**about, "format": 2}))
    with pytest.raises(
        ValueError, match="has format 2, but this version of corewidgets reads up to 1; update"
    ):
        cw.read_run(folder)


# Each value alone

OLD = Path(__file__).parents[1] / "files" / "0.1" / "run" / "run.json"
CHECKED = [
    (("format",), [1], [0, -1, 1.5, None]),
    (("id",), [None, "0123456789abcdef" * 2], ["0" * 31, "0" * 33, "A" * 32, 5]),
    (("settings",), [], [None, 5]),
    (("settings", "model"), ["3b16"], [None, 5]),
    (("settings", "probabilities"), [True, False], [0, 1, None, "x"]),
    (("settings", "uncertainty"), [None, "margin"], [5]),
    (("settings", "xla_threads"), [1, 2], [0, True, None]),
    (("settings", "versions"), [{}], [None, [1]]),
    (("model",), [], [None]),
    (("model", "file"), [None, "a"], [5]),
    (("model", "classes"), [[], [1, 255]], [[0], [256], [True], None, {"1": 1}, [1, 256]]),
    (("scores",), [None, {}], [[1]]),
    (("core",), [], [None]),
    (("core", "name"), ["", "a"], [None]),
    (("core", "unit"), [None, "m", "ft"], ["inch", 5]),
    (("core", "datum"), [None, "collar"], [5]),
    (("core", "sections"), [[1]], [[], None, {"a": 1}]),
    (("started",), [None, "x"], [5]),
    (("finished",), [None, "x"], [5]),
]


@pytest.mark.parametrize(("names", "right", "wrong"), CHECKED, ids=lambda value: ".".join(map(str, value)))
def test_a_value_is_checked_up_to_its_bounds(names, right, wrong):
    path = Path("run.json")
    for value, passes in [*((value, True) for value in right), *((value, False) for value in wrong)]:
        values = json.loads(OLD.read_text())
        place = values
        for name in names[:-1]:
            place = place[name]
        place[names[-1]] = value
        if passes:
            assert checked_description(values, path, 1) == values
            continue
        with pytest.raises(ValueError, match=rf"^'run.json' was edited.*: {'.'.join(names)} is .* must be "):
            checked_description(values, path, 1)


@pytest.mark.parametrize(
    ("name", "is_one"),
    [
        ("box-1", True),
        ("a.b", True),
        ("", False),
        (".hidden", False),
        ("a/b", False),
        ("a:b", False),
        ("a\x1f", False),
    ],
)
def test_names_that_files_may_have(name, is_one):
    assert is_name_of_files(name) is is_one
