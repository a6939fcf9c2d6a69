"""Layouts and styles that the widgets of a tool share: else they are two of three widgets that it makes."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from typing import Any

import ipywidgets as ipw

__all__ = ["look", "shared_looks"]

_SHARED: ContextVar[dict[Any, ipw.Widget] | None] = ContextVar("_SHARED", default=None)


@contextmanager
def shared_looks() -> Iterator[None]:
    """Let widgets that the block makes with `look` share what is equal; a block inside belongs to it.

    What is shared is closed with the first widget that is closed: all of a block are closed together.
    """
    known = _SHARED.get()
    token = _SHARED.set({} if known is None else known)
    try:
        yield
    finally:
        _SHARED.reset(token)


def look(kind: type[ipw.DOMWidget], **layout: str) -> dict[str, Any]:
    """Return the arguments `layout` and, where a kind of widget has one, `style`, which do not change."""
    made = {"layout": _made(ipw.Layout, layout)}
    style: Any = getattr(kind, "style", None)
    if style is not None:
        made["style"] = _made(style.klass, {})
    return made


def _made(kind: Any, traits: dict[str, str]) -> ipw.Widget:
    shared = _SHARED.get()
    if shared is None:
        return kind(**traits)
    key = kind, *sorted(traits.items())
    if key not in shared:
        shared[key] = kind(**traits)
        shared[key].observe(_refuse)
    return shared[key]


def _refuse(change: dict[str, Any]) -> None:
    owner, name = change["owner"], change["name"]
    if name in owner.keys and not name.startswith("_"):
        raise TypeError(
            f"{name} of a {type(owner).__name__} cannot be changed: other widgets share it. Give the widget "
            "one of its own first."
        )
