"""What goes wrong in a run of hours, with real processes: results are those of a run that nothing befell.

As a program this file is what gets killed: it starts a run over and over and kills it at random moments.
"""

from __future__ import annotations

import contextlib
import dataclasses
import importlib
import json
import os
import random
import re
import resource
import signal
import subprocess
import sys
import time
import warnings
from pathlib import Path

import numpy as np
import pytest
from dask_thread import in_this_process
from PIL import Image

import corewidgets as cw

dask = pytest.importorskip("dask")
distributed = pytest.importorskip("distributed")
psutil = pytest.importorskip("psutil")

N_SECTIONS, SHAPE = 60, (48, 120)
N_KILLS = 10
EVERYTHING = cw.Kept(probabilities=True, uncertainty="entropy")


# ------------------------------------------------------------------------- what is killed, as a program


def main(folder: Path, seed: int) -> None:
    """Kill runs at ten random moments, and start each again until it ends by itself."""
    warnings.simplefilter("ignore")  # JAX warns of forks; here nothing was computed before

    importlib.import_module("corewidgets.batch.section_worker")  # so that no child has to import anything
    chance, n_kills, n_rounds = random.Random(seed), 0, 0
    core, model = cw.read_core(folder / "core.csv"), cw.load_model(folder / "model.skops")
    while n_kills < N_KILLS:
        out, n_rounds = folder / f"round-{n_rounds}", n_rounds + 1
        while not (ended := attempt(core, model, out, chance)):
            n_kills += 1
    sys.stdout.write(f"{n_kills} {n_rounds} {ended}\n")


def attempt(core: cw.Core, model: cw.PixelClassifier, out: Path, chance: random.Random) -> bool:
    """Run in a process that is killed a few sections further on; return whether it ended before."""
    patience = len(list(out.glob("sections/*.json"))) + chance.randrange(8)
    source, sink = os.pipe()
    child = os.fork()
    if child == 0:
        with in_this_process() as client:
            cw.segment_core(
                core,
                model,
                out=out,
                processes=cw.Processes(client),
                progress=lambda *_: os.write(sink, b"."),
                kept=EVERYTHING,
            )
        os._exit(0)
    os.close(sink)
    with os.fdopen(source, "rb", buffering=0) as progress:
        going = all(progress.read(1) for _ in range(patience + 1))
    time.sleep(chance.random() * 0.05)  # somewhere in a section
    with contextlib.suppress(ProcessLookupError):
        os.kill(child, signal.SIGKILL)
    status = os.waitpid(child, 0)[1]
    if not going and status:
        raise SystemExit(f"a run failed by itself with status {status}")
    return status == 0


# -------------------------------------------------------------------------------------------- what is at hand


@pytest.fixture(scope="module")
def folder(sample, tmp_path_factory):
    """A core of many small photographs, and a model."""
    folder = tmp_path_factory.mktemp("core")
    made = np.random.default_rng(0)
    lanes = []
    for number in range(N_SECTIONS):
        row, column = made.integers(0, np.subtract(sample.section.shape, SHAPE))
        file = folder / f"R{number:02}.png"
        Image.fromarray(sample.section.image[row : row + SHAPE[0], column : column + SHAPE[1]]).save(file)
        lanes.append(cw.Lane(file, number, number + 0.9))
    cw.Core(lanes).write_csv(folder / "core.csv")
    recipe = cw.Hypercolumns((), lab=True, lab_smoothing=(2.0,))
    preset = cw.PRESETS["recommended"].patched(relights=False)  # light would take most of the time
    model = cw.PixelClassifier(recipe, preset=preset, max_training_pixels=500, regularizer=None)
    cw.save_model(folder / "model.skops", model.fit(sample.section, sample.labels), legend=sample.legend)
    return folder


@pytest.fixture(scope="module")
def client():
    with in_this_process() as client:
        yield client


@pytest.fixture(scope="module")
def core(folder):
    return cw.read_core(folder / "core.csv")


@pytest.fixture(scope="module")
def undisturbed(core, folder, client):
    """The results of a run that nothing befell."""
    run = cw.segment_core(
        core,
        folder / "model.skops",
        out=folder / "undisturbed",
        processes=cw.Processes(client),
        kept=EVERYTHING,
    )
    assert len(run.done_names) == N_SECTIONS
    return results(run.folder)


_TOLD = {"run.json", "origin.json", "sections.parquet"}
"""Files that tell when and by what a run was made."""


def results(out):
    """Return the bytes of all results by name, records without their times; hidden files are none."""
    contents = {}
    for path in out.rglob("*"):
        is_result = not path.name.startswith(".") and path.name not in _TOLD
        if path.is_file() and is_result:
            content = path.read_bytes()
            if path.suffix == ".json":
                content = {key: value for key, value in json.loads(content).items() if key != "seconds"}
            contents[str(path.relative_to(out))] = content
    return contents


def command(folder, *options, **how):
    """Start the command as a process of its own, with processes of its own."""
    arguments = ["segment-core", folder / "core.csv", "--model", folder / "model.skops", "--uncertainty"]
    return subprocess.Popen(
        [
            sys.executable,
            "-m",
            "corewidgets.cli",
            *map(str, arguments),
            "--probabilities",
            *map(str, options),
        ],
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        **how,
    )


def wait_for_sections(out, n, process, seconds=120):
    """Wait until some sections are done."""
    end = time.monotonic() + seconds
    while n_done(out) < n:
        assert process.poll() is None, process.stdout.read()
        assert time.monotonic() < end, "it took too long"
        time.sleep(0.005)


def n_done(out):
    return len(list(out.glob("sections/*.json")))


def workers_of(process):
    """Return the processes that segment, which Dask started."""
    return [
        child
        for child in psutil.Process(process.pid).children(recursive=True)
        if "spawn_main" in " ".join(child.cmdline())
    ]


# ------------------------------------------------------------------------------------------------ what befell


@pytest.mark.slow
def test_a_run_killed_at_ten_random_moments_ends_as_if_nothing_had_happened(folder, undisturbed):
    path = os.pathsep.join([str(Path(__file__).parents[1]), os.environ.get("PYTHONPATH", "")])
    done = subprocess.run(
        [sys.executable, __file__, str(folder), "364"],
        env={**os.environ, "PYTHONPATH": path},
        capture_output=True,
        text=True,
        timeout=600,
    )
    assert done.returncode == 0, done.stderr
    n_kills, n_rounds, ended = done.stdout.split()[-3:]
    assert (int(n_kills) >= N_KILLS, ended) == (True, "True")
    for number in range(int(n_rounds)):
        assert results(folder / f"round-{number}") == undisturbed
        assert cw.read_run(folder / f"round-{number}").about["finished"]


@pytest.mark.slow
def test_a_worker_that_is_killed_costs_no_section(folder, undisturbed, tmp_path):
    with command(folder, "--out", tmp_path / "out", "--workers", "2") as process:
        wait_for_sections(tmp_path / "out", 2, process)
        victim = workers_of(process)[0]
        victim.kill()
        assert n_done(tmp_path / "out") < N_SECTIONS
        output, _ = process.communicate()
    assert process.returncode == 0, output
    assert f"Segmented {N_SECTIONS} of {N_SECTIONS} sections" in output
    assert results(tmp_path / "out") == undisturbed


@pytest.mark.slow
def test_a_killed_run_takes_its_processes_along_and_frees_the_folder(
    folder, core, client, undisturbed, tmp_path
):
    out = tmp_path / "out"
    with command(folder, "--out", out, "--workers", "1") as process:
        wait_for_sections(out, 2, process)
        with pytest.raises(
            BlockingIOError, match=r"Another run is writing to '.*out'; wait until it ends, or"
        ):
            cw.segment_core(
                core, folder / "model.skops", out=out, processes=cw.Processes(client), kept=EVERYTHING
            )
        workers = workers_of(process)
        assert workers
        process.kill()
    psutil.wait_procs(workers, timeout=30)
    assert not any(worker.is_running() for worker in workers)
    assert 2 <= n_done(out) < N_SECTIONS
    cw.segment_core(core, folder / "model.skops", out=out, processes=cw.Processes(client), kept=EVERYTHING)
    assert results(out) == undisturbed


class Poison(distributed.WorkerPlugin):
    """Kills the process that reads a certain photograph, as one that takes all memory would."""

    def setup(self, worker):
        module = importlib.import_module("corewidgets.batch.section_worker")
        read = module.read_photograph

        def read_or_die(path):
            if path.stem == "R01":
                time.sleep(2.0)  # Dask starts no process again that dies while it is being started
                os.kill(os.getpid(), signal.SIGKILL)
            return read(path)

        module.read_photograph = read_or_die


@pytest.mark.slow
def test_a_photograph_that_kills_every_process_is_named_and_the_others_finish(folder, core, tmp_path):
    few = cw.Core(core.lanes[:4])
    with (
        dask.config.set(
            {"distributed.scheduler.allowed-failures": 1, "distributed.scheduler.worker-saturation": 1.0}
        ),
        distributed.LocalCluster(
            n_workers=1, threads_per_worker=1, dashboard_address="127.0.0.1:0", silence_logs="CRITICAL"
        ) as cluster,
        distributed.Client(cluster) as client,
    ):
        client.register_plugin(Poison())
        run = cw.segment_core(
            few, folder / "model.skops", out=tmp_path / "out", processes=cw.Processes(client)
        )
    assert run.done_names == ["R00", "R02", "R03"]
    assert run.failed["R01"].startswith("Each process that worked on the photograph was killed, most likely")


class Sleeper(distributed.WorkerPlugin):
    """Keeps a process at a certain photograph for ever, as a network drive would that does not answer."""

    def setup(self, worker):
        module = importlib.import_module("corewidgets.batch.section_worker")
        read = module.read_photograph
        module.read_photograph = lambda path: time.sleep(1e6) if path.stem == "R01" else read(path)


@pytest.mark.slow
def test_a_section_that_hangs_is_told_of_and_given_up_and_the_others_finish(folder, core, tmp_path):
    box = [core["R02"], dataclasses.replace(core["R01"], base=1.4, name="upper")]
    few = cw.Core([core["R00"], *box, dataclasses.replace(core["R01"], top=1.5, name="lower"), core["R03"]])
    told = []
    with (
        distributed.LocalCluster(
            n_workers=1, threads_per_worker=1, dashboard_address="127.0.0.1:0", silence_logs="CRITICAL"
        ) as cluster,
        distributed.Client(cluster) as client,
    ):
        client.register_plugin(Sleeper())
        processes = cw.Processes(client, give_up_after=4, report=told.append)
        run = cw.segment_core(few, folder / "model.skops", out=tmp_path / "out", processes=processes)
    assert run.done_names == ["R00", "R02", "R03"]
    for name in ("upper", "lower"):
        assert re.match(
            r"It was stopped after \d+ s without a result; check whether its ph", run.failed[name]
        )
    assert told == []


@pytest.mark.slow
def test_ctrl_c_ends_a_run_whose_process_hangs_within_seconds(folder, tmp_path):
    with command(folder, "--out", tmp_path / "out", "--workers", "1") as process:
        wait_for_sections(tmp_path / "out", 1, process)
        workers = workers_of(process)
        for worker in workers:
            worker.send_signal(signal.SIGSTOP)
        start = time.monotonic()
        process.send_signal(signal.SIGINT)
        output, _ = process.communicate(timeout=60)
    assert time.monotonic() - start < 30  # 70 s and more before, on an idle machine; now 2
    assert process.returncode == 130
    assert output.strip().endswith("corewidgets: interrupted")
    assert "Traceback" not in output
    psutil.wait_procs(workers, timeout=10)
    assert not any(worker.is_running() for worker in workers)


SLOW_START = """
import os, sys, time
from pathlib import Path
if "spawn_main" in " ".join(sys.orig_argv):
    Path(os.environ["STARTED"], str(os.getpid())).touch()
    time.sleep(20)
"""
"""What each process of a run does first, in the test below."""


@pytest.mark.slow
@pytest.mark.parametrize("how", ["Ctrl-C", "a process is killed"])
def test_a_run_stopped_while_its_processes_start_says_so_and_leaves_none(folder, tmp_path, monkeypatch, how):
    (tmp_path / "sitecustomize.py").write_text(SLOW_START)
    started = tmp_path / "started"
    started.mkdir()
    monkeypatch.setenv("PYTHONPATH", os.pathsep.join([str(tmp_path), os.environ.get("PYTHONPATH", "")]))
    monkeypatch.setenv("STARTED", str(started))
    with command(folder, "--out", tmp_path / "out", "--workers", "2", start_new_session=True) as process:
        end = time.monotonic() + 60
        while len(list(started.iterdir())) < 2 and time.monotonic() < end:
            time.sleep(0.02)
        begun = psutil.Process(process.pid).children(recursive=True)
        if how == "Ctrl-C":
            os.killpg(process.pid, signal.SIGINT)  # as a terminal sends it: to all
        else:
            for worker in workers_of(process):
                worker.kill()
        output, _ = process.communicate(timeout=60)
    if how == "Ctrl-C":
        assert (process.returncode, output.strip()) == (130, "corewidgets: interrupted")
    else:
        said = r"corewidgets: error: The processes for the run did not start .*: one ended before it answered"
        assert process.returncode == 1
        assert re.fullmatch(rf"{said}.* give fewer workers; .*", output.strip())
    _, alive = psutil.wait_procs(begun, timeout=10)
    assert (len(begun) >= 2, alive) == (True, [])
    assert n_done(tmp_path / "out") == 0


@contextlib.contextmanager
def small_disk(path):
    """Yield a way to make room on a file system of 1 MB."""
    path.mkdir()
    mounted = subprocess.run(["mount", "-t", "tmpfs", "-o", "size=1m", "tmpfs", path], capture_output=True)
    if mounted.returncode:
        pytest.skip(f"no file system can be mounted here: {mounted.stderr.decode().strip()}")
    try:
        yield lambda: subprocess.run(["mount", "-o", "remount,size=64m", path], check=True)
    finally:
        subprocess.run(["umount", path], check=True)


@contextlib.contextmanager
def small_files(path):
    """Yield a way to lift a limit on the size of a file, below that of the probabilities of a section."""
    path.mkdir()
    limits = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (28_000, limits[1]))
    try:
        yield lambda: resource.setrlimit(resource.RLIMIT_FSIZE, limits)
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, limits)


@pytest.mark.slow
@pytest.mark.parametrize("disk", [small_disk, small_files])
def test_a_full_disk_ends_the_run_with_a_clear_error_and_nothing_half_written(
    folder, core, client, undisturbed, tmp_path, disk
):
    out = tmp_path / "disk" / "out"
    with disk(tmp_path / "disk") as make_room:
        with pytest.raises(OSError, match=r"cannot be written to '.*out' .*: finished sections are kept"):
            cw.segment_core(
                core, folder / "model.skops", out=out, processes=cw.Processes(client), kept=EVERYTHING
            )
        kept = results(out)
        assert {name: undisturbed[name] for name in kept} == kept
        assert len(kept) < len(undisturbed)
        make_room()
        cw.segment_core(
            core, folder / "model.skops", out=out, processes=cw.Processes(client), kept=EVERYTHING
        )
        assert results(out) == undisturbed


@pytest.mark.slow
def test_a_full_disk_is_told_once_and_by_nobody_else(folder, tmp_path):
    with (
        small_disk(tmp_path / "disk"),
        command(folder, "--out", tmp_path / "disk" / "out", "--workers", "1") as process,
    ):
        output, _ = process.communicate(timeout=120)
    assert process.returncode == 1
    heard, told = output.strip().splitlines()
    assert heard.startswith("1 process; watch it at") or "watch them at" in heard
    assert "Results cannot be written to '" in told
    assert told.endswith("start the run again: finished sections are kept")


def test_a_folder_that_cannot_be_written_is_named(folder, core, client, tmp_path):
    (tmp_path / "file").write_text("")
    with pytest.raises(NotADirectoryError, match=r"The folder '.*file/out' cannot be made or written"):
        cw.segment_core(
            core, folder / "model.skops", out=tmp_path / "file" / "out", processes=cw.Processes(client)
        )


def test_a_folder_that_must_not_be_written_is_named(folder, core, client, tmp_path):
    out = tmp_path / "out"
    (out / "sections").mkdir(parents=True)
    with write_protected(out), pytest.raises(PermissionError, match=r"The folder '.*out' cannot be written"):
        cw.segment_core(core, folder / "model.skops", out=out, processes=cw.Processes(client))


@contextlib.contextmanager
def write_protected(path):
    """Protect a folder, from the administrator too."""
    if os.geteuid():
        path.chmod(0o555)
        yield
        path.chmod(0o755)
        return
    done = subprocess.run(["chattr", "+i", path], capture_output=True)
    if done.returncode:
        pytest.skip(f"no folder can be protected from root here: {done.stderr.decode().strip()}")
    try:
        yield
    finally:
        subprocess.run(["chattr", "-i", path], check=True)


if __name__ == "__main__":
    main(Path(sys.argv[1]), int(sys.argv[2]))
