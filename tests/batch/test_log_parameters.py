"""The header of a log names the model, the scores and the software of the run that it comes from."""

from __future__ import annotations

import pytest

import corewidgets as cw
from corewidgets.batch.core_run import CoreRun, run_table
from corewidgets.batch.log_parameters import log_parameters

LEGEND = cw.Legend(["Lava"])
ABOUT = {
    "settings": {"versions": {"corewidgets": "0.0.9"}},
    "model": {"file": "/far/away/model.skops", "recipe": {"classifier": "discriminant"}, "n_features": 396},
    "scores": {"scores": {"regions": {"weighted_f1": 0.61249}, "random": {"weighted_f1": 0.95}}},
    "started": "2025-03-01T10:00:00+00:00",
    "finished": "2025-03-02T11:00:00+00:00",
}


@pytest.fixture
def told(tmp_path):
    """Return what is told of a run with a description."""

    def of(**changes):
        core = cw.Core([cw.Lane(tmp_path / "a.png", 1.0, 2.0)])
        about = ABOUT | changes
        return log_parameters(CoreRun(tmp_path, core, LEGEND, run_table(core, LEGEND, {}), about))

    return of


def test_model_scores_software_and_date_of_a_run(told):
    assert {name: value for name, (value, _) in told().items()} == {
        "SOFT": "corewidgets 0.0.9",
        "RUNDATE": "2025-03-02",
        "MODEL": "model.skops",
        "RECIPE": "discriminant, 396 features",
        "F1REG": "0.612",
        "F1RAND": "0.950",
    }
    assert told()["F1REG"][1] == "Weighted F1 on regions held out"


def test_a_run_without_scores_says_that_nobody_knows_how_right_it_is(told):
    for scores in (None, {}):
        found = told(scores=scores)
        assert found["SCORES"] == ("none", "The accuracy of the maps is not known")
        assert not [name for name in found if name.startswith("F1")]


def test_what_an_earlier_run_does_not_say_is_left_out(told):
    found = told(model=None, finished=None, settings={})
    assert found["RUNDATE"][0] == "2025-03-01"
    assert found["SOFT"][0] == f"corewidgets {cw.__version__}"
    assert (found["MODEL"][0], found["RECIPE"][0]) == ("", "")
