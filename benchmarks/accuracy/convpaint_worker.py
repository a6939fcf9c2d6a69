"""Run napari-convpaint with its own defaults: this file alone runs in convpaint's environment.

Reads a job a line from standard input, as JSON: the paths of the image, of the labels to learn from (0 where
none is) and of the probabilities to write.  Answers a line of JSON: the classes, and CPU seconds.
"""

import json
import os
import sys
import time
from pathlib import Path

import numpy as np
import torch

CHECKPOINT = Path.home() / ".cache/torch/hub/checkpoints/vgg16-397923af.pth"
"""Where convpaint looks for torchvision's file before it downloads it."""


def write_checkpoint(weights: Path) -> None:
    """Make torchvision's file of the convolutions given; its dense layers, which nothing reads, are zero."""
    state = {key: torch.from_numpy(array) for key, array in np.load(weights).items()}
    for layer, shape in ((0, (4096, 512 * 7 * 7)), (3, (4096, 4096)), (6, (1000, 4096))):
        state[f"classifier.{layer}.weight"] = torch.zeros(1).expand(shape)
        state[f"classifier.{layer}.bias"] = torch.zeros(1).expand(shape[0])
    CHECKPOINT.parent.mkdir(parents=True)
    torch.save(state, CHECKPOINT)


def run(image: np.ndarray, labels: np.ndarray) -> tuple[np.ndarray, dict]:
    """Return the probabilities ``(n_rows, n_columns, n_classes)`` of a fresh model, and what it took."""
    from napari_convpaint.convpaint_model import ConvpaintModel

    model, channels = ConvpaintModel(), np.moveaxis(image, -1, 0)
    model.set_param("channel_mode", "rgb")  # says what the image is
    model.set_param("tile_annotations", False)  # same features; a tile a scattered pixel would take minutes
    start = time.process_time()
    classifier = model.train(channels, labels)
    fitted = time.process_time()
    probabilities = np.moveaxis(model.predict_probas(channels), 0, -1)
    ended = time.process_time()
    classes = [int(code) for code in np.ravel(classifier.classes_)]
    return probabilities, {"classes": classes, "fit s": fitted - start, "segment s": ended - fitted}


def main() -> None:
    """Work until the input ends."""
    answers = os.fdopen(os.dup(1), "w")
    os.dup2(2, 1)  # what the libraries print is no answer
    write_checkpoint(Path(sys.argv[1]))
    for line in sys.stdin:
        job = json.loads(line)
        probabilities, answer = run(np.load(job["image"]), np.load(job["labels"]))
        np.save(job["probabilities"], probabilities.astype(np.float32))
        print(json.dumps(answer), file=answers, flush=True)


if __name__ == "__main__":
    main()
