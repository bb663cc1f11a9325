"""How fast stores take readings, what they answer in which time, and how many bytes they need.

    python -m benchmarks.store [--small] [--no-influx]

The data are those of `benchmarks.telemetry`: 10 000 series for 24 h at 20 s (43 million readings) and 20 meters for a
year at 1 min; ``--small`` takes a tenth of the series and 30 days. Beside the embedded store, the same goes to the
InfluxDB that is installed on this machine, and to the one that GREENDC_TEST_INFLUX_URL names.
"""

from __future__ import annotations

import argparse
import os
import shutil
import statistics
import tempfile
import time
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

import msgspec

from benchmarks.telemetry import DAY, END_NS, SECOND, SITE, Hall, meter_days, meter_keys
from greendc.settings import secret_from
from greendc.storage import EMBEDDED, open_store
from greendc.storage.embedded import EmbeddedStore
from tests.influx import influxd
from tests.servers import free_port

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

    from greendc.contracts import Store
    from greendc.model import Batch

MINUTE = 60 * SECOND
INGEST = "ingest, rollups as they come due"
REST = "sealing and rolling up the rest"
DISK = "on disk, rollups included"
CHART_SERIES = 20
CHARTS = 40
PUE_METERS = 20


class Size(msgspec.Struct, frozen=True):
    """How much is measured."""

    series: int
    polls: int
    meters: int
    days: int
    polls_at_once: int = 1

    @property
    def rows(self) -> int:
        """Return the readings of hall and meters."""
        return self.series * self.polls + self.meters * self.days * 1440


FULL = Size(series=10_000, polls=4320, meters=20, days=365)
SMALL = Size(series=1000, polls=4320, meters=20, days=30, polls_at_once=5)


def timed(action: Callable[[], object]) -> float:
    """Return how long an action takes [s]."""
    start = time.perf_counter()
    action()
    return time.perf_counter() - start


def p95_ms(actions: Sequence[Callable[[], object]]) -> float:
    """Return the 95th percentile of how long actions take [ms]."""
    return statistics.quantiles([timed(action) * 1000 for action in actions], n=20, method="inclusive")[-1]


def written(store: Store, batches: Iterator[Batch]) -> tuple[float, int]:
    """Return the seconds of writing alone, each batch durable before the next, and the readings."""
    seconds, rows = 0.0, 0
    for batch in batches:
        rows += len(batch)
        seconds += timed(partial(store.write_batch, batch))
    return seconds, rows


def rows_of(store: Store, reader: Store, size: Size) -> Iterator[tuple[str, float, str]]:
    """Measure one store; yield what was measured, the figure and its unit."""
    hall = Hall(size.series)
    seconds, rows = written(store, meter_days(size.meters, size.days))
    yield "history: meters by the minute", rows / seconds, "readings/s"
    seconds, rows = written(store, hall.polls(size.polls, size.polls_at_once))
    yield INGEST, rows / seconds, "readings/s"
    end_ns = END_NS + DAY
    keys = reader.series(SITE)
    apart = size.series // CHART_SERIES
    chosen = [hall.keys[place * 7 % apart :: apart] for place in range(CHARTS)]
    reader.raw(keys[:1], END_NS, END_NS + 1)
    yield (
        "24 h chart of 20 series, p95",
        p95_ms([partial(reader.aggregated, some, END_NS, end_ns, 5 * MINUTE) for some in chosen]),
        "ms",
    )
    yield (
        "24 h of 20 series raw, p95",
        p95_ms([partial(reader.raw, some, END_NS, end_ns) for some in chosen]),
        "ms",
    )
    meters = meter_keys(PUE_METERS)
    start_ns = END_NS - size.days * DAY
    year = [lambda: reader.aggregated(meters, start_ns, END_NS, 15 * MINUTE)] * 10
    yield f"{size.days} days of 20 meters at 15 min, p95", p95_ms(year), "ms"
    few = [lambda: reader.aggregated(meters[:4], start_ns, END_NS, 15 * MINUTE)] * 10
    yield f"{size.days} days of a PUE (4 meters) at 15 min, p95", p95_ms(few), "ms"
    yield f"latest of {size.series} series, p95", p95_ms([lambda: reader.latest(hall.keys)] * 10), "ms"
    yield "count of all, p95", p95_ms([lambda: reader.count(SITE)] * 3), "ms"


def sizes(store: EmbeddedStore) -> Iterator[tuple[str, float, str]]:
    """Yield bytes a reading after everything is sealed, readings and rollups apart."""
    took = timed(store.compact)
    with store._lens() as lens:  # noqa: SLF001 - what a column takes is nobody else's question
        query = lens.reader.execute
        rows = query("SELECT sum(rows) FROM chunks").fetchone()[0]
        parts = {"readings": 0, "rollups": 0}
        for name, taken in query("SELECT name, sum(pgsize) FROM dbstat GROUP BY name") if _has_dbstat(store) else ():
            parts["rollups" if "rollups" in name else "readings"] += taken
    if not parts["readings"]:
        parts["readings"] = store.path.stat().st_size
    yield REST, took, "s"
    for name, taken in parts.items():
        yield f"{name} after sealing", taken / rows, "bytes/reading"


def _has_dbstat(store: EmbeddedStore) -> bool:
    with store._lens() as lens:  # noqa: SLF001 - as above
        return bool(lens.reader.execute("SELECT 1 FROM pragma_module_list WHERE name = 'dbstat'").fetchone())


def measure_embedded(size: Size, folder: Path) -> dict[str, tuple[float, str]]:
    """Measure the embedded store."""
    path = folder / "store" / "readings.sqlite"
    store = open_store(EMBEDDED, folder)
    reader = open_store(EMBEDDED, folder, read_only=True)
    found = {name: (figure, unit) for name, figure, unit in rows_of(store, reader, size)}
    reader.close()
    store.close()
    sealed = EmbeddedStore(path)
    found |= {name: (figure, unit) for name, figure, unit in sizes(sealed)}
    sealed.close()
    rows = size.series * size.polls
    seconds = rows / found[INGEST][0] + found[REST][0]
    found["ingest with all sealing and rollups"] = (rows / seconds, "readings/s")
    found[DISK] = (bytes_of(folder) / size.rows, "bytes/reading")
    return found


def measure_influx(url: str, size: Size, folder: Path) -> dict[str, tuple[float, str]]:
    """Measure an InfluxDB."""
    token = secret_from("GREENDC_TEST_INFLUX_TOKEN")
    store = open_store(url, folder, token=token)
    reader = open_store(url, folder, token=token, read_only=True)
    found = {name: (figure, unit) for name, figure, unit in rows_of(store, reader, size)}
    reader.close()
    store.close()
    return found


def bytes_of(folder: Path) -> int:
    """Return how many bytes the files of a folder hold."""
    return sum(path.stat().st_size for path in folder.rglob("*") if path.is_file())


def show(columns: dict[str, dict[str, tuple[float, str]]]) -> None:
    """Print one table, a store to a column."""
    names = list(dict.fromkeys(name for column in columns.values() for name in column))
    print(f"{'':<46}" + "".join(f"{title:>18}" for title in columns) + "  unit")
    for name in names:
        cells = [column.get(name) for column in columns.values()]
        unit = next(cell[1] for cell in cells if cell)
        print(f"{name:<46}" + "".join(f"{cell[0]:>18,.1f}" if cell else f"{'-':>18}" for cell in cells) + f"  {unit}")


def compare(size: Size, *, influx: bool = True) -> None:
    """Measure every store there is and print the table."""
    print(f"{size.series * size.polls:,} readings of {size.series} series, {size.meters} meters for {size.days} days")
    columns: dict[str, dict[str, tuple[float, str]]] = {}
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        columns["embedded"] = measure_embedded(size, folder / "embedded")
        if influx and shutil.which("influxd"):
            port = free_port()
            (folder / "influx").mkdir()
            with influxd(folder / "influx", port):
                found = measure_influx(f"influxdb://127.0.0.1:{port}/bench", size, folder)
            found[DISK] = (bytes_of(folder / "influx") / size.rows, "bytes/reading")
            columns["InfluxDB here"] = found
        if influx and (url := os.environ.get("GREENDC_TEST_INFLUX_URL")):
            columns["InfluxDB named"] = measure_influx(url, size, folder)
    show(columns)


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0] if __doc__ else None)
    parser.add_argument("--small", action="store_true", help="a tenth of the series, 30 days of the meters")
    parser.add_argument("--no-influx", action="store_true", help="measure the embedded store only")
    given = parser.parse_args()
    compare(SMALL if given.small else FULL, influx=not given.no_influx)


if __name__ == "__main__":
    main()
