"""HDF5 of unknown origin is read within limits of time and memory, and from its own bytes only."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import h5py
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra import numpy as npst

from corewidgets import hdf5
from corewidgets.hdf5 import Hdf5DamageError, open_hdf5
from corewidgets.labels.files import read_labels

HANG = Path(__file__).parent / "files" / "hang.h5"
"""Eight bytes of a good file changed: the HDF5 library never comes back from it."""


def read(path, name="exported_data", most=10**6):
    with open_hdf5(path) as file:
        return file.read(name, most=most)


@settings(max_examples=10)  # each starts a process
@given(
    npst.arrays(
        st.sampled_from(["u1", "i1", ">u2", "<i8", "<f4", ">f8", "f2", "?"]),
        npst.array_shapes(min_dims=0, max_dims=4, max_side=4),
    )
)
def test_values_are_what_the_library_reads(tmp_path_factory, values):
    path = tmp_path_factory.mktemp("hdf5") / "any.h5"
    with h5py.File(path, "w") as file:
        file["exported_data"] = values
    found = read(path)
    assert (found.dtype.newbyteorder("="), found.shape) == (values.dtype.newbyteorder("="), values.shape)
    assert np.array_equal(found, values, equal_nan=values.dtype.kind == "f")


def test_a_file_that_hangs_the_library_is_given_up(monkeypatch):
    monkeypatch.setattr(hdf5, "SECONDS", 3.0)
    started = time.monotonic()
    with pytest.raises(
        ValueError, match=r"hang\.h5' cannot be decoded \(the HDF5 library had not finished with"
    ):
        read_labels(HANG)
    assert time.monotonic() - started < 20


@pytest.mark.skipif(os.name == "nt", reason="signals of POSIX")
def test_an_interrupt_ends_a_reading_that_hangs():
    hear = "import signal; signal.signal(signal.SIGINT, signal.default_int_handler)"  # ignored by some shells
    code = f"{hear}; import corewidgets as cw; print('go', flush=True); cw.read_labels({str(HANG)!r})"
    program = subprocess.Popen(
        [sys.executable, "-c", code],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )
    try:
        assert program.stdout.readline() == "go\n"
        time.sleep(3)
        program.send_signal(signal.SIGINT)
        assert "KeyboardInterrupt" in program.communicate(timeout=15)[1]
    finally:
        program.kill()


def test_a_library_that_crashes_is_an_error(tmp_path, monkeypatch):
    script = tmp_path / "crash.py"
    script.write_text("import os\nos.abort()\n")
    monkeypatch.setattr(hdf5, "__file__", str(script))
    with pytest.raises(Hdf5DamageError, match=r"^the HDF5 library crashed on it$"), open_hdf5(HANG):
        pass


def test_values_in_other_files_are_not_read(tmp_path):
    secret = tmp_path / "secret.txt"
    secret.write_bytes(bytes(range(12)))
    with h5py.File(tmp_path / "external.h5", "w") as file:
        file.create_dataset("exported_data", (3, 4), np.uint8, external=[(str(secret), 0, 12)])
    with h5py.File(tmp_path / "other.h5", "w") as file:
        file["data"] = np.ones((3, 4), np.uint8)
    layout = h5py.VirtualLayout((3, 4), np.uint8)
    layout[:] = h5py.VirtualSource(str(tmp_path / "other.h5"), "data", shape=(3, 4))
    with h5py.File(tmp_path / "virtual.h5", "w") as file:
        file.create_virtual_dataset("exported_data", layout)
    for name in ("external.h5", "virtual.h5"):
        with pytest.raises(ValueError, match=f"{name}' are kept in other files, which are not opened; write"):
            read_labels(tmp_path / name)
    with h5py.File(tmp_path / "link.h5", "w") as file:
        file["exported_data"] = h5py.ExternalLink("other.h5", "data")
    with pytest.raises(ValueError, match=r"link\.h5' has no dataset 'exported_data' but none at all"):
        read_labels(tmp_path / "link.h5")


@pytest.mark.parametrize("kind", ["S20", "S1", [("a", "u1")], "c8"])
def test_values_that_are_no_numbers_are_not_read(tmp_path, kind):
    with h5py.File(tmp_path / "wide.h5", "w") as file:
        file.create_dataset("exported_data", (3, 4), kind)
    with pytest.raises(ValueError, match="but must be numbers of up to 64 bits; export them as such"):
        read_labels(tmp_path / "wide.h5")


def test_more_values_than_the_bytes_can_hold_are_not_read(tmp_path):
    path = tmp_path / "empty.h5"
    with h5py.File(path, "w") as file:  # chunks that were never written take no place
        file.create_dataset("exported_data", (20_000, 20_000), np.uint8, chunks=(1000, 1000))
    assert path.stat().st_size < 40_000
    with pytest.raises(ValueError, match=r"cannot be decoded \(400000000 values\)"):
        read_labels(path)
    with pytest.raises(Hdf5DamageError, match=r"^400000000 values$"):
        read(path, most=10)
    with h5py.File(path, "w") as file:
        file.create_dataset("exported_data", (4, 4), np.uint8, maxshape=(None, None), chunks=(20_000, 20_000))
    with pytest.raises(ValueError, match=r"cannot be decoded \(400000000 values in one chunk of 16\)"):
        read_labels(path)


@pytest.mark.skipif(not Path("/proc/self/statm").exists(), reason="no limit of memory on this system")
def test_the_child_has_a_limit_of_memory(tmp_path, monkeypatch):
    script = tmp_path / "greedy.py"
    source = Path(hdf5.__file__).read_text(encoding="utf-8")
    script.write_text(source.replace("file.visititems(note)", "bytearray(8 * 2**30)"), encoding="utf-8")
    monkeypatch.setattr(hdf5, "__file__", str(script))
    with pytest.raises(Hdf5DamageError, match="MemoryError"), open_hdf5(HANG):
        pass


def test_what_cannot_be_opened_is_said_by_the_system(tmp_path):
    with pytest.raises(FileNotFoundError), open_hdf5(tmp_path / "none.h5"):
        pass
