"""What run.json must say for a run to be read: it is a file that people open, copy and edit."""

from __future__ import annotations

import re
from collections.abc import Callable
from pathlib import Path
from typing import Any, NamedTuple

from corewidgets.cores.depth_scale import UNITS
from corewidgets.labels.legend import Legend

BAD_IN_NAMES = re.compile(r'[\x00-\x1f/\\:*?"<>|]')


def checked_description(values: Any, path: Path, newest: int) -> dict[str, Any]:
    """Return what run.json says.

    Parameters
    ----------
    values : object
        What JSON made of it.
    path : pathlib.Path
        Where it is, for the error.
    newest : int
        The newest format that is read.

    Raises
    ------
    ValueError
        It is of a newer version, or a value that a run needs is missing or another than a run writes.
    """
    if not isinstance(values, dict):
        raise _damaged(path, f"it holds {type(values).__name__}, not a JSON object")
    for names, holds, rule in _RULES:
        value: Any = values
        for name in names:
            value = value.get(name) if isinstance(value, dict) else None
        if not holds(value):
            raise _damaged(path, f"{'.'.join(names)} is {value!r:.80}, but it must be {rule}")
        if names == ("format",) and value > newest:
            raise ValueError(
                f"'{path}' has format {value}, but this version of corewidgets reads up to {newest}; update "
                "corewidgets."
            )
    try:
        Legend.from_dict(values["settings"]["legend"])
    except (AttributeError, LookupError, TypeError, ValueError) as error:
        raise _damaged(path, f"settings.legend is not a legend ({error})") from error
    return dict(values)


def damaged_section(path: Path, number: int, why: object) -> ValueError:
    """Make the error for a section of run.json that is none."""
    return _damaged(path, f"section {number} of core.sections cannot be read ({why})")


def damaged_core(path: Path, why: object) -> ValueError:
    """Make the error for sections of run.json that are no core together."""
    return _damaged(path, f"core cannot be read ({why})")


def is_name_of_files(name: str) -> bool:
    """Return whether files may be called by the name of a section on every system."""
    return bool(name) and not BAD_IN_NAMES.search(name) and not name.startswith(".")


def _damaged(path: Path, what: str) -> ValueError:
    return ValueError(
        f"'{path}' was edited or is damaged: {what}. Restore the file that the run wrote, or start the "
        "run again in another folder."
    )


class _Rule(NamedTuple):
    """What a value must be, as a test and in words."""

    names: tuple[str, ...]
    holds: Callable[[Any], bool]
    rule: str


def _is_whole(value: Any) -> bool:
    return isinstance(value, int) and not isinstance(value, bool) and value >= 1


def _is_text(value: Any) -> bool:
    return isinstance(value, str)


def _is_text_or_none(value: Any) -> bool:
    return value is None or _is_text(value)


def _is_dict(value: Any) -> bool:
    return isinstance(value, dict)


def _is_id(value: Any) -> bool:
    return value is None or (isinstance(value, str) and bool(re.fullmatch("[0-9a-f]{32}", value)))


def _is_codes(value: Any) -> bool:
    return isinstance(value, list) and all(_is_whole(code) and code <= 255 for code in value)


_RULES = (
    _Rule(("format",), _is_whole, "a whole number from 1"),
    _Rule(("id",), _is_id, "32 hexadecimal digits"),
    _Rule(("settings",), _is_dict, "a JSON object"),
    _Rule(("settings", "model"), _is_text, "a string"),
    _Rule(("settings", "probabilities"), lambda value: isinstance(value, bool), "true or false"),
    _Rule(("settings", "uncertainty"), _is_text_or_none, "a string or null"),
    _Rule(("settings", "xla_threads"), _is_whole, "a whole number from 1"),
    _Rule(("settings", "versions"), _is_dict, "a JSON object"),
    _Rule(("model",), _is_dict, "a JSON object"),
    _Rule(("model", "file"), _is_text_or_none, "a string or null"),
    _Rule(("model", "classes"), _is_codes, "a list of codes from 1 to 255"),
    _Rule(("scores",), lambda value: value is None or _is_dict(value), "a JSON object or null"),
    _Rule(("core",), _is_dict, "a JSON object"),
    _Rule(("core", "name"), _is_text, "a string"),
    _Rule(("core", "unit"), lambda value: value in (None, *UNITS), f"one of {', '.join(UNITS)}"),
    _Rule(("core", "datum"), _is_text_or_none, "a string or null"),
    _Rule(("core", "sections"), lambda value: isinstance(value, list) and bool(value), "a list of sections"),
    _Rule(("started",), _is_text_or_none, "a string or null"),
    _Rule(("finished",), _is_text_or_none, "a string or null"),
)
