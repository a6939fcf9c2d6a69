"""Importing the package is cheap, and every public name is there."""

import subprocess
import sys

import pytest

import corewidgets as cw


def test_importing_starts_nothing() -> None:
    code = (
        "import sys; before = set(sys.modules); import corewidgets; "
        "print(*sorted({name.split('.')[0] for name in set(sys.modules) - before}))"
    )
    result = subprocess.run([sys.executable, "-c", code], check=True, capture_output=True, text=True)
    heavy = {
        "flax",
        "ipycanvas",
        "ipywidgets",
        "jax",
        "matplotlib",
        "numba",
        "numpy",
        "scipy",
        "skimage",
        "sklearn",
    }
    assert heavy.isdisjoint(result.stdout.split())


@pytest.mark.parametrize("name", cw.__all__)
def test_every_public_name_is_there_and_says_what_it_is(name: str) -> None:
    assert getattr(cw, name).__doc__
    assert name in dir(cw)


def test_an_unknown_name_is_an_error() -> None:
    with pytest.raises(AttributeError, match="No corewidgets attribute nothing"):
        _ = cw.nothing
