"""HDF5 files that come from elsewhere, read in a process of its own.

The HDF5 library is not made for files that nobody vouches for: eight changed bytes keep it busy for ever,
deaf to Ctrl-C, and a file of one kilobyte makes it ask for gigabytes.  Here a child process opens the file,
with a limit of time and memory, and hands over what is asked for; whatever happens to it, the caller gets an
error and goes on.  This file is run by that process as well, so it imports nothing of the package.
"""

from __future__ import annotations

import contextlib
import json
import math
import os
import signal
import subprocess
import sys
import threading
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import IO, Any

import numpy as np
from numpy.typing import NDArray

__all__ = ["Dataset", "Hdf5DamageError", "Hdf5File", "open_hdf5"]

SECONDS = 30.0
"""How long a file may take that is not large."""

_BYTES_A_SECOND = 2e6  # of a file on a slow network drive
_VALUES_A_SECOND = 1e7  # unpacked by a slow computer
_MEMORY = 2**30  # bytes besides the values themselves
_CPU_SECONDS = 3600  # of a child whose parent was killed
_VALUES_A_BYTE = 10_000  # zlib packs about 1,000 equal bytes into one, and chunks never written take none
_CHUNK = 2**26  # values of a chunk of a small array: a chunk is unpacked as a whole


class Hdf5DamageError(ValueError):
    """The library cannot read a file; the text says why, in the middle of a sentence."""


@dataclass(frozen=True)
class Dataset:
    """What a file says of one of its arrays.

    Attributes
    ----------
    name : str
        With the groups that it lies in, separated by slashes.
    shape : sequence of int
        Sizes along its axes.
    dtype, kind, item_bytes : str, str, int
        Type of its values, as NumPy names it; its kind; and bytes of each.
    chunk : sequence of int
        Sizes of the pieces that it is packed in; empty where it is not.
    elsewhere : bool
        Whether its values are kept in other files.
    attributes : mapping
        Texts of those of the attributes that were asked for and that it has.
    numbers : mapping
        Whole numbers of those of the attributes that were asked for as such and that it has.
    """

    name: str
    shape: Sequence[int]
    dtype: str
    kind: str
    item_bytes: int
    chunk: Sequence[int]
    elsewhere: bool
    attributes: Mapping[str, str]
    numbers: Mapping[str, Sequence[int]]

    @property
    def size(self) -> int:
        """Number of values."""
        return math.prod(self.shape)


class Hdf5File:
    """An open file; see `open_hdf5`.

    Attributes
    ----------
    datasets : dict
        Each `Dataset` in the file by its name.
    """

    def __init__(self, path: Path, attributes: Sequence[str], numbers: Sequence[str]) -> None:
        self._path = path
        self._n_bytes = path.stat().st_size
        path.open("rb").close()  # PermissionError and the like, before a library words it in its own way
        places = os.pathsep.join(filter(None, sys.path))
        self._process = subprocess.Popen(  # noqa: S603  (this file, by this Python)
            [sys.executable, "-P", "-S", __file__],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            env={**os.environ, "PYTHONPATH": places, "OPENBLAS_NUM_THREADS": "1"},
        )
        if self._process.stdin is None or self._process.stdout is None:
            raise RuntimeError("The process that reads HDF5 was started without pipes.")
        self._to_child, self._from_child = self._process.stdin, self._process.stdout
        try:
            names = {"attributes": list(attributes), "numbers": list(numbers)}
            answer = self._ask({"path": str(path.absolute()), **names})
            self.datasets = {name: Dataset(name=name, **told) for name, told in answer["datasets"].items()}
        except BaseException:
            self.close()
            raise

    def read(self, name: str, *, most: int) -> NDArray[Any]:
        """Read an array.

        Parameters
        ----------
        name : str
            One of `datasets`.
        most : int
            How many values it may have.

        Returns
        -------
        ndarray

        Raises
        ------
        Hdf5DamageError
            It cannot be read within the limits of time and memory, or has more values than `most` or than
            its file can hold.
        ValueError
            Its values are no plain numbers, or are kept in other files than this one.
        """
        dataset = self.datasets[name]
        self._check(dataset, most)
        seconds = dataset.size / _VALUES_A_SECOND
        answer = self._ask({"read": name, "n_bytes": dataset.size * dataset.item_bytes}, seconds)
        values = np.empty(answer["shape"], np.dtype(answer["dtype"]))
        if values.size:
            self._receive(values.reshape(-1).view(np.uint8).data, seconds)
        return values

    def close(self) -> None:
        """End the process."""
        self._process.kill()
        self._process.communicate()

    def _check(self, dataset: Dataset, most: int) -> None:
        if dataset.elsewhere:
            raise ValueError(
                f"The values of {dataset.name!r} in '{self._path}' are kept in other files, which are not "
                "opened; write them into this one: read them in the program that made it, and save them "
                "again."
            )
        if dataset.kind not in "buif" or dataset.item_bytes > 8:
            raise ValueError(
                f"The values of {dataset.name!r} in '{self._path}' are of type {dataset.dtype}, but must be "
                "numbers of up to 64 bits; export them as such."
            )
        if dataset.size > min(most, _VALUES_A_BYTE * self._n_bytes):
            raise Hdf5DamageError(f"{dataset.size} values")
        if math.prod(dataset.chunk) > max(4 * dataset.size, _CHUNK):
            raise Hdf5DamageError(f"{math.prod(dataset.chunk)} values in one chunk of {dataset.size}")

    def _ask(self, request: Mapping[str, Any], seconds: float = 0.0) -> dict[str, Any]:
        """Return what the child answers, or raise what it says."""
        with self._limit(seconds):
            with contextlib.suppress(OSError):  # it has ended: then there is no answer either
                self._to_child.write(json.dumps(request).encode() + b"\n")
                self._to_child.flush()
            line = self._from_child.readline()
        if not line.endswith(b"\n"):
            raise Hdf5DamageError("the HDF5 library crashed on it")
        answer: dict[str, Any] = json.loads(line)
        if "error" in answer:
            raise Hdf5DamageError(answer["error"])
        return answer

    def _receive(self, target: memoryview, seconds: float) -> None:
        """Fill a piece of memory with what the child sends."""
        with self._limit(seconds):
            n_read = self._from_child.readinto(target)  # type: ignore[attr-defined]
        if n_read != len(target):
            raise Hdf5DamageError("the HDF5 library crashed on it")

    @contextlib.contextmanager
    def _limit(self, seconds: float) -> Iterator[None]:
        """End the child where it takes longer than a file of this size, with these seconds more, may take."""
        limit = SECONDS + self._n_bytes / _BYTES_A_SECOND + seconds
        late = threading.Event()

        def end() -> None:
            late.set()
            self._process.kill()

        timer = threading.Timer(limit, end)
        timer.daemon = True
        timer.start()
        try:
            yield
        finally:
            timer.cancel()
        if late.is_set():
            raise Hdf5DamageError(f"the HDF5 library had not finished with it after {limit:.0f} seconds")


@contextlib.contextmanager
def open_hdf5(
    path: str | os.PathLike[str], attributes: Sequence[str] = (), numbers: Sequence[str] = ()
) -> Iterator[Hdf5File]:
    """Open an HDF5 file to read from it, in a process that ends with the context.

    Links to other files are not followed.

    Parameters
    ----------
    path : str or path-like
        File to read.
    attributes : sequence of str
        Names of the attributes of datasets that are of interest and are texts.
    numbers : sequence of str
        Names of those that are lists of up to 256 whole numbers.

    Yields
    ------
    Hdf5File

    Raises
    ------
    OSError
        The file cannot be opened.
    Hdf5DamageError
        It is no HDF5 file, damaged, or the library fails or takes too long at it.

    Examples
    --------
    >>> import tempfile, h5py
    >>> path = Path(tempfile.mkdtemp()) / "labels.h5"
    >>> with h5py.File(path, "w") as file:
    ...     file["exported_data"] = [[0, 1], [2, 2]]
    >>> with open_hdf5(path) as file:
    ...     print(file.datasets["exported_data"].shape, file.read("exported_data", most=1000).sum())
    [2, 2] 5
    """
    file = Hdf5File(Path(path), attributes, numbers)
    try:
        yield file
    finally:
        file.close()


# The child: one line of JSON for each question, one line for each answer, and the bytes of values behind it


def _serve(questions: IO[bytes], answers: IO[bytes]) -> None:
    """Answer what the parent asks about one file, until it asks no more."""
    opened: Any = None
    for question in map(json.loads, questions):
        values = None
        try:
            if opened is None:
                opened, answer = _opened(question["path"], question["attributes"], question["numbers"])
            else:
                values = _values(opened[question["read"]], question["n_bytes"])
                answer = {"shape": values.shape, "dtype": values.dtype.str}
        except Exception as error:  # noqa: BLE001  (whatever a library raises for broken bytes)
            answer, values = {"error": f"{type(error).__name__}: {error}".strip(": ")}, None
        answers.write(json.dumps(answer).encode() + b"\n")
        if values is not None and values.size:
            answers.write(values.reshape(-1).view(np.uint8).data)
        answers.flush()


def _opened(path: str, attributes: Sequence[str], numbers: Sequence[str]) -> tuple[Any, dict[str, Any]]:
    """Open the file, and tell what datasets it has."""
    import h5py

    _limit_memory(0)
    file = h5py.File(path, "r")
    found: dict[str, Any] = {}

    def note(name: str, item: Any) -> None:  # visititems goes on until one returns something
        if isinstance(item, h5py.Dataset):
            found[name] = _told(item, attributes, numbers)

    file.visititems(note)
    return file, {"datasets": found}


def _told(item: Any, attributes: Sequence[str], numbers: Sequence[str]) -> dict[str, Any]:
    """Return what there is to know of a dataset before it is read, as plain values."""
    dtype = item.dtype
    return {
        "shape": list(item.shape or ()) if item.shape is not None else [0],
        "dtype": dtype.name,
        "kind": dtype.kind,
        "item_bytes": dtype.itemsize,
        "chunk": list(item.chunks or ()),
        "elsewhere": bool(item.is_virtual or item.external),
        "attributes": {name: _text(item.attrs[name], name) for name in attributes if name in item.attrs},
        "numbers": {name: _numbers(item.attrs[name], name) for name in numbers if name in item.attrs},
    }


def _text(value: Any, name: str) -> str:
    if isinstance(value, bytes):
        return value.decode()
    if not isinstance(value, str):
        raise TypeError(f"its attribute {name!r} is not text")
    return value


def _numbers(value: Any, name: str) -> list[int]:
    values = np.asarray(value)
    if values.ndim != 1 or values.dtype.kind not in "iu" or values.size > 256:
        raise TypeError(f"its attribute {name!r} is not a list of up to 256 whole numbers")
    return [int(one) for one in values]


def _values(item: Any, n_bytes: int) -> NDArray[Any]:
    """Return the values of a dataset, in the order of rows."""
    _limit_memory(3 * n_bytes)  # the values, a chunk packed and unpacked
    return np.asarray(item[()], order="C")


def _limit_memory(n_bytes: int) -> None:
    """Allow this process what it has, what a file may take at most, and some bytes more."""
    try:
        import resource

        pages = int(Path("/proc/self/statm").read_text().split()[0])
    except (ImportError, OSError):
        return  # no such thing on this system: the sizes that a file tells are checked in any case
    _lower(resource.RLIMIT_AS, pages * resource.getpagesize() + _MEMORY + n_bytes)
    _lower(resource.RLIMIT_CPU, _CPU_SECONDS)


def _lower(kind: int, limit: int) -> None:
    """Set a limit, but not above the one that the system has set."""
    import resource

    hard = resource.getrlimit(kind)[1]
    resource.setrlimit(kind, (limit if hard == resource.RLIM_INFINITY else min(limit, hard), hard))


if __name__ == "__main__":
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # the parent hears it as well, and ends this process
    _serve(sys.stdin.buffer, sys.stdout.buffer)
