"""Errors go away when what failed succeeds, and only then."""

from __future__ import annotations

import pytest

from corewidgets.widgets.messages import Messages


@pytest.fixture
def tried(shown_errors):
    """Return messages and a callback that fails until `right` is set."""
    messages, state = Messages(), {"right": False}

    def act() -> None:
        if not state["right"]:
            raise ValueError("The name is taken.")

    yield messages, messages.wrap(act), state
    shown_errors.clear()


def test_an_error_goes_when_the_same_succeeds(tried):
    messages, act, state = tried
    act()
    assert "The name is taken." in messages.text
    state["right"] = True
    act()
    assert messages.text == ""
    assert messages.layout.display == "none"


def test_the_success_of_something_else_takes_no_error_away(tried):
    messages, act, _ = tried
    act()
    messages.wrap(lambda: None)()
    with messages.shown():
        pass
    assert "The name is taken." in messages.text


def test_notes_stay(tried):
    messages, act, state = tried
    act()
    messages.note("Saved.")
    state["right"] = True
    act()
    assert messages.text == "Saved."
