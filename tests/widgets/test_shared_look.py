"""Widgets of one tool share layouts and styles that are equal; what is shared cannot be changed."""

from __future__ import annotations

import ipywidgets as ipw
import numpy as np
import pytest

from corewidgets.widgets.labeler import Labeler
from corewidgets.widgets.shared_look import look, shared_looks
from corewidgets.widgets.tool import family


def test_equal_looks_of_a_block_are_one():
    with shared_looks():
        one, other = (ipw.Button(**look(ipw.Button, width="30px")) for _ in range(2))
        with shared_looks():
            inner = ipw.HTML(**look(ipw.HTML, width="30px"))
        wide = ipw.HBox(**look(ipw.HBox, width="100%"))
    assert one.layout is other.layout is inner.layout is not wide.layout
    assert one.style is other.style is not inner.style
    assert (one.layout.width, wide.layout.width) == ("30px", "100%")


def test_blocks_share_nothing_with_each_other_and_nothing_is_shared_outside():
    made = []
    for _ in range(2):
        with shared_looks():
            made.append(look(ipw.Button, width="30px"))
        made.append(look(ipw.Button, width="30px"))
    assert len({id(each["layout"]) for each in made}) == len({id(each["style"]) for each in made}) == 4


def test_what_is_shared_cannot_be_changed_and_can_be_closed():
    with shared_looks():
        shared = ipw.Button(**look(ipw.Button, width="30px"))
    with pytest.raises(TypeError, match=r"width of a Layout cannot be changed: other widgets share"):
        shared.layout.width = "40px"
    shared.layout.close()
    own = ipw.Button(**look(ipw.Button, width="30px"))
    own.layout.width = "40px"


def test_a_labeler_has_fewer_layouts_and_styles_than_other_widgets():
    labeler = Labeler(np.zeros((40, 20, 3), np.uint8), ["Matrix", "Clast", "Void"], autosave=False)
    looks = [part for part in family(labeler) if isinstance(part, (ipw.Layout, ipw.Style))]
    assert len(looks) < len(family(labeler)) - len(looks)
    labeler.close()
    assert all(part.comm is None for part in looks)
