"""Which share of the lines of the package the tests run: kept from the report of ``make coverage``."""

from __future__ import annotations

import argparse
import json
from pathlib import Path

from benchmarks import figures


def main() -> None:
    """Keep the share that a report tells, and print it."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.line_coverage", description=__doc__)
    parser.add_argument("report", type=Path, metavar="REPORT", help="that of coverage, as JSON")
    totals = json.loads(parser.parse_args().report.read_text(encoding="utf-8"))["totals"]
    figures.begin()
    figures.keep("coverage.lines", totals["percent_covered"])
    print(
        f"{totals['covered_lines']:,} of {totals['num_statements']:,} lines, "
        f"{totals['percent_covered']:.1f} %; make figures writes it into CONTRIBUTING.md."
    )


if __name__ == "__main__":
    main()
