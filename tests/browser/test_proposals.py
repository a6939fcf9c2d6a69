"""Clasts that a trained model proposes, taken and refused with real keys and clicks in the workbench."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from .jupyterlab import Lab, StagePage
from .lit import wait_lit
from .test_accessibility import SMALL, TOOLS, axe

pytestmark = [pytest.mark.browser, pytest.mark.slow]

TRAINED = """
import numpy as np
import corewidgets as cw
sample = cw.sample_core(n_rows=300, n_columns=200, seed=1)
model = cw.PixelClassifier(preset="quick").fit(sample.section, sample.labels)
labels = sample.labels.copy()
labels[90:] = 0
"""

BENCH = """
bench = cw.Workbench(sample.section, legend=sample.legend, labels=labels, autosave=False, session=False)
bench.trainer.model = model
proposer = bench.proposer
bench
"""


@pytest.fixture(scope="module")
def lab(open_lab: Callable[..., Lab]) -> Lab:
    return open_lab("propose", TRAINED, BENCH, height=1200)


def test_nothing_serious_is_found_where_clasts_are_proposed_and_outlined(lab):
    stage, found = StagePage(lab, "bench.labeler.stage"), []
    stage.ink.focus()
    lab.page.keyboard.press("n")
    lab.wait_for("proposer.current is not None", seconds=240)
    lab.ask("bench.labeler.mode = 'outline'")
    for theme in ("dark", "light"):
        lab.set_theme(theme)
        lab.wait_still()
        for where in (".cw-proposer", TOOLS):
            told = axe(lab.page, where)
            assert told["judged"] > 0, (theme, where)
            found += [f"{theme}, {where}: {violation}" for violation in told["violations"]]
    assert not found, "\n".join(found)
    screen = lab.page.context.new_cdp_session(lab.page)
    for enabled in (True, False):
        screen.send("Emulation.setTouchEmulationEnabled", {"enabled": enabled})
        lab.wait_still()
        assert not enabled or lab.page.evaluate(SMALL) == []
    lab.ask("proposer.hide(); bench.labeler.mode = 'paint'")


def test_proposals_are_taken_refused_and_changed_with_keys(lab, tmp_path):
    page, stage = lab.page, StagePage(lab, "bench.labeler.stage")
    before = lab.ask_json("int((bench.labels > 0).sum())")
    stage.ink.focus()
    page.keyboard.press("n")
    lab.wait_for("'Searching' in proposer._text.value or proposer.current is not None")
    lab.wait_for("'Searching' not in proposer._text.value", seconds=240)
    assert lab.ask_json("len(proposer.left)") > 4
    page.wait_for_function(
        "() => document.querySelectorAll('.cw-proposer [data-pick] img').length > 2", timeout=20_000
    )
    stage.wait_drawn()
    shown = wait_lit(stage, lambda n: n > 100)
    page.screenshot(path=tmp_path / "proposed.png")
    first = lab.ask_json("[proposer.current.row, proposer.current.column, proposer.current.code]")

    width = lab.ask_json("proposer.current.width")
    page.keyboard.press("ArrowDown")
    page.keyboard.press("ArrowDown")
    lab.wait_for("round(proposer.current.width, 3)", round(width / 1.1**2, 3))
    wait_lit(stage, lambda n: n != shown)
    for _ in range(2):
        page.keyboard.press("ArrowUp")
    lab.wait_for("round(proposer.current.width, 3)", round(width, 3))
    page.keyboard.press("Enter")
    lab.wait_for(f"int(bench.labels[{first[0]}, {first[1]}])", first[2])
    taken = lab.ask_json("int((bench.labels > 0).sum())")
    assert taken > before

    second = lab.ask_json("[proposer.current.row, proposer.current.column]")
    page.keyboard.press("x")
    lab.wait_for("sorted(map(list, proposer.refused))", [second])
    assert lab.ask_json("int((bench.labels > 0).sum())") == taken

    third = lab.ask_json("[proposer.current.row, proposer.current.column]")
    page.keyboard.press("2")
    lab.wait_for(f"int(bench.labels[{third[0]}, {third[1]}])", lab.ask_json("bench.legend.order[1]"))

    page.keyboard.press("Control+z")
    lab.wait_for(f"int(bench.labels[{third[0]}, {third[1]}])", 0)
    last = page.locator(".cw-proposer [data-pick]").last
    named = last.get_attribute("data-pick")
    last.click()
    lab.wait_for("f'row {proposer.current.row}, column {proposer.current.column}'", named)
    page.wait_for_function("() => document.activeElement?.closest('.cw-ink-root')")
    page.keyboard.press("Escape")  # the keys are those of the core, not of the list
    lab.wait_for("proposer.current is None")
    wait_lit(stage, lambda n: n == 0)

    page.keyboard.press("n")
    lab.wait_for("proposer.current is not None")
    lab.reload()  # what is proposed is shown on a page that is loaded again
    stage = StagePage(lab, "bench.labeler.stage")
    wait_lit(stage, lambda n: n > 100)
    assert lab.ask_json("bench.labeler.messages.error and str(bench.labeler.messages.error)") is None
    assert lab.script_errors == []


def test_all_that_are_left_are_accepted_with_one_key_and_with_the_button(lab):
    page, stage = lab.page, StagePage(lab, "bench.labeler.stage")
    lab.ask("proposer.hide(); proposer.refused = set(); bench.labels = labels; bench.trainer.model = None")
    lab.ask("bench.trainer.model = model")
    cells = page.locator(".jp-CodeCell").count()
    stage.ink.focus()
    page.keyboard.press("n")
    lab.wait_for("'Searching' not in proposer._text.value and proposer.current is not None", seconds=240)
    pictures = page.locator(".cw-proposer [data-pick] img")
    n = lab.ask_json("len(proposer.left)")
    page.wait_for_function(
        f"() => document.querySelectorAll('.cw-proposer [data-pick] img').length === {n}", timeout=20_000
    )
    wrong = lab.ask_json("[proposer.left[1].row, proposer.left[1].column]")
    pictures.nth(1).click()
    lab.wait_for("[proposer.current.row, proposer.current.column]", wrong)
    page.wait_for_function("() => document.activeElement?.closest('.cw-ink-root')")
    page.keyboard.press("x")
    lab.wait_for("len(proposer.left)", n - 1)
    lab.ask("expected = cw.accept_proposals(labels, proposer.left)")
    assert lab.ask_json("int((expected > 0).sum() - (labels > 0).sum())") > 500
    page.keyboard.press("Shift+Enter")
    lab.wait_for("bool((bench.labels == expected).all())")
    lab.wait_for("len(proposer.left)", 0)
    page.wait_for_function("() => !document.querySelector('.cw-proposer [data-pick] img')")
    wait_lit(stage, lambda n: n == 0)
    page.keyboard.press("Shift+Enter")  # twice: nothing is left, and the cell does not run again
    page.keyboard.press("Control+z")
    lab.wait_for("bool((bench.labels == labels).all())")
    lab.wait_for("len(proposer.left)", n - 1)
    assert page.locator(".jp-CodeCell").count() == cells

    page.get_by_role("button", name=f"Accept all {n - 1}").click()
    lab.wait_for("bool((bench.labels == expected).all())")
    page.wait_for_function("() => document.activeElement?.closest('.cw-ink-root')")
    page.keyboard.press("Control+z")
    lab.wait_for("bool((bench.labels == labels).all())")
    assert lab.ask_json("bench.labeler.messages.error and str(bench.labeler.messages.error)") is None
    assert lab.script_errors == []
