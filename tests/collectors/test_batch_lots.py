"""History reaches the store in batches: behind what is live, with its receipts, once, and the unfit held back."""

from __future__ import annotations

import asyncio
import time
from typing import TYPE_CHECKING

import msgspec
import pytest

from collectors.ingest import Ingest, run_ingest
from collectors.quarantine import Held
from greendc.account import account
from greendc.batch_spool import BatchSpool
from greendc.clock import NS_PER_HOUR, ManualClock
from greendc.errors import PointsRefused, StoreAway
from greendc.model import Batch, Reading
from greendc.spool import Spool
from greendc.storage import open_store

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from pathlib import Path

    from collectors.ingest import Keeper

NOW_NS = 1_760_000_000_000_000_000


class Memory:
    """A store in memory that is away for some calls and refuses one device for ever; ``order`` is what came when."""

    def __init__(self, away: int = 0, refuses: str = "") -> None:
        self.away = away
        self.refuses = refuses
        self.kept: dict[tuple[object, int], Reading] = {}
        self.order: list[str] = []
        self.on_history: Callable[[], None] = lambda: None

    def write(self, readings: Sequence[Reading]) -> None:
        """Keep live readings."""
        self.order.append("live")
        self.kept |= {(r.key, r.time_ns): r for r in readings}

    def write_batch(self, batch: Batch) -> None:
        """Keep history."""
        self.order.append("history")
        self.on_history()
        if self.order.count("history") <= self.away:
            raise StoreAway("down for a test", retry_after_s=0.01)
        readings = [batch.reading(row) for row in range(len(batch))]
        bad = [row for row, reading in enumerate(readings) if reading.device == self.refuses]
        self.kept |= {(r.key, r.time_ns): r for row, r in enumerate(readings) if row not in bad}
        if bad:
            raise PointsRefused("never", bad)


def reading(at_ns: int, value: float, device: str = "pdu-1", site: str = "hall") -> Reading:
    """Make a reading."""
    return Reading(time_ns=at_ns, site=site, device=device, part="", quantity="active_power_w", value=value)


def batch_of(readings: Sequence[Reading]) -> Batch:
    """Return readings as a batch."""
    batch = Batch()
    for one in readings:
        batch.append(one)
    return batch


def spool_at(data_dir: Path) -> BatchSpool:
    """Open the spool of the past."""
    return BatchSpool(data_dir / "spool" / "backfill.lots.sqlite", site="hall", node="backfill")


async def until(done: Callable[[], bool], data_dir: Path, store: Keeper) -> None:
    """Run ingest until a condition holds."""
    task = asyncio.create_task(run_ingest("hall", data_dir, store, broker=None, clock=ManualClock(NOW_NS)))
    deadline = time.monotonic() + 15
    while not done() and not task.done() and time.monotonic() < deadline:  # noqa: ASYNC110 (waits for files)
        await asyncio.sleep(0.02)
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task
    assert done()


def held_in(data_dir: Path) -> list[Held]:
    """Return what is in the quarantine file."""
    lines = (data_dir / "quarantine" / "held.jsonl").read_bytes().splitlines()
    return [msgspec.json.decode(line, type=Held) for line in lines]


def test_each_row_is_stored_or_held(tmp_path: Path) -> None:
    """What is good is stored though the store was away; future, foreign and refused readings are held."""
    spool = spool_at(tmp_path)
    old_ns = NOW_NS - 30 * 24 * NS_PER_HOUR
    good = [reading(old_ns + hour * NS_PER_HOUR, float(hour)) for hour in range(5)]
    unfit = [
        reading(NOW_NS + 301 * 10**9, 1.0),
        reading(old_ns, 2.0, site="elsewhere"),
        reading(old_ns, 3.0, "bad-1"),
        reading(old_ns + 1, 4.0, "bad-1"),
    ]
    spool.write_batch(batch_of([good[4], unfit[0], good[0], *unfit[1:], *good[1:4]]))
    store = Memory(away=2, refuses="bad-1")
    asyncio.run(until(lambda: spool.depth() == 0, tmp_path, store))
    assert sorted(r.value or 0.0 for r in store.kept.values()) == [0, 1, 2, 3, 4]
    assert [(h.reason, h.detail.split(":")[1].split()[0]) for h in held_in(tmp_path)] == [
        ("foreign_site", "1"),
        ("future", "1"),
        ("store_refused", "2"),
    ]
    report = account("hall", tmp_path, None)
    assert (report.sampled, report.stored, report.quarantined, report.lost) == (9, 5, 4, 0)
    assert report.closes
    spool.close()


def test_a_damaged_lot_is_held_and_does_not_block(tmp_path: Path) -> None:
    """A lot that cannot be read is counted as held back, and the next one is stored."""
    spool = spool_at(tmp_path)
    spool.write_batch(batch_of([reading(NOW_NS - 5, 1.0), reading(NOW_NS - 4, 1.0)]))
    spool._connection.execute("UPDATE lots SET data = zeroblob(length(data))")
    spool.write_batch(batch_of([reading(NOW_NS - 3, 7.0)]))
    store = Memory()
    asyncio.run(until(lambda: spool.depth() == 0, tmp_path, store))
    assert [r.value for r in store.kept.values()] == [7.0]
    assert [h.reason for h in held_in(tmp_path)] == ["damaged_lot"]
    report = account("hall", tmp_path, None)
    assert (report.stored, report.quarantined, report.lost, report.closes) == (1, 2, 0, True)
    spool.close()


def test_the_present_goes_first(tmp_path: Path) -> None:
    """With much history waiting, live readings are written before it and between its lots."""
    spool = spool_at(tmp_path)
    for lot in range(20):
        spool.write_batch(batch_of([reading(NOW_NS - (lot + 1) * NS_PER_HOUR - n, 1.0) for n in range(100)]))
    live = Spool(tmp_path / "spool" / "collect.sqlite", site="hall", node="centre")
    live.write([reading(NOW_NS, 5.0)])
    store = Memory()

    store.on_history = lambda: live.write([reading(NOW_NS + len(store.order), 5.0)])
    asyncio.run(until(lambda: spool.depth() == live.depth() == 0, tmp_path, store))
    assert store.order == ["live", "history"] * 20 + ["live"]
    spool.close()
    live.close()


class Crash(Exception):
    """The process dies here."""


class Dying(Ingest):
    """A writer that dies right after its n-th durable step."""

    steps = 0

    async def _for_sure(self, what: str, work: Callable[[], None]) -> None:
        await super()._for_sure(what, work)
        self.steps -= 1
        if self.steps == 0:
            raise Crash(what)


@pytest.mark.parametrize("steps", range(1, 6))
def test_dies_between_any_two_steps(tmp_path: Path, steps: int) -> None:
    """After a death between any two steps the next run stores every reading, and the account closes."""
    spool = spool_at(tmp_path)
    for lot in range(2):
        spool.write_batch(batch_of([reading(NOW_NS - n * NS_PER_HOUR - lot, 1.0) for n in range(300)]))
    store = open_store("embedded", tmp_path)

    async def die() -> None:
        dying = Dying("hall", tmp_path, store, None, ManualClock(NOW_NS))
        dying.steps = steps
        await dying.run()

    with pytest.raises(ExceptionGroup) as caught:
        asyncio.run(die())
    assert caught.group_contains(Crash)
    asyncio.run(until(lambda: spool.depth() == 0, tmp_path, store))
    report = account("hall", tmp_path, store)
    store.close()
    spool.close()
    assert (report.sampled, report.stored, report.spooled, report.lost, report.closes) == (600, 600, 0, 0, True)
    assert sum(row.in_store or 0 for row in report.rows) == 600
