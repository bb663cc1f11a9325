"""Brings the messages of one channel out: in order, with patience, and not too many."""

from __future__ import annotations

import logging
import random
from typing import TYPE_CHECKING

from analytics.notify.channel import ChannelAway, ChannelError
from analytics.notify.notice import CLEARED, ESCALATED, LOST, RAISED, SUMMARY, Notice
from greendc.clock import NS_PER_HOUR
from greendc.units import NS_PER_SECOND

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from analytics.notify.channel import Channel
    from analytics.notify.outbox import Entry, Outbox
    from greendc.clock import Clock

log = logging.getLogger("greendc.notify")

FIRST_RETRY_S = 5.0
LONGEST_RETRY_S = 900.0
JITTER = 0.25
GIVE_UP_NS = 24 * NS_PER_HOUR
BURST_WINDOW_NS = 600 * NS_PER_SECOND
SUMMARY_EVERY_NS = 60 * NS_PER_SECOND
"""Beyond the burst there is at most one summary in this time."""
IDLE_S = 60.0


class Courier:
    """The messages of one channel. ``burst`` is how many go out one by one in 10 minutes; 0 is for no bound."""

    def __init__(
        self,
        name: str,
        channel: Channel,
        outbox: Outbox,
        clock: Clock,
        *,
        site: str,
        burst: int,
        on_lost: Callable[[str, int], None],
        first_retry_s: float = FIRST_RETRY_S,
    ) -> None:
        """Take the channel and where its messages wait; ``on_lost`` is told of messages that were given up."""
        self.name = name
        self._channel = channel
        self._outbox = outbox
        self._clock = clock
        self._site = site
        self._burst = burst
        self._on_lost = on_lost
        self._first_retry_s = first_retry_s
        self._failures = 0
        self._not_before_ns = 0
        self.why = ""
        """What is wrong with the channel now; empty when it works."""

    def step(self) -> float:
        """Send what may go now, and return after how many seconds to look again.

        Raises:
            StoreError: the outbox cannot be used.
        """
        now_ns = self._clock.now_ns()
        if now_ns < self._not_before_ns:
            return (self._not_before_ns - now_ns) / NS_PER_SECOND
        entries = self._young(self._outbox.due(self.name, now_ns), now_ns)
        entries = self._still_news(entries, now_ns)
        while entries:
            room = self._room(now_ns, len(entries))
            if room == 0:
                return SUMMARY_EVERY_NS / NS_PER_SECOND
            batch = entries if room < len(entries) else entries[:1]
            if not self._sent(batch):
                return max(0.0, (self._not_before_ns - self._clock.now_ns()) / NS_PER_SECOND)
            entries = entries[len(batch) :]
            now_ns = self._clock.now_ns()
        return IDLE_S

    def _young(self, entries: list[Entry], now_ns: int) -> list[Entry]:
        """Give up what has waited for a day, and say so on the channel itself as soon as it works again."""
        old = [entry for entry in entries if now_ns - entry.since_ns > GIVE_UP_NS]
        if not old:
            return entries
        lost = sum(entry.notice.count if entry.notice.transition == LOST else 1 for entry in old)
        log.error("channel %s: %d messages given up after a day", self.name, lost)
        said = Notice(id=f"{old[-1].notice.id}-lost", site=self._site, transition=LOST, time_ns=now_ns, count=lost)
        self._outbox.give_up(self.name, old, said, now_ns)
        self._on_lost(self.name, lost)
        return self._outbox.due(self.name, now_ns)

    def _still_news(self, entries: list[Entry], now_ns: int) -> list[Entry]:
        """Leave out alarms that came and went within quiet hours."""
        by_alarm: dict[str, list[Entry]] = {}
        for entry in entries:
            if entry.held and entry.notice.alarm is not None:
                by_alarm.setdefault(entry.notice.alarm.id, []).append(entry)
        over = [
            entry
            for held in by_alarm.values()
            if held[0].notice.transition == RAISED and held[-1].notice.transition == CLEARED
            for entry in held
        ]
        if not over:
            return entries
        log.info("channel %s: %d messages of quiet hours are no news any more", self.name, len(over))
        self._outbox.done(self.name, over, now_ns, sent=0)
        gone = {entry.id for entry in over}
        return [entry for entry in entries if entry.id not in gone]

    def _room(self, now_ns: int, wanted: int) -> int:
        """Return how many messages may go out one by one; 1 stands for a summary too, 0 for waiting."""
        if self._burst == 0:
            return wanted
        sent = self._outbox.sent_since(self.name, now_ns - BURST_WINDOW_NS)
        if len(sent) < self._burst:
            return self._burst - len(sent)
        return 1 if now_ns - sent[-1] >= SUMMARY_EVERY_NS else 0

    def _sent(self, batch: Sequence[Entry]) -> bool:
        try:
            self._channel.send(batch[0].notice if len(batch) == 1 else self._summary(batch))
        except ChannelError as error:
            self._failed(batch, error)
            return False
        self._outbox.done(self.name, batch, self._clock.now_ns())
        if self.why:
            log.info("channel %s works again", self.name)
        self.why, self._failures = "", 0
        return True

    def _failed(self, batch: Sequence[Entry], error: ChannelError) -> None:
        if not self.why:
            log.warning("channel %s is down: %s", self.name, error)
        self.why = str(error)
        self._failures += 1
        wait_ns = round(backoff_s(self._failures, self._first_retry_s) * NS_PER_SECOND)
        self._not_before_ns = self._clock.now_ns() + wait_ns
        if not isinstance(error, ChannelAway):
            # What the other side refuses must not keep the rest from going out.
            self._outbox.put_off(batch, self._not_before_ns)

    def _summary(self, batch: Sequence[Entry]) -> Notice:
        parts = sorted((entry.notice for entry in batch), key=_urgency)
        return Notice(
            id=f"{batch[-1].notice.id}-{len(batch)}",
            site=self._site,
            transition=SUMMARY,
            time_ns=self._clock.now_ns(),
            count=len(batch),
            parts=tuple(parts),
        )


def _urgency(notice: Notice) -> tuple[bool, int]:
    ranks = ("critical", "high", "medium", "low")
    rank = ranks.index(notice.alarm.priority) if notice.alarm else len(ranks)
    return notice.transition not in {RAISED, ESCALATED}, rank


def backoff_s(failures: int, first_s: float) -> float:
    """Return how long [s] to wait after so many failures in a row: twice as long each time, up to a bound, jittered."""
    usual: float = min(first_s * 2 ** min(failures - 1, 20), LONGEST_RETRY_S)
    return usual * random.uniform(1 - JITTER, 1 + JITTER)  # noqa: S311 (spreads retries, guards nothing)
