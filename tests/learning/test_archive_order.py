"""Archives of models: the same model gives the same bytes, and all that it holds."""

from __future__ import annotations

import copy
import io
import json
import zipfile

import numpy as np
import pytest
import skops.io
from sklearn.discriminant_analysis import LinearDiscriminantAnalysis
from sklearn.ensemble import RandomForestClassifier

from corewidgets.learning.archive_order import in_order

RANDOM = np.random.default_rng(0)
FEATURES, CODES = RANDOM.random((60, 3)), np.arange(60) % 3
TRUSTED = ["sklearn.tree._tree.Tree"]


@pytest.mark.parametrize("kind", [LinearDiscriminantAnalysis, RandomForestClassifier])
def test_two_copies_of_a_model_have_the_same_bytes(kind):
    model = kind(**({"n_estimators": 3, "random_state": 0} if kind is RandomForestClassifier else {}))
    model.fit(FEATURES, CODES)
    contents = [skops.io.dumps({"classifier": each}) for each in (model, copy.deepcopy(model))]
    assert contents[0] != contents[1]
    ordered = [in_order(content) for content in contents]
    assert ordered[0] == ordered[1]
    again = skops.io.loads(ordered[0], trusted=TRUSTED)["classifier"]
    np.testing.assert_array_equal(again.predict_proba(FEATURES), model.predict_proba(FEATURES))


def test_further_members_stay():
    content = io.BytesIO(skops.io.dumps({"array": np.arange(4)}))
    with zipfile.ZipFile(content, "a") as archive:
        archive.writestr("about.json", json.dumps({"format": 2}))
    with zipfile.ZipFile(io.BytesIO(in_order(content.getvalue()))) as archive:
        assert archive.namelist() == ["about.json", "1.npy", "schema.json"]
        assert json.loads(archive.read("about.json")) == {"format": 2}
