"""Sections that take long are told of, more and more rarely, and given up where that is wanted."""

from __future__ import annotations

import pytest

from corewidgets.batch.watch import Hung, Watch


class Clock:
    def __init__(self):
        self.now = 0.0

    def __call__(self):
        return self.now


@pytest.fixture
def clock():
    return Clock()


@pytest.fixture
def lines():
    return []


@pytest.fixture
def watch(clock, lines):
    return Watch(lines.append, 300.0, clock)


def begun(section, worker="tcp://1", thread=7):
    return 0.0, {"section": section.encode("utf-8", "surrogatepass"), "worker": worker, "thread": thread}


def after(watch, clock, seconds):
    clock.now += seconds
    return watch.look()


def test_a_section_is_told_of_after_a_minute_and_then_more_rarely(watch, clock, lines):
    watch.heard(begun("A"))
    for _ in range(25):
        assert after(watch, clock, 10) == []
    assert lines == [f"Section A has been working for {seconds} s." for seconds in (60, 120, 240)]


def test_a_section_is_given_up_until_it_has_ended(watch, clock):
    watch.heard(begun("A"))
    assert after(watch, clock, 299.5) == []
    assert after(watch, clock, 1) == after(watch, clock, 0) == [Hung("A", "tcp://1", 300.5)]
    watch.ended("A")
    assert after(watch, clock, 400) == []


def test_without_a_limit_none_is_given_up(clock, lines):
    watch = Watch(lines.append, None, clock)
    watch.heard(begun("A"))
    assert after(watch, clock, 1e6) == []


def test_the_next_section_of_a_thread_begins_anew(watch, clock, lines):
    watch.heard(begun("A"))
    after(watch, clock, 50)
    watch.heard(begun("B"))
    watch.heard(begun("C", thread=8))
    assert after(watch, clock, 59) == []
    assert lines == []
    assert after(watch, clock, 241) == [Hung("B", "tcp://1", 300.0), Hung("C", "tcp://1", 300.0)]


def test_a_section_that_another_process_begins_again_is_no_longer_at_the_first(watch, clock):
    watch.heard(begun("A"))
    after(watch, clock, 200)
    watch.heard(begun("A", "tcp://2"))
    assert after(watch, clock, 200) == []
    assert after(watch, clock, 100) == [Hung("A", "tcp://2", 300.0)]


def test_it_is_told_where_no_process_begins_a_section(watch, clock, lines):
    after(watch, clock, 61)
    assert lines == ["No process has begun a section for 61 s."]
    watch.heard(begun("A"))
    after(watch, clock, 10)
    watch.ended("A")
    after(watch, clock, 59)
    assert len(lines) == 1
    after(watch, clock, 1)
    assert lines[1:] == ["No process has begun a section for 60 s."]


def test_a_name_that_no_text_can_hold_is_the_same_afterwards(watch, clock, lines):
    watch.heard(begun("R\udcff"))
    assert after(watch, clock, 300) == [Hung("R\udcff", "tcp://1", 300.0)]
