"""A session in one file: which photograph, the labels, the legend, the model, its map and scores, the view.

The file is a zip archive of files that are readable on their own: `session.json`, `labels.png` (indexed, the
legend inside), `model.skops`, `segmentation.png`. The photograph is named by its place and its SHA-256, and
only put inside (`photograph.png`) where it has no file, or the file shows others than those labelled.
"""

from __future__ import annotations

import errno
import json
import math
import os
import re
import shutil
import struct
import tempfile
import time
import warnings
import zipfile
import zlib
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress
from dataclasses import asdict, dataclass, field, replace
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
from PIL import Image

from corewidgets.atomic import atomic_write
from corewidgets.cores.section import CoreSection, read_section
from corewidgets.labels.arrays import check_labels
from corewidgets.labels.files import read_labels, write_labels
from corewidgets.labels.legend import Legend
from corewidgets.labels.photograph_mark import OtherPhotographError, mark_in
from corewidgets.learning.classifier import PixelClassifier
from corewidgets.learning.light import Light
from corewidgets.learning.model_file import load_model, save_model
from corewidgets.links import not_there
from corewidgets.origin import file_digest
from corewidgets.scoring.evaluation import Evaluation
from corewidgets.scoring.settings import Settings
from corewidgets.unpacking import check_unpacked, most_unpacked

__all__ = [
    "Session",
    "open_session",
    "read_session_labels",
    "save_session",
    "session_path",
    "sessions_before",
]

Codes = npt.NDArray[np.uint8]

FORMAT = 1
_ABOUT, _LABELS, _MODEL = "session.json", "labels.png", "model.skops"
_SESSION = ".session.zip"
_SEGMENTATION, _PHOTOGRAPH = "segmentation.png", "photograph.png"
_MOST_BYTES = 2**31  # of one file inside, unpacked
_SMALL = 2**24  # and of one that is small; nothing inside is packed twice
_BAD_ARCHIVE = (
    *(zipfile.BadZipFile, EOFError, LookupError, NotImplementedError, RuntimeError, ValueError),
    *(struct.error, zlib.error),
)
_DAMAGE = (
    *(ArithmeticError, AttributeError, FileNotFoundError, LookupError, RecursionError, TypeError, ValueError),
)
"""What values that are not what they should be may raise."""


@dataclass(frozen=True, eq=False)
class Session:
    """What is on the workbench.

    Parameters
    ----------
    section : CoreSection
    labels : array, shape (n_rows, n_columns), uint8
        0 = unlabelled.
    legend : Legend
    model : PixelClassifier, optional
        Fitted.
    segmentation : array, shape (n_rows, n_columns), uint8, optional
        What the model made of the section; 0 where it has not been yet.
    settings : Settings
        What to train.
    evaluation : Evaluation, optional
        The scores.
    outdated : bool
        Whether the labels are others than those that were scored.
    view : mapping
        Plain values: what is shown and how.
    labels_file : str, optional
        SHA-256 of the file beside the photograph that labels were kept in when the session was saved; None
        where there was none, or it is not known.
    lights : mapping of str to Light
        What was corrected before the section was mapped, by the name of the photograph.

    Raises
    ------
    ValueError
        Labels or segmentation have another shape than the photograph.
    """

    section: CoreSection
    labels: Codes
    legend: Legend
    model: PixelClassifier | None = None
    segmentation: Codes | None = None
    settings: Settings = field(default_factory=Settings)
    evaluation: Evaluation | None = None
    outdated: bool = False
    view: Mapping[str, Any] = field(default_factory=dict)
    labels_file: str | None = None
    lights: Mapping[str, Light] = field(default_factory=dict)

    def __post_init__(self) -> None:
        for name in ("labels", "segmentation"):
            if (values := getattr(self, name)) is not None:
                object.__setattr__(self, name, check_labels(values, self.section.shape))


def session_path(section: CoreSection) -> Path:
    """Return the file that the session of a section is kept in: beside the photograph, or in this folder."""
    beside = section.file_beside(_SESSION)
    if beside is not None:
        return beside.absolute()
    name = re.sub(r"[^\w.-]+", "-", section.name).strip("-.") or "core"
    return Path(f"{name}.session.zip").absolute()


def sessions_before(section: CoreSection) -> list[Path]:
    """Return the sessions that are there under names that the section had before (see `CoreSection`)."""
    return [path.absolute() for path in section.files_before(_SESSION)]


def save_session(path: str | os.PathLike[str], session: Session) -> None:
    """Write a session to a file, whole or not at all.

    Parameters
    ----------
    path : path-like
        One that is there is replaced.
    session : Session

    Raises
    ------
    OSError
        The file cannot be written.
    TypeError, ValueError
        The model cannot be kept (see `save_model`).
    """
    target = Path(path)
    about = {
        "format": FORMAT,
        "saved": time.strftime("%Y-%m-%dT%H:%M:%S%z"),
        "photograph": _reference(session.section, target),
        "settings": session.settings.to_dict(),
        "evaluation": session.evaluation and session.evaluation.to_dict(),
        "outdated": session.outdated,
        "view": dict(session.view),
        "labels_file": session.labels_file,
        "lights": {name: asdict(light) for name, light in session.lights.items()},
    }
    parts = _parts(session, about, target)
    with (
        atomic_write(target) as temporary,
        zipfile.ZipFile(temporary, "w", zipfile.ZIP_STORED) as archive,  # what is in it is compressed
    ):
        for name, content in parts.items():
            archive.writestr(name, content)


def _parts(session: Session, about: Mapping[str, Any], target: Path) -> dict[str, bytes]:
    """Return the files that go into a session, by name."""
    try:
        with tempfile.TemporaryDirectory(ignore_cleanup_errors=True) as made:
            _write_parts(Path(made), session, about)
            return {file.name: file.read_bytes() for file in sorted(Path(made).iterdir())}
    except OSError as error:
        raise type(error)(
            f"'{target}' cannot be written: its parts are made in '{tempfile.gettempdir()}' first, and "
            f"there: {error}"
        ) from error


def _write_parts(folder: Path, session: Session, about: Mapping[str, Any]) -> None:
    (folder / _ABOUT).write_text(json.dumps(about, indent=2), "utf-8")
    drawn_on = session.section.digest
    write_labels(folder / _LABELS, session.labels, session.legend, photograph=drawn_on)
    if session.model is not None:
        save_model(folder / _MODEL, session.model, legend=session.legend)
    if session.segmentation is not None:
        write_labels(folder / _SEGMENTATION, session.segmentation, photograph=drawn_on)
    # a lane cannot be cut again without its table
    if about["photograph"]["file"] is None or session.section.part:
        Image.fromarray(session.section.image).save(folder / _PHOTOGRAPH, compress_level=1)


def open_session(path: str | os.PathLike[str], section: CoreSection | None = None) -> Session:
    """Read what `save_session` wrote, with its photograph.

    Parameters
    ----------
    path : path-like
    section : CoreSection, optional
        The photograph, where it is already open or is no longer where it was.

    Returns
    -------
    Session

    Raises
    ------
    FileNotFoundError
        There is no such file, or its photograph is not where it was.
    ValueError
        The file is no session, is damaged or of a newer version; or the photograph is not the one that the
        session was made on.
    """
    source = _checked(path)
    with _unpacked(source) as folder:
        about = _read_about(folder, source)
        with _inside(source, folder):
            found = _photograph(about["photograph"], folder, source, section)
            labels, legend = read_labels(folder / _LABELS, shape=found.shape)
            model = segmentation = None
            if (folder / _MODEL).exists():
                model = load_model(folder / _MODEL)
            if (folder / _SEGMENTATION).exists():
                segmentation, _ = read_labels(folder / _SEGMENTATION, shape=found.shape)
        known = legend or Legend.of_codes(max(int(labels.max(initial=0)), 2))
        kept = ("settings", "evaluation", "outdated", "view", "labels_file", "lights")
        rest = {name: about[name] for name in kept}
        return Session(found, labels, known, model, segmentation, **rest)


def read_session_labels(path: str | os.PathLike[str], **options: Any) -> tuple[Codes, Legend | None]:
    """Read the labels of a session alone, for a photograph that may be another.

    Parameters
    ----------
    path : path-like
        The session.
    **options
        As `read_labels` takes them.

    Raises
    ------
    FileNotFoundError
        There is no such file.
    ValueError
        The file is no session, or `read_labels` refuses its labels.
    """
    source = _checked(path)
    with _unpacked(source) as folder:
        _read_about(folder, source)
        with _inside(source, folder):
            return read_labels(folder / _LABELS, **options)


def _checked(path: str | os.PathLike[str]) -> Path:
    """Return the file of a session, or raise where there is none."""
    source = Path(path)
    if not source.exists():
        raise not_there(source, f"There is no session '{source}'; check the name, or save one there first.")
    if source.is_dir():
        raise IsADirectoryError(f"'{source}' is a folder; name the session in it.")
    return source


# --- the photograph ---------------------------------------------------------------------------------


def _reference(section: CoreSection, target: Path) -> dict[str, Any]:
    """Return where the photograph is, and how to know it again."""
    reference: dict[str, Any] = {
        "name": section.name, "top": section.top, "base": section.base, "shape": list(section.shape),
        "rotation": section.rotation, "pixels": section.digest, "file": None, "sha256": None,
        "part": section.part,
    }  # fmt: skip
    if section.path is not None and section.path.is_file() and not _was_replaced(section.path, section):
        photograph = section.path.absolute()
        reference["file"] = str(photograph)
        reference["sha256"] = file_digest(photograph)
        with suppress(ValueError):  # on another drive there is no way from here to there
            reference["from_here"] = Path(os.path.relpath(photograph, target.absolute().parent)).as_posix()
    return reference


def _was_replaced(file: Path, section: CoreSection) -> bool:
    """Return whether a file shows other pixels of the same size than those that were read from it.

    The session would find the labels on another photograph, and know that as its own.
    """
    if section.part:
        return False  # its photograph is put inside
    try:
        with warnings.catch_warnings(action="ignore"):
            now = read_section(file, rotation=section.rotation)
    except (OSError, ValueError):
        return True
    return now.shape == section.shape and not np.array_equal(now.image, section.image)


def _photograph(
    reference: Mapping[str, Any], folder: Path, source: Path, section: CoreSection | None
) -> CoreSection:
    """Return the photograph of a session, once it is sure that it is the right one."""
    if section is not None:
        if not _is_the_same(section, reference):
            raise ValueError(
                f"The session '{source.name}' was made on another photograph, {_called(reference)}"
                f"{_difference(section, reference)}; open it with that one, or save this session under "
                "another name. If the rock lies at the same pixels nevertheless, as in a brighter copy, its "
                "labels can be used: File, Open reads them from the session."
            )
        return section
    depths = {"top": reference["top"], "base": reference["base"], "name": reference["name"]}
    if reference["file"] is None:
        if not (folder / _PHOTOGRAPH).exists():
            raise _damaged(source, KeyError(_PHOTOGRAPH))
        inside = read_section(folder / _PHOTOGRAPH, **depths, rotation=0)
        return CoreSection(inside.image, inside.top, inside.base, name=inside.name)
    file, rotation = _find(reference, source), reference.get("rotation", 0)
    if reference.get("part") and (folder / _PHOTOGRAPH).exists():
        inside = read_section(folder / _PHOTOGRAPH, **depths, rotation=0)
        return replace(inside, path=file, part=str(reference["part"]), rotation=rotation)
    whole = read_section(file, **depths, rotation=rotation)
    if list(whole.shape) != reference["shape"]:
        raise ValueError(
            f"The session '{source.name}' was made on a part of '{file}', {_called(reference)}, which has "
            f"{whole.n_rows} rows and {whole.n_columns} columns; open it with that part: section=core[NAME]"
            ".read()."
        )
    return replace(whole, part=str(reference.get("part") or ""))


def _find(reference: Mapping[str, Any], source: Path) -> Path:
    """Return the file of the photograph: where it was, seen from the session; where it was; or beside it."""
    file = Path(reference["file"])
    here = source.absolute().parent
    places = [here / reference.get("from_here", file.name), file, here / file.name]
    there = [place for place in dict.fromkeys(map(_normal, places)) if place.is_file()]
    for place in there:
        if file_digest(place) == reference["sha256"]:
            return place
    if there:
        raise ValueError(
            f"'{there[0]}' is not the photograph that the session '{source.name}' was made on: its SHA-256 "
            f"differs from {reference['sha256'][:12]}…. Put the right file there, and open the session again."
        )
    raise FileNotFoundError(
        f"The photograph of the session '{source.name}' is missing: '{file}'. Put it beside the "
        "session, and open it again."
    )


def _normal(path: Path) -> Path:
    return Path(os.path.normpath(path))


def _is_the_same(section: CoreSection, reference: Mapping[str, Any]) -> bool:
    if list(section.shape) != reference["shape"]:
        return False
    if section.rotation != reference.get("rotation", 0):
        return section.digest == reference["pixels"]
    has_file = section.path is not None and section.path.is_file()
    if has_file and not section.part and reference["sha256"] == file_digest(section.path):  # type: ignore[arg-type]
        return True
    return section.digest == reference["pixels"]


def _difference(section: CoreSection, reference: Mapping[str, Any]) -> str:
    """Say how a photograph of the same size differs."""
    if list(section.shape) != reference["shape"]:
        return f", and not of {section.n_rows} rows x {section.n_columns} columns as here"
    return f", whose pixels differ (digest {reference['pixels'][:8]}…, here {section.digest[:8]}…)"


def _called(reference: Mapping[str, Any]) -> str:
    n_rows, n_columns = reference["shape"]
    name = Path(reference["file"]).name if reference["file"] else reference["name"] or "without a name"
    return f"{name} ({n_rows} rows x {n_columns} columns)"


# --- the archive ------------------------------------------------------------------------------------


@contextmanager
def _unpacked(source: Path) -> Iterator[Path]:
    """Give a folder with the files that a session knows; no others are unpacked."""
    with tempfile.TemporaryDirectory() as made:
        try:
            with zipfile.ZipFile(source) as archive:
                for name in (_ABOUT, _LABELS, _MODEL, _SEGMENTATION, _PHOTOGRAPH):
                    _unpack(archive, name, Path(made))
        except _BAD_ARCHIVE as error:
            raise _damaged(source, error) from error
        except OSError as error:
            if error.errno == errno.EINVAL:  # a part is said to lie before the file begins
                raise _damaged(source, error) from error
            named = type(error)(
                f"'{source}' cannot be unpacked in '{made}' ({error.strerror or error}); free space there, "
                "or correct the disk, and open it again."
            )
            named.errno = error.errno
            raise named from error
        yield Path(made)


def _unpack(archive: zipfile.ZipFile, name: str, folder: Path) -> None:
    if name not in archive.namelist():
        return
    member = archive.getinfo(name)
    check_unpacked(archive, min(_MOST_BYTES, most_unpacked(member.compress_size, _SMALL)), [member])
    with archive.open(member) as packed, (folder / name).open("wb") as file:
        shutil.copyfileobj(packed, file)


def _read_about(folder: Path, source: Path) -> dict[str, Any]:
    """Return the description of a session, checked."""
    try:
        about = json.loads((folder / _ABOUT).read_text("utf-8"))
        number = int(about["format"])
    except _DAMAGE as error:
        raise _damaged(source, error) from error
    if number > FORMAT:
        raise ValueError(
            f"The session '{source.name}' was saved by a newer version of corewidgets (format {number}; "
            f"this one reads up to {FORMAT}); update corewidgets."
        )
    try:
        _check_reference(about["photograph"])
        about["settings"] = Settings.from_dict(about["settings"])
        scores = about.get("evaluation")  # sessions of the first days have none
        about["evaluation"] = None if scores is None else Evaluation.from_dict(scores)
        about["outdated"] = bool(about.get("outdated", False))
        about["view"] = dict(about["view"])
        about["lights"] = {name: Light.from_dict(light) for name, light in about.get("lights", {}).items()}
        about["labels_file"] = mark_in(about.get("labels_file"))  # sessions of version 0.1 have none
    except _DAMAGE as error:
        raise _damaged(source, error) from error
    if not (folder / _LABELS).exists():
        raise _damaged(source, KeyError(_LABELS))
    return dict(about)


def _check_reference(reference: Mapping[str, Any]) -> None:
    """Raise unless the description of a photograph has values that it can have."""
    kinds = {"name": str, "pixels": str, "file": str | None, "sha256": str | None}
    optional = {"part": str | None, "from_here": str}
    for name, kind in (kinds | optional).items():
        value = reference[name] if name in kinds else reference.get(name, "")
        if not isinstance(value, kind):
            raise TypeError(f"its photograph has {name} {value!r}")
    n_rows, n_columns = reference["shape"]
    if not all(type(size) is int and size > 0 for size in (n_rows, n_columns)):
        raise ValueError(f"its photograph has {n_rows!r} rows and {n_columns!r} columns")
    _check_depths(reference["top"], reference["base"])
    if (reference["file"] is None) != (reference["sha256"] is None):
        raise ValueError(f"its photograph has file {reference['file']!r} and sha256 {reference['sha256']!r}")
    if reference.get("rotation", 0) not in {0, 90, 180, 270}:
        raise ValueError(f"its photograph is turned by {reference['rotation']!r}")


def _check_depths(top: Any, base: Any) -> None:
    for name, depth in (("top", top), ("base", base)):
        if depth is not None and not (isinstance(depth, int | float) and math.isfinite(depth)):
            raise TypeError(f"its photograph has {name} {depth!r}")
    if (top is None) != (base is None) or (top is not None and not top < base):
        raise ValueError(f"its photograph has top {top!r} and base {base!r}")


@contextmanager
def _inside(source: Path, folder: Path) -> Iterator[None]:
    """Name the session in an error about a file that was unpacked from it."""
    try:
        yield
    except OtherPhotographError as error:
        raise OtherPhotographError(source, error.drawn_on, error.shown) from error
    except (ValueError, OSError) as error:
        told = str(error)
        for name in (_LABELS, _MODEL, _SEGMENTATION, _PHOTOGRAPH):
            told = told.replace(str(folder / name), f"{source}: {name}")
        if source.name not in told:
            told = f"'{source}': {told}"
        raise (type(error) if isinstance(error, OSError) else ValueError)(told) from error


def _damaged(source: Path, error: BaseException) -> ValueError:
    return ValueError(
        f"'{source}' is not a session, or it is damaged ({type(error).__name__}: {error}); choose a "
        ".session.zip that was saved by the workbench."
    )
