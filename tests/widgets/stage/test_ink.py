"""The script of the layer over the stage, by node, which comes with playwright: a browser is not needed."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from ipycanvas import MultiCanvas
from run_node import n_passed, node

from corewidgets.widgets.stage import ink
from corewidgets.widgets.stage.ink import InkLayer
from corewidgets.widgets.stage.modes import GESTURES, MODES

FOLDER = Path(__file__).parent
SCRIPTS = sorted(Path(ink.__file__).parent.glob("*.js"))


@pytest.mark.parametrize(
    ("tests", "least"),
    [
        ("viewport.test.mjs", 40),
        ("kernel.test.mjs", 15),
        ("keys.test.mjs", 4),
        ("choices.test.mjs", 4),
        ("crosshair.test.mjs", 7),
        ("modes.test.mjs", 3),
        ("outline.test.mjs", 7),
        ("widths.test.mjs", 2),
        ("ruler.test.mjs", 1),
        ("polygon.test.mjs", 7),
        ("wire.test.mjs", 5),
        ("handles.test.mjs", 10),
        ("gestures.test.mjs", 6),
        ("page.test.mjs", 2),
    ],
)
def test_the_modules_of_the_script_do_what_their_tables_say(tests, least):
    assert n_passed(FOLDER / tests) >= least


def test_the_joined_script_is_one_module_that_draws_a_widget(tmp_path):
    script = tmp_path / "ink.mjs"
    script.write_text(InkLayer.shared_script, encoding="utf-8")
    ask = f"import('{script.as_uri()}').then((m) => console.log(Object.keys(m), typeof m.default.render))"
    assert node("--input-type=module", "--eval", ask) == "[ 'default' ] function\n"


@pytest.mark.parametrize("word", ["import", "export"])
def test_the_joined_script_asks_the_page_for_no_other_file(word):
    statements = re.findall(rf"^{word} .*$", InkLayer.shared_script, re.MULTILINE)
    assert statements == ([] if word == "import" else ["export default {"])


def test_the_joined_script_has_all_that_its_files_import_each_once():
    text = "\n".join(path.read_text(encoding="utf-8") for path in SCRIPTS)
    imports = re.findall(r"^import {([^}]*)} from", text, re.MULTILINE)
    imported = {name for names in imports for name in re.findall(r"\w+", names)}
    assert {"toCanvas", "Gestures"} <= imported
    defined = re.findall(r"^(?:const|function|class) (\w+)", InkLayer.shared_script, re.MULTILINE)
    assert imported <= set(defined)
    assert len(defined) == len(set(defined))  # in one file, what two files call the same would clash


def test_the_joined_script_has_every_file():
    for path in SCRIPTS:
        first = next(line for line in path.read_text(encoding="utf-8").splitlines() if line.startswith("//"))
        assert InkLayer.shared_script.count(first) == 1, path.name


def test_the_script_knows_modes_only_by_the_table():
    for name in set(MODES) - set(GESTURES):
        assert f'"{name}"' not in InkLayer.shared_script
    assert [mode["name"] for mode in InkLayer(canvas=MultiCanvas(4)).modes] == list(MODES)
