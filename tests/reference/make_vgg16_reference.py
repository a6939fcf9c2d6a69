"""Record VGG-16's activations as torch computes them; run once, where torch is installed.

    python tests/reference/make_vgg16_reference.py

An implementation independent of the package: plain torch.nn.functional, float32, NCHW, the weights read
straight from the files, preprocessing as torchvision's. Made with torch 2.13.0 on a CPU; it needs torch,
numpy and safetensors. Pools are 2 x 2 with stride 2 and ``ceil_mode=True``: at an odd edge an incomplete
window takes the maximum of what there is, which for even sizes is torchvision's own pool.

``vgg16.npz`` holds, for the images "even" (64 x 96, sizes that all five pools divide) and "odd" (45 x 37) and
each tap conv1_1 .. conv5_3 (after ReLU) and pool1 .. pool5:

``{image}/image``               (n_rows, n_columns, 3) uint8 RGB
``{image}/{tap}/shape``         (3,) int32: n_rows, n_columns, n_channels of the activation, channels last
``{image}/{tap}/index``         (n,) int32, sorted: where the values are in the flattened channels-last array
``{image}/{tap}/value``         (n,) float32: the values there, half of them chosen where they are not zero
``{image}/{tap}/channel_mean``  (n_channels,) float32: mean over rows and columns, summed in float64
``{image}/{tap}/max``           () float32: largest value

so that a check reads ``abs(mine.reshape(-1)[index] - value).max() <= 1e-4 * max``.
"""

from pathlib import Path

import numpy as np
import torch
from safetensors.torch import load_file
from torch.nn import functional

FOLDER = Path(__file__).parent
WEIGHTS = FOLDER.parents[1] / "weights"
N_VALUES = 1200
BLOCKS = {1: 2, 2: 2, 3: 3, 4: 3, 5: 3}


def make_image(n_rows: int, n_columns: int) -> np.ndarray:
    """Make a fixed image with flat parts, edges, gradients and texture, in integer arithmetic."""
    row, column = np.mgrid[:n_rows, :n_columns]
    gradient = (3 * row + 2 * column) % 256
    disc = np.where((row - n_rows // 3) ** 2 + (column - n_columns // 2) ** 2 < 150, 220, 60)
    stripes = np.where((row + 2 * column) // 6 % 2, 180, 20)
    texture = (row * 7919 + column * 104729 + row * column * 31) % 97
    red = np.where(row < n_rows // 2, disc, gradient)
    green = np.where(column < n_columns // 2, stripes, disc)
    blue = (gradient // 2 + texture) % 256
    return np.stack([red, green, blue], axis=-1).astype(np.uint8)


def activations(image: np.ndarray, dtype: torch.dtype = torch.float32) -> dict[str, np.ndarray]:
    """Compute each tap, (n_rows, n_columns, n_channels)."""
    mean = torch.tensor([0.485, 0.456, 0.406], dtype=dtype).reshape(1, 3, 1, 1)
    std = torch.tensor([0.229, 0.224, 0.225], dtype=dtype).reshape(1, 3, 1, 1)
    x = (torch.from_numpy(image).permute(2, 0, 1)[None].to(dtype) / 255 - mean) / std
    taps = {}
    for block, n_convolutions in BLOCKS.items():
        arrays = load_file(WEIGHTS / f"block{block}.safetensors")
        for number in range(1, n_convolutions + 1):
            name = f"conv{block}_{number}"
            kernel = arrays[f"{name}/kernel"].permute(3, 2, 0, 1).contiguous().to(dtype)
            x = functional.relu(functional.conv2d(x, kernel, arrays[f"{name}/bias"].to(dtype), padding=1))
            taps[name] = x
        x = functional.max_pool2d(x, kernel_size=2, stride=2, ceil_mode=True)
        taps[f"pool{block}"] = x
    return {name: tap[0].permute(1, 2, 0).contiguous().numpy() for name, tap in taps.items()}


def select(values: np.ndarray, rng: np.random.Generator) -> np.ndarray:
    """Choose flat indices, half of them anywhere and half where a value is not zero."""
    everywhere, positive = np.arange(values.size), np.flatnonzero(values)
    chosen = [rng.permutation(pool)[: N_VALUES // 2] for pool in (everywhere, positive)]
    return np.unique(np.concatenate(chosen)).astype(np.int32)


def main() -> None:
    """Write vgg16.npz, and print how far float32 is from float64."""
    torch.set_num_threads(2)
    rng = np.random.default_rng(0)
    reference = {}
    for name, size in {"even": (64, 96), "odd": (45, 37)}.items():
        image = make_image(*size)
        reference[f"{name}/image"] = image
        exact = activations(image, torch.float64)
        for tap, array in activations(image).items():
            values = array.reshape(-1)
            index = select(values, rng)
            reference[f"{name}/{tap}/shape"] = np.array(array.shape, np.int32)
            reference[f"{name}/{tap}/index"] = index
            reference[f"{name}/{tap}/value"] = values[index]
            reference[f"{name}/{tap}/channel_mean"] = array.mean(axis=(0, 1), dtype=np.float64).astype(
                np.float32
            )
            reference[f"{name}/{tap}/max"] = array.max()
            error = np.abs(array - exact[tap]).max() / array.max()
            line = (
                f"{name} {tap} {array.shape} max {array.max():.4g}, float32 is {error:.1e} of it from float64"
            )
            print(line)  # noqa: T201
    np.savez_compressed(FOLDER / "vgg16.npz", **reference)


if __name__ == "__main__":
    main()
