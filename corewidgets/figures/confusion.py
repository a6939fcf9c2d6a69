"""The confusion of classes: which are taken for which."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from numpy.typing import NDArray

from corewidgets.figures.core_figure import INK, SMALL, TEXT, empty_figure, figure_of

if TYPE_CHECKING:
    from corewidgets.scoring.evaluation import Score

__all__ = ["plot_confusion"]


def plot_confusion(score: Score, ax: Axes | None = None) -> Figure:
    """Draw the confusion matrix of one protocol.

    A row is a true class, a column a predicted one.  A cell gives the share of the row's pixels, and their
    number below.  Classes that the protocol cannot score have no row; where they were predicted, they have a
    column at the right.

    Parameters
    ----------
    score : Score
        One protocol of an :class:`~corewidgets.evaluation.Evaluation`, such as ``evaluation["regions"]``.
    ax : matplotlib Axes, optional

    Returns
    -------
    matplotlib.figure.Figure
    """
    rows, columns = _confusion_order(score.confusion)
    counts = score.confusion[np.ix_(rows, columns)]
    shares = counts / counts.sum(axis=1, keepdims=True)
    if ax is None:
        size = (max(0.46 * columns.size + 2.6, 5), 0.46 * rows.size + 2.4)
        ax = empty_figure(size).add_subplot()
    ax.imshow(shares, cmap="Blues", vmin=0, vmax=1, interpolation="nearest")
    _write_cells(ax, counts, shares)
    _name_classes(
        ax, [score.classes[k] for k in rows], counts.sum(axis=1), [score.classes[k] for k in columns]
    )
    if columns.size > rows.size:
        ax.axvline(rows.size - 0.5, color=INK, linewidth=1)
    means = f"weighted F1 {score.weighted_f1:.3f}, macro F1 {score.macro_f1:.3f}"
    ax.set_title(f"Held out: {score.title}\n{means}", fontsize=TEXT + 1, loc="left")
    return figure_of(ax)


def _confusion_order(confusion: NDArray[np.int64]) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """Return the classes that have scored pixels, and those followed by other classes that were predicted."""
    rows = np.flatnonzero(confusion.sum(axis=1))
    others = np.setdiff1d(np.flatnonzero(confusion.sum(axis=0)), rows)
    return rows, np.concatenate([rows, others])


def _name_classes(ax: Axes, true: Sequence[str], totals: NDArray[np.int64], predicted: Sequence[str]) -> None:
    """Label the rows with true classes and their pixels, the columns with predicted classes."""
    counted = [f"{name}  ({total:,})" for name, total in zip(true, totals, strict=True)]
    style: dict[str, Any] = {"fontsize": SMALL, "parse_math": False}
    ax.set_yticks(range(len(true)), counted, **style)
    style |= {"rotation": 45, "ha": "right", "rotation_mode": "anchor"}
    ax.set_xticks(range(len(predicted)), predicted, **style)
    ax.tick_params(length=0)
    ax.set_ylabel("True class (scored pixels)", fontsize=TEXT)
    ax.set_xlabel("Predicted class", fontsize=TEXT)


def _write_cells(ax: Axes, counts: NDArray[np.int64], shares: NDArray[np.float64]) -> None:
    """Write share and number into each cell that is not empty."""
    for row, column in np.argwhere(counts).tolist():
        share = shares[row, column]
        ink = "white" if share > 0.55 else "0.5" if share < 0.005 else INK
        ax.text(
            column,
            row - 0.16,
            "<1%" if share < 0.005 else f"{share:.0%}",
            ha="center",
            va="center",
            fontsize=SMALL,
            color=ink,
        )
        ax.text(
            column, row + 0.24, _short(counts[row, column]), ha="center", va="center", fontsize=6.5, color=ink
        )


def _short(count: int) -> str:
    """Return a number in at most five characters, such as 12.3k."""
    return f"{count}" if count < 10_000 else f"{count / 1000:.3g}k"
