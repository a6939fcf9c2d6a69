"""Look for files that a reader falls over: python -m fuzz [READER ...] --seconds 600 --found FOLDER.

Each reader is tried in a process of its own, with a limit of time and memory for each file. A file that makes
it raise anything but ValueError or OSError with the file's name, take too long, or end, is kept, one for each
place in the code.
"""

from __future__ import annotations

import argparse
import random
import resource
import signal
import subprocess
import sys
import tempfile
import time
import traceback
from pathlib import Path

CPU_SECONDS = 20
SILENT_SECONDS = 300
MORE_BYTES = 3 * 2**30


def say(text: str) -> None:
    """Write a line, at once."""
    sys.stdout.write(f"{text}\n")
    sys.stdout.flush()


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("readers", nargs="*")
    parser.add_argument("--seconds", type=float, default=60.0, help="for each reader")
    parser.add_argument("--seed", type=int, default=None, help="for the same files again")
    parser.add_argument("--found", type=Path, default=Path("fuzz-found"))
    parser.add_argument("--child", type=Path, help=argparse.SUPPRESS)
    args = parser.parse_args()
    seed = random.randrange(2**32) if args.seed is None else args.seed
    if args.child is not None:
        return hunt(args.readers[0], args.seconds, seed, args.found, args.child)
    from fuzz.readers import READERS

    if unknown := {*args.readers} - {*READERS}:
        parser.error(f"there is no reader {', '.join(sorted(unknown))}; choose from {', '.join(READERS)}")
    args.found.mkdir(parents=True, exist_ok=True)
    n_found = sum(watch(name, args.seconds, seed, args.found) for name in args.readers or READERS)
    say(f"{n_found} found" + (f"; the files are in {args.found}" if n_found else ""))
    return int(n_found > 0)


def watch(name: str, seconds: float, seed: int, found: Path) -> int:
    """Try a reader in a process, which is begun anew where a file ends it; return how much was found."""
    before = len(list(found.iterdir()))
    end = time.monotonic() + seconds
    while (left := end - time.monotonic()) > 0:
        with tempfile.TemporaryDirectory() as folder:
            case = Path(folder)
            child = subprocess.Popen(
                [sys.executable, "-m", "fuzz", name, "--seconds", str(left), "--seed", str(seed),
                 "--found", str(found), "--child", str(case)],
                stderr=(case / "stderr").open("w"),  # libraries are loud about such files
            )  # fmt: skip
            status = wait(child, case)
            if status == 0:
                break
            say((case / "stderr").read_text(errors="replace")[-2000:])
            for path in case.glob("seed-*"):
                path.rename(found / f"{name}-ended-{seed}-{path.name}")
                say(f"{name}: the process ended with {status} on {path.name}")
            seed += 1
    return len(list(found.iterdir())) - before


def wait(child: subprocess.Popen, case: Path) -> int:
    """Wait for a process, and kill it where it is at one file for too long."""
    last, since = None, time.monotonic()
    while (status := child.poll()) is None:
        time.sleep(0.5)
        now = (case / "number").read_text() if (case / "number").exists() else None
        if now != last:
            last, since = now, time.monotonic()
        elif time.monotonic() - since > SILENT_SECONDS:
            child.kill()
    return status


class TookTooLong(BaseException):
    """A file takes more time than it may."""


def hunt(name: str, seconds: float, seed: int, found: Path, folder: Path) -> int:
    """Try a reader for some time."""
    from fuzz.mutations import changed
    from fuzz.readers import READERS, outcome

    reader, chance = READERS[name], random.Random(seed)
    seeds = list(reader.seeds().items())
    for file, content in seeds:
        path = folder / f"seed-{file}"
        path.write_bytes(content)
        outcome(reader, path)  # what is compiled or imported once takes none of the limits
        path.unlink()
    used = int(Path("/proc/self/statm").read_text().split()[0]) * resource.getpagesize()
    resource.setrlimit(resource.RLIMIT_AS, (used + MORE_BYTES, resource.RLIM_INFINITY))
    signal.signal(signal.SIGVTALRM, lambda *_: (_ for _ in ()).throw(TookTooLong))
    seen, n_tried, end = set(), 0, time.monotonic() + seconds
    while time.monotonic() < end:
        file, content = chance.choice(seeds)
        path = folder / f"seed-{file}"
        path.write_bytes(changed(content, chance))
        n_tried += 1
        (folder / "number").write_text(str(n_tried))
        signal.setitimer(signal.ITIMER_VIRTUAL, CPU_SECONDS)
        place = tried(reader, path, outcome)
        signal.setitimer(signal.ITIMER_VIRTUAL, 0)
        if place and place not in seen:
            seen.add(place)
            kept = found / f"{name}-{seed}-{n_tried}-{file}"
            path.rename(kept)
            say(f"{name}: {place}\n    {kept}")
        path.unlink(missing_ok=True)
    say(f"{name}: {n_tried} files tried, {len(seen)} found")
    return 0


def tried(reader, path: Path, outcome) -> str:
    """Return what is wrong with how a reader takes a file, and where in the code; "" where it is well."""
    try:
        return outcome(reader, path)[:60]
    except BaseException as error:
        if isinstance(error, KeyboardInterrupt):
            raise
        frames = [
            frame for frame in traceback.extract_tb(error.__traceback__) if "corewidgets" in frame.filename
        ]
        at = f"{Path(frames[-1].filename).name}:{frames[-1].lineno}" if frames else ""
        return f"{type(error).__name__} at {at}: {str(error)[:160]}"


if __name__ == "__main__":
    sys.exit(main())
