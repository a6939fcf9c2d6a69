"""The rules of LAS 2.0 (Canadian Well Logging Society), asked of a file without the library that wrote it."""

from __future__ import annotations

import itertools
import re

WELL = ("STRT", "STOP", "STEP", "NULL", "COMP", "WELL", "FLD", "LOC", "SRVC", "DATE", "UWI", "API")
LINE = re.compile(r"^\s*([^.:\s]+)\s*\.(\S*)\s+(.*?)\s*:(.*)$|^\s*([^.:\s]+)\s*\.(\S*)\s*:(.*)$")
DEPTHS = ("DEPT", "DEPTH", "TIME", "INDEX")


def las_problems(path, longest=None):
    """Return what is wrong with a file."""
    content = path.read_bytes()
    if not content.isascii() or b"\t" in content:
        return ["it is not plain ASCII"]
    lines = content.decode("ascii").splitlines()
    sections, problems = _sections(lines), []
    if list(sections) != [name for name in "VWCPOA" if name in sections]:
        problems.append(f"sections are {', '.join(sections)}")
    version, well, curves, params = (_items(sections.get(name, []), problems) for name in "VWCP")
    names = [name for name, _, _ in curves]
    if {name: value for name, _, value in version}.get("VERS") != "2.0":
        problems.append("VERS is not 2.0")
    problems += [f"~Well lacks {name}" for name in WELL if name not in {item for item, _, _ in well}]
    for group in (well, names and curves, params):
        known = [name for name, _, _ in group]
        problems += [f"{name} occurs twice" for name in sorted(set(known)) if known.count(name) > 1]
    if longest is not None:
        problems += [f"{name} has more than {longest} characters" for name in names if len(name) > longest]
    problems += [f"{name} is no mnemonic" for name in names if not re.fullmatch(r"[A-Z0-9_]+", name)]
    wrapped = {name: value for name, _, value in version}.get("WRAP") == "YES"
    limit = 80 if wrapped else 256
    problems += ["a line is too long" for line in lines if len(line) > limit]
    return problems + _data_problems(well, curves, sections.get("A", []), wrapped)


def _sections(lines):
    """Return the lines of each section by its letter, in the order of the file."""
    sections, name = {}, ""
    for line in lines:
        if line.startswith("~"):
            name = line[1].upper()
            sections[name] = []
        elif line.strip() and not line.startswith("#"):
            sections[name].append(line)
    return sections


def _items(lines, problems):
    """Return mnemonic, unit and value of each line of a section."""
    items = []
    for line in lines:
        found = LINE.match(line)
        if found is None:
            problems.append(f"not MNEMONIC.UNIT VALUE : DESCRIPTION: {line!r}")
        else:
            items.append((found[1] or found[5], found[2] or found[6] or "", found[3] or ""))
    return items


def _data_problems(well, curves, lines, wrapped):
    """Return where the data are not what the header says."""
    header = {name: (unit, value) for name, unit, value in well}
    if not curves or curves[0][0] not in DEPTHS:
        return ["the index is none of depth or time"]
    index = curves[0][1]
    units = [(name, header.get(name, ("", ""))[0]) for name in ("STRT", "STOP", "STEP")]
    problems = [f"{name} has the unit {unit}, but the index {index}" for name, unit in units if unit != index]
    if not re.fullmatch(r"-?\d+(\.\d+)?", header["NULL"][1]):
        problems.append("NULL is no number")
    numbers = [float(text) for line in lines for text in line.split()]
    if len(numbers) % len(curves) or (
        not wrapped and any(len(line.split()) != len(curves) for line in lines)
    ):
        return [*problems, "rows have other numbers of values than there are curves"]
    ends = [float(header[name][1]) for name in ("STRT", "STOP", "STEP")]
    return problems + _depth_problems(numbers[:: len(curves)], *ends)


def _depth_problems(depths, strt, stop, step):
    """Return where the index is not what STRT, STOP and STEP say."""
    problems = []
    for name, value, place, depth in (("STRT", strt, "first", depths[0]), ("STOP", stop, "last", depths[-1])):
        if abs(depth - value) > 1e-6:
            problems.append(f"{name} {value:g} is not the {place} depth {depth:g}")
        if abs(value / step - round(value / step)) * step > 2e-6:
            problems.append(f"{name} {value:g} is no multiple of STEP {step:g}")
    if any(abs(after - before - step) > 2e-6 for before, after in itertools.pairwise(depths)):
        problems.append("depths do not grow by STEP")
    return problems
