"""The readers of files, and what may come out: what they promise, or an error that names the file."""

from __future__ import annotations

import functools
import importlib.util
import io
import json
import shutil
import tempfile
import warnings
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from PIL import Image

import corewidgets as cw
from corewidgets.cli.files import read_scores
from corewidgets.origin import Origin, file_digest, keep_origin, read_origin
from corewidgets.session import open_session

FILES = Path(__file__).parents[1] / "files"
OLD = FILES / "0.1"
REFERENCE = Path(__file__).parents[1] / "reference"
SHAPE = (128, 128)
NEWER = (".coco.json", ".labelme.json", ".ome.tif", ".zip")
"""Endings of labels that version 0.1 did not write."""


@dataclass(frozen=True)
class Reader:
    """A reader, and files that it reads.

    Parameters
    ----------
    read : callable
        Reads a file, and uses what comes out as far as a file can spoil that.
    seeds : callable
        Returns the bytes of files that are right, by a name that ends as theirs.
    """

    read: Callable[[Path], object]
    seeds: Callable[[], dict[str, bytes]]


def outcome(reader: Reader, path: Path) -> str:
    """Read a file; return "" where it is well, what is wrong with the reader otherwise.

    It may return what it promises, or raise ValueError or OSError that name the file.
    """
    try:
        with warnings.catch_warnings(action="ignore"):
            reader.read(path)
    except (ValueError, OSError) as error:
        if path.name not in str(error):
            return f"no name of the file in {type(error).__name__}: {error}"
    return ""


def _files(*paths: Path) -> Callable[[], dict[str, bytes]]:
    return lambda: {path.name: path.read_bytes() for path in paths}


def _labels(path: Path) -> None:
    for shape in (None, SHAPE):
        try:
            labels, legend = cw.read_labels(path, shape=shape)
        except (ValueError, OSError):
            if shape is not None:
                raise
            continue
        if labels.dtype != np.uint8 or labels.ndim != 2 or labels.shape != (shape or labels.shape):
            raise TypeError(f"these are no labels: {labels.dtype}, {labels.shape}")
        if legend is not None:
            legend.check(labels)


def _small_labels() -> dict[str, bytes]:
    """Return labels of 8 x 6 pixels as other programs write them."""
    made = {}
    codes = np.arange(48, dtype=np.uint8).reshape(8, 6) % 4
    picture = Image.fromarray(codes)
    for name, image in (
        ("grey.png", picture), ("rgb.png", picture.convert("RGB")), ("one.png", picture.convert("1")),
        ("grey.tif", picture), ("rgb.tif", picture.convert("RGB")),
    ):  # fmt: skip
        made[name] = _saved(image, name)
    return made


def _saved(image: Image.Image, name: str, **options) -> bytes:
    with tempfile.TemporaryDirectory() as folder:
        image.save(Path(folder, name), **options)
        return Path(folder, name).read_bytes()


def _of_ending(ending: str) -> Callable[[], dict[str, bytes]]:
    def seeds() -> dict[str, bytes]:
        own = OLD / f"labels.{ending}"
        return {own.name: own.read_bytes()} | {
            name: content for name, content in _small_labels().items() if name.endswith(ending)
        }

    return seeds


def _written(ending: str) -> Callable[[], dict[str, bytes]]:
    """Return labels as this version writes them."""

    def seeds() -> dict[str, bytes]:
        labels, legend = cw.read_labels(OLD / "labels.png")
        with tempfile.TemporaryDirectory() as folder:
            path = Path(folder, f"labels{ending}")
            cw.write_labels(path, labels, legend)
            return {path.name: path.read_bytes()}

    return seeds


def _model(path: Path) -> None:
    model = cw.load_model(path)
    image = _photograph()[:24, :24]
    section = cw.CoreSection(image, 0.0, 1.0, others=dict.fromkeys(model.image_names_[1:], image))
    with np.errstate(all="ignore"):
        segmentation, probabilities = model.predict(section, return_probabilities=True)
    if not np.isin(segmentation, model.classes_).all() or not np.isfinite(probabilities).all():
        raise TypeError("this is no map")


@functools.cache
def _photograph() -> np.ndarray:
    return np.asarray(Image.open(OLD / "photograph.png").convert("RGB"))


def _session(path: Path) -> None:
    section = cw.CoreSection(_photograph(), 100.0, 100.032, name="Section 1")
    for given in (section, None):
        try:
            found = open_session(path, given)
        except (ValueError, OSError):
            if given is None:
                raise
            continue
        found.settings.to_dict()
        repr((found.evaluation, dict(found.view)))


def _run(path: Path) -> None:
    """Read a run whose description or a record is the file."""
    with tempfile.TemporaryDirectory() as made:
        folder = Path(made, "run")
        shutil.copytree(OLD / "run", folder)
        name = path.name.removeprefix("seed-")
        shutil.copy(path, folder / ("run.json" if "run" in name else "sections/lane-1.json"))
        try:
            run = cw.read_run(folder)
            run.shares()
            repr(run)
            for lane in run.core:
                if lane.name in run.done_names:
                    run.segmentation(lane.name)
        except (ValueError, OSError) as error:
            if str(folder) in str(error):
                raise ValueError(f"{path.name}: {error}") from error
            raise


def _project(path: Path) -> None:
    """Open a project with this file in the place of that whose name it ends with, and look at all in it."""
    name = path.name.rpartition("-")[2]
    with tempfile.TemporaryDirectory() as made:
        for file, content in _project_files().items():
            Path(made, file).parent.mkdir(parents=True, exist_ok=True)
            Path(made, file).write_bytes(path.read_bytes() if Path(file).name == name else content)
        try:
            project = cw.Project(Path(made, "p"))
            for one in project.names:
                project.labels(one)
                project.map(one)
                repr(project.state(one))
            project.settings.to_dict()
            repr((project, project.scores, project.view, project.problems))
        except (ValueError, OSError) as error:
            if Path(made, "p").name in str(error):
                raise ValueError(f"{path.name}: {error}") from error
            raise


@functools.cache
def _project_files() -> dict[str, bytes]:
    """Return the files of a project of one photograph with depths, labels, a map, settings and a view."""
    labels, legend = cw.read_labels(OLD / "labels.png")
    with tempfile.TemporaryDirectory() as made:
        shutil.copy(OLD / "photograph.png", Path(made, "a.png"))
        project = cw.Project.create(Path(made, "p"), Path(made, "a.png"), legend=legend)
        project.set_depths("a", 1.0, 2.0)
        project.write_labels("a", labels)
        project.write_map("a", np.where(labels, labels, 1).astype(np.uint8))
        project.settings, project.view = project.settings, {"photograph": "a", "page": "label"}
        files = [path for path in Path(made).rglob("*") if path.is_file() and not path.name.startswith(".")]
        return {str(path.relative_to(made)): path.read_bytes() for path in files}


def _project_seeds() -> dict[str, bytes]:
    files = {Path(name).name: content for name, content in _project_files().items()}
    return {name: content for name, content in files.items() if name.endswith((".json", ".csv"))}


def _weights(path: Path) -> None:
    cw.load_weights(path, n_blocks=1)


def _weight_files() -> dict[str, bytes]:
    import h5py
    from safetensors.numpy import save

    from corewidgets.features.weight_files import TORCHVISION_KEYS

    loaded = cw.load_weights(n_blocks=1)
    arrays = {
        TORCHVISION_KEYS[f"{name}/{role}"]: np.ascontiguousarray(
            kept[name].transpose(3, 2, 0, 1) if kept[name].ndim == 4 else kept[name]
        )
        for name in loaded.kernels
        for role, kept in (("kernel", loaded.kernels), ("bias", loaded.biases))
    }
    with tempfile.TemporaryDirectory() as folder:
        keras = Path(folder, "keras.h5")
        with h5py.File(keras, "w") as file:
            for layer in ("conv1_1", "conv1_2"):
                for role, kept in (("kernel", loaded.kernels), ("bias", loaded.biases)):
                    name = layer.replace("conv1_", "block1_conv")
                    file[f"{name}/{name}/{role}:0"] = kept[layer]
        made = {"torch.safetensors": save(arrays), "keras.h5": keras.read_bytes()}
    if importlib.util.find_spec("torch") is None:  # what a .pth needs
        return made
    return made | {path.name: path.read_bytes() for path in REFERENCE.glob("*.pth")} | _torch_files(arrays)


def _torch_files(arrays: dict[str, np.ndarray]) -> dict[str, bytes]:
    """Return files of torch, with arrays as VGG-16 has them and with others of their shape."""
    import torch

    def saved(content: object) -> bytes:
        file = io.BytesIO()
        torch.save(content, file)
        return file.getvalue()

    plain = {key: torch.tensor(array) for key, array in arrays.items()}
    first = next(iter(plain))
    return {"plain.pth": saved({"state_dict": plain})} | {
        f"{name}.pth": saved({**plain, first: odd})
        for name, odd in (("sparse", plain[first].to_sparse()), ("nowhere", plain[first].to("meta")))
    }


def _core(path: Path) -> None:
    core = cw.read_core(path)
    for lane in core:
        repr(lane)
    core.write_csv(path.with_name("again.csv"))


def _legend(path: Path) -> None:
    legend = cw.Legend.read_csv(path)
    if cw.Legend.from_dict(legend.to_dict()) != legend:
        raise TypeError("the legend is another one when it is kept")
    legend.rgb()


def _photograph_file(path: Path) -> None:
    section = cw.read_section(path)
    if section.image.dtype != np.uint8 or section.image.ndim != 3:
        raise TypeError("this is no photograph")


def _photograph_files() -> dict[str, bytes]:
    small = Image.fromarray(_photograph()[:20, :16])
    made = {"small.png": _saved(small, "small.png")}
    for name, options in (
        ("small.jpg", {"quality": 90}), ("small.tif", {}), ("packed.tif", {"compression": "tiff_lzw"}),
        ("small.webp", {}), ("small.bmp", {}),
    ):  # fmt: skip
        made[name] = _saved(small, name, **options)
    return made


def _origin(path: Path) -> None:
    """Read where a file comes from, in it, and in one beside it that knows its digest."""
    read_origin(path)
    log = path.with_name(f"{path.name}.csv")
    log.write_text("top,base\n")
    try:
        beside = json.loads(path.read_bytes())
    except (ValueError, RecursionError):
        beside = None
    if isinstance(beside, dict):  # changed with the digest made right again
        beside["sha256"] = file_digest(log)
        log.with_name(f"{log.name}.origin.json").write_text(json.dumps(beside))
    read_origin(log)


def _files_with_origin() -> dict[str, bytes]:
    """Return a file of each kind that holds where it comes from."""
    origin = Origin(("segment", "a.png"), ".", "map.png", {"a.png": "0" * 64})
    small = Image.fromarray(_photograph()[:6, :5])
    las = b"~Version\nVERS. 2.0 :\nWRAP. NO :\n~Curve\nDEPT.M :\n~A\n1.0\n"
    contents = {
        "a.png": _saved(small, "a.png"), "a.tif": _tiff_described(small), "a.las": las,
        "a.html": b"<p>a</p>\n", "a.skops": (OLD / "models" / "of-run.skops").read_bytes(), "a.json": b"{}",
    }  # fmt: skip
    made = {}
    with tempfile.TemporaryDirectory() as folder:
        for name, content in contents.items():
            path = Path(folder, name)
            path.write_bytes(content)
            keep_origin(path, origin)
            beside = path.with_name(f"{name}.origin.json")
            made[name] = (beside if beside.exists() else path).read_bytes()
    return made


def _tiff_described(image: Image.Image) -> bytes:
    import tifffile

    with tempfile.TemporaryDirectory() as folder:
        tifffile.imwrite(Path(folder, "a.tif"), np.asarray(image), description="{}")
        return Path(folder, "a.tif").read_bytes()


def _scores(path: Path) -> None:
    read_scores(path)


READERS = {
    **{
        f"labels-{ending}": Reader(_labels, _of_ending(ending))
        for ending in ("png", "tif", "npy", "h5", "geojson")
    },
    **{f"labels-{ending.split('.')[1]}": Reader(_labels, _written(ending)) for ending in NEWER},
    "core": Reader(_core, _files(OLD / "core.csv")),
    "legend": Reader(_legend, _files(OLD / "legend.csv")),
    "model": Reader(
        _model,
        _files(
            *(OLD / "models" / f"{name}.skops" for name in ("of-run", "two-photographs")),
            Path(__file__).with_name("relit.skops"),  # knows the light of what it learned from
        ),
    ),
    "model-of-network": Reader(
        _model, _files(*(OLD / "models" / f"{name}.skops" for name in ("own-regularizer", "refined")))
    ),
    "session": Reader(
        _session,
        _files(*(OLD / f"session-{name}.session.zip" for name in ("own", "published"))),
    ),
    "project": Reader(_project, _project_seeds),
    "run": Reader(_run, _files(OLD / "run" / "run.json", OLD / "run" / "sections" / "lane-1.json")),
    "weights": Reader(_weights, _weight_files),
    "photograph": Reader(_photograph_file, _photograph_files),
    "origin": Reader(_origin, _files_with_origin),
    "scores": Reader(_scores, _files(OLD / "scores.json")),
}
