"""The one writer of a data directory: what spools and nodes bring goes into the store, and only then is anybody told.

The order for every lot is: store, quarantine file, receipts, confirmation to the node, acknowledgement to the broker. A
crash between any two of them costs a repetition, never a reading. When the store is away the writer tries again for
ever and reads nothing meanwhile, so that everything else waits where it is durable.
"""

from __future__ import annotations

import asyncio
import contextlib
import logging
import random
import time
from functools import partial
from typing import TYPE_CHECKING, Protocol

from collectors import batch_lots
from collectors import lots as lotting
from collectors.backoff import pause_s
from collectors.heard import Heard
from collectors.lots import Lot
from collectors.mqtt.lane import MqttLane
from collectors.quarantine import Held, Quarantine, shown
from collectors.spool_lane import SpoolLane
from greendc import spans, wire
from greendc.clock import iso
from greendc.contracts import BulkSink, Sink
from greendc.errors import PayloadError, PointsRefused, StoreAway, StoreRefused
from greendc.receipts import Receipts, ack_of
from greendc.site import CENTRE
from greendc.status import IngestStatus, write_status
from greendc.storage.writer_lock import writer_lock

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence
    from pathlib import Path

    from collectors.mqtt.lane import Delivery
    from greendc.batch_spool import BatchSpool, PackedLot
    from greendc.broker import Broker
    from greendc.clock import Clock
    from greendc.model import Batch
    from greendc.spool import Spool

log = logging.getLogger("greendc.ingest")

MAX_MESSAGES = 20
MAX_ROWS = 4000
LOOK_S = 1.0
IDLE_S = 0.2
STATUS_S = 1.0
HISTORY_SHARE = 0.5
"""After a lot of history the writer rests for this share of the time the lot took: history never takes the machine."""
LONGEST_PAUSE_S = 30.0
LOCAL_NODES = frozenset({CENTRE, "backfill", "import"})


class Keeper(Sink, BulkSink, Protocol):
    """A store as the writer needs it: readings one by one, and in columns."""


async def run_ingest(
    site_name: str,
    data_dir: Path,
    store: Keeper,
    *,
    broker: Broker | None,
    clock: Clock,
    owners: Mapping[str, str] | None = None,
) -> None:
    """Write until cancelled. Without a broker only the spools of this machine are read.

    ``owners`` says which node each device belongs to; what another node sends of it is held back.

    Raises:
        WriterBusy: another process writes to this data directory.
    """
    with writer_lock(data_dir):
        await Ingest(site_name, data_dir, store, broker, clock, owners).run()


class Ingest:
    """The writer's loop and what it counts."""

    def __init__(
        self,
        site: str,
        data_dir: Path,
        store: Keeper,
        broker: Broker | None,
        clock: Clock,
        owners: Mapping[str, str] | None = None,
    ) -> None:
        """Open receipts and lanes.

        Raises:
            StoreError: the receipts cannot be opened.
        """
        self._site = site
        self._data_dir = data_dir
        self._store = store
        self._clock = clock
        self._owners = owners or {}
        self._receipts = Receipts(data_dir / "receipts.sqlite")
        self._quarantine = Quarantine(data_dir)
        self._spools = SpoolLane(data_dir, site)
        self._heard = Heard()
        self._wake = asyncio.Event()
        self._epochs: dict[str, str] = {}
        self._lane: MqttLane | None = None
        if broker is not None:
            self._lane = MqttLane(site, broker, on_ready=self._confirm_all, on_arrival=self._wake.set)
        self._stored = 0
        self._first_stored_ns = 0
        self._quarantined = 0
        self._store_state = "pending"

    async def run(self) -> None:
        """Work until cancelled."""
        self._epochs = await asyncio.to_thread(self._receipts.epochs)
        try:
            async with asyncio.TaskGroup() as group:
                group.create_task(self._write(), name="write")
                group.create_task(self._say(), name="status")
                if self._lane is not None:
                    group.create_task(self._lane.run(), name="mqtt")
        finally:
            self._spools.close()
            self._receipts.close()

    async def _write(self) -> None:
        looked_s = -LOOK_S
        while True:
            # Until there is a spool the first reading waits for nothing but this look.
            if time.monotonic() - looked_s >= LOOK_S or not self._spools.live():
                looked_s = time.monotonic()
                await asyncio.to_thread(self._spools.look)
            self._wake.clear()
            busy = await self._messages()
            for spool in self._spools.live():
                # Where less than a lot waits, more may gather first.
                busy |= await self._drain(spool) == MAX_ROWS
            began_s = time.monotonic()
            history = [await self._drain_lot(spool) for spool in self._spools.history()]
            if any(history):
                await asyncio.sleep((time.monotonic() - began_s) * HISTORY_SHARE)
            elif not busy:
                # Not wait_for: Python 3.11's forgets a cancellation that comes together with the event.
                with contextlib.suppress(TimeoutError):
                    async with asyncio.timeout(IDLE_S):
                        await self._wake.wait()

    async def _drain(self, spool: Spool) -> int:
        """Settle the oldest readings of a local spool; return how many."""
        rows = await asyncio.to_thread(self._spools.oldest, spool, MAX_ROWS)
        if rows:
            await self._settle([Lot(node=spool.node, epoch=spool.epoch, rows=rows)])
            settled = spans.of_numbers(row.seq for row in rows)
            await asyncio.to_thread(self._spools.confirm, spool, settled)
        return len(rows)

    async def _drain_lot(self, spool: BatchSpool) -> bool:
        """Settle the oldest lot of a spool of batches; tell whether there was one."""
        lot = await asyncio.to_thread(self._spools.oldest_lot, spool)
        if lot is None:
            return False
        now_ns, batch = self._clock.now_ns(), None
        refused: list[batch_lots.Refusal] = []
        try:
            batch = await asyncio.to_thread(lot.batch)
        except PayloadError as error:
            log.warning("spool %s: %s", spool.path.name, error)
            held = [batch_lots.unreadable(lot, spool.node, str(error), now_ns)]
        else:
            refused = await self._store_batch(batch, now_ns)
            held = batch_lots.held_of(lot, batch, refused, spool.node, now_ns)
        await self._for_sure("quarantine", lambda: self._quarantine.hold(held))
        await self._for_sure("receipts", partial(self._record_lot, spool, lot, batch, refused))
        await asyncio.to_thread(self._spools.confirm_lot, spool, lot)
        turned_away = lot.count if batch is None else sum(len(refusal.rows) for refusal in refused)
        self._quarantined += turned_away
        self._note_stored(lot.count - turned_away)
        return True

    async def _store_batch(self, batch: Batch, now_ns: int) -> list[batch_lots.Refusal]:
        """Store what can be stored of a batch; return the rest with its reasons."""
        refused = batch_lots.refusals(batch, self._site, now_ns)
        rows = batch_lots.kept_rows(batch, refused)
        kept = batch_lots.taken(batch, rows)
        by_store: list[int] = []

        def store() -> None:
            by_store.clear()
            try:
                self._store.write_batch(kept)
            except PointsRefused as error:
                by_store.extend(rows[list(error.indices)].tolist())

        if len(kept):
            await self._for_sure("store", store)
        if by_store:
            refused.append(batch_lots.Refusal(reason=batch_lots.REFUSED, rows=by_store))
        return refused

    def _record_lot(
        self, spool: BatchSpool, lot: PackedLot, batch: Batch | None, refused: Sequence[batch_lots.Refusal]
    ) -> None:
        ranges = batch_lots.ranges_of(lot, batch, refused)
        devices = {key.device for key in batch.series if key.site == self._site} if batch is not None else set()
        self._receipts.record_ranges(spool.node, spool.epoch, ranges, devices)

    async def _messages(self) -> bool:
        """Settle what nodes have sent; tell whether there was anything."""
        deliveries = self._lane.next(MAX_MESSAGES) if self._lane is not None else []
        if not deliveries:
            return False
        opened = [await self._opened(delivery) for delivery in deliveries]
        found = [lot for lot in opened if lot is not None]
        await self._settle(found)
        settled: dict[tuple[str, str], list[int]] = {}
        for lot in found:
            self._epochs[lot.node] = lot.epoch
            settled.setdefault((lot.node, lot.epoch), []).extend(_numbers(lot))
        for (node, epoch), numbers in settled.items():
            self._confirm(node, epoch, spans.of_numbers(numbers))
        for delivery in deliveries:
            delivery.done()
        return True

    async def _opened(self, delivery: Delivery) -> Lot | None:
        """Return the lot in a message; keep a report; hold what is neither, because poison must not come again."""
        node = ""
        try:
            site, node, kind = wire.split_topic(delivery.topic)
            if node in LOCAL_NODES:
                raise PayloadError(f"the node name {node} is kept for the centre itself")
            if kind == "account":
                report = wire.decode_report(delivery.payload, site, node)
                self._heard.note(node, self._clock.now_ns(), report.time_ns)
                await self._for_sure("receipts", lambda: self._receipts.keep_report(report))
                return None
            data = wire.decode_data(delivery.payload, site, node)
            self._heard.note(node, self._clock.now_ns())
        except PayloadError as error:
            log.warning("message of %s held back: %s", node or "an unknown node", error)
            held = Held(
                time=iso(self._clock.now_ns()), node=node, reason=str(error)[:200], detail=shown(delivery.payload)
            )
            await self._for_sure("quarantine", lambda: self._quarantine.hold([held]))
            self._quarantined += 1
            return None
        lot = Lot(node=data.node, epoch=data.epoch, rows=data.rows, refused=data.refused)
        return lotting.without_foreign(lot, self._owners)

    async def _settle(self, lots: Sequence[Lot]) -> None:
        """Store or hold every reading, then commit its receipt; returns only when all of that is done."""
        now_ns = self._clock.now_ns()
        kept = [lotting.sorted_lot(lot, now_ns) for lot in lots]
        readings = lotting.readings_of(kept)
        refused: list[int] = []

        def store() -> None:
            refused.clear()
            try:
                self._store.write(readings)
            except PointsRefused as error:
                refused.extend(error.indices)

        if readings:
            await self._for_sure("store", store)
        if refused:
            kept = lotting.without_points(kept, refused)
        held = [thing for lot in kept for thing in lotting.held_of(lot, now_ns)]
        await self._for_sure("quarantine", lambda: self._quarantine.hold(held))
        for lot in kept:
            await self._for_sure("receipts", partial(self._record, lot))
        self._quarantined += len(held)
        self._note_stored(sum(len(lot.rows) for lot in kept))

    def _note_stored(self, readings: int) -> None:
        if readings and not self._first_stored_ns:
            self._first_stored_ns = self._clock.now_ns()
        self._stored += readings

    def _record(self, lot: Lot) -> None:
        self._receipts.record(lot.node, lot.epoch, lotting.outcomes_of(lot))

    async def _for_sure(self, what: str, work: Callable[[], None]) -> None:
        """Do work that must not be skipped: again and again, with growing pauses, until it has been done."""
        attempt = 0
        while True:
            try:
                await asyncio.to_thread(work)
            except (StoreAway, StoreRefused) as error:
                attempt += 1
                if attempt == 1:
                    log.warning("%s: %s", what, error)
                kind = "away" if isinstance(error, StoreAway) else "refused"
                self._store_state = f"{kind}: {error}"
                pause = pause_s(attempt, random.random(), first_s=0.5, longest_s=LONGEST_PAUSE_S)  # noqa: S311 (jitter)
                asked = error.retry_after_s if isinstance(error, StoreAway) else None
                await asyncio.sleep(max(pause, min(asked or 0.0, LONGEST_PAUSE_S)))
            else:
                if attempt:
                    log.info("%s: back after %d attempts", what, attempt)
                self._store_state = "ok"
                return

    def _confirm(self, node: str, epoch: str, settled: Sequence[spans.Span] = ()) -> None:
        if self._lane is not None:
            self._lane.confirm(node, ack_of(epoch, self._receipts.covered(node, epoch), settled))

    def _confirm_all(self) -> None:
        # The broker may have forgotten what it retained.
        for node, epoch in self._epochs.items():
            self._confirm(node, epoch)

    async def _say(self) -> None:
        while True:
            await asyncio.to_thread(self._write_status)
            await asyncio.sleep(STATUS_S)

    def _write_status(self) -> None:
        lane = self._lane
        status = IngestStatus(
            time_ns=self._clock.now_ns(),
            stored=self._stored,
            first_stored_ns=self._first_stored_ns,
            quarantined=self._quarantined,
            waiting=self._spools.depth() + (lane.depth if lane is not None else 0),
            store=self._store_state,
            broker=lane.state if lane is not None else "off",
            nodes=self._heard.nodes(),
        )
        write_status(self._data_dir, "ingest", status)


def _numbers(lot: Lot) -> list[int]:
    return [*(row.seq for row in lot.rows), *(refused.seq for refused in lot.refused)]
