"""Proposals in the workbench: shown, taken, as another class too, refused, made wider, kept in a session."""

from __future__ import annotations

import base64
import io
import re
from dataclasses import replace

import numpy as np
import pytest
from PIL import Image
from scipy import ndimage

import corewidgets as cw
from corewidgets.learning.maps import Maps
from corewidgets.learning.proposals import Proposal
from corewidgets.widgets import proposer as module
from corewidgets.widgets.proposal_pictures import thumbnail_of
from corewidgets.widgets.workbench import Workbench

from .conftest import Hand

ROWS, COLUMNS = np.mgrid[:200, :160]
MIDDLES = ((40, 40), (40, 120), (110, 40), (110, 120), (170, 80))
CLASTS = [((ROWS - row) / 20) ** 2 + ((COLUMNS - column) / 24) ** 2 <= 1 for row, column in MIDDLES]
NAMES = ["Matrix", "Clast", "Void"]


def photograph():
    image = np.full((200, 160, 3), 90.0)
    image[np.logical_or.reduce(CLASTS)] = (150, 110, 80)
    image = ndimage.gaussian_filter(image, (0.7, 0.7, 0))
    return (image + np.random.default_rng(0).normal(0, 3, image.shape)).clip(0, 255).astype(np.uint8)


IMAGE = photograph()


def proposal(number):
    row, column = MIDDLES[number]
    box = slice(row - 20, row + 21), slice(column - 24, column + 25)
    return Proposal(row, column, box, CLASTS[number][box], 1.0, 2, 0.8, 0.5, 0.5)


class Model:
    """Stands for a fitted model; only `propose` asks it."""

    classes_ = np.array([1, 2], np.uint8)
    classifier_ = object()
    choice_ = ""


@pytest.fixture
def asked(monkeypatch):
    """Return what was asked of `propose`, which answers at once with the clasts that are not yet labelled."""
    calls = []

    def propose(section, model, labels, n, *, legend, refused, features, maps):
        calls.append({"labels": labels, "n": n, "refused": refused, "features": features, "maps": maps})
        left = [proposal(number) for number in range(len(CLASTS))]
        return [
            one
            for one in left
            if not labels[one.box][one.mask].any() and (one.row, one.column) not in refused
        ]

    monkeypatch.setattr(module, "propose", propose)
    monkeypatch.setattr(
        module, "outline_features", lambda image, progress: np.zeros((100, 80, 0), np.float32)
    )
    return calls


@pytest.fixture
def bench(asked):
    made = Workbench(IMAGE, NAMES, session=False, autosave=False)
    made.trainer.set_trait("model", Model())
    return made


@pytest.fixture
def hand(bench):
    return Hand(bench.labeler.stage)


def look(bench, hand):
    hand.key("n")
    assert bench.proposer.wait(60)


def listed(bench):
    """Return the numbers of the clasts that are listed on the page."""
    rows = re.findall(r'data-pick="row (\d+), column (\d+)"', str(bench.proposer._sheet.html))
    return [MIDDLES.index((int(row), int(column))) for row, column in rows]


def pick(bench, number):
    row, column = MIDDLES[number]
    bench.proposer._sheet._handle_custom_msg({"kind": "pick", "what": f"row {row}, column {column}"}, [])


def shown(bench):
    """Return the pixels of the outline that the page shows."""
    proposed = bench.labeler.stage.ink.proposed
    mask = np.zeros(IMAGE.shape[:2], bool)
    if proposed:
        row, column, n_rows, n_columns = proposed["box"]
        bits = np.unpackbits(np.frombuffer(proposed["bits"], np.uint8), count=n_rows * n_columns)
        mask[row : row + n_rows, column : column + n_columns] = bits.reshape(n_rows, n_columns)
    return mask


def test_the_next_clast_is_shown_with_its_name(bench, hand, asked):
    look(bench, hand)
    np.testing.assert_array_equal(shown(bench), CLASTS[0])
    assert "Clast, 80%" in bench.proposer._text.value
    assert bench.labeler.stage.ink.proposed["color"] == bench.legend.colors[1]
    assert asked[0]["n"] == 20
    hand.key("n")
    np.testing.assert_array_equal(shown(bench), CLASTS[1])
    assert len(asked) == 1  # the list goes on


def test_enter_takes_it_in_one_step_and_shows_the_next(bench, hand):
    look(bench, hand)
    hand.key("Enter")
    np.testing.assert_array_equal(bench.labels == 2, CLASTS[0])
    np.testing.assert_array_equal(shown(bench), CLASTS[1])
    bench.labeler.undo()
    assert not bench.labels.any()


def test_labels_that_are_there_stay(bench, hand):
    labels = np.zeros(IMAGE.shape[:2], np.uint8)
    look(bench, hand)
    labels[20:24, 30:50] = 3
    bench.labels = labels
    hand.key("Enter")
    np.testing.assert_array_equal(bench.labels, np.where(labels, labels, np.where(CLASTS[0], 2, 0)))


def test_a_digit_takes_it_under_another_class(bench, hand):
    look(bench, hand)
    hand.key("3")
    np.testing.assert_array_equal(bench.labels == 3, CLASTS[0])
    hand.key("Escape")
    hand.key("1")  # no clast is shown: the class is selected, as ever
    assert bench.labeler.selected_class == "Matrix"
    assert np.count_nonzero(bench.labels) == CLASTS[0].sum()


def test_what_is_refused_does_not_come_back(bench, hand, asked):
    look(bench, hand)
    hand.key("x")
    np.testing.assert_array_equal(shown(bench), CLASTS[1])
    assert not bench.labels.any()
    for _ in range(4):
        hand.key("n")
        assert not shown(bench)[MIDDLES[0]]
    bench.trainer.set_trait("model", Model())  # trained anew
    look(bench, hand)
    assert asked[-1]["refused"] == {MIDDLES[0]}
    assert not shown(bench)[MIDDLES[0]]


def test_arrows_make_it_wider_and_narrower_and_move_the_view_only_else(bench, hand):
    look(bench, hand)
    before = bench.labeler.stage.viewport
    sizes = [shown(bench).sum()]
    for _ in range(3):
        hand.key("ArrowDown")
        sizes.append(shown(bench).sum())
    assert (np.diff(sizes) < 0).all()
    for _ in range(5):
        hand.key("ArrowRight")
        sizes.append(shown(bench).sum())
    assert (np.diff(sizes[3:]) > 0).all()
    assert bench.labeler.stage.viewport == before
    hand.key("Enter")
    assert np.count_nonzero(bench.labels) == sizes[-1]
    assert shown(bench).sum() == CLASTS[1].sum()  # the next one is as it was found
    hand.key("Escape")
    assert not shown(bench).any()
    bench.labeler.stage.zoom(4)
    before = bench.labeler.stage.viewport
    hand.key("ArrowDown")
    assert bench.labeler.stage.viewport != before


def test_a_patch_is_resized_from_its_own_width(bench, hand, asked, monkeypatch):
    patch = np.hypot(*np.ogrid[-7:8, -7:8]) <= 7
    of_matrix = Proposal(75, 80, (slice(68, 83), slice(73, 88)), patch, 0.1, 1, 0.8, 0.5, 0.5, width=0.1)
    monkeypatch.setattr(module, "propose", lambda *_args, **_kwargs: [of_matrix])
    look(bench, hand)
    np.testing.assert_array_equal(shown(bench)[of_matrix.box], patch)
    sizes = []
    for _ in range(8):
        hand.key("ArrowUp")
        sizes.append(shown(bench).sum())
    assert sizes[0] < 0.1 * IMAGE[..., 0].size
    assert sizes == sorted(sizes)
    assert sizes[-1] > sizes[0]
    width = bench.proposer.current.width
    hand.key("n")  # the only one: it is shown again, as wide as it was left
    hand.key("ArrowUp")
    assert bench.proposer.current.width == pytest.approx(1.1 * width)


def test_clasts_labelled_by_hand_since_are_left_out(bench, hand):
    look(bench, hand)
    bench.labels = np.where(CLASTS[1], 1, 0).astype(np.uint8)
    hand.key("n")
    np.testing.assert_array_equal(shown(bench), CLASTS[2])


def test_the_list_shows_the_next_ones_and_a_click_shows_that_one(bench, hand):
    look(bench, hand)
    sheet = bench.proposer._sheet
    assert sheet.html.count("<img") == 5
    assert sheet.picked == "row 40, column 40"
    sheet._handle_custom_msg({"kind": "pick", "what": "row 110, column 120"}, [])
    np.testing.assert_array_equal(shown(bench), CLASTS[3])
    assert sheet.picked == "row 110, column 120"
    hand.key("Enter")
    assert sheet.html.count("<img") == 4


def test_when_none_is_left_it_says_so_and_looks_again(bench, hand, asked):
    look(bench, hand)
    for _ in CLASTS:
        hand.key("Enter")
    assert "proposes no clast" in bench.proposer._text.value
    assert not shown(bench).any()
    np.testing.assert_array_equal(bench.labels == 2, np.logical_or.reduce(CLASTS))
    look(bench, hand)
    assert len(asked) == 2
    assert "proposes no clast" in bench.proposer._text.value


def test_what_is_undone_is_listed_again(bench, hand, asked):
    look(bench, hand)
    hand.key("Enter")
    hand.key("Enter")
    assert listed(bench) == [2, 3, 4]
    bench.labeler.undo()
    assert listed(bench) == [1, 2, 3, 4]
    np.testing.assert_array_equal(shown(bench), CLASTS[2])
    bench.labeler.redo()
    assert listed(bench) == [2, 3, 4]
    assert len(asked) == 1


def test_a_clast_that_is_painted_while_it_is_shown_gives_the_keys_back(bench, hand):
    look(bench, hand)
    bench.labels = np.where(CLASTS[0], 3, 0).astype(np.uint8)
    assert not shown(bench).any()
    assert listed(bench) == [1, 2, 3, 4]
    hand.key("1")
    assert bench.labeler.selected_class == "Matrix"
    hand.key("n")
    np.testing.assert_array_equal(shown(bench), CLASTS[1])


def test_the_list_keeps_its_order(bench, hand):
    look(bench, hand)
    pick(bench, 3)
    assert listed(bench) == [0, 1, 2, 3, 4]
    hand.key("x")
    assert listed(bench) == [0, 1, 2, 4]
    np.testing.assert_array_equal(shown(bench), CLASTS[4])  # that which is at its place now
    hand.key("n")
    np.testing.assert_array_equal(shown(bench), CLASTS[0])


def test_all_that_are_left_are_accepted_in_one_step(bench, hand):
    look(bench, hand)
    labels = np.zeros(IMAGE.shape[:2], np.uint8)
    labels[160:164, 70:80] = 1  # within the last clast
    bench.labels = labels
    pick(bench, 1)
    hand.key("x")
    pick(bench, 2)
    hand.key("3")
    before = bench.labels
    bench.labeler.palette.toggle_hidden(2)
    assert bench.proposer._all.description == "Accept all 3"
    hand.key("shift+Enter")
    expected = np.where(np.logical_or.reduce([CLASTS[0], CLASTS[3], CLASTS[4]]) & (labels == 0), 2, before)
    np.testing.assert_array_equal(bench.labels, expected)
    assert "Accepted 3: 3 Clast." in bench.proposer._text.value
    assert 2 not in bench.labeler.palette.hidden
    assert not shown(bench).any()
    assert bench.proposer._all.disabled
    hand.key("shift+Enter")  # twice
    np.testing.assert_array_equal(bench.labels, expected)
    bench.labeler.undo()
    np.testing.assert_array_equal(bench.labels, before)
    assert listed(bench) == [0, 3, 4]
    pick(bench, 3)
    hand.key("x")
    bench.proposer._all.click()
    np.testing.assert_array_equal(bench.labels, np.where(CLASTS[3] & (before == 0), 0, expected))


def test_what_cannot_be_accepted_is_told(bench, hand, monkeypatch):
    inner = np.zeros_like(proposal(0).mask)
    inner[15:25, 20:30] = True
    covered = replace(proposal(0), row=39, mask=inner, code=1)
    of_void = replace(proposal(1), code=3)
    found = [proposal(0), covered, of_void, proposal(2)]
    monkeypatch.setattr(module, "propose", lambda *_args, **_kwargs: found)
    look(bench, hand)
    bench.labeler.delete_class("Void")
    hand.key("shift+Enter")
    np.testing.assert_array_equal(bench.labels, np.where(CLASTS[0] | CLASTS[2], 2, 0))
    assert "Accepted 2: 2 Clast." in bench.proposer._text.value
    told = bench.labeler.messages.text
    assert "1 because all of their pixels are labelled" in told
    assert "1 because their class is no longer on the list" in told
    assert bench.proposer.left == [of_void]
    hand.key("shift+Enter")
    assert "Accepted none." in bench.proposer._text.value
    hand.key("n")
    hand.key("1")
    np.testing.assert_array_equal(bench.labels == 1, CLASTS[1])


def test_locked_labels_stay_where_all_are_accepted(bench, hand):
    look(bench, hand)
    bench.labels = np.where(CLASTS[0] & (ROWS < 26), 3, 0).astype(np.uint8)  # less than a tenth of it
    bench.labeler.palette.toggle_protected(3)
    locked = bench.labels == 3
    bench.proposer.take_all()
    np.testing.assert_array_equal(
        bench.labels, np.where(locked, 3, np.where(np.logical_or.reduce(CLASTS), 2, 0))
    )


def test_an_outline_that_is_labelled_as_a_whole_is_not_accepted(bench, hand, shown_errors):
    look(bench, hand)
    labels = np.zeros(IMAGE.shape[:2], np.uint8)
    labels[34:46, 34:46] = 1
    bench.labels = labels
    while (labels[shown(bench)] == 0).any():
        hand.key("ArrowDown")
    before = bench.labels
    hand.key("Enter")
    (error,) = shown_errors
    assert "labelled already" in str(error)
    shown_errors.clear()
    assert bench.labels is before


def test_accepting_all_without_a_list_says_what_to_do(bench, hand):
    hand.key("shift+Enter")
    assert not bench.labels.any()
    with pytest.raises(ValueError, match="press N"):
        bench.proposer.take_all()


def test_clasts_of_a_class_that_the_legend_does_not_know_are_not_listed(bench, hand, monkeypatch):
    of_void = replace(proposal(1), code=3)
    monkeypatch.setattr(module, "propose", lambda *_args, **_kwargs: [of_void, proposal(0)])
    look(bench, hand)
    bench.labeler.legend = cw.Legend(["Matrix", "Clast"])
    assert not shown(bench).any()
    assert listed(bench) == [0]
    hand.key("shift+Enter")
    np.testing.assert_array_equal(bench.labels == 2, CLASTS[0])


def test_a_new_name_and_color_of_a_class_are_shown(bench, hand):
    look(bench, hand)
    bench.labeler.legend = bench.legend.rename("Clast", "Carbonate").recolor("Carbonate", "#123456")
    assert "Carbonate, 80%" in bench.proposer._text.value
    assert bench.labeler.stage.ink.proposed["color"] == "#123456"
    assert bench.proposer._sheet.html.count("Carbonate") == 5


def test_a_clast_out_of_view_is_brought_into_it(bench, hand):
    bench.labeler.stage.show(170, 80, scale=20)
    look(bench, hand)
    rows, columns = bench.labeler.stage.viewport.spans()
    assert rows.first < 40 < rows.stop
    assert columns.first < 40 < columns.stop


def test_without_a_model_it_says_what_to_do(bench, hand):
    bench.trainer.set_trait("model", None)
    hand.key("n")
    assert "train first" in bench.proposer._text.value
    hand.key("Enter")
    hand.key("x")
    assert not bench.labels.any()
    with pytest.raises(ValueError, match="press N"):
        bench.proposer.take()


def test_a_class_that_was_deleted_is_not_given(bench, hand, shown_errors):
    look(bench, hand)
    bench.labeler.delete_class("Clast")
    hand.key("Enter")
    assert not bench.labels.any()
    (error,) = shown_errors
    assert "Clast is no longer on the list of classes" in str(error)
    shown_errors.clear()
    np.testing.assert_array_equal(shown(bench), CLASTS[0])
    hand.key("2")  # the second on the list is Void
    np.testing.assert_array_equal(bench.labels == 3, CLASTS[0])


def test_maps_are_passed_on_where_they_are_those_of_the_model(bench, hand, asked):
    bench.trainer.maps = Maps(np.ones(IMAGE.shape[:2], np.uint8), model=bench.trainer.model)
    look(bench, hand)
    assert asked[-1]["maps"] is bench.trainer.maps
    bench.trainer.set_trait("model", Model())
    look(bench, hand)
    assert asked[-1]["maps"] is None


def test_what_was_refused_is_kept_in_a_session(bench, hand, tmp_path):
    look(bench, hand)
    hand.key("x")
    bench.trainer.set_trait("model", None)
    bench.save(tmp_path / "core.session.zip")
    again = Workbench(IMAGE, NAMES, session=tmp_path / "core.session.zip", autosave=False)
    assert again.proposer.refused == {MIDDLES[0]}


def test_a_thumbnail_shows_the_clast_in_the_color_of_its_class():
    url = thumbnail_of(proposal(0), IMAGE, "#FF0000").decode()
    picture = np.array(Image.open(io.BytesIO(base64.b64decode(url.removeprefix("data:image/png;base64,")))))
    assert max(picture.shape[:2]) == 64
    red = (picture == (255, 0, 0)).all(axis=-1)
    assert 60 < red.sum() < 400
    assert not red[0].any()
    assert not red[28:36, 28:36].any()
