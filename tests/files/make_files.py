"""Make a file of every kind that this version writes, for later versions to read.

    python tests/files/make_files.py tests/files/0.1

Run it with the version that the folder is named after, once, and never again on that folder: files that a
newer version made anew say nothing about old ones. `test_old_files.py` reads every folder. `expected.json`
holds what cannot be read off the files themselves: settings, scores, probabilities of some pixels.

All is made in another folder and moved, as users move theirs: no path but a relative one leads anywhere.
"""

from __future__ import annotations

import hashlib
import json
import os
import shutil
import sys
import tempfile
import time
from contextlib import chdir
from dataclasses import replace
from itertools import combinations
from pathlib import Path
from typing import Any

os.environ.setdefault("JAX_PLATFORMS", "cpu")

import numpy as np
from PIL import Image
from scipy import ndimage
from sklearn.ensemble import ExtraTreesClassifier, RandomForestClassifier

import corewidgets as cw
from corewidgets.cli import main as run_command
from corewidgets.scoring.settings import Settings

SIZE = 128  # rows and columns: the photograph and the turned one are then computed by one compiled program
TOP, BASE, NAME = 100.0, 100.032, "Section 1"
FEW = {"max_training_pixels": 300}
OWN = cw.Hypercolumns(("conv1_1",), smoothing=(4.0,), lab=True, lab_smoothing=(3.0, 8.0))
COLOR = cw.Hypercolumns((), lab=True, lab_smoothing=(2.0,))
REGULARIZER = cw.PRESETS["recommended"].regularizer
WEAK = replace(
    REGULARIZER, strength=1.5, trust=0.6, temperature=1.0, width=6.0, color_width=8.0, reach=12, spacing=4,
    n_steps=2, tile_rows=64,
)  # fmt: skip
OWN_RECIPE = cw.PRESETS["recommended"].patched(
    layers=("conv1_1",), smoothing=(4.0,), lab=True, lab_smoothing=(3.0, 8.0), classifier="extra_trees",
    n_trees=8, regularizer=REGULARIZER, transposed=True, max_training_pixels=250,
)  # fmt: skip
OWN_SETTINGS = Settings(OWN_RECIPE, hold_out="depth", n_splits=2, share=0.2, random_state=3)


def photographs() -> tuple[cw.CoreSection, np.ndarray, cw.Legend]:
    """Return a section with a second photograph, its labels and their legend."""
    sample = cw.sample_core(n_rows=240, n_columns=SIZE, seed=0)
    rows = slice(56, 56 + SIZE)
    image, labels = sample.section.image[rows], np.ascontiguousarray(sample.labels[rows])
    glow = ndimage.gaussian_filter(np.where(sample.truth[rows] % 3 == 1, 190.0, 60.0), 1.5)
    uv = np.stack([glow // 4, glow // 2, glow], axis=-1).astype(np.uint8)
    section = cw.CoreSection(image, TOP, BASE, name=NAME, others={"uv": uv})
    return section, labels, sample.legend.mark_not_rock("Void", "Liner").recolor("Void", "#123456")


def models() -> dict[str, cw.PixelClassifier]:
    """Return models that differ in what a file says of them; none is fitted."""
    return {
        "recommended": cw.PixelClassifier(**FEW),
        "published": cw.PixelClassifier(
            classifier=RandomForestClassifier(10, random_state=0), preset="published", **FEW
        ),
        "own-recipe-turned": cw.PixelClassifier(OWN, transposed=True, random_state=5, **FEW),
        "own-recipe-not-turned": cw.PixelClassifier(OWN, transposed=False, random_state=5, **FEW),
        "own-regularizer": cw.PixelClassifier(OWN, regularizer=WEAK, n_jobs=None, **FEW),
        "no-regularizer": cw.PixelClassifier(OWN, regularizer=None, **FEW),
        "refined": cw.PixelClassifier(
            OWN, ExtraTreesClassifier(10, random_state=0), regularizer=REGULARIZER, mode="refined", **FEW
        ),
        "two-photographs": cw.PixelClassifier(COLOR, **FEW),
    }


def made_small(model: cw.PixelClassifier) -> cw.PixelClassifier:
    """Return a model whose file is small: of the covariance, which no prediction uses, the variances only."""
    if model.classifier is None:
        discriminant = model.classifier_[-1]
        discriminant.covariance_ = np.diag(np.diag(discriminant.covariance_))
    return model


def write_models(section: cw.CoreSection, labels: np.ndarray, legend: cw.Legend) -> dict[str, Any]:
    """Write models, and the maps that they make; return probabilities of some pixels."""
    plain = replace(section, others={})
    pixels = np.random.default_rng(0).integers(0, SIZE, (2, 12))
    expected, maps = {}, {}
    Path("models").mkdir()
    Path("maps").mkdir()
    for name, model in models().items():
        shown = section if name == "two-photographs" else plain
        made_small(model.fit(shown, labels))
        cw.save_model(f"models/{name}.skops", model, legend=legend)
        maps[name], probabilities = model.predict(shown, return_probabilities=True)
        cw.write_labels(f"maps/{name}.png", maps[name], legend)
        expected[name] = {
            "classes": model.classes_.tolist(),
            "rows": pixels[0].tolist(),
            "columns": pixels[1].tolist(),
            "probabilities": probabilities[tuple(pixels)].tolist(),
            "n_features": model.n_features_in_,
            "images": list(model.image_names_),
        }
    for one, other in combinations(maps, 2):
        share = np.mean(maps[one] != maps[other])
        if share < 0.01:
            raise RuntimeError(
                f"The maps of {one} and {other} differ in {share:.1%} only: a test sees nothing."
            )
    return expected


def begin(section: cw.CoreSection, labels: np.ndarray, legend: cw.Legend, settings: Settings) -> cw.Workbench:
    """Return a workbench that saves nothing by itself."""
    return cw.Workbench(
        section, legend=legend, labels=labels, settings=settings, autosave=False, session=False
    )


def train(workbench: cw.Workbench) -> None:
    """Train to the end."""
    workbench.trainer.train()
    if not workbench.trainer.wait() or workbench.segmentation is None:
        raise RuntimeError("The training came to no end.")


def write_sessions(labels: np.ndarray, legend: cw.Legend) -> dict[str, Any]:
    """Write sessions; return what cannot be seen in them."""
    section = cw.read_section("photograph.png", top=TOP, base=BASE, name=NAME)
    workbench = begin(section, labels, legend, OWN_SETTINGS)
    train(workbench)
    workbench.page = "train"
    workbench.labeler.mode, workbench.labeler.selected_class = "polygon", legend.name(5)
    workbench.labeler.palette.hidden, workbench.labeler.palette.protected = frozenset({2}), frozenset({8, 9})
    workbench.labeler.stage.labels_opacity = 0.25
    cw.write_labels("maps/session-own.png", workbench.segmentation, legend)
    scores = {name: score.weighted_f1 for name, score in workbench.trainer.evaluation.scores.items()}
    later = labels.copy()
    later[:4, :4] = 2
    workbench.labels = later  # so that the scores are those of earlier labels
    cw.write_labels("session-own-labels.png", later, legend)
    workbench.save(Path("session-own.session.zip").absolute())

    inside = replace(section, path=None)  # no file of its own: the session holds the photograph
    for name, recipe in cw.PRESETS.items():
        chosen = Settings(recipe.patched(max_training_pixels=400), score=False, random_state=1)
        begun = begin(inside if name == "quick" else section, labels, legend, chosen)
        begun.save(Path(f"session-{name}.session.zip").absolute())
        train(begun)
        cw.write_labels(f"maps/session-{name}.png", begun.segmentation, legend)
    return {
        "scores": scores,
        "page": "train",
        "mode": "polygon",
        "selected_class": legend.name(5),
        "labels_opacity": 0.25,
    }


def write_core(section: cw.CoreSection, labels: np.ndarray, legend: cw.Legend) -> None:
    """Write the table of a core, the folder of a run over it, and its depth log."""
    Path("broken.png").write_bytes(Path("photograph.png").read_bytes()[:4000])
    core = cw.Core(
        [
            cw.Lane("photograph.png", 100.0, 100.006, "lane-1", crop=(0, 24, 0, SIZE)),
            cw.Lane(
                "photograph.png", 100.006, 100.012, "lane-2", crop=(72, 96, 0, SIZE), second_file="uv.png"
            ),
            cw.Lane("photograph.png", 100.03, 100.062, "lane-3", crop=(0, SIZE, 104, SIZE), rotation=180),
            cw.Lane("broken.png", 100.062, 100.07),
        ],
        "Hole 1",
    )
    core.write_csv("core.csv")
    model = cw.PixelClassifier(COLOR, regularizer=None, **FEW).fit(replace(section, others={}), labels)
    cw.save_model("models/of-run.skops", model, legend=legend)
    run = cw.segment_core(
        cw.read_core("core.csv", name="Hole 1"), "models/of-run.skops", out="run",
        processes=cw.Processes(n_workers=1),
        kept=cw.Kept(probabilities=True, uncertainty="margin", scores={"regions": 0.5}),
    )  # fmt: skip
    Path("run/.lock").unlink(missing_ok=True)
    log = cw.depth_log(run.done, run.segmentations(), run.legend, interval=0.005, name="Hole 1",
                       classes=model.classes_)  # fmt: skip
    log.write_csv("depth-log.csv")
    log.write_las("depth-log.las")


def write_labels(labels: np.ndarray, legend: cw.Legend) -> None:
    """Write labels in all formats, the legend, and what is saved after each stroke."""
    for suffix in ("png", "h5", "tif", "npy", "geojson"):
        cw.write_labels(f"labels.{suffix}", labels, legend)
    legend.write_csv("legend.csv")
    Path("autosave").mkdir()
    section = cw.read_section(shutil.copy("photograph.png", "autosave/photograph.png"))
    labeler = cw.Labeler(section, legend=legend)
    labeler.labels = labels
    saved = Path("autosave/photograph.labels.png")
    for _ in range(100):
        if saved.exists():
            break
        time.sleep(0.1)
    Path("autosave/photograph.png").unlink()  # the same as the other


def make(folder: Path) -> None:
    """Write everything to the present folder, then copy it."""
    section, labels, legend = photographs()
    Image.fromarray(section.image).save("photograph.png", optimize=True)
    Image.fromarray(section.others["uv"]).save("uv.png", optimize=True)
    write_labels(labels, legend)
    expected = {
        "version": cw.__version__,
        "photograph": hashlib.sha256(section.image.tobytes()).hexdigest(),
        "labels": hashlib.sha256(labels.tobytes()).hexdigest(),
        "counts": np.bincount(labels.ravel()).tolist(),
        "legend": [[entry.code, entry.name, entry.color] for entry in legend],
        "not_rock": list(legend.not_rock),
        "models": write_models(section, labels, legend),
        "session": write_sessions(labels, legend),
    }
    write_core(section, labels, legend)
    code = run_command(["evaluate", "photograph.png", "labels.png", "--preset", "published", "--folds", "3",
                        "--max-training-pixels", "200", "--json", "scores.json", "--quiet"])  # fmt: skip
    if code:
        raise RuntimeError(f"evaluate ended with {code}.")
    Path("expected.json").write_text(json.dumps(expected, separators=(",", ":")) + "\n", encoding="utf-8")
    shutil.copytree(".", folder)


def main() -> None:
    """Make the folder that is named on the command line."""
    folder = Path(sys.argv[1]).absolute()
    if folder.exists():
        raise SystemExit(f"'{folder}' is there; files of a version are made once.")
    with tempfile.TemporaryDirectory() as made, chdir(made):
        make(folder)


if __name__ == "__main__":
    main()
