"""The map of a section in a run: whether it is the one that the run wrote, or was corrected since."""

from __future__ import annotations

import warnings
from dataclasses import replace
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from PIL import PngImagePlugin

from corewidgets.batch.run_folder import RunFolder
from corewidgets.batch.section_record import DONE, FAILED, SectionRecord
from corewidgets.labels.colors import codes_of_pixels
from corewidgets.labels.decoding import DAMAGE
from corewidgets.labels.files import read_labels
from corewidgets.labels.legend import Legend
from corewidgets.origin import file_digest

CORRECTED = "The map was changed after the run wrote it; the shares are those of the map as it is now."


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
    return codes_of_pixels(pixels, legend, path, ground=False)


def _colors(path: Path, shape: tuple[int, int]) -> NDArray[np.uint8] | None:
    """Return red, green, blue and alpha of a picture in colors; None where `read_labels` knows what it is."""
    try:
        with PngImagePlugin.PngImageFile(path) as image:  # without Pillow's own limit of size
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
        with warnings.catch_warnings(action="ignore"):  # of a palette without a legend: it is not taken
            codes, own = read_labels(path)
    except ValueError:
        return False
    return own is not None and np.array_equal(own.rgb()[codes], pixels[..., :3])


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
            "start the run again; it is then made again."
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
        with warnings.catch_warnings(action="ignore"):
            found, _ = read_labels(path)
        if np.array_equal(found, new):
            return
    except (OSError, ValueError):
        pass  # it is none of ours
    kept = folder.corrected(name)
    kept.parent.mkdir(exist_ok=True)
    path.rename(kept)
