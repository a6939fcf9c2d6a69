"""Where the files of a project lie, and what project.json must say."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, TypeVar

from corewidgets.atomic import atomic_write, make_folder
from corewidgets.links import at_home, found_from, seen_from

__all__ = ["ENDING", "FORMAT", "ProjectLayout", "is_project", "read_json", "read_made", "write_json"]

Made = TypeVar("Made")

FORMAT = 1
"""The version of the layout that is written, and the newest that is read."""

ENDING = ".corewidgets"
_FOLDERS = ("labels", "records")
_BEGUN = {*_FOLDERS, "photographs", "legend.json", "settings.json", "photographs.csv"}


@dataclass(frozen=True)
class ProjectLayout:
    """The names of the files of a project; docs/project.md says what is in them.

    Parameters
    ----------
    path : pathlib.Path
        The folder.
    """

    path: Path

    @property
    def about(self) -> Path:
        """The format, the name of the hole, and what its depths are measured from."""
        return self.path / "project.json"

    @property
    def table(self) -> Path:
        """The photographs and their depths."""
        return self.path / "photographs.csv"

    @property
    def legend(self) -> Path:
        """Names and colors of the classes."""
        return self.path / "legend.json"

    @property
    def settings(self) -> Path:
        """The recipe, and how a model is scored."""
        return self.path / "settings.json"

    @property
    def model(self) -> Path:
        """The last model that was trained."""
        return self.path / "model.skops"

    @property
    def scores(self) -> Path:
        """The scores of the model."""
        return self.path / "scores.json"

    @property
    def view(self) -> Path:
        """What was open, and how it was looked at."""
        return self.path / "view.json"

    @property
    def lock(self) -> Path:
        """What the first window holds."""
        return self.path / ".lock"

    @property
    def window(self) -> Path:
        """Who has the project open."""
        return self.path / ".window.json"

    def labels(self, name: str) -> Path:
        """Return the labels of a photograph."""
        return self.path / "labels" / f"{name}.png"

    def record(self, name: str) -> Path:
        """Return what is known of a photograph: its labels in numbers, by whom, its map, whether accepted."""
        return self.path / "records" / f"{name}.json"

    def map(self, name: str) -> Path:
        """Return the map of a photograph."""
        return self.path / "maps" / f"{name}.png"

    def clasts(self, name: str) -> Path:
        """Return what was done to the clasts of the map of a photograph."""
        return self.path / "clasts" / f"{name}.json"

    def photograph(self, name: str) -> Path:
        """Return the copy of a photograph that had no file."""
        return self.path / "photographs" / f"{name}.png"

    def thumbnail(self, name: str) -> Path:
        """Return the small picture of a photograph."""
        return self.path / "thumbnails" / f"{name}.jpg"

    def check_free(self) -> None:
        """Raise FileExistsError where something else is there; what a killed `create` left is not."""
        if not self.path.exists():
            return
        if not self.path.is_dir() or any(map(_is_of_others, self.path.iterdir())):
            raise FileExistsError(
                f"'{self.path}' already exists and is not a project; choose another folder for the project."
            )

    def make_folders(self) -> None:
        """Make the folders that every project has.

        Raises
        ------
        OSError
            They cannot be made.
        """
        try:
            for name in _FOLDERS:
                make_folder(self.path / name)
        except OSError as error:
            raise type(error)(
                f"The project '{self.path}' cannot be made ({error.strerror}); choose a folder that can be "
                "written."
            ) from error

    def write_about(self, about: Mapping[str, Any]) -> None:
        """Write project.json."""
        write_json(self.about, {"format": FORMAT, **about})

    def read_about(self) -> dict[str, Any]:
        """Return what project.json says.

        Raises
        ------
        FileNotFoundError
            There is no project.
        ValueError
            It is damaged, or of a newer version.
        """
        if not self.about.is_file():
            raise FileNotFoundError(
                f"There is no project in '{self.path}': it has no project.json. Check the name of the "
                "folder, or make one with cw.Project.create."
            )
        about = read_json(self.about)
        number = about.get("format")
        if not isinstance(number, int) or isinstance(number, bool) or number < 1:
            raise _damaged(self.about, f"format is {number!r}, but it must be a whole number from 1")
        if number > FORMAT:
            raise ValueError(
                f"The project '{self.path}' was written by a newer version of corewidgets (format {number}; "
                f"this one reads up to {FORMAT}); update corewidgets. Nothing was changed."
            )
        return about

    def seen_from_here(self, folders: Iterable[Path]) -> list[str]:
        """Return folders as project.json names them: as seen from the project, so that both can be moved."""
        return [seen_from(self.path, folder) for folder in folders]

    def found_from_here(self, names: object) -> list[Path]:
        """Return the folders that project.json names; what is no name is left out."""
        given = names if isinstance(names, list) else []
        return [found_from(self.path, name) for name in given if isinstance(name, str)]


def _is_of_others(path: Path) -> bool:
    """Tell what a creation of a project that was killed does not leave."""
    return path.name not in _BEGUN and not path.name.startswith(".corewidgets-")


def is_project(path: Path) -> bool:
    """Tell whether a folder is a project."""
    return (at_home(path) / "project.json").is_file()


def write_json(path: Path, values: Mapping[str, Any]) -> None:
    """Write plain values, whole or not at all."""
    with atomic_write(path) as temporary:
        temporary.write_text(json.dumps(values, indent=2, ensure_ascii=False) + "\n", "utf-8")


def read_json(path: Path) -> dict[str, Any]:
    """Return the values of a file, or raise ValueError where it is damaged."""
    try:
        values = json.loads(path.read_text("utf-8"))
    except (ValueError, RecursionError) as error:
        raise _damaged(path, str(error)) from error
    if not isinstance(values, dict):
        raise _damaged(path, f"it holds {type(values).__name__}, not a JSON object")
    return values


def read_made(path: Path, make: Callable[[dict[str, Any]], Made]) -> Made:
    """Return what is made of the values of a file, or raise ValueError where it is damaged."""
    values = read_json(path)
    try:
        return make(values)
    except (ArithmeticError, AttributeError, LookupError, TypeError, ValueError) as error:
        raise _damaged(path, str(error).rstrip(".")) from error


def _damaged(path: Path, what: str) -> ValueError:
    return ValueError(f"'{path}' was edited or is damaged: {what}. Restore the file as it was written.")
