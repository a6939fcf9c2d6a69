"""What a training learns from besides the labels of the photograph that is open."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from corewidgets.cores.section import CoreSection
from corewidgets.project.project import Project

__all__ = ["Examples", "OtherExamples", "ProjectExamples"]

Codes = NDArray[np.uint8]
Examples = tuple[list[CoreSection], list[Codes]]


class OtherExamples:
    """No others: what is learned is learned from the open photograph."""

    def codes(self) -> set[int]:
        """Return the classes that are labelled on the others, without reading them."""
        return set()

    def around(self, section: CoreSection, labels: Codes) -> Examples:
        """Return all photographs with labels, and the labels, the open one in its place; in any thread.

        Parameters
        ----------
        section : CoreSection
            The open photograph.
        labels : array, shape (n_rows, n_columns), uint8

        Returns
        -------
        list of CoreSection, list of array
        """
        return [section], [labels]


class ProjectExamples(OtherExamples):
    """The labelled photographs of a project, in its order; each is read once.

    Parameters
    ----------
    project : Project
    name : str
        The photograph that is open.
    kept : dict
        What was read before, by name; it is shared by those of all photographs.
    """

    def __init__(self, project: Project, name: str, kept: dict[str, tuple[str, CoreSection, Codes]]) -> None:
        self._project, self._name, self._kept = project, name, kept

    def codes(self) -> set[int]:
        """Return the classes that are labelled on the others, without reading them."""
        project = self._project
        names = [name for name in project.labelled if name != self._name]
        return {project.legend.code(found) for name in names for found in project.state(name).pixels}

    def around(self, section: CoreSection, labels: Codes) -> Examples:
        """Return all photographs with labels, and the labels, the open one in its place; in any thread."""
        labelled, project = set(self._project.labelled), self._project
        sections, drawn = [], []
        for name in project.names:
            if name == self._name:
                found = (section, labels) if labels.any() else None
            else:
                found = self._read(name) if name in labelled and name not in project.problems else None
            if found is not None:
                sections.append(found[0])
                drawn.append(found[1])
        return (sections, drawn) if sections else ([section], [labels])

    def _read(self, name: str) -> tuple[CoreSection, Codes] | None:
        digest = self._project.labels_digest(name)
        kept = self._kept.get(name)
        if kept is None or kept[0] != digest:
            section = kept[1] if kept is not None else self._project.read(name)
            labels = self._project.labels(name, section.shape, section.digests)
            if labels is None:
                return None
            kept = self._kept[name] = (digest, section, labels)
        return kept[1], kept[2]
