"""What a score means is said by one table, everywhere."""

from __future__ import annotations

from pathlib import Path

import pytest

import corewidgets
from corewidgets.scoring.meanings import MEANINGS
from corewidgets.scoring.protocols import PROTOCOLS

SOURCES = [*Path(corewidgets.__file__).parent.rglob("*.py")]


def test_each_protocol_has_a_meaning() -> None:
    assert list(MEANINGS) == list(PROTOCOLS)
    assert MEANINGS["random"].sentence == (
        "the neighbors of each scored pixel were trained on: comparable with published scores, but too "
        "optimistic."
    )


@pytest.mark.parametrize("name", MEANINGS)
def test_a_meaning_is_written_once(name: str) -> None:
    found = [path.name for path in SOURCES if MEANINGS[name].short[:22] in path.read_text()]
    assert found == ["meanings.py"]
