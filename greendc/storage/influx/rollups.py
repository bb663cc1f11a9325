"""Rolling up in an InfluxDB: hours are marked before readings go in, and unmarked when their rollups hold again.

A reader takes rollups for unmarked hours and readings for marked ones, so an answer is right at any moment, whatever
comes late, twice or out of order, and whoever was killed in between. One process writes.
"""

from __future__ import annotations

import logging
import math
import threading
import time
from collections import defaultdict
from typing import TYPE_CHECKING

import numpy as np

from greendc.clock import NS_PER_HOUR
from greendc.errors import StoreError
from greendc.storage.influx.arrivals import OPENED, ROLLED, TOLD, ArrivalLog, Hour
from greendc.storage.influx.lines import Mark, mark_line, rollup_lines
from greendc.storage.influx.partials import Integers, Partials, combined
from greendc.storage.influx.readings import InfluxReader
from greendc.storage.retention import LEVELS

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Mapping, Sequence

    from greendc.model import SeriesKey
    from greendc.storage.influx.server import InfluxServer

log = logging.getLogger("greendc.storage")

HOURS_PER_ROLL = 400
MOST_OPEN = 200_000
FINEST = next(iter(LEVELS))
SPARSE_PER_HOUR = 4 * 60
"""Up to so many readings an hour, a rollup of a minute would take more room than they do."""

QUIET_S = 5.0
TELL_S = 30.0
TICK_S = 1.0
LONGEST_PAUSE_S = 60.0


class _State:
    """How far one hour of one series is."""

    __slots__ = ("told", "touched_s", "turn", "writing")

    def __init__(self, *, told: bool) -> None:
        self.writing = 0
        self.turn = 0
        self.told = told
        self.touched_s = time.monotonic()


class Rollups:
    """What is marked, who is told, and when it is rolled up. Safe for several threads."""

    def __init__(self, server: InfluxServer, log_of: ArrivalLog) -> None:
        """Nothing is asked and no thread runs before the first write."""
        self._server = server
        self._log = log_of
        self._reader = InfluxReader(server)
        self._lock = threading.RLock()
        self._open: dict[Hour, _State] = {}
        self._recovered = False
        self._stop = threading.Event()
        self._thread: threading.Thread | None = None

    def begin(self, hours: Collection[Hour]) -> None:
        """Mark hours into which readings are about to go.

        Raises:
            StoreError: nothing may be written.
        """
        with self._lock:
            self._recover()
            new = [hour for hour in hours if hour not in self._open]
            if new:
                self._log.write(OPENED, new)
                self._mark(dict.fromkeys(new, Mark.DIRTY))
            for hour in hours:
                self._open.setdefault(hour, _State(told=True)).writing += 1
        if self._thread is None:
            self._start()

    def end(self, hours: Iterable[Hour]) -> None:
        """Note that what `begin` announced has been tried."""
        now_s = time.monotonic()
        with self._lock:
            for hour in hours:
                state = self._open[hour]
                state.writing -= 1
                state.turn += 1
                state.told = False
                state.touched_s = now_s
        if len(self._open) > MOST_OPEN:
            self.settle(HOURS_PER_ROLL * 10)

    def _recover(self) -> None:
        if self._recovered:
            return
        hours, orderly = self._log.unfinished()
        for hour in hours:
            self._open[hour] = _State(told=orderly)
        self._recovered = True
        if hours and not orderly:
            log.info("%d hours are rolled up again: the last writer did not end in good order", len(hours))

    def _start(self) -> None:
        with self._lock:
            if self._thread is None:
                self._thread = threading.Thread(target=self._run, name="influx-rollups", daemon=True)
                self._thread.start()

    def _run(self) -> None:
        pause_s, told_s = TICK_S, time.monotonic()
        while not self._stop.wait(pause_s):
            try:
                if time.monotonic() - told_s >= TELL_S:
                    told_s = time.monotonic()
                    self.tell()
                self._roll(self._ready(HOURS_PER_ROLL * 10))
                pause_s = TICK_S
            except StoreError as error:
                if pause_s == TICK_S:
                    log.warning("rollups wait: %s", error)
                pause_s = min(pause_s * 2, LONGEST_PAUSE_S)

    def _ready(self, most: int) -> list[Hour]:
        """Return hours that are over and quiet."""
        now_ns, quiet_s = time.time_ns(), time.monotonic() - QUIET_S
        with self._lock:
            found = [
                hour
                for hour, state in self._open.items()
                if not state.writing and state.touched_s < quiet_s and hour[1] + NS_PER_HOUR <= now_ns
            ]
        return found[:most]

    def tell(self) -> None:
        """Write down which hours got readings since the last time.

        Raises:
            StoreError: it will be written later.
        """
        with self._lock:
            untold = {hour: state.turn for hour, state in self._open.items() if not state.told}
            if untold:
                self._log.write(TOLD, untold)
            for hour, turn in untold.items():
                self._open[hour].told = self._open[hour].turn == turn

    def settle(self, most: int = 0) -> None:
        """Roll up what is marked now, over or not: all of it, or ``most`` hours.

        Raises:
            StoreError: what was not rolled up stays marked.
        """
        with self._lock:
            self._recover()
            hours = [hour for hour, state in self._open.items() if not state.writing]
        self._roll(hours[:most] if most else hours)

    def _roll(self, hours: Sequence[Hour]) -> None:
        by_series: dict[SeriesKey, list[int]] = defaultdict(list)
        for key, start in hours:
            by_series[key].append(start)
        # Series with the same hours are read together.
        alike: dict[tuple[str, str, tuple[int, ...]], list[SeriesKey]] = defaultdict(list)
        for key, starts in by_series.items():
            alike[key.site, key.quantity, tuple(sorted(starts))].append(key)
        for (_site, _quantity, hours_of), keys in alike.items():
            for first, last in runs(hours_of, HOURS_PER_ROLL):
                some = max(1, HOURS_PER_ROLL // ((last - first) // NS_PER_HOUR + 1))
                for begin in range(0, len(keys), some):
                    self._roll_block(keys[begin : begin + some], first, last + NS_PER_HOUR)

    def _roll_block(self, keys: Sequence[SeriesKey], start_ns: int, end_ns: int) -> None:
        """Roll up some series over whole hours and unmark what nothing was added to meanwhile."""
        hours = [(key, start) for key in keys for start in range(start_ns, end_ns, NS_PER_HOUR)]
        with self._lock:
            turns = {hour: self._open[hour].turn for hour in hours if hour in self._open}
        rolled = {}
        steps = list(self._reader.values(keys, start_ns, end_ns))
        for level, step_ns in LEVELS.items():
            rolled[level] = combined(steps, step_ns)
            steps = [rolled[level]]
        hour_of = _hours_of(keys, rolled["1h"])
        # A sum beyond what a double holds cannot be stored: such an hour is read from its readings for ever.
        odd = ~(np.isfinite(rolled["1h"].total) & np.isfinite(rolled["1h"].increase))
        sparse = rolled["1h"].readings <= SPARSE_PER_HOUR
        for level, part in rolled.items():
            left_out = odd | sparse if level == FINEST else odd
            rows = ~np.isin(_paired(part), _paired(rolled["1h"])[left_out])
            self._server.write_own(rollup_lines(keys, part.taken(rows)), level)
        # An hour without readings holds too: all that should have gone into it was refused.
        marks = dict.fromkeys(turns, Mark.HOLDS)
        for hour, few, bad in zip(hour_of, sparse.tolist(), odd.tolist(), strict=True):
            if few:
                marks[hour] = Mark.COARSE
            if bad:
                marks.pop(hour, None)
                self._leave(hour)
        self._unmark({hour: turn for hour, turn in turns.items() if hour in marks}, marks)

    def _leave(self, hour: Hour) -> None:
        """Leave an hour marked until something is added to it."""
        with self._lock:
            if (state := self._open.get(hour)) is not None:
                state.touched_s = math.inf

    def _unmark(self, turns: Mapping[Hour, int], marks: Mapping[Hour, Mark]) -> None:
        with self._lock:
            done = [
                hour
                for hour, turn in turns.items()
                if (state := self._open.get(hour)) is not None and state.turn == turn and not state.writing
            ]
            if not done:
                return
            untold = [hour for hour in done if not self._open[hour].told]
            if untold:
                self._log.write(TOLD, untold)
                for hour in untold:
                    self._open[hour].told = True
            self._mark({hour: marks[hour] for hour in done})
            self._log.write(ROLLED, done)
            for hour in done:
                del self._open[hour]

    def _mark(self, marks: Mapping[Hour, Mark]) -> None:
        self._server.write_own([mark_line(key, start, mark) for (key, start), mark in marks.items()], "1h")

    @property
    def waiting(self) -> int:
        """Return how many hours are marked."""
        return len(self._open)

    def close(self) -> None:
        """Stop, and tell what was not told yet; what is marked stays so and is rolled up by the next writer."""
        self._stop.set()
        if self._thread is None:
            return
        self._thread.join()
        try:
            self.tell()
        except StoreError as error:
            log.warning("some arrivals will be told again: %s", error)
            return
        self._log.close({key.site for key, _start in self._open})


def runs(starts: Sequence[int], most: int) -> list[tuple[int, int]]:
    """Return sorted starts of hours as first and last of stretches without a hole, of at most ``most`` hours."""
    found: list[tuple[int, int]] = []
    for start in starts:
        if found and start - found[-1][1] == NS_PER_HOUR and start - found[-1][0] < most * NS_PER_HOUR:
            found[-1] = found[-1][0], start
        else:
            found.append((start, start))
    return found


def _hours_of(keys: Sequence[SeriesKey], steps: Partials) -> list[Hour]:
    return [(keys[series], start) for series, start in zip(steps.series.tolist(), steps.start_ns.tolist(), strict=True)]


def _paired(steps: Partials) -> Integers:
    """Return one number for each pair of a series' position and an hour."""
    return (steps.series << 32) + steps.start_ns // NS_PER_HOUR
