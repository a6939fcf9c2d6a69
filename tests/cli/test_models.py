"""Models and recipes of the command line: options make a recipe, files are mistrusted."""

from __future__ import annotations

import corewidgets as cw

from .calls import evaluate, fails


def test_options_make_a_recipe(call, monkeypatch):
    class SeenError(ValueError):
        pass

    def look(model, *_, **__):
        raise SeenError(f"{model.recipe} {model.random_state}")

    monkeypatch.setattr(cw, "evaluate", look)
    features = ["--layers", "pool1,conv1_2", "--smoothing", "8", "--lab", "--lab-smoothing", "3, 8"]
    preset = cw.PRESETS["recommended"]
    recipe = preset.patched(layers=("pool1", "conv1_2"), smoothing=(8.0,), lab=True, lab_smoothing=(3.0, 8.0))
    assert call(*evaluate(*features, "--seed", "4"))[2].endswith(f"error: {recipe} 4\n")
    limit = ["--max-training-pixels", "all", "--no-transposed", "--no-regularizer"]
    recipe = preset.patched(max_training_pixels=None, transposed=False, regularizer=None)
    assert call(*evaluate(*limit))[2].endswith(f"error: {recipe} 0\n")
    for name, preset in cw.PRESETS.items():
        assert call(*evaluate("--preset", name))[2].endswith(f"error: {preset} 0\n")
    code, _, error = call(*evaluate("--preset", "best"))
    assert code == 2
    assert "there is no 'best'; choose from recommended, published, quick" in error


def test_a_model_with_unknown_types_must_be_trusted(call, sample):
    from sklearn.ensemble import HistGradientBoostingClassifier

    classifier = HistGradientBoostingClassifier(max_iter=2)
    model = cw.PixelClassifier(cw.Hypercolumns(("pool1",)), classifier, max_training_pixels=100)
    cw.save_model("boosted.skops", model.fit(sample.section, sample.labels))
    arguments = ["segment", "{core}", "--model", "boosted.skops", "--out", "map.png"]
    assert fails(call(*arguments), "not known to be safe: .*TreePredictor.* --trust TYPE")
    name = "sklearn.ensemble._hist_gradient_boosting.predictor.TreePredictor"
    assert call(*arguments, "--trust", name)[0] == 0
