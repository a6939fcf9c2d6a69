"""Each call to the system fails once, for every writer: there is the old file or the new one."""

from __future__ import annotations

import re
import shutil
import stat
import time
import warnings
from contextlib import suppress
from pathlib import Path

import numpy as np
import pytest
from file_calls import FAULTS, FileCalls, Killed
from PIL import Image

import corewidgets as cw
from corewidgets.batch import CoreRun
from corewidgets.batch.core_run import run_table
from corewidgets.batch.run_folder import RunFolder
from corewidgets.batch.section_record import read_record
from corewidgets.batch.section_worker import SectionWorker
from corewidgets.cli.files import write_arrays, write_json
from corewidgets.cores.appearance import Appearance
from corewidgets.cores.photograph_table import write_table
from corewidgets.cores.section_entry import SectionEntry
from corewidgets.project.kept_file import digest_of
from corewidgets.project.layout import write_json as write_project_file
from corewidgets.scoring.drift import Drift, PhotographDrift
from corewidgets.session import Session, open_session, save_session
from corewidgets.widgets.autosave import Autosave

# The archive of a process that was killed would still be finished, when Python takes away what is left of it.
pytestmark = pytest.mark.filterwarnings(
    "ignore:Exception ignored in. <function ZipFile.__del__:pytest.PytestUnraisableExceptionWarning"
)

OLD, NEW = 1, 2
SHAPE = (12, 16)
LEGEND = cw.Legend(["Matrix", "Clast"])
OURS = re.compile(r"\.corewidgets-[0-9a-z]+-[0-9a-f]{8}(\.\w+)?")


def labels_of(version):
    return np.full(SHAPE, version, np.uint8)


def section_of(version=1):
    image = np.random.default_rng(version).integers(0, 256, (*SHAPE, 3), dtype=np.uint8)
    return cw.CoreSection(image, 1.0, 1.0 + 0.1 * version, name="piece")


def striped(version):
    labels = labels_of(version)
    labels[::2] = 3 - version
    return labels


def session_of(version):
    return Session(section_of(), labels_of(version), LEGEND, segmentation=labels_of(3 - version))


def saved_labels(path):
    return open_session(path, section_of()).labels


def depth_log(version):
    return cw.depth_log(section_of(version), striped(version), LEGEND, interval=0.05)


def clasts(version):
    return cw.measure_clasts(section_of(), striped(version), LEGEND)


def core(version):
    return cw.Core([cw.Lane(Path(f"R{number}.png"), number, number + 1) for number in range(version)])


def drift(version):
    appearance = Appearance(*[0.5] * len(Appearance._fields))
    return Drift((PhotographDrift("piece", 1.0, 2.0, appearance, 0.1, 0.1, 0.1, version / 10, ()),), {})


def figure(version):
    return cw.plot_labels(section_of(), labels_of(version), LEGEND)


@pytest.fixture(scope="module")
def models():
    recipe = cw.Hypercolumns((), lab=True, lab_smoothing=(2.0,))
    return {
        version: cw.PixelClassifier(
            recipe, max_training_pixels=50, regularizer=None, random_state=version
        ).fit(section_of(version), striped(version))
        for version in (OLD, NEW)
    }


def entry(version):
    return SectionEntry("a", Path("a.png"), 1.0, 1.0 + version)


def plain(path):
    return path.read_bytes()


def labels_in(path):
    return cw.read_labels(path, shape=SHAPE)[0].tobytes()


WRITERS = {
    **{
        f"labels.{kind}": (lambda path, version: cw.write_labels(path, labels_of(version), LEGEND), labels_in)
        for kind in ("png", "h5", "tif", "npy", "geojson", "ome.tif", "coco.json", "labelme.json", "zip")
    },
    "a.session.zip": (lambda path, version: save_session(path, session_of(version)), saved_labels),
    "legend.csv": (lambda path, version: cw.Legend(["A", "B", "C"][:version]).write_csv(path), plain),
    "core.csv": (lambda path, version: core(version).write_csv(path), plain),
    "depths.csv": (lambda path, version: depth_log(version).write_csv(path), plain),
    "depths.las": (lambda path, version: depth_log(version).write_las(path), plain),
    "clasts.csv": (lambda path, version: clasts(version).write_csv(path), plain),
    "clasts.parquet": (lambda path, version: clasts(version).write_parquet(path), plain),
    "clasts.geojson": (lambda path, version: clasts(version).write_geojson(path), plain),
    "drift.csv": (lambda path, version: drift(version).write_csv(path), plain),
    "figure.png": (lambda path, version: cw.save_figure(figure(version), path, dpi=30), plain),
    "scores.json": (lambda path, version: write_json(path, {"score": version}), plain),
    "pieces.csv": (lambda path, version: cw.write_pieces([cw.RockPiece(1, 1 + version)], path), plain),
    "photographs.csv": (lambda path, version: write_table(path, [entry(version)]), plain),
    "settings.json": (lambda path, version: write_project_file(path, {"score": version}), plain),
    "arrays.npz": (lambda path, version: write_arrays(path, {"codes": labels_of(version)}), plain),
}


LONG = ("labels.h5", "a.session.zip", "figure.png")  # of many calls, each with its wait for the disk


def outcome(write, path, version, number, fault):
    """Write while one call fails; return the call, and what was told."""
    with FileCalls(path.parent, number, fault) as calls:
        try:
            with warnings.catch_warnings(record=True, action="always") as told:
                write(path, version)
        except OSError as error:
            return calls, str(error)
        except Killed:
            return calls, "killed"
    return calls, " ".join(str(one.message) for one in told)


def names_in(folder):
    """Return what else there is, but for the folder of `tempfile`."""
    return {path.name for path in folder.iterdir()} - {"tmp"}


def fail_each_call(write, read, path, *, before):
    """Write once for each call and each fault, that call failing, and look at what is there afterwards."""
    folder = path.parent
    write(path, NEW)
    new = read(path)
    write(path, OLD)
    content, old = path.read_bytes(), read(path)
    assert not np.array_equal(old, new)
    path.unlink() if not before else None
    permissions = 0o600
    first, told = outcome(write, path, NEW, None, "EIO")
    assert told == ""
    assert any(call.startswith("replace") for call in first.made)
    for number in range(len(first.made)):
        for fault in FAULTS:
            shutil.rmtree(folder)
            folder.mkdir()
            if before:
                path.write_bytes(content)
                path.chmod(permissions)
            calls, told = outcome(write, path, NEW, number, fault)
            case = f"{fault} at call {number}, {calls.failed or 'none'}, of {calls.made}: {told}"
            there = path.exists()
            is_old = there and path.read_bytes() == content if before else not there
            is_new = there and np.array_equal(read(path), new)
            assert is_old or is_new, case
            strays = names_in(folder) - {path.name}
            if told == "killed":
                assert all(map(OURS.fullmatch, strays)), case
            else:
                assert is_new or told, case
                assert not told or path.name in told, case
                if calls.failed.startswith(
                    "chmod .corewidgets-"
                ):  # the file is written, with other permissions
                    assert is_new, case
                    has_others = before and stat.S_IMODE(path.stat().st_mode) != permissions
                    assert has_others == ("permissions could not be kept" in told), case
                assert not strays or calls.failed.startswith("unlink"), case
                is_cleaning = calls.failed.startswith(("unlink", "rmdir", "open tmp"))
                assert is_cleaning or not any((folder / "tmp").iterdir()), case


# NumPy 2.0 leaves an archive open whose writing failed, and Python tells of it when it is collected.
@pytest.mark.filterwarnings("ignore:(?s).*ZipFile.__del__:pytest.PytestUnraisableExceptionWarning")
@pytest.mark.parametrize("before", [True, False], ids=["replaced", "new"])
@pytest.mark.parametrize(
    "name", [pytest.param(name, marks=[pytest.mark.slow] * (name in LONG)) for name in WRITERS]
)
def test_the_old_file_or_the_new_one_is_there_and_it_is_told(name, before, tmp_path):
    if name.endswith(".las"):
        pytest.importorskip("lasio")
    if "depths" in name or "clasts" in name or "drift" in name:
        pytest.importorskip("pandas")
    write, read = WRITERS[name]
    (tmp_path / "folder").mkdir()
    fail_each_call(write, read, tmp_path / "folder" / name, before=before)


def test_a_model_is_the_old_one_or_the_new_one(models, tmp_path):
    def write(path, version):
        cw.save_model(path, models[version], legend=LEGEND)

    def read(path):
        return cw.load_model(path).predict_proba(section_of())

    (tmp_path / "folder").mkdir()
    fail_each_call(write, read, tmp_path / "folder" / "model.skops", before=True)


# ------------------------------------------------------------------------------------------------- autosave


def all_labels(folder):
    """Return the labels in all files of a folder that are no temporary ones, as the codes of their pixels."""
    files = [path for path in folder.glob("*.png") if path.stat().st_size and not path.name.startswith(".")]
    return {int(cw.read_labels(path)[0][0, 0]) for path in files}


class Tool:
    """A tool that saves, on labels that are there already; `kind` says what befalls it first."""

    def __init__(self, path, kind):
        cw.write_labels(path, labels_of(OLD), LEGEND)
        self.said = []
        self.tool = Autosave(path, lambda text, well: self.said.append((text, well)), delay=60)
        if kind == "goes on":
            self.tool.restore(SHAPE)
        elif kind == "starts over":
            self.tool.start_over()
        elif kind == "another tool":
            self.other = Autosave(path, lambda *_: None, delay=60)
        else:
            cw.write_labels(path, labels_of(OLD), cw.Legend(["Other"]))

    def stroke(self, code):
        self.tool.schedule(labels_of(code), LEGEND)
        self.tool.flush()


@pytest.mark.parametrize("kind", ["goes on", "starts over", "another tool", "another program"])
def test_no_labels_are_lost_by_a_tool_that_saves(kind, tmp_path, monkeypatch):
    monkeypatch.setattr(time, "strftime", lambda *_: "20261125-120000")
    folder = tmp_path / "folder"
    folder.mkdir()
    path = folder / "core.labels.png"
    keeps_old = kind != "goes on"
    with FileCalls(folder) as first:
        made = Tool(path, kind)
        n_before = len(first.made)
        made.stroke(NEW)
    for number in range(n_before, len(first.made)):
        for fault in FAULTS:
            shutil.rmtree(folder)
            folder.mkdir()
            killed = False
            with FileCalls(folder, number, fault) as calls:
                made = Tool(path, kind)
                try:
                    made.stroke(NEW)
                except Killed:
                    killed = True
            case = f"{fault} at call {number}, {calls.failed}, of {calls.made[n_before:]}: {made.said}"
            text, well = made.said[-1]
            found = all_labels(folder)
            assert path.exists(), case
            assert OLD in found or (NEW in found and not keeps_old), case
            if killed:
                made.tool.close()
                continue
            assert NEW in found or (text.startswith("Not saved: ") and not well), case
            made.tool.flush()  # at the end, or with the next stroke
            assert NEW in all_labels(folder), case
            made.stroke(OLD)
            made.stroke(NEW)
            if kind in {"goes on", "starts over"}:
                assert (cw.read_labels(path)[0] == NEW).all(), case
                assert made.said[-1][1], case
                copies = [name for name in names_in(folder) if re.search(r"labels\.\d{1,3}\.png", name)]
                assert copies == [], case
            if keeps_old and kind != "starts over":
                assert (cw.read_labels(path)[0] == OLD).all(), case
                assert not made.said[-1][1], case


# ----------------------------------------------------------------------------- the page, the run, the session


@pytest.fixture
def run(tmp_path):
    """A run of which nothing is done yet: its page has no pictures, and is drawn at once."""
    pytest.importorskip("pandas")
    core = cw.Core([cw.Lane(tmp_path / "R1.png", 1.0, 2.0)], "Hole")
    about = {"settings": {"legend": LEGEND.to_dict()}}
    return CoreRun(tmp_path / "run", core, LEGEND, run_table(core, LEGEND, {}), about)


@pytest.mark.parametrize("before", [True, False], ids=["replaced", "new"])
def test_the_page_of_a_run_is_the_old_one_or_the_new_one(run, before, tmp_path):
    def write(path, version):
        cw.write_report(run, path, title=f"Version {version}")

    (tmp_path / "folder").mkdir()
    fail_each_call(write, plain, tmp_path / "folder" / "report.html", before=before)


def worker_of(folder, model, version):
    """Return a worker of a run over one photograph, with settings of a version."""
    return SectionWorker(
        "run", model, LEGEND, RunFolder(folder), f"settings {version}", {}, True, "entropy", 1, 1, "ab12"
    )  # fmt: skip


FILES = ("sections/R1.png", "uncertainty/R1.png", "probabilities/R1.h5")
RECORD = "sections/R1.json"


@pytest.mark.slow
def test_a_section_of_a_run_is_done_or_not_and_is_done_again(models, tmp_path):
    Image.fromarray(section_of().image).save(tmp_path / "R1.png")
    lane = cw.Lane(tmp_path / "R1.png", 1.0, 2.0)
    out = tmp_path / "out"

    def begin():
        shutil.rmtree(out, ignore_errors=True)
        RunFolder(out).create(probabilities=True, uncertainty=True)
        worker_of(out, models[OLD], OLD).segment([lane])

    def content():
        return [(out / name).read_bytes() for name in FILES]

    begin()
    old = content()
    with FileCalls(out) as first:
        worker_of(out, models[NEW], NEW).segment([lane])
    new = content()
    assert old[0] != new[0]
    for number in range(len(first.made)):
        for fault in FAULTS:
            begin()
            killed, told = False, ""
            with FileCalls(out, number, fault) as calls:
                try:
                    (record,) = worker_of(out, models[NEW], NEW).segment([lane])
                    told = record.error
                except OSError as error:
                    told = str(error)
                except Killed:
                    killed = True
            case = f"{fault} at call {number}, {calls.failed}, of {calls.made}: {told}"
            assert all(one in pair for one, *pair in zip(content(), old, new, strict=True)), case
            record = read_record(RunFolder(out), "R1")
            assert record is not None, case
            if record.settings == f"settings {NEW}" and record.state == "done":
                assert content() == new, case
            else:
                assert killed or told, case
            worker_of(out, models[NEW], NEW).segment([lane])  # started again
            assert content() == new, case
            assert read_record(RunFolder(out), "R1").settings == f"settings {NEW}", case


@pytest.mark.slow
def test_a_section_that_was_killed_while_it_was_done_otherwise_is_done_again_as_it_was(models, tmp_path):
    Image.fromarray(section_of().image).save(tmp_path / "R1.png")
    lane, out = cw.Lane(tmp_path / "R1.png", 1.0, 2.0), tmp_path / "out"
    RunFolder(out).create(probabilities=True, uncertainty=True)
    old, new = (worker_of(out, models[version], version) for version in (OLD, NEW))

    def content():
        return [(out / name).read_bytes() for name in FILES]

    with FileCalls(out) as first:
        old.segment([lane])
    new.segment([lane])
    old.segment([lane])
    whole = content()
    for number in range(2 * len(first.made)):
        with FileCalls(out, number, "killed after") as calls, suppress(Killed):
            new.segment([lane])
        (record,) = old.segment([lane])
        case = f"{calls.failed}, of {calls.made}"
        assert content() == whole, case
        assert (record.state, record.corrected) == ("done", False), case


@pytest.mark.parametrize("ours", [True, False], ids=["ours", "of somebody else"])
def test_save_of_the_workbench_loses_no_session_and_tells(ours, tmp_path):
    folder = tmp_path / "folder"
    folder.mkdir()
    path = folder / "a.session.zip"
    bench = cw.Workbench(section_of(), legend=LEGEND, autosave=False, session=path)
    bench.labels = labels_of(OLD)
    bench.save()
    content = path.read_bytes()

    def save(number, fault):
        bench._own_digest = digest_of(path) if ours else None
        with FileCalls(folder, number, fault) as calls:
            try:
                bench.save()
            except OSError as error:
                return calls, str(error)
            except Killed:
                return calls, "killed"
        return calls, ""

    bench.labels = labels_of(NEW)
    first, _ = save(None, "EIO")
    for number in range(len(first.made)):
        for fault in FAULTS:
            shutil.rmtree(folder)
            folder.mkdir()
            path.write_bytes(content)
            calls, told = save(number, fault)
            case = f"{fault} at call {number}, {calls.failed}, of {calls.made}: {told}"
            is_old = path.read_bytes() == content
            sessions = [one for one in folder.glob("*.zip") if one.stat().st_size and one.name[0] != "."]
            found = {int(open_session(one, section_of()).labels[0, 0]) for one in sessions}
            assert is_old or (open_session(path, section_of()).labels == NEW).all(), case
            assert ours or OLD in found, case
            if told != "killed":
                assert not is_old or told, case
                status = bench._line.status.value
                assert ("Not saved" in status and "cw-bad" in status) == bool(told), case
            assert not told or told == "killed" or is_old, case
