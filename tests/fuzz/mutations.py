"""Files changed at random, mostly so that they are still of their format and a reader gets far into them."""

from __future__ import annotations

import contextlib
import io
import json
import struct
import zipfile
import zlib
from random import Random

PNG = b"\x89PNG\r\n\x1a\n"
INTEGERS = (
    0,
    1,
    2,
    3,
    7,
    8,
    16,
    127,
    128,
    255,
    256,
    32767,
    65535,
    2**24,
    2**31 - 1,
    2**31,
    2**32 - 1,
    2**63 - 1,
)
VALUES = (
    *(None, True, False, 0, -1, 1, 255, 256, 0.5, -0.0, 1e308, -1e308, 2**31, 2**63, 10**400, 1e-320),
    *(float("nan"), float("inf"), float("-inf"), "", "x", "0", "NaN", "../../x", "a\0b", "\ud800", "é" * 300),
    *(
        "=1+1",
        "#FF0000",
        " ",
        "\n",
        [],
        {},
        [[]],
        [0],
        [None],
        {"x": 1},
        [1, 2, 3],
        [[0, 0], [1e9, 0], [0, 1]],
    ),
)
CELLS = (
    *(
        "",
        " ",
        "0",
        "-1",
        "1e308",
        "nan",
        "inf",
        "-inf",
        "1,5",
        "1.000,5",
        "9000 ft",
        "x",
        "=1+1",
        "#FFF",
        "0:0 0:0",
    ),
    *(
        "-5:3 2:1",
        "1:2 3:4 5:6",
        "٣",
        "é" * 300,
        '"',
        '""',
        "\0",
        "../..",
        "\ud83d\ude00",
        "2024-01-05",
        "9" * 400,
    ),
)


def changed(content: bytes, chance: Random) -> bytes:
    """Return a file with one change or a few."""
    for _ in range(chance.choice((1, 1, 1, 2, 3))):
        content = _kind_of(content)(content, chance)
    return content


def _kind_of(content: bytes):
    if content.startswith(b"PK"):
        return _zip
    if content.startswith(PNG):
        return _png
    if content.lstrip()[:1] in {b"{", b"["}:
        return _json
    if content.startswith(b"\x93NUMPY"):
        return _npy
    if content[:4] in {b"II*\0", b"MM\0*"}:
        return _tiff
    if content[8:9] == b"{":
        return _safetensors
    return _table if _is_text(content) else _bytes


def _is_text(content: bytes) -> bool:
    try:
        return bool(content) and b"\0" not in content and bool(content.decode())
    except UnicodeDecodeError:
        return False


def _bytes(content: bytes, chance: Random) -> bytes:
    """Change bytes, wherever they are."""
    made = bytearray(content)
    start = chance.randrange(len(made) + 1)
    n = min(chance.choice((1, 1, 2, 4, 8, 64)), len(made) - start)
    how = chance.randrange(7)
    if how == 0:
        made[start : start + n] = chance.randbytes(n)
    elif how == 1:
        del made[start : start + n]
    elif how == 2:
        made[start:start] = made[start : start + n] * chance.choice((1, 2, 100))
    elif how == 3:
        number = chance.choice(INTEGERS)
        width, order = chance.choice((1, 2, 4, 8)), chance.choice(("little", "big"))
        made[start : start + width] = (number % 256**width).to_bytes(width, order)
    elif how == 4:
        del made[start:]
    elif how == 5 and n:
        made[start] ^= 1 << chance.randrange(8)
    else:
        other = chance.randrange(len(made) + 1)
        made[start : start + n] = made[other : other + n]
    return bytes(made)


def _json(content: bytes, chance: Random) -> bytes:
    """Change a value, wherever it is in the tree."""
    try:
        tree = json.loads(content)
    except (ValueError, RecursionError):
        return _bytes(content, chance)
    if chance.random() < 0.1:
        return _bytes(content, chance)
    if chance.random() < 0.02:
        n = chance.choice((500, 100_000))
        return b"[" * n + b"]" * n
    holders = [tree]
    for holder in holders:
        children = holder.values() if isinstance(holder, dict) else holder if isinstance(holder, list) else ()
        holders += [child for child in list(children)[:200] if isinstance(child, (dict, list)) and child]
    holder = chance.choice(holders)
    if not isinstance(holder, (dict, list)) or not holder:
        tree = chance.choice(VALUES)
    else:
        _change_inside(holder, chance)
    return json.dumps(tree).encode("utf-8", "surrogatepass")


def _change_inside(holder, chance: Random) -> None:
    keys = list(holder) if isinstance(holder, dict) else range(len(holder))
    key = chance.choice(list(keys))
    how = chance.randrange(6)
    if how == 0:
        del holder[key]
    elif how == 1 and isinstance(holder, list):
        holder.insert(key, holder[key])
    elif how == 1:
        holder[chance.choice(("x", "", "code", "name", "a" * 300))] = holder[key]
    elif how == 2:
        holder[key] = holder[chance.choice(list(keys))]
    elif how == 3 and isinstance(holder[key], str) and holder[key]:
        text = holder[key]
        place = chance.randrange(len(text))
        holder[key] = text[:place] + chance.choice(("", "\0", "é", "-", "9", text)) + text[place + 1 :]
    elif how == 4 and isinstance(holder[key], (int, float)):
        made = chance.choice((lambda x: -x, lambda x: x * 10, lambda x: x + 1, lambda x: x * 1.0))
        with contextlib.suppress(OverflowError):  # of 400 digits
            holder[key] = made(holder[key])
    else:
        holder[key] = chance.choice(VALUES)


def _table(content: bytes, chance: Random) -> bytes:
    """Change a cell or a row."""
    if chance.random() < 0.1:
        return _bytes(content, chance)
    lines = content.decode("utf-8", "replace").split("\n")
    place = chance.randrange(len(lines))
    how = chance.randrange(8)
    if how <= 3:
        cells = lines[place].split(",")
        cells[chance.randrange(len(cells))] = chance.choice(CELLS)
        lines[place] = ",".join(cells)
    elif how == 4:
        del lines[place]
    elif how == 5:
        lines.insert(place, lines[chance.randrange(len(lines))])
    elif how == 6:
        lines = [line.replace(",", chance.choice((";", "\t", "|", ",,", " "))) for line in lines]
    else:
        encoding = chance.choice(("utf-16", "utf-8-sig", "latin-1", "utf-32"))
        return "\n".join(lines).encode(encoding, "replace")
    return "\n".join(lines).encode("utf-8", "surrogatepass")


def _chunks(content: bytes):
    place = len(PNG)
    while place + 12 <= len(content):
        (n,) = struct.unpack_from(">I", content, place)
        yield content[place + 4 : place + 8], content[place + 8 : place + 8 + n]
        place += 12 + n


def _png(content: bytes, chance: Random) -> bytes:
    """Change a chunk, and correct its check sum."""
    if chance.random() < 0.1:
        return _bytes(content, chance)
    chunks = list(_chunks(content))
    if not chunks:
        return _bytes(content, chance)
    place = chance.randrange(len(chunks))
    name, data = chunks[place]
    how = chance.randrange(6)
    if how == 0:
        del chunks[place]
    elif how == 1:
        chunks.insert(chance.randrange(len(chunks) + 1), (name, data))
    elif how == 2 and name == b"IHDR" and len(data) == 13:
        made = bytearray(data)
        field = chance.randrange(7)
        if field < 2:
            made[4 * field : 4 * field + 4] = chance.choice(INTEGERS[:-1]).to_bytes(4, "big")
        else:
            made[6 + field] = chance.choice((0, 1, 2, 3, 4, 6, 8, 16, 255))
        chunks[place] = name, bytes(made)
    elif name in {b"IDAT", b"zTXt", b"iTXt"} and how < 5:
        chunks[place] = name, _unpacked_changed(data, chance)
    else:
        chunks[place] = name, changed(data, chance) if data else data
    return PNG + b"".join(
        struct.pack(">I", len(data)) + name + data + struct.pack(">I", zlib.crc32(name + data))
        for name, data in chunks
    )


def _unpacked_changed(data: bytes, chance: Random) -> bytes:
    """Change what is packed in a part of a file, and pack it again."""
    start = max(data.find(b"\x78"), 0)
    try:
        inside = zlib.decompress(data[start:])
    except zlib.error:
        return _bytes(data, chance)
    return data[:start] + zlib.compress(changed(inside, chance))


def _zip(content: bytes, chance: Random) -> bytes:
    """Change a file in an archive, or the list of them."""
    if chance.random() < 0.1:
        return _bytes(content, chance)
    try:
        with zipfile.ZipFile(io.BytesIO(content)) as archive:
            members = [(info, archive.read(info)) for info in archive.infolist()]
    except Exception:  # noqa: BLE001  (whatever an archive that was changed already makes zipfile raise)
        return _bytes(content, chance)
    if not members:
        return _bytes(content, chance)
    place = chance.randrange(len(members))
    info, data = members[place]
    how = chance.randrange(10)
    if how == 0:
        del members[place]
    elif how == 1:
        members[place] = info, members[chance.randrange(len(members))][1]
    else:
        members[place] = info, changed(data, chance) if data else data
    made = io.BytesIO()
    with zipfile.ZipFile(made, "w") as archive:
        for info, data in members:
            archive.writestr(info.filename, data, info.compress_type)
    return made.getvalue()


def _npy(content: bytes, chance: Random) -> bytes:
    """Change the heading of an array."""
    n = int.from_bytes(content[8:10], "little")
    head, rest = content[10 : 10 + n], content[10 + n :]
    how = chance.randrange(5)
    if how == 0:
        return _bytes(content, chance)
    if how == 1:
        head = head.replace(
            b"|u1", chance.choice((b"|O", b"<f8", b"<i8", b"|b1", b"<U9", b">u2", b"<c8", b"|V3"))
        )
    elif how == 2:
        at = head.find(b"(")
        shape = ", ".join(str(chance.choice(INTEGERS)) for _ in range(chance.randrange(5)))
        head = head[: at + 1] + shape.encode() + head[head.find(b")") :]
    elif how == 3:
        head = head.replace(b"False", b"True")
    else:
        head = _bytes(head, chance)
    return content[:8] + len(head).to_bytes(2, "little") + head + rest


def _tiff(content: bytes, chance: Random) -> bytes:
    """Change an entry of the directory."""
    order = "<" if content[:2] == b"II" else ">"
    try:
        (place,) = struct.unpack_from(order + "I", content, 4)
        (n,) = struct.unpack_from(order + "H", content, place)
        entry = place + 2 + 12 * chance.randrange(max(n, 1))
        field, width = chance.choice(((0, 2), (2, 2), (4, 4), (8, 4)))
        if chance.random() < 0.3 or entry + 12 > len(content):
            return _bytes(content, chance)
    except struct.error:
        return _bytes(content, chance)
    number = chance.choice((*INTEGERS, *range(254, 340))) % 256**width
    made = bytearray(content)
    made[entry + field : entry + field + width] = number.to_bytes(width, "little" if order == "<" else "big")
    return bytes(made)


def _safetensors(content: bytes, chance: Random) -> bytes:
    """Change the heading, or its length."""
    n = int.from_bytes(content[:8], "little")
    if chance.random() < 0.2 or n > len(content):
        return _bytes(content, chance)
    head = _json(content[8 : 8 + n], chance)
    return len(head).to_bytes(8, "little") + head + content[8 + n :]
