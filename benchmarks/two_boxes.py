"""Training on two boxes in two lights, with scores, by command line: processor seconds."""

from __future__ import annotations

import tempfile
from pathlib import Path

import numpy as np
from PIL import Image

import corewidgets as cw
from benchmarks.figures import keep
from benchmarks.resume import processor_seconds

SEEDS = (26, 3)
SIZE = 2000  # pixels of the longer side: 2 to 3 megapixels
LEGEND = cw.Legend(["Core", "Rubble", "Floor"], not_rock=["Floor"])
CODES = {"piece": 1, "rubble": 2, "gap": 3}


def main(size: int = SIZE) -> None:
    """Make two boxes, train and score."""
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        pixels = make_boxes(folder, size)
        train = ("train", "--core", folder / "hole.csv", "--out", folder / "model.skops")
        seconds = processor_seconds(*train)
    print(f"\nTwo boxes, {pixels / 1e6:.1f} million pixels, in two lights: trained and scored")
    print(f"  {seconds:.0f} processor seconds")
    keep("two_boxes", seconds)


def make_boxes(folder: Path, size: int) -> int:
    """Write the photographs of two boxes, strokes on each lane, and their table; return their pixels."""
    lanes, pixels, top = [], 0, 0.0
    for seed in SEEDS:
        sample = cw.sample_box(seed, size=size, ultraviolet=True)
        pixels += sample.image.shape[0] * sample.image.shape[1]
        files = [folder / f"{seed}.png", folder / f"{seed}-uv.png"]
        for file, image in zip(files, (sample.image, sample.second), strict=True):
            Image.fromarray(image).save(file, compress_level=1)
        for number, lane in enumerate(sample.lanes):
            shape = cw.LaneShape([*map(tuple, lane.channel.tolist())])
            rotation = 270 if sample.boustrophedon and number % 2 else 90
            labels_file = folder / f"{seed}-{number}.labels.png"
            cw.write_labels(labels_file, _strokes(lane.parts, shape.size), LEGEND)
            lanes.append(
                cw.Lane(files[0], top, top + 1, f"{seed}-{number}", None, rotation, files[1],
                        shape=shape, labels_file=labels_file)
            )  # fmt: skip
            top += 1
    cw.Core(lanes).write_csv(folder / "hole.csv")
    return pixels


def _strokes(parts: tuple[cw.LanePart, ...], shape: tuple[int, int]) -> np.ndarray:
    """Return labels of a straightened lane: a stroke in each part, as wide as a third of it."""
    labels = np.zeros(shape, np.uint8)
    rows = shape[0] / parts[-1].stop
    third = slice(shape[1] // 3, 2 * shape[1] // 3)
    for part in parts:
        if part.kind in CODES:
            inner = 0.2 * part.length
            first, stop = (round(end * rows) for end in (part.start + inner, part.stop - inner))
            labels[first:stop, third] = CODES[part.kind]
    return labels


if __name__ == "__main__":
    main()
