"""A tool that is kept in one file and opens it again: what of it becomes a session, and back."""

from __future__ import annotations

import os
import time
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from corewidgets.cores.section import CoreSection
from corewidgets.labels.legend import Legend
from corewidgets.learning.classifier import PixelClassifier
from corewidgets.learning.maps import Maps
from corewidgets.project.kept_file import digest_of, set_aside
from corewidgets.scoring.settings import Settings
from corewidgets.session import Session, open_session, save_session
from corewidgets.widgets.labeler import Labeler
from corewidgets.widgets.messages import Messages
from corewidgets.widgets.session_labels import (
    check_codes,
    keep_labels_of,
    known_digest,
    labels_file,
    note_of_others,
)
from corewidgets.widgets.session_line import SessionLine, check_may_be_session
from corewidgets.widgets.session_view import look_as, view_of
from corewidgets.widgets.tool import Tool
from corewidgets.widgets.trainer import Trainer
from corewidgets.widgets.turn import TURN

__all__ = ["SessionKeeper"]


class SessionKeeper(Tool):
    """A labeler and a trainer for one section, kept in the file that a `SessionLine` names."""

    labeler: Labeler
    trainer: Trainer
    messages: Messages
    page: Any
    _autosave: bool | Path
    _height: int
    _line: SessionLine
    _own: Path | None  # the file that this session was opened from or saved to
    _own_digest: str | None  # how to know that nobody has written to it since
    _changed: bool  # since it was saved

    @property
    def section(self) -> CoreSection:
        """The photograph."""
        return self.labeler.section

    @property
    def labels(self) -> npt.NDArray[np.uint8]:
        """The labels as they are now; 0 = unlabelled."""
        found: npt.NDArray[np.uint8] = self.labeler.labels
        return found

    @labels.setter
    def labels(self, labels: npt.NDArray[np.uint8]) -> None:
        self.labeler.labels = labels

    @property
    def legend(self) -> Legend:
        """Names and colors as they are now."""
        found: Legend = self.labeler.legend
        return found

    @property
    def model(self) -> PixelClassifier | None:
        """The last model that was trained or opened."""
        found: PixelClassifier | None = self.trainer.model
        return found

    @property
    def segmentation(self) -> npt.NDArray[np.uint8] | None:
        """What it made of the section."""
        found: npt.NDArray[np.uint8] | None = self.trainer.segmentation
        return found

    def _furnish(self, labeler: Labeler, settings: Settings | None) -> None:
        """Put the tools for a section in the place of those that are there."""
        raise NotImplementedError

    def save(self, path: str | os.PathLike[str] | None = None) -> None:
        """Keep everything in one file: labels, classes, model, map, scores and view.

        Parameters
        ----------
        path : path-like, optional
            By default the one in the line above the pages. One that holds another session is kept under
            another name.

        Raises
        ------
        OSError
            The file cannot be written.
        ValueError
            It is no session but another file, such as the photograph.
        """
        target = self._line.file(path)
        check_may_be_session(target)
        self._line.say("Saving …")
        try:
            beside = self.labeler.flush_labels()
            ours = target == self._own and digest_of(target) == self._own_digest
            kept = _keep(target) if target.exists() and not ours else ""
            save_session(target, self._session())
        except Exception:
            self._line.say("Not saved", well=False)
            raise
        self._own, self._own_digest, self._changed = target, known_digest(target), False
        self._line.name(target)
        self.messages.clear()
        told = f"; its labels are also in {beside.name}" if beside is not None else ""
        self._line.say(f"Saved {time.strftime('%H:%M:%S')}{kept}{told}", well=beside is None)

    def restore(self, path: str | os.PathLike[str] | None = None) -> None:
        """Open a session in the place of what is there.

        Parameters
        ----------
        path : path-like, optional
            By default the one in the line above the pages.

        Raises
        ------
        FileNotFoundError, ValueError
            As `reopen` does; what is there stays.
        """
        source = self._line.file(path)
        self.messages.clear()
        found = open_session(source)
        with TURN:
            self.trainer.stop()
            if not _is_same_piece(found.section, self.section) and self._autosave is not False:
                self._autosave = True  # the file that was given is of the other piece
            self._furnish(
                Labeler(found.section, legend=found.legend, labels=found.labels,
                        autosave=self._autosave, height=self._height),
                found.settings,
            )  # fmt: skip
            self._line.name(source)
            self._take_up(found)
            self._warn_of_others(found)

    def _session(self) -> Session:
        maps = self.trainer.maps
        segmentation = maps.segmentation if maps is not None else self.segmentation
        trainer = self.trainer
        return Session(
            self.section, self.labels, self.legend, self.model, segmentation, trainer.settings,
            trainer.evaluation, trainer.outdated,
            {"page": self.page, "refused": sorted(self.proposer.refused), **view_of(self.labeler)},
            self._labels_digest(), {} if maps is None else maps.lights,
        )  # fmt: skip

    def _labels_digest(self) -> str | None:
        """Return the digest of the file of the labels as it is now; None where there is none."""
        file = labels_file(self.section, self._autosave)
        return None if file is None else known_digest(file)

    def _found(self, paths: Sequence[Path], section: CoreSection) -> tuple[Session | None, Path]:
        """Return the session that is there, and its file; if it cannot be opened, say so and go on without.

        The names after the first are those of before, which other pieces may have shared.
        """
        there = next((path for path in paths if path.exists()), None)
        if there is None:
            return None, paths[0]
        try:
            return open_session(there, section), there
        except Exception as error:  # noqa: BLE001 - the labels can be worked on all the same; it is shown
            if there == paths[0] or not isinstance(error, ValueError):
                self.messages.fail(error)
            return None, paths[0]

    def _take_up(self, session: Session, source: Path | None = None) -> None:
        """Put the model, its map, its scores and the view of a session on the workbench."""
        with self.messages.shown():
            if session.model is not None:
                check_codes(session, self.legend)
                remedy = "open the labels that belong to it, or train again"
                self.legend.check(session.model.classes_, "The model of the session knows", remedy)
                self.trainer.model = session.model
            if session.segmentation is not None:
                self.trainer.maps = Maps(
                    session.segmentation, complete=bool(session.segmentation.all()), lights=session.lights
                )
                self.trainer.segmentation = session.segmentation
            if session.evaluation is not None:
                self.trainer.show_scores(session.evaluation, None if session.outdated else session.labels)
            look_as(self.labeler, session.view)
            self.page = session.view.get("page", self.page)
            self.proposer.refused = {(row, column) for row, column in session.view.get("refused", ())}
        self._own, self._changed = self._line.file(), False
        self._own_digest = known_digest(self._own)
        self._line.say(f"Opened {(source or self._own).name}")

    def _keep_labels_of(self, session: Session, source: Path, file: Path | None) -> None:
        """Keep labels of the session that the labels file, which is shown, has not; say where they are."""
        if file is not None:
            saved = source.stat().st_mtime
            self._note(keep_labels_of(session, saved, file, self.labels, self.legend))

    def _warn_of_others(self, session: Session) -> None:
        """Say so when the labels file has other labels than the session."""
        with self.messages.shown():
            file = labels_file(self.section, self._autosave)
            self._note(note_of_others(session, file, self.labels))

    def _note(self, text: str) -> None:
        if text:
            self.messages.note(text)

    def _mark_changed(self, _: dict[str, Any]) -> None:
        if self._own is not None and not self._changed:
            self._changed = True
            self._line.say("Changed since it was saved")


def _is_same_piece(one: CoreSection, other: CoreSection) -> bool:
    """Return whether two sections are of the same file and part, or without a file of the same name."""
    return (one.path or one.name, one.part) == (other.path or other.name, other.part)


def _keep(path: Path) -> str:
    """Move a session that is not ours out of the way; return what to say of it."""
    return f"; the one before is kept as {set_aside(path).name}"
