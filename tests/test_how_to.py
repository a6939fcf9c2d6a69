"""The how-to pages and the page of formats say what is so: their code runs, their tables are complete."""

from __future__ import annotations

import json
import re
import textwrap
import zipfile
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from PIL import Image

import corewidgets as cw
from corewidgets.learning.model_about import about_model
from corewidgets.session import FORMAT, Session, save_session

DOCS = Path(__file__).parents[1] / "docs"


def code_of(page: str) -> list[str]:
    """Return the Python code of a page, a text for each block."""
    text = (DOCS / page).read_text(encoding="utf-8")
    return [
        textwrap.dedent(code)
        for code in re.findall(r"^ *```python\n(.*?)```", text, re.MULTILINE | re.DOTALL)
    ]


def first_column(page: str, heading: str) -> list[str]:
    """Return the names in the first column of the table that has this heading."""
    text = (DOCS / page).read_text(encoding="utf-8")
    rows = text.split(f"| {heading} |")[1].split("\n\n")[0].splitlines()[2:]
    return [name for row in rows for name in re.findall(r"`([^`]+)`", row.split("|")[1])]


def test_label_a_core(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, sample: cw.Sample) -> None:
    monkeypatch.chdir(tmp_path)
    Image.fromarray(sample.section.image[:80]).save("core.jpg")
    opening, keeping = code_of("label-a-core.md")
    names: dict[str, Any] = {}
    exec(opening, names)
    bench = names["bench"]
    labels = np.zeros(bench.section.shape, np.uint8)
    labels[:20], labels[40:60] = 1, 2
    bench.labels = labels
    bench.trainer.settings = cw.Settings(cw.Recipe((cw.Lab(),)), score=False)  # no network: quick
    bench.trainer.train()
    bench.wait()
    exec(keeping, names)
    written, legend = cw.read_labels("map.png", shape=bench.section.shape)
    assert set(np.unique(written)) == {1, 2}
    assert legend.names == ("Matrix", "Carbonate", "Melt", "Void")
    assert cw.load_model("model.skops").legend_ == legend
    assert Path("poster.png").exists()


def test_ultraviolet_light(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, sample: cw.Sample) -> None:
    monkeypatch.chdir(tmp_path)
    Image.fromarray(sample.section.image).save("R1.jpg", quality=95)
    Image.fromarray(255 - sample.section.image).save("R1-uv.jpg", quality=95)
    table = re.search(r"```\n +(file,top.*?)```", (DOCS / "ultraviolet.md").read_text(), re.DOTALL)
    rows = textwrap.dedent("   " + table[1]).splitlines()
    Path("hole.csv").write_text("\n".join(rows[:2]))  # the first section
    names: dict[str, Any] = {"cw": cw}
    exec(code_of("ultraviolet.md")[0], names)
    section = names["section"]
    assert list(section.images) == ["image", "second"]
    assert section.others["second"].shape == section.image.shape


def test_the_members_of_model_and_session_are_on_the_page(tmp_path: Path, sample: cw.Sample) -> None:
    model = cw.PixelClassifier(preset=cw.Recipe((cw.Lab(),)), max_training_pixels=200)
    model.fit(sample.section, sample.labels)
    cw.save_model(tmp_path / "model.skops", model, legend=sample.legend)
    with zipfile.ZipFile(tmp_path / "model.skops") as archive:
        about = json.loads(archive.read("about.json"))
        members = set(archive.namelist())
    described = first_column("formats.md", "key of `about.json`")
    assert sorted(described) == sorted(about)
    assert set(about_model(model, sample.legend)) <= set(described)
    assert {name for name in members if not name.endswith(".npy")} <= set(
        first_column("formats.md", "member")
    )

    segmentation = model.predict(sample.section)
    session = Session(sample.section, sample.labels, sample.legend, model, segmentation)
    save_session(tmp_path / "core.session.zip", session)
    with zipfile.ZipFile(tmp_path / "core.session.zip") as archive:
        members, about = archive.namelist(), json.loads(archive.read("session.json"))
    text = (DOCS / "formats.md").read_text()
    assert all(f"| `{name}` |" in text for name in members)
    assert sorted(first_column("formats.md", "key of `session.json`")) == sorted(about)
    assert f"| `format` | {FORMAT} |" in text


def test_a_png_of_labels_is_read_without_us_as_the_page_says(tmp_path: Path, sample: cw.Sample) -> None:
    path = tmp_path / "labels.png"
    legend = sample.legend.mark_not_rock("Void")
    cw.write_labels(path, sample.labels, legend, photograph=sample.section.digest)
    image = Image.open(path)
    np.testing.assert_array_equal(np.array(image), sample.labels)
    texts = image.text
    assert set(texts) <= set(re.findall(r"\| text `(\w+)`", (DOCS / "formats.md").read_text()))
    classes = json.loads(texts["corewidgets_legend"])["classes"]
    assert set(classes[0]) == {"code", "name", "color"}
    assert next(entry for entry in classes if entry["name"] == "Void")["rock"] is False
    assert texts["corewidgets_photograph"] == sample.section.digest


def test_the_index_lists_each_task(tmp_path: Path) -> None:
    listed = set(re.findall(r"\]\(([\w-]+\.md)", (DOCS / "how-to.md").read_text()))
    missing = {page for page in listed if not (DOCS / page).exists()}
    assert missing == set()
    assert {"label-a-core.md", "hole-to-las.md", "ultraviolet.md", "on-a-cluster.md", "lesson.md"} <= listed
