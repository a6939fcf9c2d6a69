"""The time is kept with its zone."""

from __future__ import annotations

from datetime import datetime, timedelta

from corewidgets.project.when import now


def test_the_time_is_that_of_now_with_a_zone():
    told = datetime.fromisoformat(now())
    assert told.utcoffset() is not None
    assert abs(datetime.now().astimezone() - told) < timedelta(seconds=30)
