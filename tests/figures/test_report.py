"""The page of a run: self-contained, escaped, strict scores first, with what failed and what was flagged."""

from __future__ import annotations

import base64
import io
import json
import re
from dataclasses import replace
from html.parser import HTMLParser

import numpy as np
import pytest
from dask_thread import in_this_process
from PIL import Image

import corewidgets as cw
from corewidgets.cli import main
from corewidgets.cores.appearance import Appearance
from corewidgets.figures.report_page import map_picture, page, photograph_picture, table
from corewidgets.scoring.drift import PhotographDrift

distributed = pytest.importorskip("distributed")
pytest.importorskip("pandas")

EVIL = "R1 & <b>bold</b>"
REASON = "darker than any training photograph <&>"


@pytest.fixture(scope="module")
def run(sample, tmp_path_factory):
    """A run over three sections and a damaged one, in a thread of this process."""
    folder = tmp_path_factory.mktemp("run")
    names = ("R0", "R1", "R2")
    for number, name in enumerate(names):
        Image.fromarray(sample.section.image[120 * number : 120 * (number + 1)]).save(folder / f"{name}.png")
    (folder / "R3.png").write_bytes((folder / "R2.png").read_bytes()[:2000])
    lanes = [cw.Lane(folder / f"R{n}.png", 100 + n, 100.9 + n, name=f"R{n}") for n in range(4)]
    recipe = cw.Hypercolumns((), lab=True, lab_smoothing=(2.0,))
    model = cw.PixelClassifier(recipe, max_training_pixels=500, regularizer=None)
    model.fit(sample.section, sample.labels)
    cw.save_model(folder / "model.skops", model, legend=sample.legend.mark_not_rock("Liner", "Void"))
    scores = cw.evaluate(model, sample.section, sample.labels, legend=sample.legend, n_splits=2)
    cluster = distributed.LocalCluster(
        n_workers=1, threads_per_worker=1, processes=False, dashboard_address=":0"
    )
    with cluster, distributed.Client(cluster) as client:
        return cw.segment_core(
            cw.Core(lanes, EVIL),
            folder / "model.skops",
            out=folder / "out",
            processes=cw.Processes(client),
            kept=cw.Kept(scores=scores.to_dict()),
        )


@pytest.fixture(scope="module")
def drift():
    look = Appearance(20.0, 5.0, 0.0, 0.0, 0.5)
    flagged = PhotographDrift("R1", 101.0, 101.9, look, 1.0, 0.9, 0.1, 4.2, (REASON,))
    return cw.Drift((PhotographDrift("R0", 100.0, 100.9, look, 0.1, 0.0, 0.1, 0.2, ()), flagged), {})


@pytest.fixture(scope="module")
def html(run, drift, tmp_path_factory):
    path = tmp_path_factory.mktemp("page") / "report.html"
    cw.write_report(run, path, drift=drift)
    return path.read_text(encoding="utf-8")


class Reader(HTMLParser):
    """Collects the text, the pictures and the tags of a page."""

    def __init__(self, html):
        super().__init__()
        self.text, self.pictures, self.tags = [], {}, set()
        self.feed(html)

    def handle_starttag(self, tag, attributes):
        self.tags.add(tag)
        if tag == "img":
            values = dict(attributes)
            self.pictures[values["alt"]] = values["src"]

    def handle_data(self, data):
        self.text.append(data)


def test_nothing_is_loaded_from_elsewhere_and_nothing_runs(html):
    reader = Reader(html)
    assert not reader.tags & {"script", "link", "iframe", "object", "form"}
    assert all(source.startswith("data:image/") for source in reader.pictures.values())
    assert "default-src 'none'" in html
    assert not re.search(r"(?:https?:)?//(?!www\.w3)[a-z]+\.", html.split("</style>")[1].split("<img")[0])


def test_names_are_escaped(html):
    assert "<b>bold</b>" not in html
    assert "R1 &amp; &lt;b&gt;bold&lt;/b&gt;" in html
    assert "training photograph &lt;&amp;&gt;" in html


def test_how_far_to_trust_it_stands_before_the_maps(html, run):
    text = " ".join(Reader(html).text)
    order = ["Sections that failed", "Reliability", "random pixels", "Composition"]
    order += ["Strip log", "Photographs and maps", "Settings and versions"]
    places = [text.index(part) for part in order]
    assert places == sorted(places)
    assert text.index("whole regions") < text.index("random pixels")
    strict = run.about["scores"]["scores"]["regions"]["weighted_f1"]
    assert f"{strict:.3f}" in text
    assert f"{strict:.2f}" in text.split("Sections that failed")[0]
    assert "R3.png' cannot be decoded" in text
    assert "1 of 2 photographs differ from those that the model was trained on" in text


def test_each_section_shows_its_photograph_and_its_map(html, run):
    pictures = Reader(html).pictures
    assert set(pictures) == {f"Strip log of {EVIL}", f"Photographs of {EVIL}, top at the left"} | {
        f"{what} of {name}" for what in ("Photograph", "Map") for name in ("R0", "R1", "R2")
    }
    content = base64.b64decode(pictures["Map of R1"].partition(",")[2])
    shown = np.asarray(Image.open(io.BytesIO(content)))
    assert np.array_equal(shown, run.segmentation("R1"))  # small enough to be shown whole
    assert html.count('class="section flagged"') == 1


def test_without_scores_and_drift_the_page_says_so(run, tmp_path):
    scores = cw.read_run(run.folder).about.copy()
    scores["scores"] = None
    bare = type(run)(run.folder, run.core, run.legend, run.table, scores)
    cw.write_report(bare, tmp_path / "bare.html", title="Another", interval=0.3)
    text = (tmp_path / "bare.html").read_text(encoding="utf-8")
    assert "No scores were kept with this run" in text
    assert "were not compared with those that the model was trained on" in text
    assert "<title>Another</title>" in text
    assert "Intervals of 0.3 m" in text


def test_the_command_compares_and_writes(run, tmp_path, capsys):
    page = tmp_path / "report.html"
    training = [str(run.folder.parent / f"R{number}.png") for number in (0, 2)]
    code = main(["report", str(run.folder), "--out", str(page), "--training", *training])
    output = capsys.readouterr().out
    assert code == 0, output
    assert "of 3 photographs differ from those trained on" in output
    assert output.endswith(f"Wrote {page}: open it in a browser.\n")
    assert "photographs differ from those that" in page.read_text(encoding="utf-8")


def test_the_command_says_what_is_missing(tmp_path, capsys):
    assert main(["report", str(tmp_path), "--out", str(tmp_path / "r.html")]) == 1
    assert "There is no run in" in capsys.readouterr().err
    assert main(["report", str(tmp_path), "--out", str(tmp_path / "r.pdf")]) == 1
    assert "A report cannot be written as" in capsys.readouterr().err


def test_cells_are_escaped_and_pictures_are_small(sample):
    assert "<td class=number>&lt;1&gt;</td>" in table(["a", "b"], [["x", "<1>"]], numbers=1)
    assert page("a <b>", []).count("<b>") == 0
    photograph = photograph_picture(sample.section.image, 60, 'say "hello"')
    assert 'width="20" height="60"' in photograph
    assert list(Reader(photograph).pictures) == ['say "hello"']
    content = base64.b64decode(map_picture(sample.truth, sample.legend, 60, "").partition(",")[2])
    shown = Image.open(io.BytesIO(content))
    assert shown.mode == "P"
    assert set(np.unique(np.asarray(shown))) <= set(np.unique(sample.truth))


def test_a_run_of_which_all_failed_is_a_report_too(run, tmp_path, capsys):
    (tmp_path / "bad.png").write_text("no picture")
    lanes = [cw.Lane(tmp_path / "bad.png", 0, 1), cw.Lane(tmp_path / "gone.png", 1, 2)]
    with in_this_process() as client:
        failed = cw.segment_core(
            cw.Core(lanes),
            run.folder.parent / "model.skops",
            out=tmp_path / "out",
            processes=cw.Processes(client),
        )
    assert failed.done_names == []
    training = ["--training", str(run.folder.parent / "R0.png")]
    for more in ([], training):
        assert main(["report", str(failed.folder), "--out", str(tmp_path / "report.html"), *more]) == 0
        text = (tmp_path / "report.html").read_text(encoding="utf-8")
        assert "0 of 2" in text
        assert "is neither JPEG, PNG nor TIFF" in text
        assert "gone.png" in text
        assert "No section is mapped" in text
        assert "Settings and versions" in text
        assert "Strip log" not in text
    capsys.readouterr()


@pytest.mark.parametrize(
    "scores",
    [{"scores": 5}, {"scores": {"regions": {}}}, {"scores": {"regions": 5}}, {"scores": {"none": {}}}],
)
def test_scores_that_are_none_are_said_so(run, tmp_path, scores):
    with pytest.raises(ValueError, match="The scores are not those that 'evaluate --json' writes"):
        cw.write_report(run, tmp_path / "report.html", scores=scores)
    assert not (tmp_path / "report.html").exists()


def test_a_photograph_that_was_replaced_is_told_before_the_maps_and_on_its_card(run, sample, tmp_path):
    photograph = run.core["R1"].file
    before = photograph.read_bytes()
    try:
        Image.fromarray(sample.section.image[120:240, ::-1]).save(photograph)
        cw.write_report(run, tmp_path / "page.html")
    finally:
        photograph.write_bytes(before)
    page = (tmp_path / "page.html").read_text(encoding="utf-8")
    why = "The photograph was replaced after it was segmented"
    assert page.index("Photographs that were replaced") < page.index("Reliability")
    assert page.count(why) == 2
    cards = re.findall(r'<div class="section flagged">.*?</div></div>', page, re.DOTALL)
    assert [why in card for card in cards if "<h3>R1</h3>" in card] == [True]
    cw.write_report(run, tmp_path / "page.html")
    assert why not in (tmp_path / "page.html").read_text(encoding="utf-8")


def test_a_card_does_not_say_its_name_again_before_what_was_noticed(run, tmp_path):
    record = run.folder / "sections" / "R1.json"
    before = record.read_text(encoding="utf-8")
    try:
        noticed = "R1: The second photograph does not match."
        record.write_text(json.dumps(json.loads(before) | {"warning": noticed}), encoding="utf-8")
        cw.write_report(cw.read_run(run.folder), tmp_path / "page.html")
    finally:
        record.write_text(before, encoding="utf-8")
    page = (tmp_path / "page.html").read_text(encoding="utf-8")
    assert page.count("The second photograph does not match.") == 1
    assert "R1: The" not in page


def test_the_head_has_the_hole_its_proportions_and_the_core_loss(html, run):
    head = html.split("<h2>")[0]
    assert 'class="hole"' in head
    assert "100 m</span><span>103.9 m" in head
    assert 'class="proportions"' in head
    largest, share = next(iter(run.shares().items()))
    assert f"{largest} {share:.1%}" in head
    assert "<b>7.7%</b>of the length has no photograph" in head


def test_many_flags_are_counted_and_listed_behind_a_fold(run, drift, tmp_path):
    flagged = drift.photographs[1]
    for number, is_open in ((3, True), (4, False)):
        many = cw.Drift(tuple(replace(flagged, name=f"S{k}") for k in range(number)), {})
        cw.write_report(run, tmp_path / "report.html", drift=many)
        text = (tmp_path / "report.html").read_text(encoding="utf-8")
        assert ("<details open>" in text) == is_open
        assert f"Darker than any training photograph &lt;&amp;&gt;: {number}." in text.split("<details")[0]
        assert f"S{number - 1}" in text.split("<details")[1]
