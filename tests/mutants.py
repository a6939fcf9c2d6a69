"""Change one place of a module at a time, and see whether its own tests notice: the share that they do.

    python tests/mutants.py --sample 30 corewidgets/atomic.py corewidgets/labels/edits.py

Each change is tried in a fork of a process that has imported the libraries, on the tests of the module's name
and those that are named beside it below. Slow tests are left out.
"""

from __future__ import annotations

import argparse
import ast
import copy
import importlib
import importlib.abc
import importlib.machinery
import os
import random
import resource
import signal
import sys
import time
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
LIBRARIES = (  # none of those that pytest must import itself, to rewrite them
    *("numpy", "scipy.ndimage", "PIL.Image", "h5py", "pandas", "sklearn.ensemble", "skimage.segmentation"),
    *("jax", "flax.nnx", "skops.io"),
    *("ipywidgets", "ipycanvas", "anywidget", "distributed", "tifffile"),
)
BESIDE = {
    "corewidgets/atomic.py": ["tests/test_file_calls.py"],
    "corewidgets/labels/edits.py": ["tests/labels/test_history.py"],
    "corewidgets/labels/history.py": ["tests/labels/test_class_list.py", "tests/machines/test_labels.py"],
    "corewidgets/labels/class_list.py": ["tests/labels/test_history.py", "tests/labels/test_legend.py"],
    "corewidgets/widgets/autosave.py": ["tests/machines/test_autosave.py", "tests/test_file_calls.py"],
    "corewidgets/session.py": ["tests/machines/test_session.py", "tests/test_file_calls.py"],
    "corewidgets/batch/section_record.py": ["tests/batch/test_edited_records.py"],
    "corewidgets/batch/section_worker.py": ["tests/machines/test_run.py", "tests/batch/test_segment.py"],
    "corewidgets/batch/core_run.py": ["tests/batch/test_segment.py"],
    "corewidgets/batch/section_map.py": ["tests/batch/test_segment.py"],
}
DEFAULT = ("corewidgets/labels/files.py", *BESIDE)

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


class Changed(importlib.abc.MetaPathFinder, importlib.abc.Loader):
    """Imports one module from a tree that was changed."""

    def __init__(self, name: str, path: Path, tree: ast.AST) -> None:
        self._name, self._path, self._tree = name, path, tree

    def find_spec(self, name: str, *_: object) -> importlib.machinery.ModuleSpec | None:
        """Find this one module."""
        if name != self._name:
            return None
        return importlib.machinery.ModuleSpec(name, self, origin=str(self._path), is_package=False)

    def exec_module(self, module: object) -> None:
        """Run the changed code."""
        module.__file__ = str(self._path)
        exec(compile(self._tree, str(self._path), "exec"), module.__dict__)


def notice(path: Path, tree: ast.AST, tests: list[str], seconds: int) -> bool:
    """Return whether tests fail in a fork of this process that has a changed module."""
    sys.stdout.flush()
    child = os.fork()
    if child == 0:
        os.setsid()
        nowhere = os.open(os.devnull, os.O_WRONLY)
        os.dup2(nowhere, 1)
        os.dup2(nowhere, 2)
        resource.setrlimit(resource.RLIMIT_CPU, (seconds, seconds))
        name = ".".join(path.relative_to(ROOT).with_suffix("").parts)
        sys.meta_path.insert(0, Changed(name, path, tree))
        import pytest

        status = 1
        try:
            status = pytest.main(["-x", "-q", "-p", "no:cacheprovider", "-m", "not slow", *tests])
        finally:
            os._exit(int(status))
    end = time.monotonic() + 5 * seconds
    while time.monotonic() < end:
        found, status = os.waitpid(child, os.WNOHANG)
        if found:
            return status != 0
        time.sleep(0.05)
    os.killpg(child, signal.SIGKILL)
    os.waitpid(child, 0)
    return True  # it hangs


def try_module(path: Path, sample: int, seed: int, seconds: int) -> tuple[int, int]:
    """Try changes of a module; return how many were noticed, and how many there were."""
    relative = path.relative_to(ROOT)
    own = ROOT / "tests" / Path(*relative.parts[1:-1]) / f"test_{path.stem}.py"
    tests = [
        str(one) for one in (own, *(ROOT / more for more in BESIDE.get(str(relative), ()))) if one.exists()
    ]
    tree = ast.parse(path.read_text(encoding="utf-8"))
    if notice(path, tree, tests, 10 * seconds):
        raise SystemExit(f"the tests of {relative} fail without any change")
    found = places(tree)
    random.Random(seed).shuffle(found)
    n_noticed = n_tried = 0
    for parent, field, index, new in found[:sample]:
        old = getattr(parent, field) if index is None else getattr(parent, field)[index]
        _put(parent, field, index, new)
        noticed = notice(path, ast.fix_missing_locations(copy.deepcopy(tree)), tests, seconds)
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
    parser.add_argument("--seconds", type=int, default=60, help="of CPU that the tests may take")
    args = parser.parse_args()
    os.chdir(ROOT)
    os.environ.setdefault("JAX_PLATFORMS", "cpu")
    sys.path.insert(0, str(ROOT))
    for name in LIBRARIES:
        importlib.import_module(name)
    counts = [try_module(ROOT / name, args.sample, args.seed, args.seconds) for name in args.modules]
    n_noticed, n_tried = (sum(column) for column in zip(*counts, strict=True))
    say(f"{n_noticed} of {n_tried} noticed, {n_noticed / max(n_tried, 1):.0%}")


if __name__ == "__main__":
    main()
