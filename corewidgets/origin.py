"""Where a file comes from: the command that made it, and what that read, kept in the file or beside it.

PNG keeps it as a text, TIFF in its description, LAS in the section ~Other, HTML in a comment, and a model as
a member of its archive.  Any other file has a small file beside it, ``NAME.origin.json``.
"""

from __future__ import annotations

import hashlib
import html
import io
import json
import os
import re
import struct
import warnings
import zipfile
import zlib
from collections.abc import Callable, Mapping
from dataclasses import asdict, dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, NamedTuple

from corewidgets.atomic import atomic_write
from corewidgets.unpacking import check_unpacked

__all__ = ["Origin", "file_digest", "file_time", "keep_origin", "read_origin"]

KEY = "corewidgets_origin"
FORMAT = 1
_BESIDE = ".origin.json"
_LINE = 70  # characters: files of wrapped logs have at most 80
_SIGNATURE = b"\x89PNG\r\n\x1a\n"
_LARGEST = 2**24  # bytes of what is kept of an origin
_DAMAGE = (  # what libraries raise for broken bytes
    *(
        ArithmeticError,
        AttributeError,
        EOFError,
        LookupError,
        MemoryError,
        RuntimeError,
        TypeError,
        ValueError,
    ),
    *(struct.error, zlib.error),
)


@dataclass(frozen=True)
class Origin:
    """Where a file comes from.

    Attributes
    ----------
    command : tuple of str
        Words of the command line, after the name of the program.
    folder : str
        Folder in which the command was called, as seen from the folder of the file.
    made : str
        The file as the command names it.
    inputs : dict of str to str
        SHA-256 of each file that was read, by the name that the command has for it.
    about : dict
        Digests and facts of what is in the files: the pixels of the photograph, the recipe of the model.
    versions : dict of str to str
        Of the packages that the bytes depend on.
    time : int
        When it was made, in seconds since 1970.
    """

    command: tuple[str, ...]
    folder: str
    made: str
    inputs: Mapping[str, str]
    about: Mapping[str, Any] = field(default_factory=dict)
    versions: Mapping[str, str] = field(default_factory=dict)
    time: int = 0

    def to_text(self) -> str:
        """Return all of it as one line of JSON in ASCII."""
        return json.dumps({"format": FORMAT, **asdict(self)}, separators=(",", ":"))

    @classmethod
    def from_text(cls, text: str) -> Origin:
        """Return the origin that a text holds.

        Raises
        ------
        ValueError
            It is not an origin, or of a newer version.
        """
        try:
            values = json.loads(text)
            if values.pop("format") > FORMAT:
                raise ValueError("it was written by a newer version of corewidgets")
            kinds = {"folder": str, "made": str, "inputs": dict, "about": dict, "versions": dict, "time": int}
            wrong = [name for name, kind in kinds.items() if not isinstance(values[name], kind)]
            texts = [*values["command"], *values["inputs"], *values["inputs"].values()]
            if wrong or not all(isinstance(each, str) for each in texts):
                raise ValueError(f"{', '.join(wrong) or 'a value'} is of the wrong type")
            return cls(tuple(values.pop("command")), **values)
        except (AttributeError, KeyError, TypeError, ValueError, RecursionError) as error:
            raise ValueError(f"The record of its origin is damaged ({error}).") from error


def file_time() -> datetime:
    """Return the time that files which are written say: SOURCE_DATE_EPOCH where that is set, else now."""
    asked = os.environ.get("SOURCE_DATE_EPOCH", "")
    return datetime.fromtimestamp(int(asked), UTC) if asked.isdigit() else datetime.now(UTC)


def file_digest(path: str | os.PathLike[str]) -> str:
    """Return the SHA-256 of a file as hexadecimal digits."""
    with open(path, "rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def keep_origin(path: str | os.PathLike[str], origin: Origin) -> None:
    """Put an origin into a file, or beside it; the file is written whole or not at all.

    Parameters
    ----------
    path : str or path-like
        A file that was just written, or a folder, which keeps it in ``origin.json``.
    origin : Origin

    Warns
    -----
    UserWarning
        The name of the file beside is taken by one that is no origin; that one stays as it is.
    """
    path = Path(path)
    place = None if path.is_dir() else _PLACES.get(path.suffix.lower())
    if place is not None:
        content = place.put(path.read_bytes(), origin.to_text())
        with atomic_write(path) as temporary:
            temporary.write_bytes(content)
        return
    beside = _beside(path)
    if beside.exists() and _in_json(beside.read_bytes()) is None:
        warnings.warn(
            f"'{beside}' was not written by corewidgets and is not changed, so no origin is recorded "
            f"for '{path}'.",
            stacklevel=2,
        )
        return
    with atomic_write(beside) as temporary:
        told = {KEY: json.loads(origin.to_text())} | ({} if path.is_dir() else {"sha256": file_digest(path)})
        temporary.write_text(json.dumps(told, indent=2) + "\n", encoding="utf-8")


def read_origin(path: str | os.PathLike[str]) -> Origin | None:
    """Return where a file comes from, None where that is not recorded.

    Parameters
    ----------
    path : str or path-like

    Raises
    ------
    FileNotFoundError, IsADirectoryError, PermissionError
        The file cannot be read.
    ValueError
        What it says is damaged, or the file was changed after its origin was written beside it.

    Examples
    --------
    >>> import tempfile
    >>> path = Path(tempfile.mkdtemp()) / "log.csv"
    >>> size = path.write_text("top,base")
    >>> read_origin(path) is None
    True
    >>> keep_origin(path, Origin(("report", "hole"), ".", "log.csv", {}))
    >>> read_origin(path).command
    ('report', 'hole')
    """
    path = Path(path)
    place = None if path.is_dir() else _PLACES.get(path.suffix.lower())
    text = _read_beside(path) if place is None else _read_inside(path, place)
    if text is None:
        return None
    try:
        return Origin.from_text(text)
    except ValueError as error:
        raise ValueError(f"'{path}': {error} Write the file again.") from error


def _beside(path: Path) -> Path:
    """Return the file that holds the origin of one that has no place for it, or of a folder."""
    return path / _BESIDE.removeprefix(".") if path.is_dir() else path.with_name(path.name + _BESIDE)


def _read_inside(path: Path, place: _Place) -> str | None:
    """Return the origin that is kept in a file, if any."""
    content = path.read_bytes()
    try:
        return place.get(content)
    except _DAMAGE as error:
        raise ValueError(
            f"'{path}' is damaged or cut short ({error}), so its origin cannot be read; copy it again "
            "from its source, or write it again."
        ) from error


def _read_beside(path: Path) -> str | None:
    """Return the origin that is kept beside a file or in a folder, if any."""
    beside = _beside(path)
    told = _in_json(beside.read_bytes()) if beside.is_file() else None
    if told is None:
        return None
    if not path.is_dir() and told.get("sha256") != file_digest(path):
        raise ValueError(
            f"'{path}' was changed after '{beside.name}' was written beside it; restore the file, "
            "or write it again."
        )
    return json.dumps(told[KEY])


def _in_json(content: bytes) -> dict[str, Any] | None:
    """Return the values of a file beside another one, None where it is none of ours."""
    try:
        told = json.loads(content[:_LARGEST])
    except (ValueError, RecursionError):
        return None
    return told if isinstance(told, dict) and KEY in told else None


def _chunks(content: bytes) -> list[tuple[bytes, bytes]]:
    """Return the chunks of a PNG file as kind and all bytes."""
    chunks, start = [], len(_SIGNATURE)
    while start + 12 <= len(content):
        (length,) = struct.unpack(">I", content[start : start + 4])
        chunks.append((content[start + 4 : start + 8], content[start : start + length + 12]))
        start += length + 12
    return chunks


def _is_origin(kind: bytes, chunk: bytes) -> bool:
    return kind == b"tEXt" and chunk[8:].startswith(KEY.encode() + b"\0")


def _put_png(content: bytes, text: str) -> bytes:
    chunks = [(kind, chunk) for kind, chunk in _chunks(content) if not _is_origin(kind, chunk)]
    data = b"tEXt" + KEY.encode() + b"\0" + text.encode("ascii")
    ours = struct.pack(">I", len(data) - 4) + data + struct.pack(">I", zlib.crc32(data))
    pictured = [chunk for _, chunk in chunks]
    return _SIGNATURE + pictured[0] + ours + b"".join(pictured[1:])


def _get_png(content: bytes) -> str | None:
    found = [chunk for kind, chunk in _chunks(content) if _is_origin(kind, chunk)]
    return found[0][8 + len(KEY) + 1 : -4].decode("ascii", "replace") if found else None


def _put_tiff(content: bytes, text: str) -> bytes:
    import tifffile

    file = io.BytesIO(content)
    with tifffile.TiffFile(file) as tiff:
        told = _description(tiff.pages[0]) or {}
    description = json.dumps(told | {KEY: json.loads(text)})
    file.seek(0)
    with tifffile.TiffFile(file, mode="r+") as tiff:
        tiff.pages[0].tags["ImageDescription"].overwrite(description)  # type: ignore[union-attr]
    return file.getvalue()


def _get_tiff(content: bytes) -> str | None:
    import tifffile

    try:
        with tifffile.TiffFile(io.BytesIO(content)) as tiff:
            told = _description(tiff.pages[0])
    except (tifffile.TiffFileError, IndexError):
        return None
    return json.dumps(told[KEY]) if told and KEY in told else None


def _description(page: Any) -> dict[str, Any] | None:
    """Return the values of the description of a page, None where it is no JSON of names."""
    try:
        told = json.loads(page.description)
    except (ValueError, RecursionError):
        return None
    return told if isinstance(told, dict) else None


_LAS_LINES = re.compile(rf"^{KEY} (.*)\n", re.MULTILINE)


def _put_las(content: bytes, text: str) -> bytes:
    text, width = text.replace(" ", r"\u0020"), _LINE - len(KEY)  # ends of lines that no editor cuts
    lines = [f"{KEY} {text[start : start + width]}" for start in range(0, len(text), width)]
    before, mark, after = _LAS_LINES.sub("", content.decode("ascii")).partition("\n~A")
    section = [] if "\n~O" in before else ["~Other"]
    return ("\n".join([before, *section, *lines]) + mark + after).encode("ascii")


def _get_las(content: bytes) -> str | None:
    found = _LAS_LINES.findall(content.decode("ascii", "replace"))
    return "".join(found) if found else None


def _put_html(content: bytes, text: str) -> bytes:
    ours = f"<!-- {KEY} {html.escape(text).replace('-', '&#45;')} -->\n"
    return re.sub(rf"<!-- {KEY} .* -->\n".encode(), b"", content) + ours.encode()


def _get_html(content: bytes) -> str | None:
    found = re.search(rf"<!-- {KEY} (.*) -->\n".encode(), content)
    return None if found is None else html.unescape(found[1].decode("utf-8", "replace"))


_MEMBER = "origin.json"


def _put_model(content: bytes, text: str) -> bytes:
    new = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(content)) as old, zipfile.ZipFile(new, "w") as archive:
        for member in old.infolist():
            if member.filename != _MEMBER:
                archive.writestr(member, old.read(member))
        archive.writestr(zipfile.ZipInfo(_MEMBER), text)
    return new.getvalue()


def _get_model(content: bytes) -> str | None:
    try:
        with zipfile.ZipFile(io.BytesIO(content)) as archive:
            member = archive.getinfo(_MEMBER)
            check_unpacked(archive, _LARGEST, [member])
            return archive.read(member).decode()
    except (KeyError, zipfile.BadZipFile, ValueError, zlib.error):
        return None


class _Place(NamedTuple):
    """How an origin is put into the bytes of a file, and found in them."""

    put: Callable[[bytes, str], bytes]
    get: Callable[[bytes], str | None]


_TIFF, _HTML = _Place(_put_tiff, _get_tiff), _Place(_put_html, _get_html)
_PLACES = {
    ".png": _Place(_put_png, _get_png),
    ".tif": _TIFF,
    ".tiff": _TIFF,
    ".las": _Place(_put_las, _get_las),
    ".html": _HTML,
    ".htm": _HTML,
    ".skops": _Place(_put_model, _get_model),
}
