"""The map of a section in a run: whether it is the one that the run wrote, or was corrected since."""

from __future__ import annotations

import hashlib
from dataclasses import replace
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from corewidgets.batch.run_folder import RunFolder
from corewidgets.batch.section_record import DONE, FAILED, SectionRecord
from corewidgets.labels.files import DAMAGE, read_labels
from corewidgets.labels.legend import Legend

CORRECTED = "The map was changed after the run wrote it; the shares are those of the map as it is now."


def file_digest(path: Path) -> str:
    """Return the SHA-256 of a file."""
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def count_codes(codes: NDArray[np.uint8]) -> dict[str, int]:
    """Return the pixels of each code, as a record keeps them."""
    counts = np.bincount(codes.ravel(), minlength=256)
    return {str(code): int(counts[code]) for code in np.flatnonzero(counts)}


def read_map(path: Path, shape: tuple[int, int], legend: Legend) -> NDArray[np.uint8]:
    """Read the map of a section as codes of the legend of the run.

    Picture editors keep the colors, but not the order of the palette: where colors and codes disagree, the
    colors are looked up in the legend of the run.

    Raises
    ------
    FileNotFoundError
        It is gone.
    ValueError
        It is damaged, has another size than the section, or colors or codes that the legend lacks.
    """
    pixels = _colors(path, shape)
    if pixels is None or _agrees_with_its_legend(path, pixels):
        return read_labels(path, shape=shape, legend=legend)[0]
    return _codes(pixels, path, legend)


def _colors(path: Path, shape: tuple[int, int]) -> NDArray[np.uint8] | None:
    """Return red, green, blue and alpha of a picture in colors; None where `read_labels` knows what it is."""
    try:
        with Image.open(path, formats=["PNG"]) as image:
            if image.mode not in {"P", "RGB", "RGBA"} or image.size != shape[::-1]:
                return None
            return np.array(image.convert("RGBA"))
    except FileNotFoundError:
        raise
    except DAMAGE:
        return None


def _agrees_with_its_legend(path: Path, pixels: NDArray[np.uint8]) -> bool:
    """Return whether a picture has the colors that the legend in its file gives to its codes.

    Programs that put the palette in another order may leave the legend in the file.
    """
    try:
        codes, own = read_labels(path)
    except ValueError:
        return False
    return own is not None and np.array_equal(own.rgb()[codes], pixels[..., :3])


def _codes(pixels: NDArray[np.uint8], path: Path, legend: Legend) -> NDArray[np.uint8]:
    """Return the code of the class whose color each pixel has."""
    colors, places = np.unique(pixels.reshape(-1, 4), axis=0, return_inverse=True)
    table = np.zeros(len(colors), np.uint8)
    for number, color in enumerate(colors):
        same = [code for code in legend.codes if np.array_equal(legend.rgb()[code], color[:3])]
        if len(same) != 1 or color[3] != 255:
            n_pixels = int((places.ravel() == number).sum())
            raise ValueError(
                f"'{path}' has {n_pixels:,} pixels of the color {_in_words(color)}, which is that of "
                f"{'several classes' if len(same) > 1 else 'no class'} of the legend; paint with the colors "
                "of the legend, without smooth edges and without transparency."
            )
        table[number] = same[0]
    return table[places.ravel()].reshape(pixels.shape[:2])


def _in_words(color: NDArray[np.uint8]) -> str:
    """Return a color as legends write it, and how much of it shows where it is transparent."""
    red, green, blue, alpha = color.tolist()
    return f"#{red:02x}{green:02x}{blue:02x}" + ("" if alpha == 255 else f" ({alpha / 255:.0%} opaque)")


def agreeing(folder: RunFolder, record: SectionRecord, legend: Legend) -> SectionRecord | None:
    """Return a record that says what the map in the folder says, or None where the map is gone.

    That of a map that was corrected by hand gets the pixels of each code anew. One whose map cannot be used,
    such as one that was saved in another size, says that the section failed, and why.
    """
    path = folder.segmentation(record.name)
    if not path.is_file():
        return None
    digest = file_digest(path)
    if digest == record.map:
        return replace(record, state=DONE, error="")
    try:
        counts = count_codes(read_map(path, (record.n_rows, record.n_columns), legend))
    except (OSError, ValueError) as error:
        why = (
            f"The map was changed after the run wrote it, and cannot be used: {error} Or delete the map, and "
            "start the run again to have it made anew."
        )
        return replace(record, state=FAILED, error=why)
    if not record.map and counts == record.counts:  # of a version that kept no digest
        return replace(record, state=DONE, error="", map=digest)
    warning = record.warning if CORRECTED in record.warning else f"{record.warning} {CORRECTED}".strip()
    return replace(record, state=DONE, error="", map=digest, corrected=True, counts=counts, warning=warning)


def set_aside(folder: RunFolder, record: SectionRecord | None, name: str, new: NDArray[np.uint8]) -> None:
    """Move a map that another one is about to replace to ``corrected``, unless the run itself made it.

    A map without a record was made by a run that was killed before it wrote one, if it is what is made now.
    """
    path = folder.segmentation(name)
    if not path.is_file():
        return
    if record is not None and not record.corrected and record.map == file_digest(path):
        return
    try:
        if np.array_equal(read_labels(path)[0], new):
            return
    except (OSError, ValueError):
        pass  # it is none of ours
    kept = folder.corrected(name)
    kept.parent.mkdir(exist_ok=True)
    path.rename(kept)
