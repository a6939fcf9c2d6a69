"""How long a machine runs: a few steps with the other tests, ten thousand and more by `make machines`."""

from __future__ import annotations

import os

from hypothesis import HealthCheck, settings

_CHECKS = {"suppress_health_check": [*HealthCheck], "deadline": None}
IS_LONG = os.environ.get("HYPOTHESIS_PROFILE") == "machines"


def steps(n_runs: int, n_steps: int) -> settings:
    """Return the settings of a machine.

    Parameters
    ----------
    n_runs, n_steps : int
        Runs with the other tests, the same each time, and steps of each.
    """
    if IS_LONG:
        return settings(max_examples=10_000 // n_steps + 1, stateful_step_count=n_steps, **_CHECKS)
    return settings(max_examples=n_runs, stateful_step_count=n_steps, derandomize=True, **_CHECKS)
