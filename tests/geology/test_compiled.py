"""Loops that Numba compiles, where it is there."""

from __future__ import annotations

import numpy as np
import pytest

from corewidgets.geology import compiled
from corewidgets.geology.compiled import Loop, prepare


def _doubled(numbers):
    return 2 * numbers


@pytest.fixture
def loop(monkeypatch):
    monkeypatch.setattr(compiled, "_LOOPS", [])
    return Loop(_doubled, np.ones(3))


def test_a_loop_is_compiled_when_it_is_prepared_and_once(loop):
    pytest.importorskip("numba")
    assert loop.run is None
    prepare()
    run = loop.run
    np.testing.assert_array_equal(run(np.arange(4.0)), [0, 2, 4, 6])
    assert run.signatures
    prepare()
    assert loop.run is run


def test_without_numba_nothing_is_compiled(loop, monkeypatch):
    monkeypatch.setattr(compiled, "find_spec", lambda name: None)
    prepare()
    assert loop.run is None


def test_where_nothing_can_be_kept_a_loop_is_compiled_all_the_same(loop, monkeypatch):
    numba = pytest.importorskip("numba")
    njit = numba.njit

    def without_folder(**options):
        if options.get("cache"):
            raise RuntimeError("cannot cache function: no locator available for file")
        return njit(**options)

    monkeypatch.setattr(numba, "njit", without_folder)
    prepare()
    assert loop.run(np.ones(1)) == 2
