"""``corewidgets features``: draw what the network sees in a photograph."""

from __future__ import annotations

import argparse
import re
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

import corewidgets as cw
from corewidgets.cli.arguments import add_command
from corewidgets.cli.files import FIGURES, check_outputs, check_suffix, inputs_of, progress_bar
from corewidgets.cli.origins import record
from corewidgets.cli.photographs import add_depths, add_image, read_section

if TYPE_CHECKING:
    import numpy as np

__all__ = ["add", "feature_maps", "features"]


def add(commands: Any) -> None:
    """Add the command."""
    command = add_command(
        commands,
        features,
        "IMAGE NAME [NAME ...] --out FIGURE [options]",
        help="draw feature maps of VGG-16 for a photograph",
        description=(
            "Draw feature maps of a photograph side by side: how strongly a channel of a layer of VGG-16\n"
            "responds at each pixel.\n\n"
            "  pool1/28     channel 28 of layer pool1, counted from 0\n"
            "  pool1~8/28   the same, smoothed by a Gaussian of 8 pixels\n"
            "  lab/0        lightness; lab/1 is green to red, lab/2 blue to yellow\n\n"
            "Layers: conv1_1 conv1_2 pool1 (64 channels), conv2_1 conv2_2 pool2 (128), conv3_1 to conv3_3\n"
            "pool3 (256), conv4_1 to conv4_3 pool4, conv5_1 to conv5_3 pool5 (512)."
        ),
        epilog="example:\n  corewidgets features core.jpg pool1/28 pool2/91 --out features.png",
    )
    add_image(command)
    command.add_argument("names", metavar="NAME", nargs="+", help="feature maps, such as pool1/28 pool2/91")
    command.add_argument(
        "--out", metavar="FIGURE", type=Path, required=True, help=f"picture: {' '.join(FIGURES)}"
    )
    add_depths(command)
    command.add_argument("--weights", metavar="FILE", help="network weights in place of those of the package")


def features(args: argparse.Namespace) -> None:
    """Draw feature maps."""
    check_suffix(args.out, FIGURES, "A picture")
    check_outputs([args.out], inputs_of(args))
    section = read_section(args)
    weights = None if args.weights is None else cw.load_weights(args.weights)
    maps = feature_maps(args, section, args.names, weights)
    cw.save_figure(cw.plot_feature_maps(section, maps), args.out)
    record(args, about={"photograph": section.digest})
    print(f"Wrote {args.out}.")


def feature_maps(
    args: argparse.Namespace, section: cw.CoreSection, names: Sequence[str], weights: Any = None
) -> dict[str, np.ndarray]:
    """Return feature maps by name, all from one pass over the photograph."""
    import numpy as np

    recipe = _recipe_of(names, weights)
    indices = [recipe.feature_names.index(name) for name in names]
    maps = np.empty((len(names), *section.shape), np.float32)
    with progress_bar(args, "Features") as progress:
        for place, part in recipe.tiles(section.image):
            maps[(slice(None), *place)] = np.moveaxis(part[..., indices], -1, 0)
            progress(place[0].stop, section.n_rows)
    return dict(zip(names, maps, strict=True))


def _recipe_of(names: Sequence[str], weights: Any) -> cw.Hypercolumns:
    """Return hypercolumns that hold the features named."""
    from corewidgets.features.hypercolumns import source_called

    sources = {name: source_called(_name_of_source(name), weights) for name in names}
    recipe = cw.Hypercolumns(sources=tuple(dict.fromkeys(sources.values())))
    for name, source in sources.items():
        if name not in recipe.feature_names:
            raise ValueError(
                f"There is no feature map '{name}'; {source.name} has channels 0 to {source.n_channels - 1}."
            )
    return recipe


def _name_of_source(name: str) -> str:
    """Return the name of the source that a feature is a channel of."""
    found = re.fullmatch(r"(\w+)(?:~([0-9]+(?:\.[0-9]+)?))?/(?:0|[1-9][0-9]*)", name)
    if found is None or (found[2] and f"{float(found[2]):g}" != found[2]):
        raise ValueError(
            f"'{name}' is not the name of a feature map; write a layer and a channel, such as pool1/28."
        )
    return name.split("/")[0]
