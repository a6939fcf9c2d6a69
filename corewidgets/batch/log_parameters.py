"""What the header of a log says of the run that it comes from."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from corewidgets import __version__
from corewidgets.batch.core_run import CoreRun

__all__ = ["log_parameters"]

_SCORES = {"sections": "F1SECT", "regions": "F1REG", "depth": "F1DEPTH", "random": "F1RAND"}
"""Mnemonics of the weighted F1 by protocol."""


def log_parameters(run: CoreRun) -> dict[str, tuple[object, str]]:
    """Return model, recipe, scores, software and date of a run, for `DepthLog.write_las`.

    Parameters
    ----------
    run : CoreRun

    Returns
    -------
    dict of str to (object, str)
        Value and description by mnemonic.
    """
    model: dict[str, Any] = dict(run.about.get("model") or {})
    recipe: dict[str, Any] = model.get("recipe") or {}
    versions = run.about["settings"].get("versions") or {}
    found: dict[str, tuple[object, str]] = {
        "SOFT": (f"corewidgets {versions.get('corewidgets', __version__)}", "Software"),
        "RUNDATE": ((run.about.get("finished") or run.about.get("started") or "")[:10], "Date of the maps"),
        "MODEL": (Path(model.get("file") or "").name, "Model"),
        "RECIPE": (_recipe(recipe, model.get("n_features")), "Classifier and features"),
    }
    scores = (run.about.get("scores") or {}).get("scores") or {}
    for protocol, mnemonic in _SCORES.items():
        score = (scores.get(protocol) or {}).get("weighted_f1")
        if isinstance(score, float | int):
            found[mnemonic] = (f"{score:.3f}", f"Weighted F1 on {protocol} held out")
    if not scores:
        found["SCORES"] = ("none", "The accuracy of the maps is not known")
    return found


def _recipe(recipe: dict[str, Any], n_features: int | None) -> str:
    """Return a recipe in a few words."""
    kinds = [str(recipe.get("classifier", "")), "" if n_features is None else f"{n_features} features"]
    return ", ".join(filter(None, kinds))
