"""A simulated edge node: samples its devices into a spool, and speaks the store-confirmed protocol of `greendc.wire`.

A reading leaves the spool only when the centre confirms that it is stored. What is not confirmed is sent again, after
a time and after each connection. The node reports its account: what it sampled, dropped and still holds, by hour.
"""

from __future__ import annotations

import asyncio
import contextlib
import logging
import random
import time
from itertools import count
from typing import TYPE_CHECKING

import msgspec

from greendc import wire
from greendc.clock import NS_PER_HOUR, SystemClock
from greendc.errors import PayloadError, StoreAway
from greendc.model import Reading
from greendc.profiles import SLOW_EVERY
from greendc.units import NS_PER_SECOND
from simulators.front_ends.mqtt_link import MqttLink
from simulators.front_ends.troubles import line_to, quiet

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from greendc.broker import Broker
    from greendc.clock import Clock
    from greendc.spool import HourTally, Spool
    from simulators.devices.device import Device
    from simulators.front_ends.troubles import Trouble, Troubles

log = logging.getLogger("greendc.simulators.mqtt")

IDLE_S = 0.25
ACK_GRACE_S = 0.5
"""The retained confirmation is waited for, so that what the centre has is not sent again."""
REPORT_S = 1.0
LONGEST_REPORT_S = 10.0
BACKLOG_S = 10.0
RESEND_S = 30.0
UNHEARD_S = 2.0
MOST_BATCHES = 20
REPEATED_HOURS = 24
MOST_RANGES = 4000
HOUR_WEIGHT = 4


class _Sent(msgspec.Struct):
    """Numbers that were sent as one message and are not confirmed; it is sent again at ``due_s``."""

    last: int
    due_s: float
    mid: int = -1


class MqttNode:
    """Sends what waits in a spool. ``line`` tells what is wrong with the node now, ``clock`` is right."""

    def __init__(
        self,
        broker: Broker,
        spool: Spool,
        *,
        clock: Clock | None = None,
        line: Callable[[], Trouble] = quiet,
        resend_s: float = RESEND_S,
    ) -> None:
        """Prepare; `run` does the work."""
        self._spool = spool
        self._clock = clock or SystemClock()
        self._line = line
        self._resend_s = resend_s
        self._sent: dict[int, _Sent] = {}
        self._sent_upto = 0
        self._acks: list[wire.Ack] = []
        self._told: dict[int, HourTally] = {}
        self._told_head = -1
        self._start_s = self._report_s = self._reported_s = 0.0
        self._wake = asyncio.Event()
        self.confirmed = 0
        site, node = spool.site, spool.node
        self.link = MqttLink(broker, f"greendc-edge-{site}-{node}", wire.topic(site, node, "ack"), self)

    def now_ns(self) -> int:
        """Return the time that the node believes it is, UTC."""
        return self._clock.now_ns() + round(self._line().clock_s * NS_PER_SECOND)

    async def run(self) -> None:
        """Publish until cancelled."""
        async with asyncio.TaskGroup() as group:
            group.create_task(self.link.run(lambda: self._line().offline), name="link")
            group.create_task(self._pump(), name="pump")

    async def sample(self, devices: Sequence[Device], interval_s: float, troubles: Troubles) -> None:
        """Read devices into the spool at each full interval until cancelled; ``troubles`` are those of the devices."""
        lines = [(device, line_to(device, troubles)) for device in devices]
        told_s = 0.0
        for turn in count():
            now_s = self._clock.now_ns() / NS_PER_SECOND
            await asyncio.sleep(interval_s - now_s % interval_s)
            time_ns = self.now_ns()
            read = [device for device, line in lines if _is_read(line())]
            slow = turn % SLOW_EVERY == 0
            found = [one for device in read for one in device.readings(self._spool.site, time_ns, slow=slow)]
            if time.monotonic() - told_s >= BACKLOG_S:
                told_s = time.monotonic()
                found.append(await self._backlog(time_ns))
            try:
                await asyncio.to_thread(self._spool.write, found)
            except StoreAway as error:
                log.warning("%s: %s", self._spool.node, error)

    async def _backlog(self, time_ns: int) -> Reading:
        waiting = float(await asyncio.to_thread(self._spool.depth))
        site, node = self._spool.site, self._spool.node
        return Reading(time_ns=time_ns, site=site, device=node, part="", quantity="spool_rows", value=waiting)

    # What the link tells.

    def connected(self) -> None:
        """Send everything in flight again: what the last connection carried may be gone."""
        now_s = time.monotonic()
        for sent in self._sent.values():
            sent.due_s = now_s
        self._told.clear()
        self._told_head = -1
        self._report_s = 0.0
        self._start_s = now_s + ACK_GRACE_S
        self._wake.set()

    def arrived(self, payload: bytes) -> None:
        """Take a confirmation."""
        try:
            ack = wire.decode_ack(payload)
        except PayloadError as error:
            log.warning("%s: a confirmation that is none: %s", self._spool.node, error)
            return
        if ack.epoch == self._spool.epoch:
            self._acks.append(ack)
            self._start_s = 0.0
            self._wake.set()

    def unheard(self, mid: int) -> None:
        """Send again soon: a broker that was restarted has forgotten the writer, which is back in a moment."""
        for sent in self._sent.values():
            if sent.mid == mid:
                sent.due_s = min(sent.due_s, time.monotonic() + UNHEARD_S)

    # What the node does.

    async def _pump(self) -> None:
        while True:
            self._wake.clear()
            try:
                busy = await self._once()
            except StoreAway as error:
                log.warning("%s: %s", self._spool.node, error)
                busy = False
            if not busy:
                with contextlib.suppress(TimeoutError):
                    async with asyncio.timeout(IDLE_S):
                        await self._wake.wait()

    async def _once(self) -> bool:
        """Do what can be done now; tell whether there may be more."""
        await self._take_acks()
        now_s = time.monotonic()
        if not self.link.online or now_s < self._start_s:
            return False
        await self._report()
        due = next((first for first, sent in sorted(self._sent.items()) if sent.due_s <= now_s), None)
        if due is not None:
            return await self._send_again(due)
        return len(self._sent) < MOST_BATCHES and await self._send_new()

    async def _take_acks(self) -> None:
        while self._acks:
            ack = self._acks[0]
            self.confirmed += await asyncio.to_thread(self._spool.confirm, ack.epoch, ack.upto, ack.also)
            settled = [(0, ack.upto), *ack.also]
            for first, sent in list(self._sent.items()):
                if any(begin <= first and sent.last <= end for begin, end in settled):
                    del self._sent[first]
            self._acks.pop(0)

    async def _send_new(self) -> bool:
        rows = await asyncio.to_thread(self._spool.pending, wire.MAX_ROWS, after_seq=self._sent_upto)
        held_back_ns = round(self._line().delay_s * NS_PER_SECOND)
        if held_back_ns:
            oldest_ns = self.now_ns() - held_back_ns
            rows = [row for row in rows if row.reading.time_ns <= oldest_ns]
        if not rows:
            return False
        payload, taken = wire.pack(self._spool.site, self._spool.node, self._spool.epoch, rows)
        return self._hand_over(payload, taken)

    async def _send_again(self, first: int) -> bool:
        last = self._sent.pop(first).last
        rows = await asyncio.to_thread(self._spool.pending, wire.MAX_ROWS, after_seq=first - 1, before_seq=last + 1)
        if not rows:
            return True
        # Fewer rows than at first always fit.
        return self._hand_over(wire.encode_data(self._spool.site, self._spool.node, self._spool.epoch, rows), rows)

    def _hand_over(self, payload: bytes, rows: Sequence[wire.Numbered]) -> bool:
        trouble = self._line()
        sent = self._sent[rows[0].seq] = _Sent(rows[-1].seq, time.monotonic() + self._resend_s)
        self._sent_upto = max(self._sent_upto, sent.last)
        if random.random() < trouble.loss_ratio:
            return True
        for _ in range(1 + (random.random() < trouble.duplicate_ratio)):
            mid = self.link.publish(wire.topic(self._spool.site, self._spool.node, "data"), payload)
            if mid is None:
                # The connection has just ended; the next one begins with what is in flight.
                return False
            sent.mid = mid
        return True

    async def _report(self) -> None:
        """Tell the account when it changed, and now and then when it did not."""
        now_s = time.monotonic()
        if now_s < self._report_s:
            return
        self._report_s = now_s + REPORT_S
        spool = self._spool
        head, tallies = await asyncio.to_thread(spool.standing)
        changed = head != self._told_head or {tally.hour_ns: tally for tally in tallies} != self._told
        if not changed and now_s - self._reported_s < LONGEST_REPORT_S:
            return
        self._reported_s = now_s
        now_ns = self.now_ns()
        recent_ns = now_ns - REPEATED_HOURS * NS_PER_HOUR
        wanted = [tally for tally in tallies if tally.hour_ns >= recent_ns or self._told.get(tally.hour_ns) != tally]
        self._told, self._told_head = {tally.hour_ns: tally for tally in tallies}, head
        for hours in _messages(wanted):
            report = wire.NodeReport(
                site=spool.site, node=spool.node, epoch=spool.epoch, time_ns=now_ns, head=head, hours=hours
            )
            self.link.publish(wire.topic(spool.site, spool.node, "account"), wire.encode_report(report))


def _is_read(trouble: Trouble) -> bool:
    return not trouble.offline and random.random() >= trouble.loss_ratio


def _messages(tallies: Sequence[HourTally]) -> list[list[wire.HourReport]]:
    """Return the hours in messages that are not too long; an hour in too many pieces waits until it has fewer."""
    messages: list[list[wire.HourReport]] = []
    room = 0
    for tally in tallies:
        weight = HOUR_WEIGHT + len(tally.waiting)
        if weight > MOST_RANGES:
            continue
        if room < weight:
            messages.append([])
            room = MOST_RANGES
        room -= weight
        messages[-1].append(wire.HourReport(tally.hour_ns, tally.sampled, tally.dropped, tally.waiting))
    return messages
