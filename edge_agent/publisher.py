"""From the spool to the centre, over a broker that may forget everything.

A reading leaves the spool only on the writer's confirmation (topic ``.../ack``, retained), never because the broker
took it. What is not confirmed is sent again, after a time and after each connection. Nothing is handed over offline.
"""

from __future__ import annotations

import asyncio
import contextlib
import logging
import random
import time
from typing import TYPE_CHECKING

from collectors.mqtt.connection import Arrived, Event, Lost, Ready, Sent, Session
from collectors.mqtt.link import Link
from edge_agent.reports import Reports
from edge_agent.window import Window
from greendc import wire
from greendc.errors import PayloadError, StoreAway

if TYPE_CHECKING:
    from collections.abc import Sequence

    from edge_agent.window import Batch
    from greendc.broker import Broker
    from greendc.clock import Clock
    from greendc.spool import Spool, SpoolRow

log = logging.getLogger("greendc.edge")

IDLE_S = 0.25
ACK_GRACE_S = 0.5
REPORT_S = 1.0
LONGEST_REPORT_S = 10.0
REPORT_COST = 20.0
"""A report is made so seldom that it takes at most one part in this many of the time."""


class Publisher:
    """Sends what waits in a spool and lets go of what the centre has confirmed."""

    def __init__(self, broker: Broker, spool: Spool, clock: Clock, *, window: Window | None = None) -> None:
        """Use ``spool`` for reading and confirming; another object of this process fills the same file."""
        self._spool = spool
        self._clock = clock
        self._window = window or Window()
        self._reports = Reports()
        self._acks: list[wire.Ack] = []
        self._mids: dict[int, int] = {}
        self._wake = asyncio.Event()
        self._start_s = 0.0
        self._report_s = 0.0
        self._reported_s = 0.0
        self.waiting = 0
        self.confirmed = 0
        site, node = spool.site, spool.node
        session = Session(client_id=f"greendc-edge-{site}-{node}", topics=(wire.topic(site, node, "ack"),))
        self._link = Link(broker, session, self._on_event)

    @property
    def state(self) -> str:
        """Return ``ok``, ``pending``, or what is wrong with the link."""
        return self._link.state

    async def run(self) -> None:
        """Work until cancelled."""
        async with asyncio.TaskGroup() as group:
            group.create_task(self._link.run(), name="link")
            group.create_task(self._pump(), name="pump")

    async def _pump(self) -> None:
        trouble = ""
        while True:
            self._wake.clear()
            try:
                busy = await self._once()
                trouble = ""
            except StoreAway as error:
                busy = False
                if str(error) != trouble:
                    trouble = str(error)
                    log.warning("spool: %s", error)
            if not busy:
                # Not wait_for: Python 3.11's forgets a cancellation that comes together with the event.
                with contextlib.suppress(TimeoutError):
                    async with asyncio.timeout(IDLE_S):
                        await self._wake.wait()

    async def _once(self) -> bool:
        """Do what can be done now; tell whether there may be more."""
        await self._take_acks()
        self.waiting = await asyncio.to_thread(self._spool.depth)
        if not self._link.online or time.monotonic() < self._start_s:
            return False
        await self._report()
        batch = self._window.due(time.monotonic())
        if batch is not None:
            return await self._send_again(batch)
        if self._window.has_room:
            return await self._send_new()
        return False

    async def _take_acks(self) -> None:
        while self._acks:
            ack = self._acks[0]
            gone = await asyncio.to_thread(self._spool.confirm, ack.epoch, ack.upto, ack.also)
            self._window.confirmed(ack.upto, ack.also)
            self.confirmed += gone
            self._acks.pop(0)

    async def _send_new(self) -> bool:
        rows = await asyncio.to_thread(self._spool.pending, wire.MAX_ROWS, after_seq=self._window.sent_upto)
        if not rows:
            return False
        payload, taken = wire.pack(self._spool.site, self._spool.node, self._spool.epoch, rows)
        return self._hand_over(payload, taken[0].seq, taken[-1].seq)

    async def _send_again(self, batch: Batch) -> bool:
        rows: Sequence[SpoolRow] = await asyncio.to_thread(
            self._spool.pending, wire.MAX_ROWS, after_seq=batch.first - 1, before_seq=batch.last + 1
        )
        if not rows:
            self._window.shrunk(batch, 1, 0)
            return True
        first, last = rows[0].seq, rows[-1].seq
        self._window.shrunk(batch, first, last)
        # Fewer rows than at first always fit.
        payload = wire.encode_data(self._spool.site, self._spool.node, self._spool.epoch, rows)
        return self._hand_over(payload, first, last)

    def _hand_over(self, payload: bytes, first: int, last: int) -> bool:
        mid = self._link.publish(wire.topic(self._spool.site, self._spool.node, "data"), payload)
        if mid is None:
            return False
        self._mids[mid] = first
        self._window.sent(first, last, time.monotonic(), random.random())  # noqa: S311 (jitter)
        return True

    async def _report(self) -> None:
        """Tell the account, when it is time and it changed, and at least each `LONGEST_REPORT_S`."""
        began_s = time.monotonic()
        if began_s < self._report_s:
            return
        head, tallies = await asyncio.to_thread(self._spool.standing)
        took_s = time.monotonic() - began_s
        self._report_s = began_s + min(LONGEST_REPORT_S, max(REPORT_S, took_s * REPORT_COST))
        if not self._reports.changed(head, tallies) and began_s - self._reported_s < LONGEST_REPORT_S:
            return
        self._reported_s = began_s
        now_ns = self._clock.now_ns()
        site, node = self._spool.site, self._spool.node
        for hours in self._reports.hours(head, tallies, now_ns):
            report = wire.NodeReport(
                site=site, node=node, epoch=self._spool.epoch, time_ns=now_ns, head=head, hours=hours
            )
            self._link.publish(wire.topic(site, node, "account"), wire.encode_report(report))

    def _on_event(self, event: Event) -> None:
        now_s = time.monotonic()
        match event:
            case Ready():
                self._window.connected(now_s)
                self._reports.forget()
                self._report_s = 0.0
                # The retained confirmation spares sending what the centre has already.
                self._start_s = now_s + ACK_GRACE_S
            case Lost():
                self._mids.clear()
            case Sent(mid, error, unheard):
                self._on_sent(self._mids.pop(mid, None), error, now_s, unheard=unheard)
            case Arrived(_, payload, _):
                self._take_ack(payload)
                self._start_s = 0.0
        self._wake.set()

    def _on_sent(self, first: int | None, error: str, now_s: float, *, unheard: bool) -> None:
        spread = random.random()  # noqa: S311 (jitter)
        if first is None:
            return
        if error:
            log.warning("the broker refused a message: %s", error)
            self._window.refused(first, now_s, spread)
        elif unheard:
            self._window.unheard(first, now_s, spread)

    def _take_ack(self, payload: bytes) -> None:
        try:
            ack = wire.decode_ack(payload)
        except PayloadError as error:
            log.warning("a confirmation that is none: %s", error)
            return
        if ack.epoch == self._spool.epoch:
            self._acks.append(ack)
