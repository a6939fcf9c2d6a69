"""Importing the package is cheap, and every public name is there."""

import inspect
import re
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


def signatures(name: str) -> list[str]:
    """Return the annotations of a public name: of a function, or of the public methods of a class."""
    thing = getattr(cw, name)
    if not callable(thing):
        return []
    parts = [thing]
    if inspect.isclass(thing):
        parts = [thing.__init__] if thing.__init__ is not object.__init__ else []
        members = {key: value for key, value in vars(thing).items() if not key.startswith("_")}
        parts += [value for value in members.values() if inspect.isfunction(value)]
        parts += [value.fget for value in members.values() if isinstance(value, property)]
        parts += [value.__func__ for value in members.values() if isinstance(value, classmethod)]
    return [str(text) for part in parts for text in getattr(part, "__annotations__", {}).values()]


@pytest.mark.parametrize("name", cw.__all__)
def test_what_a_public_signature_names_is_public(name: str) -> None:
    package = inspect.getmodule(getattr(cw, name))
    named = {word for text in signatures(name) for word in re.findall(r"\b[A-Z]\w+", text)}
    for word in sorted(named):
        thing = getattr(package, word, None)
        is_ours = inspect.isclass(thing) and thing.__module__.startswith("corewidgets")
        assert not is_ours or word in cw.__all__, f"cw.{name} names {thing}, which is not public"
