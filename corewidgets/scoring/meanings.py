"""What each protocol holds out, and what its score means: texts alone, for help, reports and widgets."""

from __future__ import annotations

from collections.abc import Mapping
from typing import NamedTuple

__all__ = ["MEANINGS", "Meaning"]


class Meaning(NamedTuple):
    """What the score by a protocol means.

    Attributes
    ----------
    title : str
        What is held out.
    how : str
        What the model that scores a pixel was trained on.
    short : str
        What the score tells.
    """

    title: str
    how: str
    short: str

    @property
    def sentence(self) -> str:
        """How it is scored and what the score tells, as the end of a sentence."""
        return f"{self.how}: {self.short}."


MEANINGS: Mapping[str, Meaning] = {
    "sections": Meaning(
        "whole photographs",
        "each photograph is scored by a model trained on the others",
        "what to expect on the rest of the core",
    ),
    "regions": Meaning(
        "whole regions",
        "each region is scored by a model that was not trained on it",
        "what to expect on clasts that were never labelled",
    ),
    "depth": Meaning(
        "depth blocks",
        "each stretch of core is scored by a model trained on the others",
        "what to expect at other depths",
    ),
    "random": Meaning(
        "random pixels",
        "the neighbors of each scored pixel were trained on",
        "comparable with published scores, but too optimistic",
    ),
}
"""By protocol, in the order of reports: the strict ones, then the one that is too optimistic."""
