"""Probabilities are read as they were written; what others changed is refused by name, whatever it is."""

from __future__ import annotations

import subprocess
import sys

import h5py
import numpy as np
import pytest

from corewidgets.batch.probability_file import read_probabilities

VALUES = np.linspace(0, 1, 24, dtype=np.float16).reshape(3, 4, 2)


def write(path, values=VALUES, classes=(1, 3), name="probabilities"):
    with h5py.File(path, "w") as file:
        kept = file.create_dataset(name, data=values)
        if classes is not None:
            kept.attrs["classes"] = classes
    return path


def test_classes_are_where_the_legend_has_them(tmp_path):
    found = read_probabilities(write(tmp_path / "R1.h5"), (3, 4), 4)
    assert found.dtype == np.float32
    np.testing.assert_array_equal(found[..., [0, 2]], VALUES.astype(np.float32))
    assert not found[..., [1, 3]].any()


@pytest.mark.parametrize(
    ("changes", "why"),
    [
        ({"values": VALUES[:2]}, r"its shape is \(2, 4, 2\), but the section has 3 rows, 4 columns and 2 cl"),
        ({"values": VALUES[..., 0]}, r"its shape is \(3, 4\)"),
        ({"classes": (1,)}, r"its shape is \(3, 4, 2\), but .* 1 classes"),
        ({"classes": None}, r"its shape is \(3, 4, 2\), but .* 0 classes"),
        ({"classes": (1, 5)}, r"its classes are \[1, 5\], but the legend has the codes 1 to 4"),
        ({"classes": (2, 2)}, r"its classes are \[2, 2\]"),
        ({"classes": (0, 1)}, r"its classes are \[0, 1\]"),
        ({"classes": (0.5, 1.5)}, "attribute 'classes' is not a list of up to 256 whole numbers"),
        ({"classes": np.zeros(300, int)}, "attribute 'classes' is not a list of up to 256 whole numbers"),
        ({"classes": "many"}, "attribute 'classes' is not a list of up to 256 whole numbers"),
        ({"name": "other"}, "it has no dataset 'probabilities'"),
        ({"values": VALUES * np.float16(2)}, "it has values that are not between 0 and 1"),
        ({"values": VALUES * np.float16(np.nan)}, "it has values that are not between 0 and 1"),
    ],
)
def test_what_was_changed_is_said(tmp_path, changes, why):
    path = write(tmp_path / "R1.h5", **changes)
    with pytest.raises(ValueError, match=why) as error:
        read_probabilities(path, (3, 4), 4)
    assert str(path) in str(error.value)
    assert "Delete the file, and start the run again; it is then made again." in str(error.value)


def test_values_that_lie_elsewhere_and_damage_are_refused(tmp_path):
    layout = h5py.VirtualLayout((3, 4, 2), np.float16)
    layout[:] = h5py.VirtualSource(write(tmp_path / "far.h5"), "probabilities", (3, 4, 2))
    with h5py.File(tmp_path / "R1.h5", "w") as file:
        file.create_virtual_dataset("probabilities", layout).attrs["classes"] = (1, 3)
    with pytest.raises(ValueError, match="are kept in other files"):
        read_probabilities(tmp_path / "R1.h5", (3, 4), 4)
    (tmp_path / "R2.h5").write_bytes(write(tmp_path / "R3.h5").read_bytes()[:900])
    with pytest.raises(ValueError, match=r"and cannot be used: .*Delete the file"):
        read_probabilities(tmp_path / "R2.h5", (3, 4), 4)
    with pytest.raises(FileNotFoundError):
        read_probabilities(tmp_path / "gone.h5", (3, 4), 4)


@pytest.mark.slow
def test_the_library_never_sees_the_file_in_this_process(tmp_path):
    path = write(tmp_path / "R1.h5")
    code = (
        "import h5py, pathlib, sys\n"
        "from corewidgets.batch.probability_file import read_probabilities\n"
        "h5py.File = None\n"
        "print(read_probabilities(pathlib.Path(sys.argv[1]), (3, 4), 4).shape)"
    )
    run = subprocess.run([sys.executable, "-c", code, path], capture_output=True, text=True, check=True)
    assert run.stdout == "(3, 4, 4)\n"
