from __future__ import annotations

from corewidgets.cores.crop import Crop, crop_beyond


def test_what_two_rectangles_share():
    one, other = Crop(0, 10, 0, 20), Crop(5, 30, 15, 40)
    assert one.overlap(other) == Crop(5, 10, 15, 20)
    assert one.overlap(other).n_pixels == 25
    assert Crop(0, 10, 0, 20).overlap(Crop(20, 30, 0, 20)).n_pixels == 0
    assert str(other) == "5:30 15:40"


def test_a_rectangle_beyond_a_photograph_is_named():
    assert crop_beyond(Crop(0, 10, 0, 20), (10, 20), "a.jpg") is None
    for crop in (Crop(0, 11, 0, 20), Crop(0, 10, 0, 21)):
        assert crop_beyond(crop, (10, 20), "a.jpg") == (
            f"the crop {crop} reaches beyond 'a.jpg', which has 10 rows and 20 columns; make it smaller"
        )
