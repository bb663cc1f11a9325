"""Print what a reading costs in each stage, the stores side by side, and how long the figures of a year take.

For all of it: `make bench ARGS="--stores full --figures full"`.
"""

from __future__ import annotations

import argparse
import platform
import tempfile
from pathlib import Path

from benchmarks import figures
from benchmarks.stages import stages
from benchmarks.store import FULL, SMALL, compare


def main() -> None:
    """Measure and print the tables."""
    parser = argparse.ArgumentParser(prog="make bench", description=__doc__)
    parser.add_argument("--readings", type=int, default=50_000, help="how many readings pass each stage")
    parser.add_argument("--batch", type=int, default=500, help="how many are written at once")
    parser.add_argument("--store", default="embedded", help="embedded, or influxdb://HOST:PORT/DATABASE")
    parser.add_argument("--stores", choices=("none", "small", "full"), default="small", help="compare the stores too")
    parser.add_argument("--figures", choices=("none", "small", "full"), default="small", help="a month, or a year")
    options = parser.parse_args()
    print(f"{options.readings} readings, Python {platform.python_version()}, {platform.machine()}")
    with tempfile.TemporaryDirectory() as folder:
        for measured in stages(Path(folder), options.store, options.readings, options.batch):
            each_us = 1e6 / measured.rate
            print(f"{measured.stage:<28} {measured.rate:>12,.0f} readings/s {each_us:>9.2f} µs each")
    if options.stores != "none":
        print()
        compare(FULL if options.stores == "full" else SMALL)
    if options.figures != "none":
        print()
        with tempfile.TemporaryDirectory() as folder:
            figures.show(figures.measure(*(figures.FULL if options.figures == "full" else figures.SMALL), Path(folder)))


if __name__ == "__main__":
    main()
