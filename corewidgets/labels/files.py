"""Labels in files: reading and writing all formats; ilastik's HDF5 and NumPy."""

import io
import json
import os
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import h5py
import numpy as np
from numpy.typing import ArrayLike, NDArray

from corewidgets.atomic import atomic_write
from corewidgets.hdf5 import Hdf5DamageError, open_hdf5
from corewidgets.labels.arrays import MAX_PIXELS, check_labels
from corewidgets.labels.class_names import code_of
from corewidgets.labels.decoding import LEGEND, damaged, decoding, legend_text, no_labels, parse_legend
from corewidgets.labels.formats import format_of
from corewidgets.labels.legend import Legend
from corewidgets.labels.photograph_mark import PHOTOGRAPH, check_mark, mark_in
from corewidgets.links import not_there

__all__ = ["read_labels", "write_labels"]

DATASET = "exported_data"

Codes = NDArray[Any]


def read_labels(
    path: str | os.PathLike[str],
    *,
    shape: tuple[int, int] | None = None,
    legend: Legend | None = None,
    rotation: int = 0,
    stroke_width: float | None = None,
    colors: Legend | None = None,
    photograph: str | Sequence[str] | None = None,
) -> tuple[NDArray[np.uint8], Legend | None]:
    """Read labels from a file, in the format that its ending names.

    ==================== =====================================================================================
    .png                 indexed or grey, the value of a pixel is its code; or in the colors of the legend
    .h5                  ilastik: the dataset ``exported_data``, or the only one; axes in any order
    .ome.tif, .ome.tiff  OME-TIFF: as TIFF, with axes, size and classes in its XML
    .tif, .tiff          one page of whole numbers, or in the colors of the legend
    .npy                 an array, never a pickled object
    .coco.json           COCO: an annotation per region, polygons or runs of pixels
    .labelme.json        labelme: a shape per region
    .geojson, .json      polygons with a class each, as QuPath exports annotations; smaller ones on top
    .zip                 ImageJ: a set of regions (RoiSet.zip), the name of each is its class
    ==================== =====================================================================================

    Picture editors keep colors, but reorder the palette.  Where the colors of a picture
    are those of the legend (that in the file, or `legend`), its classes are identified by them; unlabelled
    pixels are transparent, black, or else white.  A grey picture of 0 and 255 is a mask of one class.

    Parameters
    ----------
    path : str or path-like
        File to read.
    shape : tuple of int, optional
        Rows and columns of the image that the labels belong to (`CoreSection.shape`). Labels of another size
        are an error. Polygons that were not written by `write_labels` need it.
    legend : Legend, optional
        Legend that the labels shall follow. Where the file names its classes, each gets the code that its
        name has here; else the codes stay, and each must be in this legend.
    rotation : {0, 90, 180, 270}
        Degrees, clockwise, by which the photograph was turned after the labels were drawn on it: they are
        turned as well. `shape` is that of the turned photograph. Labels that have this shape, and not that of
        the photograph before, were drawn on the turned one and stay as they are.
    stroke_width : float, optional
        Width in pixels in which lines and points of GeoJSON, labelme and ImageJ are drawn; without it they
        are left out, with a warning.
    colors : Legend, optional
        Legend that a picture may have been painted with, where it holds none of its own and `legend` is not
        given. Labels need not follow it: classes that it lacks, and codes beyond it, are no error.
    photograph : str or sequence of str, optional
        Digest of the photograph that the labels shall belong to: `CoreSection.digest`, or
        `CoreSection.digests`, the first as it is and the second as it lay before it was turned. Labels that
        are known to be drawn on other pixels are an error; files of other programs, of versions before 0.2
        and .npy do not know what they were drawn on, and are read.

    Returns
    -------
    labels : ndarray of uint8, (n_rows, n_columns)
        Codes, 0 = unlabelled.
    legend : Legend or None
        `legend`, or without it the one in the file, or None.

    Raises
    ------
    FileNotFoundError, IsADirectoryError
        There is no such file, or it is a folder.
    OtherPhotographError
        The labels were drawn on another photograph than `photograph`. It is a ValueError.
    ValueError
        The ending is unknown, the file is damaged or holds something other than labels, they have another
        size than `shape`, or a class or a color is not in `legend`.

    Warns
    -----
    UserWarning
        The colors of a picture are not those of a legend, so that its values are taken for codes; features of
        GeoJSON, or shapes of other files of outlines, are left out, lie outside of the image or seem to be in
        another scale.
    """
    path = Path(path)
    form = format_of(path)
    if path.is_dir():
        raise IsADirectoryError(f"'{path}' is a folder; name the file of the labels in it.")
    if not path.exists():
        raise not_there(path, f"There is no file '{path}'; check the name and the folder.")
    if rotation % 90 or not 0 <= rotation < 360:
        raise ValueError(f"rotation must be 0, 90, 180 or 270 degrees clockwise, but it is {rotation}.")
    lying = shape[::-1] if shape is not None and rotation in {90, 270} else shape
    found, own, drawn_on = form.read(path, lying, legend, stroke_width=stroke_width, colors=colors)
    known = [photograph] if isinstance(photograph, str) else list(photograph or ())
    is_upright = shape in {None, np.shape(found)} and (drawn_on in known[:1] or lying != shape)
    with _named(path):
        if rotation and not is_upright:
            found = np.rot90(check_labels(found, lying), -rotation // 90)
        labels = check_labels(found, shape)
    check_mark(path, drawn_on, known)
    with _named(path):
        return _under(legend, labels, own)


@contextmanager
def _named(path: Path) -> Iterator[None]:
    """Name the file in an error about what is in it."""
    try:
        yield
    except (TypeError, ValueError) as error:
        raise ValueError(f"'{path}': {error}") from error


def write_labels(
    path: str | os.PathLike[str],
    labels: ArrayLike,
    legend: Legend | None = None,
    *,
    photograph: str | None = None,
    photograph_name: str | None = None,
) -> None:
    """Write labels to a file, in the format that its ending names; see `read_labels`.

    What is written is read back the same, bit by bit, with its legend; only .npy has no place for a legend
    and a digest.  The file is written whole or not at all.

    Parameters
    ----------
    path : str or path-like
        File to write; one that is there is replaced.
    labels : array-like, (n_rows, n_columns)
        Codes, 0 = unlabelled.
    legend : Legend, optional
        Names and colors of the codes.
    photograph : str, optional
        Digest of the photograph that they were drawn on, `CoreSection.digest`, by which `read_labels` knows
        whether they belong to another.
    photograph_name : str, optional
        Name of the file of the photograph, `CoreSection.file_name`, which files of COCO and labelme hold. By
        it labelme opens the photograph, which has to lie in the same folder.

    Raises
    ------
    ValueError
        The ending is unknown, `labels` are not labels, or `legend` lacks one of their codes.
    FileNotFoundError, IsADirectoryError, NotADirectoryError, PermissionError
        The file cannot be written.

    Examples
    --------
    >>> import tempfile
    >>> path = Path(tempfile.mkdtemp()) / "labels.png"
    >>> write_labels(path, [[0, 1], [2, 2]], Legend(["Matrix", "Clast"]))
    >>> labels, legend = read_labels(path)
    >>> legend.name(labels[1, 0])
    'Clast'
    """
    path = Path(path)
    form = format_of(path)
    checked = check_labels(labels)
    if legend is not None:
        legend.check(checked)
    with atomic_write(path) as temporary:
        form.write(temporary, checked, legend, photograph, photograph_name=photograph_name)


def _under(
    legend: Legend | None, labels: NDArray[np.uint8], own: Legend | None
) -> tuple[NDArray[np.uint8], Legend | None]:
    """Translate labels to the codes of another legend, if there is one."""
    if own is not None:
        own.check(labels)
    if legend is None:
        return labels, own
    if own is not None:
        labels = _translate(labels, own, legend)
    legend.check(labels)
    return labels, legend


def _translate(labels: NDArray[np.uint8], own: Legend, legend: Legend) -> NDArray[np.uint8]:
    """Give each class the code that its name has in another legend."""
    table = np.zeros(256, np.uint8)
    for code in np.unique(labels[labels > 0]).tolist():
        table[code] = code_of(legend, own.name(code))
    return table[labels]


def read_hdf5(path: Path, *_: Any) -> tuple[Codes, Legend | None, str | None]:
    """Read an HDF5 file as ilastik exports it."""
    try:
        with open_hdf5(path, attributes=("axistags", LEGEND, PHOTOGRAPH)) as file:
            names = list(file.datasets)
            name = DATASET if DATASET in names or len(names) != 1 else names[0]
            data = file.read(name, most=MAX_PIXELS) if name in names else None
            attributes = file.datasets[name].attributes if name in names else {}
    except Hdf5DamageError as error:
        raise damaged(path, error) from error
    if data is None:
        raise ValueError(
            f"'{path}' has no dataset {DATASET!r} but {', '.join(map(repr, names)) or 'none at all'}; export "
            "labels from ilastik, or keep one dataset."
        )
    own, mark = parse_legend(attributes.get(LEGEND), path), mark_in(attributes.get(PHOTOGRAPH))
    return _to_plane(data, attributes.get("axistags"), path), own, mark


def _to_plane(data: Codes, axistags: Any, path: Path) -> Codes:
    """Bring data with named axes to rows and columns."""
    with decoding(path):
        axes = [axis["key"] for axis in json.loads(axistags)["axes"]] if axistags is not None else None
    if axes is None:
        axes = {2: ["y", "x"], 3: ["y", "x", "c"]}.get(data.ndim, [])
    if len(axes) != data.ndim or not {"x", "y"} <= set(axes):
        raise ValueError(
            f"'{path}' holds data of shape {data.shape} with the axes {', '.join(axes) or 'unknown'}, but "
            "labels need y and x; export them again."
        )
    sizes = dict(zip(axes, data.shape, strict=True))
    others = [axis for axis in axes if axis not in {"y", "x"}]
    if any(sizes[axis] != 1 for axis in others):
        raise no_labels(path, ", ".join(f"{sizes[axis]} values along {axis}" for axis in others))
    ordered = data.transpose([axes.index(axis) for axis in ("y", "x", *others)])
    return ordered.reshape(sizes["y"], sizes["x"])


def write_hdf5(
    path: Path, labels: NDArray[np.uint8], legend: Legend | None, photograph: str | None = None
) -> None:
    """Write an HDF5 file as ilastik exports it: rows, columns and one channel."""
    flags = {"y": 2, "x": 2, "c": 1}  # vigra's kinds of axes: 2 for space, 1 for channels
    axes = [{"key": key, "typeFlags": flags[key], "resolution": 0, "description": ""} for key in flags]
    content = io.BytesIO()  # HDF5 itself crashes on a full disk
    with h5py.File(content, "w", libver=("v108", "latest")) as file:  # older layouts hold no long legend
        compression = "gzip" if labels.size else None
        dataset = file.create_dataset(DATASET, data=labels[..., np.newaxis], compression=compression)
        dataset.attrs["axistags"] = json.dumps({"axes": axes}, indent=2)
        if legend is not None:
            dataset.attrs[LEGEND] = legend_text(legend)
        if photograph is not None:
            dataset.attrs[PHOTOGRAPH] = photograph
    path.write_bytes(content.getvalue())


def read_npy(path: Path, *_: Any) -> tuple[Codes, None, None]:
    """Read a file of NumPy; pickled objects are refused."""
    with decoding(path), path.open("rb") as file:
        codes = np.lib.format.read_array(file, allow_pickle=False)
    return codes, None, None


def write_npy(path: Path, labels: NDArray[np.uint8], *_: Any) -> None:
    """Write a file of NumPy."""
    with path.open("wb") as file:
        np.lib.format.write_array(file, labels, allow_pickle=False)
