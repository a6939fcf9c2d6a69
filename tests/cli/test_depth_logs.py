"""A depth log of each kind of the table is an option, a check and a file, also alone."""

from __future__ import annotations

import argparse
import json
from pathlib import Path

import pytest

from corewidgets.cli import depth_logs
from corewidgets.cli.depth_logs import LOG_FORMATS, LogFormat, add_logs, check_logs, log_files


def write_json(args, log, run):
    args.json.write_text(json.dumps(log.table["top"].tolist()))
    return [f"Of {len(run.core)} sections."]


JSON = LogFormat(
    "json", "A depth log as JSON",
    lambda group: group.add_argument("--json", metavar="FILE", type=Path), write_json,
)  # fmt: skip


@pytest.fixture
def with_json(monkeypatch):
    """Add a kind as CONTRIBUTING.md says."""
    monkeypatch.setattr(depth_logs, "LOG_FORMATS", (*LOG_FORMATS, JSON))


def test_an_entry_of_the_table_is_all_that_a_kind_needs(with_json, segment_hole, tmp_path):
    code, output, _ = segment_hole("--json", "log.json", "--interval", "0.5")
    assert code == 0
    assert "Wrote the depth log log.json: 5 intervals of 0.5 m.\nOf 3 sections.\n" in output
    assert json.loads((tmp_path / "log.json").read_text()) == pytest.approx([100, 100.5, 101, 101.5, 102])


def test_the_option_has_its_help_and_the_file_its_ending(with_json):
    parser = argparse.ArgumentParser()
    add_logs(parser)
    assert "--json FILE" in parser.format_help()
    assert log_files(parser.parse_args([])) == []
    parser.set_defaults(parser=parser)
    args = parser.parse_args(["--json", "log.txt", "--csv", "log.csv"])
    assert [file.name for file in log_files(args)] == ["log.csv", "log.txt"]
    with pytest.raises(ValueError, match=r"A depth log as JSON .*\.json"):
        check_logs(args)
