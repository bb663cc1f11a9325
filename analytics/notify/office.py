"""Reads the ledger and keeps a courier at work for each channel; a channel that hangs holds up no other and no job."""

from __future__ import annotations

import logging
import threading
from concurrent.futures import ThreadPoolExecutor
from typing import TYPE_CHECKING, Self

import msgspec

from analytics.alarms.alarm import SYSTEM
from analytics.notify.build import Configured
from analytics.notify.courier import FIRST_RETRY_S, Courier
from analytics.notify.outbox import Draft, Outbox
from analytics.notify.selection import Selection
from analytics.notify.transitions import Transitions
from greendc.contracts import Event
from greendc.errors import StoreError
from greendc.notifier import NotifyKind
from greendc.status import ChannelStatus, NotifyStatus, read_status, write_status

if TYPE_CHECKING:
    from concurrent.futures import Future
    from pathlib import Path
    from types import TracebackType

    from greendc.clock import Clock
    from greendc.contracts import Ledger
    from greendc.site import Site

log = logging.getLogger("greendc.notify")

LOOK_S = 2.0
BURST = 10
TROUBLE_S = 30.0
LOST = "notify.lost"
STATUS = "notify"


class Office:
    """The notifications of a site, while it is entered; does nothing when the site names no channel.

    ``DATA/notify.sqlite`` holds what is still to be sent and up to where the ledger was read. The first time ever, the
    ledger's past is not told.
    """

    def __init__(
        self,
        site: Site,
        ledger: Ledger,
        data_dir: Path,
        clock: Clock,
        *,
        look_s: float = LOOK_S,
        first_retry_s: float = FIRST_RETRY_S,
    ) -> None:
        """Open the outbox.

        Raises:
            StoreError: outbox or ledger cannot be used.
        """
        self._site = site
        self._ledger = ledger
        self._data_dir = data_dir
        self._clock = clock
        self._look_s = look_s
        self._transitions = Transitions(ledger, site.name)
        self._stop = threading.Event()
        self._wakes: list[threading.Event] = []
        self._working: list[Future[None]] = []
        self._pool: ThreadPoolExecutor | None = None
        self._outbox = Outbox(data_dir / "notify.sqlite") if site.notify else None
        self._selections = {notifier.name: Selection(notifier, site) for notifier in site.notify}
        self._couriers: list[Courier] = []
        if self._outbox is not None:
            self._couriers = self._employed(self._outbox, first_retry_s)
            self._begin(self._outbox)
        elif read_status(data_dir, STATUS, NotifyStatus) is not None:
            # The channels of an earlier site file are not down, they are gone.
            write_status(data_dir, STATUS, NotifyStatus(time_ns=clock.now_ns()))

    def _employed(self, outbox: Outbox, first_retry_s: float) -> list[Courier]:
        return [
            Courier(
                notifier.name,
                Configured(notifier, self._site, self._clock),
                outbox,
                self._clock,
                site=self._site.name,
                # A program that follows the state of alarms over MQTT wants each of them.
                burst=(0 if notifier.kind is NotifyKind.MQTT else BURST) if notifier.burst is None else notifier.burst,
                on_lost=self._lost,
                first_retry_s=first_retry_s,
            )
            for notifier in self._site.notify
        ]

    def _begin(self, outbox: Outbox) -> None:
        if outbox.cursor() is None:
            seq, _ = self._transitions.since(0)
            outbox.put(seq, [])
        if gone := outbox.keep_only([notifier.name for notifier in self._site.notify]):
            log.warning("%d messages of channels that are not configured any more are dropped", gone)

    def look(self) -> int:
        """Read what is new in the ledger and keep it for the channels that want it; return how many messages.

        Raises:
            StoreError: outbox or ledger cannot be used; nothing is lost.
        """
        if self._outbox is None:
            return 0
        cursor = self._outbox.cursor() or 0
        seq, found = self._transitions.since(cursor)
        if seq == cursor:
            return 0
        now_ns = self._clock.now_ns()
        drafts = []
        for number, notice in found:
            for name, selection in self._selections.items():
                if selection.wants(notice):
                    due_ns = selection.due_ns(notice, now_ns)
                    draft = Draft(channel=name, seq=number, due_ns=due_ns, held=due_ns > now_ns, notice=notice)
                    drafts.append(draft)
        self._outbox.put(seq, drafts)
        return len(drafts)

    def __enter__(self) -> Self:
        """Start to work, in threads of its own."""
        if self._couriers:
            self._pool = ThreadPoolExecutor(len(self._couriers) + 1, thread_name_prefix="notify")
            self._working.append(self._pool.submit(self._read))
            for courier in self._couriers:
                wake = threading.Event()
                self._wakes.append(wake)
                self._working.append(self._pool.submit(self._carry, courier, wake))
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        """Stop; a message on its way is finished first, within its channel's time limit."""
        self._stop.set()
        for wake in self._wakes:
            wake.set()
        if self._pool is not None:
            self._pool.shutdown(wait=True)
        if self._outbox is not None:
            self._outbox.close()

    def raise_bug(self) -> None:
        """Raise what ended a thread that should be at work."""
        for work in self._working:
            if work.done() and not self._stop.is_set():
                work.result()

    def _read(self) -> None:
        troubled = False
        while not self._stop.wait(self._look_s):
            try:
                found = self.look()
                self._say()
            except StoreError as error:
                if not troubled:
                    log.warning("the ledger cannot be read for notifications: %s", error)
                troubled = True
                continue
            troubled = False
            if found:
                for wake in self._wakes:
                    wake.set()

    def _carry(self, courier: Courier, wake: threading.Event) -> None:
        while not self._stop.is_set():
            try:
                seconds = courier.step()
            except StoreError as error:
                log.warning("channel %s: the outbox cannot be used: %s", courier.name, error)
                seconds = TROUBLE_S
            wake.wait(seconds)
            wake.clear()

    def _lost(self, channel: str, count: int) -> None:
        body = msgspec.json.encode({"count": count}).decode()
        self._ledger.append(
            Event(time_ns=self._clock.now_ns(), kind=LOST, subject=channel, principal=SYSTEM, body=body)
        )

    def _say(self) -> None:
        if self._outbox is None:
            return
        channels = []
        for courier in self._couriers:
            sent, lost = self._outbox.totals(courier.name)
            waiting = self._outbox.waiting(courier.name)
            status = ChannelStatus(name=courier.name, error=courier.why, waiting=waiting, sent=sent, lost=lost)
            channels.append(status)
        write_status(self._data_dir, STATUS, NotifyStatus(time_ns=self._clock.now_ns(), channels=channels))
