"""Judge the anomaly detector on labelled series, and measure its speed.

The labelled series are those of https://github.com/numenta/NAB: `--data` names a checkout of it, or a folder with its
csv files and a windows.json; so does GREENDC_NAB_DATA; else it is looked for in data/nab.
"""

from __future__ import annotations

import argparse
from typing import TYPE_CHECKING

from benchmarks.anomaly import shapes, speed
from benchmarks.anomaly.nab_series import NoData, folder_of, load
from benchmarks.anomaly.nab_table import HEADER, LEGEND, baseline_rows, our_rows

if TYPE_CHECKING:
    from pathlib import Path

PARTS = ("nab", "ablation", "shapes", "speed")


def main() -> None:
    """Print the tables that were asked for."""
    parser = argparse.ArgumentParser(prog="make bench-anomaly", description=__doc__)
    parser.add_argument("--data", metavar="DIR", help="the labelled series")
    parser.add_argument("--parts", nargs="+", choices=PARTS, default=list(PARTS))
    options = parser.parse_args()
    if {"nab", "ablation"} & set(options.parts):
        show_nab(folder_of(options.data), ablation="ablation" in options.parts)
    if "shapes" in options.parts:
        shapes.show()
    if "speed" in options.parts:
        speed.show(speed.measure(*speed.FULL))


def show_nab(folder: Path, *, ablation: bool) -> None:
    """Print the table of labelled series, or why it is skipped."""
    try:
        series = load(folder)
    except NoData as error:
        print(f"Labelled series skipped: {error}. See --help.")
        return
    windows, rows = sum(len(each.windows) for each in series), sum(len(each.values) for each in series)
    print(f"{len(series)} files, {windows} windows, {rows:,} rows")
    print(HEADER)
    for line in baseline_rows(series):
        print(line, flush=True)
    for line in our_rows(series, ablation=ablation):
        print(line, flush=True)
    print(LEGEND)


if __name__ == "__main__":
    main()
