"""Tests of what a compiled loop finds, and what is found without it."""

from __future__ import annotations

from typing import Any

import pytest

from corewidgets.geology.compiled import Loop, prepare


def with_and_without(loop: Loop) -> Any:
    """Return a fixture under which a test runs twice: with the loop, and with what stands in for it."""

    @pytest.fixture(params=[False, True])
    def compiled(request, monkeypatch):
        monkeypatch.setattr(loop, "run", None)
        if request.param:
            pytest.importorskip("numba")
            prepare()
            assert loop.run is not None

    return compiled
