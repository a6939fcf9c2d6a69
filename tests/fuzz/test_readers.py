"""Files that a reader once fell over, and a few new ones: they are read, or an error names them."""

from __future__ import annotations

import random

import pytest

from .mutations import changed
from .readers import FILES, READERS, outcome

N_NEW = {"labels-h5": 3, "model": 12, "model-of-network": 2, "session": 12, "weights": 12, "run": 20}
"""New files for each reader that is slow; each other one gets 60. `make fuzz` tries many thousands."""

SLOW = {"model-of-network"}
HERE = [pytest.param(name, marks=[pytest.mark.slow] * (name in SLOW)) for name in READERS]
KEPT = sorted(path.relative_to(FILES / "fuzz") for path in (FILES / "fuzz").glob("*/*"))


@pytest.mark.parametrize("kept", KEPT, ids=str)
def test_a_file_that_was_found_is_read_or_named(kept, tmp_path):
    path = tmp_path / f"seed-{kept.name}"
    path.write_bytes((FILES / "fuzz" / kept).read_bytes())
    assert outcome(READERS[str(kept.parent)], path) == ""


@pytest.mark.parametrize("name", HERE)
def test_files_changed_at_random_are_read_or_named(name, tmp_path):
    reader, chance = READERS[name], random.Random(name)
    seeds = sorted(reader.seeds().items())
    for number in range(N_NEW.get(name, 60)):
        file, content = chance.choice(seeds)
        path = tmp_path / f"seed-{file}"
        path.write_bytes(changed(content, chance))
        assert outcome(reader, path) == "", number


@pytest.mark.parametrize("name", HERE)
def test_a_reader_takes_its_own_files(name, tmp_path):
    for file, content in READERS[name].seeds().items():
        path = tmp_path / f"seed-{file}"
        path.write_bytes(content)
        assert outcome(READERS[name], path) == ""
