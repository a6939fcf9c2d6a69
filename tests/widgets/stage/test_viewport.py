from __future__ import annotations

import json
import math
from dataclasses import replace
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from corewidgets.widgets.stage.viewport import (
    ROTATIONS,
    Box,
    Frame,
    Viewport,
    nice_step,
    ruler_ticks,
    scale_bar,
)

sizes = st.integers(1, 20_000)
boxes = st.builds(
    Box,
    st.floats(0, 200),
    st.floats(0, 200),
    st.integers(1, 2000).map(float),
    st.integers(1, 2000).map(float),
)


@st.composite
def viewports(draw: st.DrawFn) -> Viewport:
    n_rows, n_columns = draw(sizes), draw(sizes)
    viewport = Viewport(n_rows, n_columns, draw(boxes), rotation=draw(st.sampled_from(ROTATIONS)))
    scale = draw(st.floats(viewport.fit_scale, 64))
    row, column = draw(st.floats(0, n_rows - 1)), draw(st.floats(0, n_columns - 1))
    return viewport.at(row, column, scale)


shares = st.floats(0, 1)


@given(viewports(), st.floats(-3000, 3000), st.floats(-3000, 3000))
def test_screen_to_image_and_back_is_the_identity(viewport, x, y):
    assert viewport.to_canvas(*viewport.to_image(x, y)) == pytest.approx((x, y), abs=1e-4)


@given(viewports(), shares, shares, st.floats(0.2, 5))
def test_what_lies_under_the_pointer_stays_there_while_zooming(viewport, across, down, factor):
    row, column = across * (viewport.n_rows - 1), down * (viewport.n_columns - 1)
    x, y = viewport.to_canvas(row, column)
    zoomed = viewport.zoom(factor, x, y)
    if zoomed.scale <= zoomed.fit_scale:
        assert zoomed == replace(zoomed.fit(), scale=zoomed.scale)  # seen whole, hence centered
    elif factor >= 1 or viewport.to_image(x, y) == (viewport.row, viewport.column):
        assert zoomed.to_canvas(row, column) == pytest.approx((x, y), abs=1e-3)
    else:
        assert -0.5 <= zoomed.row <= zoomed.n_rows - 0.5


@given(viewports(), st.floats(-5000, 5000), st.floats(-5000, 5000))
def test_the_middle_of_a_view_stays_on_the_image_however_far_it_is_dragged(viewport, dx, dy):
    moved = viewport.pan(dx, dy)
    assert -0.5 <= moved.row <= moved.n_rows - 0.5
    assert -0.5 <= moved.column <= moved.n_columns - 0.5


@given(viewports())
def test_a_view_that_is_kept_inside_never_looks_past_an_end_of_an_image_that_is_larger(viewport):
    viewport = viewport.inside()
    for middle, size, length in zip(
        (viewport.row, viewport.column), (viewport.n_rows, viewport.n_columns), viewport.lengths, strict=True
    ):
        visible = length / viewport.scale
        if visible >= size:
            assert middle == (size - 1) / 2
        else:
            assert middle - visible / 2 >= -0.5 - 1e-6
            assert middle + visible / 2 <= size - 0.5 + 1e-6


@given(viewports())
def test_spans_are_pieces_of_the_image_no_larger_than_the_screen_and_lie_where_the_view_says(viewport):
    viewport = viewport.snapped()
    rows, columns = viewport.spans()
    for span, size, length in zip(
        (rows, columns), (viewport.n_rows, viewport.n_columns), viewport.lengths, strict=True
    ):
        assert 0 <= span.first < span.stop <= size
        assert 0 <= span.start < span.end <= size
        assert 1 <= span.size <= length + 2
    place = viewport.place(rows, columns)
    corner = viewport.to_canvas(rows.start - 0.5, columns.start - 0.5)
    distance = min(abs(corner[0] - place.left), abs(corner[0] - place.left - place.width))
    assert distance < 1e-6 * max(1, place.width)


@given(viewports())
def test_snapping_moves_by_half_a_canvas_pixel_at_most_and_onto_whole_ones(viewport):
    snapped = viewport.snapped()
    x, y = snapped.to_canvas(-0.5, -0.5)
    assert x == pytest.approx(round(x), abs=1e-4)
    assert y == pytest.approx(round(y), abs=1e-4)
    assert abs(snapped.row - viewport.row) * viewport.scale <= 0.5 + 1e-6


@given(viewports(), st.sampled_from([1.0, 1.25, 1.5, 2.0]))
def test_another_screen_shows_the_image_as_large_on_the_page(viewport, unit):
    box = Box(
        *(
            side * unit
            for side in (viewport.box.left, viewport.box.top, viewport.box.width, viewport.box.height)
        )
    )
    other = viewport.resized(viewport.box).resized(box, unit)
    assert other.magnification == pytest.approx(viewport.magnification)
    assert other.scale == pytest.approx(viewport.scale * unit)
    back = other.resized(viewport.box, 1.0)
    assert back.scale == pytest.approx(viewport.scale)
    assert (back.row, back.column) == pytest.approx((other.row, other.column))


def test_100_percent_is_one_pixel_of_the_page_on_every_screen():
    for unit in (1.0, 1.5, 2.0):
        viewport = Viewport(4000, 1000, Box(0, 0, 900, 560), scale=0.1, unit=unit)
        assert viewport.opening().magnification == pytest.approx(min(1.0, 900 / 1000 / unit))
        assert viewport.magnified(1.0).scale == pytest.approx(unit)
        assert viewport.magnified(1000.0).magnification == pytest.approx(64)


@given(viewports(), st.sampled_from(ROTATIONS))
def test_turning_keeps_the_scale_and_four_quarters_are_none(viewport, rotation):
    turned = viewport.turned(rotation)
    assert turned.scale == viewport.scale
    assert viewport.turned(viewport.rotation + 360) == viewport


def test_turned_by_a_quarter_the_top_of_the_core_is_on_the_left():
    viewport = Viewport(100, 10, Box(0, 0, 500, 500)).fit().turned(90)
    top, base = viewport.to_canvas(0, 5), viewport.to_canvas(99, 5)
    assert top[0] < base[0]
    assert top[1] == base[1]
    assert viewport.to_canvas(0, 0)[1] > viewport.to_canvas(0, 9)[1]


def test_panning_moves_the_image_with_the_pointer():
    viewport = Viewport(1000, 1000, Box(0, 0, 100, 100)).at(500, 500, 2.0)
    x, y = viewport.to_canvas(510, 490)
    assert viewport.pan(12, -7).to_canvas(510, 490) == pytest.approx((x + 12, y - 7))


def test_pixels_are_found_only_inside_of_image_and_box():
    viewport = Viewport(10, 10, Box(0, 0, 400, 100)).fit()
    assert viewport.pixel_at(*viewport.to_canvas(0, 0)) == (0, 0)
    assert viewport.pixel_at(*viewport.to_canvas(9.4, 9.4)) == (9, 9)
    assert viewport.pixel_at(*viewport.to_canvas(5, -3)) is None
    assert viewport.pixel_at(*viewport.to_canvas(50, 5)) is None


@pytest.mark.parametrize("shape", [(2693, 396), (400, 9000), (6288, 888), (1, 1), (1, 30_000), (30_000, 1)])
def test_every_shape_opens_fits_and_fills(shape):
    box = Box(0, 0, 900, 560)
    viewport = Viewport(*shape, box)
    whole = viewport.fit()
    assert whole.scale * shape[0] <= 560 * (1 + 1e-9)
    assert whole.scale * shape[1] <= 900 * (1 + 1e-9)
    for view in (whole, viewport.fit_across(), viewport.opening()):
        assert 0 < view.scale <= 64
        assert all(span.size >= 1 for span in view.snapped().spans())


def test_a_view_says_what_it_cannot_do():
    with pytest.raises(ValueError, match=r"turned by 45 degrees; choose from 0, 90, 180, 270\."):
        Viewport(1, 1, Box(0, 0, 1, 1), rotation=45)
    with pytest.raises(ValueError, match=r"scale of a view must be above 0, but it is 0"):
        Viewport(1, 1, Box(0, 0, 1, 1), scale=0)


@pytest.mark.parametrize("rotation", ROTATIONS)
@pytest.mark.parametrize("shape", [(2693, 396), (400, 9000)])
def test_the_parts_of_the_canvas_touch_and_do_not_overlap(shape, rotation):
    frame = Frame.arrange(900, 560, shape, rotation)
    area = sum(box.width * box.height for box in (frame.view, frame.overview, frame.ruler))
    assert area == pytest.approx(900 * 560)
    runs_across = (shape[1] > shape[0]) != (rotation in (90, 270))
    assert (frame.overview.width > frame.overview.height) == runs_across


def test_nice_steps():
    assert [nice_step(least) for least in (0.011, 0.2, 0.21, 3, 7)] == pytest.approx([0.02, 0.2, 0.5, 5, 10])


def test_the_ruler_marks_depths_where_they_are():
    viewport = Viewport(1000, 10, Box(0, 0, 10, 500)).fit()
    ticks = ruler_ticks(viewport, 698.0, 699.0, spacing=60)
    texts = {tick.text: tick.row for tick in ticks if tick.text}
    assert set(texts) == {"698.0 m", "698.2 m", "698.4 m", "698.6 m", "698.8 m", "699.0 m"}
    assert texts["698.2 m"] == pytest.approx(199.5)
    assert len(ticks) == 26


def test_the_ruler_counts_rows_where_the_depth_is_unknown():
    viewport = Viewport(5, 5, Box(0, 0, 500, 500)).fit()
    ticks = [tick for tick in ruler_ticks(viewport, None, None) if tick.text]
    assert [(tick.text, tick.row) for tick in ticks] == [("0", 0), ("2", 2), ("4", 4)]


@given(st.floats(0.01, 64), st.none() | st.floats(1e-3, 10))
def test_the_scale_bar_is_a_round_length_that_fits(scale, pixel_size_mm):
    length, text = scale_bar(scale, pixel_size_mm)
    assert 140 / 2.6 <= length <= 140 * (1 + 1e-6)
    value, unit = text.split()
    assert float(value).is_integer() or unit == "px"
    mm = float(value) * {"m": 1000, "cm": 10, "mm": 1, "µm": 1e-3, "px": pixel_size_mm or 1}[unit]
    assert length == pytest.approx(mm / (pixel_size_mm or 1) * scale, rel=1e-3)
    assert math.isfinite(length)


# The same table that the script's arithmetic is tested on: viewport.test.mjs.
CASES = json.loads(Path(__file__).with_name("viewport_cases.json").read_text(encoding="utf-8"))


def _view(name: str) -> Viewport:
    values = dict(CASES["views"][name])
    del values["fit"]
    box = Box(*(values.pop(side) for side in ("left", "top", "width", "height")))
    return Viewport(box=box, **values)


def _table(*names: str) -> list:
    return [(name, case) for name in names for case in CASES[name]]


@pytest.mark.parametrize("name", CASES["views"])
def test_the_script_is_given_each_view_of_the_table(name):
    assert _view(name).to_dict() == CASES["views"][name]


@pytest.mark.parametrize(("method", "case"), _table("to_canvas", "to_image"))
def test_positions_of_the_table(method, case):
    assert getattr(_view(case["view"]), method)(*case["position"]) == pytest.approx(case["result"], abs=1e-9)


@pytest.mark.parametrize(("method", "case"), _table("in_box"))
def test_the_box_of_the_table(method, case):
    assert _view(case["view"]).box.contains(*case["position"]) is case["result"]


@pytest.mark.parametrize(("method", "case"), _table("zoom", "pan", "inside"))
def test_views_of_the_table(method, case):
    view = getattr(_view(case["view"]), method)(*case["arguments"])
    assert view.to_dict() == pytest.approx(CASES["views"][case["view"]] | case["result"], abs=1e-9)


def test_the_ruler_counts_in_the_unit_of_the_depths():
    viewport = Viewport(1000, 10, Box(0, 0, 10, 200)).fit()
    texts = [tick.text for tick in ruler_ticks(viewport, 9000.0, 9002.0, spacing=60, unit="ft") if tick.text]
    assert texts == ["9000 ft", "9001 ft", "9002 ft"]
