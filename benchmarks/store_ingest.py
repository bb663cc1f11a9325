"""How fast readings are stored and asked for, and how many bytes they take.

    python -m benchmarks.store_ingest [--series 500] [--cycles 600] [--batch 5000] [--store influxdb://HOST:PORT/DB]

The data are 500 quantised power readings each 20 s, by default 300 000 in all; each batch is durable before the next.
"""

from __future__ import annotations

import argparse
import random
import tempfile
import time
from pathlib import Path
from typing import TYPE_CHECKING

from greendc.model import Batch, Reading
from greendc.settings import secret_from
from greendc.spool import Spool
from greendc.storage import EMBEDDED, open_store

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

    from greendc.contracts import BulkSink, Store

START_NS = 1_700_000_000 * 10**9
STEP_NS = 20 * 10**9
MINUTE_NS = 60 * 10**9
SITE = "bench"


def readings(series: int, cycles: int) -> Iterator[Reading]:
    """Yield the readings in the order in which a poller would."""
    noise = random.Random(1)
    watts = [noise.randrange(500, 9000) for _one in range(series)]
    for cycle in range(cycles):
        for one in range(series):
            watts[one] += noise.randrange(-20, 21)
            yield Reading(
                time_ns=START_NS + cycle * STEP_NS,
                site=SITE,
                device=f"pdu-{one // 10:04d}",
                part=f"outlet/{one % 10}",
                quantity="active_power_w",
                value=float(watts[one]),
            )


def batches(series: int, cycles: int, size: int) -> list[Batch]:
    """Return the readings in batches."""
    made = [Batch()]
    for reading in readings(series, cycles):
        if len(made[-1]) == size:
            made.append(Batch())
        made[-1].append(reading)
    return made


def write(sink: BulkSink, work: Sequence[Batch]) -> None:
    """Write all batches, each durable before the next."""
    for batch in work:
        sink.write_batch(batch)


def seconds(action: Callable[[], object]) -> float:
    """Return how long an action takes [s]."""
    start = time.perf_counter()
    action()
    return time.perf_counter() - start


def ask(store: Store, end_ns: int) -> None:
    """Print how long the questions of a page take, each once, after one that loads the libraries."""
    keys = store.series(SITE)
    store.raw(keys[:1], START_NS, START_NS + 1)
    questions: tuple[tuple[str, Callable[[], object]], ...] = (
        (f"latest of {len(keys)} series", lambda: store.latest(keys)),
        ("20 series at 1 min", lambda: store.aggregated(keys[:20], START_NS, end_ns, MINUTE_NS)),
        ("20 series raw", lambda: store.raw(keys[:20], START_NS, end_ns)),
        ("count of all", lambda: store.count(SITE)),
        ("list of series", lambda: store.series(SITE)),
    )
    for name, question in questions:
        print(f"  {name:<28}{seconds(question) * 1000:10.1f} ms")


def main() -> None:
    """Run the measurement and print it."""
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0] if __doc__ else None)
    parser.add_argument("--series", type=int, default=500)
    parser.add_argument("--cycles", type=int, default=600)
    parser.add_argument("--batch", type=int, default=5000)
    parser.add_argument("--store", default=EMBEDDED)
    given = parser.parse_args()
    work = batches(given.series, given.cycles, given.batch)
    total = sum(len(batch) for batch in work)
    end_ns = START_NS + given.cycles * STEP_NS
    print(f"{total} readings of {given.series} series, {given.batch} a batch")
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder)
        store = open_store(given.store, path, token=secret_from("GREENDC_STORE_TOKEN"))
        took = seconds(lambda: write(store, work))
        print(f"{given.store}: {total / took:,.0f} readings/s")
        again = seconds(lambda: write(store, work[:1]))
        print(f"  the first batch again       {len(work[0]) / again:10,.0f} readings/s")
        ask(store, end_ns)
        store.close()
        if given.store == EMBEDDED:
            size = (path / "store" / "readings.sqlite").stat().st_size
            print(f"  {size / total:.1f} bytes/reading")
        spool = Spool(path / "spool.sqlite", site=SITE, node="bench")
        took = seconds(lambda: write(spool, work))
        print(f"spool: {total / took:,.0f} readings/s in, tally {seconds(spool.tally) * 1000:.0f} ms")
        spool.close()


if __name__ == "__main__":
    main()
