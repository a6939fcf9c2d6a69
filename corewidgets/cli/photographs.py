"""Photographs and their labels, as the arguments of several commands name them."""

from __future__ import annotations

import argparse
import os
from collections.abc import Callable, Sequence
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

import corewidgets as cw
from corewidgets.cli.arguments import Command
from corewidgets.cli.core_table import KEPT_LABELS, add_core, check_no_core, labelled_lanes
from corewidgets.labels.formats import describe_formats

if TYPE_CHECKING:
    import numpy as np

    Pair = tuple[cw.CoreSection, np.ndarray]

__all__ = [
    "Labelled",
    "add_depths",
    "add_image",
    "add_pairs",
    "add_reading",
    "apart",
    "labelled",
    "read_pairs",
    "read_section",
    "rotations_of",
]


def add_image(command: Command) -> None:
    """Add one photograph."""
    command.add_argument(
        "image", metavar="IMAGE", type=Path, help="photograph: JPEG, PNG, TIFF, WebP, JPEG 2000 or BMP"
    )


def add_pairs(command: Command) -> None:
    """Add photographs with their labels."""
    command.add_argument(
        "paths",
        metavar="IMAGE LABELS",
        nargs="*",
        type=Path,
        help=f"photograph (JPEG, PNG, TIFF and others), then its labels: {describe_formats()}; further pairs "
        "after them",
    )
    command.add_argument(
        "--legend",
        metavar="CSV",
        type=Path,
        help="classes: a table with value,name,color, and rock ('no': left out of proportions of rock)",
    )
    command.add_argument(
        "--stroke-width",
        metavar="PIXELS",
        type=float,
        help="width of lines and points of GeoJSON and ImageJ as labels; without it they are left out",
    )
    command.add_argument(
        "--labels-fit",
        action="store_true",
        help="accept labels drawn on a photograph with different pixels that shows the rock at the same "
        "place, such as a brighter copy (default: an error)",
    )
    add_depths(command)
    add_core(
        command,
        "table with one row per section (see 'segment-core --help'); trains on those with labels, named in "
        "the column labels_file or saved beside the photographs by the widgets",
    )


def add_depths(command: Command) -> None:
    """Add the depths of the ends of a section."""
    for name, edge in (("top", "upper"), ("base", "lower")):
        command.add_argument(
            f"--{name}",
            metavar="M",
            type=float,
            action="append",
            default=[],
            help=f"depth of the {edge} edge of the photograph in metres; once for each photograph",
        )
    add_reading(command)


def add_reading(command: Command) -> None:
    """Add how photographs are to be read."""
    command.add_argument(
        "--rotate",
        metavar="DEGREES",
        type=int,
        choices=(0, 90, 180, 270),
        action="append",
        default=[],
        help="rotate the photograph clockwise so that the top of the core is up: 90 if its top is at the "
        "left, 270 if at the right; labels drawn on the unrotated photograph are rotated with it, and maps "
        "are of the rotated one; once for all photographs, or once for each",
    )
    command.add_argument(
        "--bits",
        metavar="N",
        type=int,
        help="bits that the camera uses of 16, such as 12 (default: detected, with a warning)",
    )


class Labelled(NamedTuple):
    """A photograph, or the piece of a core that it shows, and its labels; not read yet."""

    image: Path
    drawn: Path
    read: Callable[[], cw.CoreSection]
    upright: bool
    """Whether the labels can only have been drawn on the piece with its top up."""

    @property
    def files(self) -> list[Path]:
        """The files that are read."""
        return [self.image, self.drawn]


def labelled(
    args: argparse.Namespace, photographs: Sequence[str] | None = None
) -> tuple[list[Labelled], list[Path]]:
    """Return photographs with their labels: those named, or those of the pieces of a core.

    Then the files that are not to be written over: these, and all others that the table of the core names.

    Parameters
    ----------
    args : argparse.Namespace
    photographs : sequence of str, optional
        The photographs of a piece that a model looks at, where there is a model.
    """
    if args.core is not None and args.paths:
        args.parser.error("give either photographs with their labels or --core, not both")
    if args.core is not None:
        lanes, others = labelled_lanes(args, photographs)
        found = [Labelled(lane.file, drawn, lane.read, True) for lane, drawn in lanes]
    else:
        found, others = _paired(args), []
    return found, [*(path for each in found for path in each.files), *others]


def _paired(args: argparse.Namespace) -> list[Labelled]:
    """Return photographs with their labels, as they are named one after the other."""
    paths = args.paths
    if not paths:
        args.parser.error("give photographs with their labels, or the table of a core: --core hole.csv")
    if len(paths) % 2:
        args.parser.error(
            "each IMAGE needs its LABELS after it, but there is an odd number of files: "
            f"{' '.join(map(str, paths))}"
        )
    check_no_core(args)
    pairs = list(zip(paths[::2], paths[1::2], strict=True))
    places = zip(_depths(args, len(pairs)), rotations_of(args, len(pairs)), strict=True)
    return [
        Labelled(
            image,
            drawn,
            partial(cw.read_section, image, top=top, base=base, rotation=rotation, bits=args.bits),
            False,
        )
        for (image, drawn), ((top, base), rotation) in zip(pairs, places, strict=True)
    ]


def apart(pairs: Sequence[Pair]) -> tuple[list[cw.CoreSection], list[np.ndarray]]:
    """Return sections and labels as a list each."""
    return [section for section, _ in pairs], [labels for _, labels in pairs]


def read_section(args: argparse.Namespace) -> cw.CoreSection:
    """Read the one photograph of a command."""
    ((top, base),) = _depths(args, 1)
    (rotation,) = rotations_of(args, 1)
    return cw.read_section(args.image, top=top, base=base, rotation=rotation, bits=args.bits)


def read_pairs(args: argparse.Namespace, named: Sequence[Labelled]) -> tuple[list[Pair], cw.Legend]:
    """Read photographs and labels, and the legend that all labels share.

    Without --legend classes are the same where their names are.
    """
    legend = None if args.legend is None else cw.Legend.read_csv(args.legend)
    sections, drawings, legends = [], [], []
    for each in named:
        section = each.read()
        turn = 0 if each.upright or _is_drawn_upright(each.drawn, section) else section.rotation
        try:
            labels, own = cw.read_labels(
                each.drawn,
                shape=section.shape,
                legend=legend,
                rotation=turn,
                stroke_width=args.stroke_width,
                photograph=None if args.labels_fit else section.digests,
            )
        except cw.OtherPhotographError as error:
            raise ValueError(
                f"{error.what} The photograph is '{each.image}'. If the rock lies at the same pixels "
                "nevertheless, add --labels-fit; if not, restore the photograph that they were drawn on, "
                "or draw them again."
            ) from error
        except ValueError as error:
            told = str(error).removeprefix(f"'{each.drawn}': ")
            whose = f"section {section.name}" if each.upright else f"photograph '{each.image}'"
            raise ValueError(f"The labels '{each.drawn}' of the {whose}: {told}") from error
        sections.append(section)
        drawings.append(labels)
        legends.append(own)
    try:
        joined, common = cw.join_labels(drawings, legends, sources=[f"'{each.drawn}'" for each in named])
    except ValueError as error:
        raise ValueError(f"{error} Here: --legend classes.csv.") from error
    highest = max(int(labels.max()) for labels in joined)
    legend = legend or common or cw.Legend.of_codes(max(highest, 1))
    return list(zip(sections, joined, strict=True)), legend


def rotations_of(args: argparse.Namespace, n_images: int) -> list[int | None]:
    """Return the rotation of each photograph, None where nothing was said."""
    if len(args.rotate) not in (0, 1, n_images):
        args.parser.error(
            "--rotate must be given once for all photographs, or once for each in their order, but it is "
            f"given {len(args.rotate)} times for {n_images}"
        )
    given: list[int | None] = args.rotate or [None]
    return given * (n_images if len(given) == 1 else 1)


def _depths(args: argparse.Namespace, n_images: int) -> list[tuple[float | None, float | None]]:
    """Return top and base of each photograph."""
    for name in ("top", "base"):
        number = len(getattr(args, name))
        if number not in (0, n_images):
            args.parser.error(
                f"--{name} must be given once for each photograph, in their order, or not at all, but it is "
                f"given {number} times for {n_images}"
            )
    nothing = [None] * n_images
    return list(zip(args.top or nothing, args.base or nothing, strict=True))


def _is_drawn_upright(drawn: Path, section: cw.CoreSection) -> bool:
    """Tell whether labels are those that the tools keep beside the photograph for the turned section."""
    beside = [section.file_beside(KEPT_LABELS), *section.files_before(KEPT_LABELS)]
    return os.path.realpath(drawn) in {os.path.realpath(path) for path in beside if path is not None}
