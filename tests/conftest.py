"""What all tests share: a quiet JAX, figures without a screen, two cores to work on."""

from __future__ import annotations

import os
import shutil
import signal
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
import pytest
from hypothesis import settings

# Before anything imports JAX or matplotlib; as variables, so that programs started by a test have them too.
os.environ.setdefault("JAX_PLATFORMS", "cpu")  # no search for accelerators, and the same numbers everywhere
os.environ.setdefault("JAX_DEBUG_NANS", "0")  # would run operations twice and undo donation
os.environ.setdefault("MPLBACKEND", "Agg")
# Hundreds of programs are started; each would compile the same network.
os.environ.setdefault("JAX_COMPILATION_CACHE_DIR", str(Path(__file__).parents[1] / ".cache" / "jax"))
os.environ.setdefault("JAX_PERSISTENT_CACHE_MIN_COMPILE_TIME_SECS", "0.1")

# A shell has its background jobs ignore Ctrl-C, and programs that tests start would ignore it too.
if signal.getsignal(signal.SIGINT) is signal.SIG_IGN:
    signal.signal(signal.SIGINT, signal.default_int_handler)

import corewidgets as cw

if TYPE_CHECKING:
    from corewidgets import Sample

# A first call compiles, and continuous integration shares its cores: time says nothing about an example.
# The same examples each time, but for `make search`, which draws new ones, and many. It has to say so
# because Hypothesis has it otherwise where CI is set.
settings.register_profile("same", deadline=None, derandomize=True)
settings.register_profile("search", deadline=None, derandomize=False, print_blob=True, max_examples=2000)
settings.register_profile("machines", deadline=None, derandomize=False, print_blob=True)
settings.load_profile(os.environ.get("HYPOTHESIS_PROFILE", "same"))


@pytest.hookimpl(tryfirst=True)  # before pytest-xdist reads the groups
def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """Keep in one process, where there are several, the tests of a file, and those of the browser.

    The browser's come first: they take longest, and what is left for the end should be short.
    """
    if not hasattr(config, "workerinput"):
        return
    for item in items:
        group = "browser" if item.get_closest_marker("browser") else item.nodeid.partition("::")[0]
        item.add_marker(pytest.mark.xdist_group(group))
    items.sort(key=lambda item: item.get_closest_marker("browser") is None)


def pytest_collection_finish(session: pytest.Session) -> None:
    """Refuse versions with which the groups have no effect: what a file shares would be made twice."""
    is_grouped = getattr(session.config.option, "loadgroup", False)
    if is_grouped and not all("@" in item.nodeid for item in session.items):
        raise pytest.UsageError("pytest-xdist does not group tests with this pytest; install pytest<9.2.")


@pytest.fixture
def image() -> np.ndarray:
    """Return a made photograph of 120 rows and 80 columns."""
    return np.random.default_rng(7).integers(0, 256, (120, 80, 3), dtype=np.uint8)


@pytest.fixture(autouse=True)
def _no_work_left() -> Iterator[None]:
    """Stop what widgets still compute in the background when a test ends: the next one has its own."""
    yield
    background = sys.modules.get("corewidgets.widgets.background")
    for worker in list(background._WORKERS) if background else ():
        if (thread := worker._thread) is not None:
            worker.stop()
            thread.join(60)


@pytest.fixture
def two_cores(monkeypatch: pytest.MonkeyPatch) -> None:
    """Map a section in several blocks: where there are many cores, one block holds all of a small one."""
    monkeypatch.setattr("corewidgets.learning.mapping.count_cores", lambda: 2)


@pytest.fixture(scope="session")
def sample() -> Sample:
    """Return a small synthetic core with sparse labels and dense truth; its arrays are shared: read-only."""
    made = cw.sample_core(n_rows=480, n_columns=160, seed=0)
    for array in (made.section.image, made.labels, made.truth):
        array.flags.writeable = False
    return made


@pytest.fixture(scope="session")
def chicxulub() -> Sample:
    """Return the real section 72-2 and its labels, or skip: it is not part of the repository."""
    folder = os.environ.get("COREWIDGETS_DATA")
    if not folder:
        pytest.skip("COREWIDGETS_DATA is not set; let it name the folder that contains chicxulub-72-2/")
    if not Path(folder, "chicxulub-72-2").is_dir():
        pytest.fail(f"COREWIDGETS_DATA is {folder!r}, without a folder chicxulub-72-2; correct or unset it.")
    return cw.chicxulub_72_2()


@pytest.fixture
def run(tmp_path: Path) -> Path:
    """Return the folder of a run of four sections, of which one failed."""
    shutil.copytree(Path(__file__).parent / "files" / "0.1", tmp_path / "old")
    return tmp_path / "old" / "run"
