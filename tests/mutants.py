"""Change one place of a module at a time, and see whether its own tests notice: the share that they do.

    python tests/mutants.py --sample 30 corewidgets/atomic.py corewidgets/labels/edits.py

Each change is tried in a fork of a process that has imported everything, on the tests of the module's name
and those that are named beside it below. Slow tests are left out. In the fork the functions of the module get
the code of the changed ones, so nothing is imported twice.
"""

from __future__ import annotations

import argparse
import ast
import contextlib
import copy
import importlib
import inspect
import io
import json
import math
import os
import random
import resource
import signal
import sys
import tempfile
import time
import types
from collections.abc import Iterator
from pathlib import Path
from typing import NoReturn

import pytest

ROOT = Path(__file__).resolve().parents[1]
LIBRARIES = (  # none of those that pytest must import itself, to rewrite them
    *("numpy", "scipy.ndimage", "PIL.Image", "h5py", "pandas", "sklearn.ensemble", "skimage.segmentation"),
    *("jax", "flax.nnx", "skops.io"),
    *("ipywidgets", "ipycanvas", "anywidget", "distributed", "tifffile"),
)
OPTIONS = ("-q", "-p", "no:cacheprovider", "-m", "not slow")
BESIDE = {
    "corewidgets/atomic.py": ["tests/test_file_calls.py"],
    "corewidgets/labels/edits.py": ["tests/labels/test_history.py"],
    "corewidgets/labels/history.py": ["tests/labels/test_class_list.py", "tests/machines/test_labels.py"],
    "corewidgets/labels/class_list.py": ["tests/labels/test_history.py", "tests/labels/test_legend.py"],
    "corewidgets/widgets/autosave.py": [
        "tests/widgets/test_tools_on_one_file.py",
        "tests/machines/test_autosave.py",
        "tests/test_file_calls.py",
    ],
    "corewidgets/session.py": ["tests/machines/test_session.py", "tests/test_file_calls.py"],
    "corewidgets/labels/files.py": ["tests/labels/test_photograph_mark.py"],
    "corewidgets/labels/formats.py": ["tests/labels/test_files.py"],
    "corewidgets/labels/pictures.py": ["tests/labels/test_files.py"],
    "corewidgets/labels/colors.py": ["tests/labels/test_pictures.py"],
    "corewidgets/batch/finished.py": ["tests/batch/test_segment.py"],
    "corewidgets/batch/run_description.py": ["tests/batch/test_run_folder.py", "tests/batch/test_segment.py"],
    "corewidgets/batch/section_record.py": ["tests/batch/test_edited_records.py"],
    "corewidgets/batch/section_worker.py": ["tests/machines/test_run.py", "tests/batch/test_segment.py"],
    "corewidgets/batch/core_run.py": ["tests/batch/test_segment.py"],
    "corewidgets/batch/section_map.py": ["tests/batch/test_segment.py"],
}
DEFAULT = tuple(BESIDE)

COMPARISONS = {
    ast.Lt: ast.LtE, ast.LtE: ast.Lt, ast.Gt: ast.GtE, ast.GtE: ast.Gt, ast.Eq: ast.NotEq, ast.NotEq: ast.Eq,
    ast.Is: ast.IsNot, ast.IsNot: ast.Is, ast.In: ast.NotIn, ast.NotIn: ast.In,
}  # fmt: skip
OPERATIONS = {
    ast.Add: ast.Sub, ast.Sub: ast.Add, ast.Mult: ast.Add, ast.Div: ast.Mult, ast.FloorDiv: ast.Mult,
    ast.Mod: ast.Mult, ast.BitAnd: ast.BitOr, ast.BitOr: ast.BitAnd, ast.BitXor: ast.BitOr, ast.Pow: ast.Mult,
}  # fmt: skip


def changed(node: ast.AST) -> ast.AST | None:
    """Return what a node is changed to, None where it stays."""
    if isinstance(node, ast.UnaryOp) and isinstance(node.op, ast.Not):
        return node.operand
    is_call = isinstance(node, ast.Expr) and isinstance(node.value, ast.Call)
    if is_call or isinstance(node, ast.Continue | ast.Break):
        return ast.Pass()
    if isinstance(node, ast.If | ast.IfExp):
        return _with(node, test=ast.UnaryOp(ast.Not(), node.test))
    if isinstance(node, ast.Return) and node.value is not None:
        return _with(node, value=ast.Constant(None))
    return _changed_value(node)


def _changed_value(node: ast.AST) -> ast.AST | None:
    """Return what a part of an expression is changed to."""
    if isinstance(node, ast.Compare) and type(node.ops[0]) in COMPARISONS:
        return _with(node, ops=[COMPARISONS[type(node.ops[0])](), *node.ops[1:]])
    if isinstance(node, ast.BinOp) and type(node.op) in OPERATIONS and not _is_text(node.left):
        return _with(node, op=OPERATIONS[type(node.op)]())
    if isinstance(node, ast.BoolOp):
        return _with(node, op=ast.And() if isinstance(node.op, ast.Or) else ast.Or())
    if isinstance(node, ast.Constant) and isinstance(node.value, bool | int):
        return _with(node, value=not node.value if isinstance(node.value, bool) else node.value + 1)
    return None


def _with(node: ast.AST, **fields: object) -> ast.AST:
    new = copy.copy(node)
    for name, value in fields.items():
        setattr(new, name, value)
    return new


def _is_text(node: ast.AST) -> bool:
    return isinstance(node, ast.JoinedStr) or (isinstance(node, ast.Constant) and isinstance(node.value, str))


def places(tree: ast.AST) -> list[tuple[ast.AST, str, int | None, ast.AST]]:
    """Return each change as a parent, its field, the place in that, and the new node; errors' words stay."""
    found = []
    waiting = [tree]
    while waiting:
        parent = waiting.pop()
        for field, value in ast.iter_fields(parent):
            if field in {"annotation", "returns", "decorator_list", "exc", "cause", "bases"}:
                continue
            for index, child in enumerate(value) if isinstance(value, list) else [(None, value)]:
                if isinstance(child, ast.AST) and not isinstance(child, ast.JoinedStr):
                    waiting.append(child)
                    if (new := changed(child)) is not None:
                        found.append((parent, field, index, new))
    return found


def give_code(old: dict[str, object], new: dict[str, object], name: str) -> None:
    """Let what stands in a module, or in a class of it, do what stands in a changed one."""
    for key, value in new.items():
        before = old.get(key)
        if isinstance(value, type) and value.__module__ == name and isinstance(before, type):
            give_code(vars(before), vars(value), name)  # type: ignore[arg-type]  # they are only read
            continue
        pairs = list(zip(_functions(before), _functions(value), strict=False))
        for one, other in pairs:
            if other.__module__ == name:
                _give(one, other)
        if not pairs and isinstance(value, bool | int | float | str | tuple) and before != value:
            _put_everywhere(key, before, value)


def _functions(value: object) -> list[types.FunctionType]:
    """Return the functions that a property, a class method, a decorated function, a table, ... holds."""
    if isinstance(value, dict | list | tuple):
        parts = value.values() if isinstance(value, dict) else value
        return [one for part in parts for one in _functions(part)]
    parts = [getattr(value, name, None) for name in ("fget", "fset", "__func__", "func")]
    found = [inspect.unwrap(one) for one in (value, *parts) if callable(one)]
    return [one for one in found if isinstance(one, types.FunctionType)]


def _give(one: types.FunctionType, other: types.FunctionType) -> None:
    if len(one.__closure__ or ()) == len(other.__closure__ or ()):
        one.__code__ = other.__code__
    one.__defaults__, one.__kwdefaults__ = other.__defaults__, other.__kwdefaults__
    for cell, changed_cell in zip(one.__closure__ or (), other.__closure__ or (), strict=False):
        if isinstance(changed_cell.cell_contents, bool | int | float | str):  # defaults of a dataclass
            cell.cell_contents = changed_cell.cell_contents


def _put_everywhere(key: str, before: object, value: object) -> None:
    """Put a constant in the place of another one, wherever it was imported to."""
    for module in list(sys.modules.values()):
        if getattr(module, "__dict__", {}).get(key, _put_everywhere) is before:
            setattr(module, key, value)


class Clock:
    """Notes how long tests take; those that take least come first from then on, some not at all.

    Parameters
    ----------
    file : path
        What is noted.
    longest : float
        Seconds of this process that a test may take.
    """

    def __init__(self, file: Path, longest: float) -> None:
        self._file, self._longest = file, longest
        self._known = json.loads(file.read_text()) if file.exists() else {}

    @pytest.hookimpl(trylast=True)
    def pytest_collection_modifyitems(self, items: list[pytest.Item]) -> None:
        """Put the quick ones first."""
        items.sort(key=lambda item: self._known.get(item.nodeid, 0.0))
        items[:] = [item for item in items if self._known.get(item.nodeid, 0.0) <= self._longest]

    @pytest.hookimpl(wrapper=True)
    def pytest_runtest_protocol(self, item: pytest.Item) -> Iterator[None]:
        """Measure one."""
        start = time.process_time()
        result = yield
        self._known[item.nodeid] = time.process_time() - start
        return result

    def pytest_sessionfinish(self) -> None:
        """Write what was measured, the first time."""
        if not self._file.exists():
            self._file.write_text(json.dumps(self._known))


def notice(path: Path, tree: ast.AST | None, tests: list[str], seconds: int, clock: Clock) -> bool:
    """Return whether tests fail in a fork of this process that has a changed module."""
    sys.stdout.flush()
    child = os.fork()
    if child == 0:
        _test(path, tree, tests, seconds, clock)
    end = time.monotonic() + 20 * seconds
    while time.monotonic() < end:
        found, status = os.waitpid(child, os.WNOHANG)
        if found:
            return status != 0
        time.sleep(0.05)
    os.killpg(child, signal.SIGKILL)
    os.waitpid(child, 0)
    return True  # it hangs


def _test(path: Path, tree: ast.AST | None, tests: list[str], seconds: int, clock: Clock) -> NoReturn:
    """Run tests in this process, and end it: 0 where they pass."""
    os.setsid()
    nowhere = os.open(os.devnull, os.O_WRONLY)
    os.dup2(nowhere, 1)
    os.dup2(nowhere, 2)
    resource.setrlimit(resource.RLIMIT_CPU, (seconds, seconds))
    status = 1
    try:
        if tree is not None:
            module = sys.modules[_name(path)]
            new = {"__name__": module.__name__, "__file__": str(path), "__package__": module.__package__}
            exec(compile(tree, str(path), "exec"), new)
            give_code(vars(module), new, module.__name__)
        status = pytest.main([*OPTIONS, "-x", *tests], plugins=[clock])
    finally:
        os._exit(int(status))


def _name(path: Path) -> str:
    return ".".join(path.relative_to(ROOT).with_suffix("").parts)


def try_module(path: Path, args: argparse.Namespace, times: Path) -> tuple[int, int]:
    """Try changes of a module; return how many were noticed, and how many there were."""
    relative = path.relative_to(ROOT)
    own = ROOT / "tests" / Path(*relative.parts[1:-1]) / f"test_{path.stem}.py"
    tests = [
        str(one) for one in (own, *(ROOT / more for more in BESIDE.get(str(relative), ()))) if one.exists()
    ]
    importlib.import_module(_name(path))
    with contextlib.redirect_stdout(io.StringIO()):
        pytest.main([*OPTIONS, "--collect-only", *tests])  # imports them; no fork survives what JAX runs
    tree = ast.parse(path.read_text(encoding="utf-8"))
    times.unlink(missing_ok=True)
    if notice(path, None, tests, 10 * args.seconds, Clock(times, math.inf)):
        raise SystemExit(f"the tests of {relative} fail without any change")
    clock = Clock(times, args.longest)
    found = places(tree)
    random.Random(args.seed).shuffle(found)
    n_noticed = n_tried = 0
    end = time.monotonic() + 60 * args.minutes
    for parent, field, index, new in found[: args.sample]:
        if time.monotonic() > end:
            break
        old = getattr(parent, field) if index is None else getattr(parent, field)[index]
        _put(parent, field, index, new)
        noticed = notice(path, ast.fix_missing_locations(copy.deepcopy(tree)), tests, args.seconds, clock)
        n_tried += 1
        n_noticed += noticed
        if not noticed:
            before, after = (ast.unparse(one).splitlines()[0] for one in (old, copy.deepcopy(new)))
            say(f"    {relative}:{getattr(old, 'lineno', '?')}: {before}  ->  {after}")
        _put(parent, field, index, old)
    say(f"{relative}: {n_noticed} of {n_tried} noticed, {n_noticed / max(n_tried, 1):.0%}")
    return n_noticed, n_tried


def _put(parent: ast.AST, field: str, index: int | None, node: ast.AST) -> None:
    if index is None:
        setattr(parent, field, node)
    else:
        getattr(parent, field)[index] = node


def say(text: str) -> None:
    """Write a line, at once."""
    sys.stdout.write(f"{text}\n")
    sys.stdout.flush()


def main() -> None:
    """Try all modules that are named."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("modules", nargs="*", default=DEFAULT)
    parser.add_argument("--sample", type=int, default=25, help="changes of each module")
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--minutes", type=float, default=60.0, help="for each module, then its sample ends")
    parser.add_argument(
        "--longest", type=float, default=math.inf, help="CPU seconds of a test, or it is left out"
    )
    parser.add_argument("--seconds", type=int, default=60, help="of CPU that the tests may take")
    args = parser.parse_args()
    os.chdir(ROOT)
    os.environ.setdefault("JAX_PLATFORMS", "cpu")
    sys.path.insert(0, str(ROOT))
    for name in LIBRARIES:
        importlib.import_module(name)
    with tempfile.TemporaryDirectory() as folder:
        counts = [try_module(ROOT / name, args, Path(folder, "times.json")) for name in args.modules]
    n_noticed, n_tried = (sum(column) for column in zip(*counts, strict=True))
    say(f"{n_noticed} of {n_tried} noticed, {n_noticed / max(n_tried, 1):.0%}")


if __name__ == "__main__":
    main()
