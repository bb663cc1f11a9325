"""What one reading costs in each stage from the decoder to the store, on this machine and one core."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING

import msgspec

from collectors.decode import decode
from greendc.model import Reading
from greendc.profiles import profile
from greendc.spool import Spool
from greendc.storage import open_store
from greendc.units import NS_PER_SECOND
from greendc.wire import MAX_ROWS, Row, decode_data, encode_data

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from pathlib import Path

    from greendc.contracts import Sink

SITE = "bench"
DEVICES = 50
START_NS = 1_700_000_000 * NS_PER_SECOND


class Measured(msgspec.Struct, frozen=True, kw_only=True):
    """The cost of one stage: how many readings took how many seconds."""

    stage: str
    readings: int
    seconds: float

    @property
    def rate(self) -> float:
        """Return readings a second."""
        return self.readings / self.seconds


def made_up(count: int) -> list[Reading]:
    """Return readings of a fleet of meters, one cycle of all devices after the other."""
    return [
        Reading(
            time_ns=START_NS + (number // DEVICES) * NS_PER_SECOND,
            site=SITE,
            device=f"meter-{number % DEVICES:02}",
            part="",
            quantity="active_power_w",
            value=1000.0 + number % 97,
        )
        for number in range(count)
    ]


def timed(stage: str, readings: int, action: Callable[[], object]) -> Measured:
    """Run an action once and return what it cost."""
    start = time.perf_counter()
    action()
    return Measured(stage=stage, readings=readings, seconds=time.perf_counter() - start)


def written(folder: Path, store: str, readings: Sequence[Reading], batch: int) -> list[Measured]:
    """Write readings to a spool and to a store in batches and return what both cost."""
    batches = [readings[start : start + batch] for start in range(0, len(readings), batch)]
    spool = Spool(folder / "bench.sqlite", site=SITE, node="bench")
    kept = open_store(store, folder)
    try:
        return [
            timed(f"spool, {batch} a cycle", len(readings), lambda: _write(spool, batches)),
            timed(f"store {store.partition(':')[0]}, {batch} a batch", len(readings), lambda: _write(kept, batches)),
        ]
    finally:
        spool.close()
        kept.close()


def _write(sink: Sink, batches: Sequence[Sequence[Reading]]) -> None:
    for part in batches:
        sink.write(part)


def stages(folder: Path, store: str, count: int, batch: int) -> list[Measured]:
    """Return the cost of every stage for ``count`` readings."""
    point = next(point for point in profile("eastron-sdm630").points if point.quantity == "active_power_w")
    readings = made_up(count)
    rows = [Row(seq=seq, reading=reading) for seq, reading in enumerate(readings, start=1)]
    chunks = [rows[start : start + MAX_ROWS] for start in range(0, count, MAX_ROWS)]
    payloads = [encode_data(SITE, "bench", "epoch", chunk) for chunk in chunks]

    def decode_all() -> None:
        for number in range(count):
            decode(point, 1000.0 + number % 97, part="", time_ns=START_NS, site=SITE, device="meter-00")

    return [
        timed("decode", count, decode_all),
        timed("wire, encode", count, lambda: [encode_data(SITE, "bench", "epoch", chunk) for chunk in chunks]),
        timed("wire, decode", count, lambda: [decode_data(payload, SITE, "bench") for payload in payloads]),
        *written(folder, store, readings, batch),
    ]
