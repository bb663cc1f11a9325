"""Print what a reading costs in each stage: `make bench ARGS="--readings 100000"`."""

from __future__ import annotations

import argparse
import platform
import tempfile
from pathlib import Path

from benchmarks.stages import stages


def main() -> None:
    """Measure and print one table."""
    parser = argparse.ArgumentParser(prog="make bench", description=__doc__)
    parser.add_argument("--readings", type=int, default=50_000, help="how many readings pass each stage")
    parser.add_argument("--batch", type=int, default=500, help="how many are written at once")
    parser.add_argument("--store", default="embedded", help="embedded, or influxdb://HOST:PORT/DATABASE")
    options = parser.parse_args()
    print(f"{options.readings} readings, Python {platform.python_version()}, {platform.machine()}")
    with tempfile.TemporaryDirectory() as folder:
        for measured in stages(Path(folder), options.store, options.readings, options.batch):
            each_us = 1e6 / measured.rate
            print(f"{measured.stage:<28} {measured.rate:>12,.0f} readings/s {each_us:>9.2f} µs each")


if __name__ == "__main__":
    main()
