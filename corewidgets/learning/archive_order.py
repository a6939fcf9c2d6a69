"""The archive of a model with numbers in place of addresses: the same model gives the same bytes."""

from __future__ import annotations

import io
import json
import zipfile
from pathlib import PurePosixPath
from typing import Any

import numpy as np

__all__ = ["in_order"]

_SCHEMA, _ID, _FILE = "schema.json", "__id__", "file"


def in_order(content: bytes) -> bytes:
    """Return an archive of skops whose objects are numbered as they come, without the time of the day.

    skops names objects, and the files of their arrays, by addresses in memory, which differ each time.

    Parameters
    ----------
    content : bytes
        What `skops.io.dumps` returned, with further members or not.
    """
    with zipfile.ZipFile(io.BytesIO(content)) as archive:
        members = {info.filename: archive.read(info) for info in archive.infolist()}
    schema = json.loads(members.pop(_SCHEMA))
    numbers: dict[str, int] = {}
    _number(schema, numbers)
    names = {name: _renamed(name, numbers) for name in members}
    members = {names[name]: members[name] for name in sorted(members, key=lambda name: _place(names[name]))}
    members = {name: _without_padding(data) for name, data in members.items()}
    members[_SCHEMA] = json.dumps(schema, indent=2).encode()
    new = io.BytesIO()
    with zipfile.ZipFile(new, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, data in members.items():
            archive.writestr(zipfile.ZipInfo(name), data, zipfile.ZIP_DEFLATED)
    return new.getvalue()


def _number(node: Any, numbers: dict[str, int]) -> None:
    """Replace addresses in a part of the schema by numbers, in the order in which they come."""
    if isinstance(node, dict):
        if isinstance(node.get(_ID), int):
            node[_ID] = numbers.setdefault(str(node[_ID]), len(numbers))
        if isinstance(node.get(_FILE), str):
            stem = PurePosixPath(node[_FILE]).stem
            numbers.setdefault(stem, len(numbers))
            node[_FILE] = _renamed(node[_FILE], numbers)
        for value in node.values():
            _number(value, numbers)
    elif isinstance(node, list):
        for value in node:
            _number(value, numbers)


def _without_padding(data: bytes) -> bytes:
    """Set what lies between the fields of records to zero, such as of the nodes of trees: it is arbitrary."""
    if not data.startswith(np.lib.format.MAGIC_PREFIX):
        return data
    array = np.load(io.BytesIO(data), allow_pickle=False)
    if array.dtype.names is None:
        return data
    clean, new = np.zeros(array.shape, array.dtype), io.BytesIO()  # zeros_like leaves the padding as it is
    for name in array.dtype.names:
        clean[name] = array[name]
    np.save(new, clean)
    return new.getvalue()


def _renamed(name: str, numbers: dict[str, int]) -> str:
    """Return the name of a member under the number of its object."""
    path = PurePosixPath(name)
    return str(path.with_name(f"{numbers[path.stem]}{path.suffix}")) if path.stem in numbers else name


def _place(name: str) -> tuple[int, str]:
    stem = PurePosixPath(name).stem
    return (int(stem), "") if stem.isdigit() else (-1, name)
