"""Measure: ``python -m benchmarks [NAME ...]``; ``--help`` lists the names."""

from __future__ import annotations

import argparse
import importlib
import os
import platform

import jax

from benchmarks import (
    accelerator,
    annotator,
    boxes,
    core,
    figures,
    forest,
    limit,
    network,
    next_section,
    outline,
    published,
    resume,
    start,
    two_boxes,
)
from benchmarks.data import section_72_2

BENCHMARKS = {
    "network": lambda sample: network.main(sample.section.image),
    "forest": forest.main,
    "start": lambda sample: start.main(),
    "accelerator": lambda sample: accelerator.main(),
    "limit": limit.main,
    "live": lambda sample: importlib.import_module("benchmarks.live").main(),  # needs the widgets
    "widgets": lambda sample: importlib.import_module("benchmarks.widgets").main(),  # needs a browser
    "outline_in_chromium": lambda sample: importlib.import_module("benchmarks.outline_in_chromium").main(),
    "live_in_chromium": lambda sample: importlib.import_module("benchmarks.live_in_chromium").main(),
    "next_section": next_section.main,
    "core": lambda sample: core.main(),
    "outline": outline.main,
    "annotator": annotator.main,
    "boxes": lambda sample: boxes.main(),
    "project": lambda sample: importlib.import_module("benchmarks.project").main(),
    "hole": lambda sample: importlib.import_module("benchmarks.hole").main(),  # needs a browser
    "resume": lambda sample: resume.main(),
    "two_boxes": lambda sample: two_boxes.main(),
    "published": published.main,
}


def main() -> None:
    """Run the benchmarks named, or all but the slow last."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks", description=__doc__)
    parser.add_argument(
        "names", nargs="*", metavar="NAME", help=f"{', '.join(BENCHMARKS)}; all but the last by default"
    )
    names = parser.parse_args().names or list(BENCHMARKS)[:-1]
    unknown = sorted(set(names) - set(BENCHMARKS))
    if unknown:
        parser.error(f"there is no benchmark {unknown[0]!r}; choose from {', '.join(BENCHMARKS)}")
    sample = section_72_2()
    print(f"{sample.section!r}; {platform.machine()}, {os.cpu_count()} cores, JAX {jax.__version__}")
    if sample.section.n_rows == 2693 and sample.truth is None:  # the stand-in has its whole truth
        figures.begin()
    for name in names:
        BENCHMARKS[name](sample)
    print("\nmake figures writes what was kept in docs/figures.json into README and docs.")


if __name__ == "__main__":
    main()
