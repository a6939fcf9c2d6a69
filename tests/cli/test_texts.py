"""Messages name the options of a command, not arguments of Python."""

from __future__ import annotations

import pytest

from corewidgets.cli.texts import in_options


@pytest.mark.parametrize(
    ("both", "option"),
    [
        ("allow for it with largest_overlap (--largest-overlap)", "allow for it with --largest-overlap"),
        ("give it, collar=12.5 (--collar 12.5) where", "give it, --collar 12.5 where"),
        ("overwrite the run (overwrite=True, --overwrite).", "overwrite the run (--overwrite)."),
        ("painted with (legend=..., or --legend FILE).", "painted with (--legend FILE)."),
        ("with weights=..., or --weights FILE on the command line.", "with --weights FILE."),
        (
            "trust them: load_model('m', trusted=['a.B']), or --trust TYPE for each on the command line.",
            "trust them: --trust TYPE for each.",
        ),
        ("with a collar (--collar) top and base", "with a collar (--collar) top and base"),
        ("model (digest ab) at 3 m", "model (digest ab) at 3 m"),
    ],
)
def test_only_the_option_is_left_of_a_remedy(both, option):
    assert in_options(both) == option
