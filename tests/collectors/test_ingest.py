"""The writer settles what local spools bring: stored, held back with a reason, and confirmed only then."""

from __future__ import annotations

import asyncio
import time
from typing import TYPE_CHECKING

import msgspec
import pytest

from collectors.ingest import Ingest, run_ingest
from collectors.quarantine import Held, Quarantine
from greendc.account import account
from greendc.clock import ManualClock, hour_of
from greendc.errors import PointsRefused, StoreAway, WriterBusy
from greendc.model import Reading
from greendc.receipts import Receipts
from greendc.spool import Spool
from greendc.status import IngestStatus, read_status
from greendc.storage import open_store
from greendc.storage.writer_lock import writer_lock

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from pathlib import Path

    from collectors.ingest import Keeper
    from greendc.model import Batch

NOW_NS = 1_760_000_000_000_000_000


class FaultySink:
    """A sink in memory that is away for some calls and refuses one device for ever."""

    def __init__(self, away: int = 0, refuses: str = "") -> None:
        self.away = away
        self.refuses = refuses
        self.kept: dict[tuple[object, int], Reading] = {}
        self.calls = 0

    def write(self, readings: Sequence[Reading]) -> None:
        """Keep readings by identity."""
        self.calls += 1
        if self.calls <= self.away:
            raise StoreAway("down for a test", retry_after_s=0.01)
        bad = [i for i, reading in enumerate(readings) if reading.device == self.refuses]
        self.kept |= {(r.key, r.time_ns): r for i, r in enumerate(readings) if i not in bad}
        if bad:
            raise PointsRefused("never", bad)

    def write_batch(self, batch: Batch) -> None:
        """Keep a batch by identity."""
        self.write([batch.reading(row) for row in range(len(batch))])


def reading(index: int, device: str = "pdu-1", at_ns: int = NOW_NS) -> Reading:
    """Make a reading with a value of its own."""
    return Reading(
        time_ns=at_ns + index, site="hall", device=device, part="", quantity="active_power_w", value=float(index)
    )


async def until(done: Callable[[], bool], data_dir: Path, sink: Keeper) -> None:
    """Run ingest until a condition holds."""
    task = asyncio.create_task(run_ingest("hall", data_dir, sink, broker=None, clock=ManualClock(NOW_NS)))
    deadline = time.monotonic() + 15
    while not done() and not task.done() and time.monotonic() < deadline:  # noqa: ASYNC110 (waits for files)
        await asyncio.sleep(0.02)
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task
    assert done()


def test_settles_every_reading(tmp_path: Path) -> None:
    """The good is stored though the store was away at first, the refused and the future are held, the spool empties."""
    spool = Spool(tmp_path / "spool" / "collect.sqlite", site="hall", node="centre")
    future_ns = NOW_NS + 301 * 10**9
    spool.write([reading(1), reading(2, "bad-1"), reading(3), reading(4, at_ns=future_ns), reading(5)])
    sink = FaultySink(away=3, refuses="bad-1")
    asyncio.run(until(lambda: spool.depth() == 0, tmp_path, sink))

    assert sorted(r.value or 0 for r in sink.kept.values()) == [1, 3, 5]
    assert sink.calls == 4
    lines = (tmp_path / "quarantine" / "held.jsonl").read_bytes().splitlines()
    held = [msgspec.json.decode(line, type=Held) for line in lines]
    assert [(h.seq, h.reason) for h in held] == [(4, "future"), (2, "store_refused")]
    receipts = Receipts(tmp_path / "receipts.sqlite", read_only=True)
    hours, _ = receipts.snapshot()
    assert {hour.hour_ns: (hour.stored, hour.quarantined) for hour in hours} == {
        hour_of(NOW_NS): ([(1, 1), (3, 3), (5, 5)], [(2, 2), (4, 4)])
    }
    receipts.close()
    spool.close()


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


@pytest.mark.parametrize("steps", range(1, 7))
def test_dies_between_any_two_steps(tmp_path: Path, steps: int) -> None:
    """After a death between any two steps the next run stores every reading and counts it once."""
    spool = Spool(tmp_path / "spool" / "collect.sqlite", site="hall", node="centre")
    spool.write([reading(i) for i in range(1, 6001)])
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
    assert (report.sampled, report.stored, report.spooled, report.lost, report.closes) == (6000, 6000, 0, 0, True)
    assert report.rows[0].in_store == 6000


def test_new_spools_and_foreign_ones(tmp_path: Path) -> None:
    """A spool that appears later is found; one of another site is left alone; the status file says what happened."""
    foreign = Spool(tmp_path / "spool" / "other.sqlite", site="elsewhere", node="centre")
    foreign.write([reading(1)])
    sink = FaultySink()
    late: list[Spool] = []

    def done() -> bool:
        status = read_status(tmp_path, "ingest", IngestStatus)
        if status is not None and not late:
            late.append(Spool(tmp_path / "spool" / "late.sqlite", site="hall", node="centre"))
            late[0].write([reading(i) for i in range(9000)])
        return len(sink.kept) == 9000 and status is not None and status.stored == 9000 and status.store == "ok"

    asyncio.run(until(done, tmp_path, sink))
    assert foreign.depth() == 1
    assert late[0].depth() == 0
    foreign.close()
    late[0].close()


def test_one_writer(tmp_path: Path) -> None:
    """A second writer of the same data directory is refused at once."""
    with writer_lock(tmp_path), pytest.raises(WriterBusy):
        asyncio.run(run_ingest("hall", tmp_path, FaultySink(), broker=None, clock=ManualClock(NOW_NS)))
    with writer_lock(tmp_path):
        pass


def test_quarantine_is_bounded(tmp_path: Path) -> None:
    """Old entries go when the limit is reached; two files are all there ever is."""
    quarantine = Quarantine(tmp_path, max_file_bytes=1000)
    for number in range(200):
        quarantine.hold([Held(time="t", node="n", reason="r", detail="x" * 20, seq=number)])
    files = sorted((tmp_path / "quarantine").iterdir())
    assert [file.name for file in files] == ["held.jsonl", "held.old.jsonl"]
    assert all(file.stat().st_size <= 1000 for file in files)
