"""Programs are compiled once: a second process finds them on disk, and nobody's own settings are changed."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

FEATURES = """
import jax, numpy as np, corewidgets as cw
from jax import monitoring
found = []
monitoring.register_event_listener(lambda name, **_: found.append(name.endswith("/cache_hits")))
image = np.arange(64 * 48 * 3, dtype=np.uint8).reshape(64, 48, 3)
cw.Hypercolumns().at(image, np.array([3]), np.array([5]))
print(sum(found), jax.config.jax_compilation_cache_dir)
"""


def features(home: Path, **variables: str) -> tuple[int, str]:
    """Return the number of programs found on disk, and where, of a new process."""
    names = {"JAX_COMPILATION_CACHE_DIR", "JAX_ENABLE_COMPILATION_CACHE"}
    environment = {name: value for name, value in os.environ.items() if name not in names}
    environment |= {"XDG_CACHE_HOME": str(home), **variables}
    done = subprocess.run(
        [sys.executable, "-W", "error", "-W", "ignore::DeprecationWarning", "-c", FEATURES],
        env=environment,
        capture_output=True,
        text=True,
        check=True,
    )
    n_found, folder = done.stdout.split(maxsplit=1)
    return int(n_found), folder.strip()


@pytest.mark.slow
@pytest.mark.skipif(sys.platform != "linux", reason="the cache folder is set by XDG_CACHE_HOME on Linux only")
def test_a_second_process_need_not_compile(tmp_path: Path) -> None:
    first, folder = features(tmp_path)
    assert first == 0
    assert Path(folder).parent == tmp_path / "corewidgets" / "compiled"
    assert features(tmp_path)[0] >= 1  # the network; what samples it may compile too quickly for a file


@pytest.mark.slow
def test_where_jax_keeps_programs_otherwise_it_stays_so(tmp_path: Path) -> None:
    own = str(tmp_path / "own")
    assert features(tmp_path / "home", JAX_COMPILATION_CACHE_DIR=own) == (0, own)
    assert features(tmp_path / "home", JAX_ENABLE_COMPILATION_CACHE="false") == (0, "None")
    assert not (tmp_path / "home").exists()


def test_where_nothing_can_be_written_the_programs_are_compiled(tmp_path: Path) -> None:
    (tmp_path / "home").write_text("a file in the place of the folder")
    assert features(tmp_path / "home") == (0, "None")
