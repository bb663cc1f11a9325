"""Rollups: the days whose readings changed are summed up anew, whole days at a time.

A day that is marked dirty is answered from its readings, so that a rollup is never wrong, only late.
"""

from __future__ import annotations

from itertools import groupby
from typing import TYPE_CHECKING, NamedTuple

from greendc.storage.admission import is_counter
from greendc.storage.embedded.chunks import Opener, TimesCache
from greendc.storage.embedded.packed_steps import of_rows, pack_steps, unpack_steps
from greendc.storage.embedded.rows import joined
from greendc.storage.embedded.schema import day_bounds
from greendc.storage.embedded.sealing import Sealer
from greendc.storage.retention import LEVELS
from greendc.storage.steps import Steps, joined_steps, summed

if TYPE_CHECKING:
    import sqlite3
    from collections.abc import Sequence

    from greendc.storage.embedded.rows import Rows

_DUE = "SELECT series, day FROM dirty WHERE day < ? ORDER BY series, day LIMIT ?"
_CLEAN = "DELETE FROM dirty WHERE series = ? AND day = ?"
_STEPS = "SELECT steps FROM rollups WHERE series = ? AND level = ? AND span = ?"
_KEEP = """INSERT INTO rollups (series, level, span, steps) VALUES (?, ?, ?, ?)
    ON CONFLICT (series, level, span) DO UPDATE SET steps = excluded.steps"""


class Level(NamedTuple):
    """A rollup: its number in the file, its name, its step, and the days that one row of it holds."""

    number: int
    name: str
    step_ns: int
    days: int


MINUTE = Level(1, "1m", LEVELS["1m"], 1)
QUARTER = Level(2, "15m", LEVELS["15m"], 16)
HOUR = Level(3, "1h", LEVELS["1h"], 64)
ROLLUPS = (HOUR, QUARTER, MINUTE)
"""From coarse to fine."""

DENSE_ROWS = 4 * 1440
"""Up to as many readings a day, its minutes are as quickly summed up from the readings, and take less room."""


class Roller:
    """Makes rollups within one transaction."""

    def __init__(self, writer: sqlite3.Connection, times: TimesCache, *, always_minutes: bool) -> None:
        """Write with ``writer``. Minutes are kept of dense days only, unless ``always_minutes``."""
        self._writer = writer
        self._times = times
        self._opener = Opener(writer, times)
        self._minimum = 0 if always_minutes else DENSE_ROWS

    def roll(self, before_day: int, limit: int) -> int:
        """Sum up at most ``limit`` dirty days before ``before_day``; return how many there were."""
        due: list[tuple[int, int]] = self._writer.execute(_DUE, (before_day, limit)).fetchall()
        if not due:
            return 0
        sealer = Sealer(self._writer, self._times, {})
        quarters: list[Steps] = []
        for owner, (series, day) in enumerate(due):
            rows = self._readings(sealer, series, day)
            if rows is None:
                continue
            steps = of_rows(rows, owner)
            if len(rows) > self._minimum:
                self._keep(series, MINUTE, day, summed(steps, MINUTE.step_ns))
            quarters.append(summed(steps, QUARTER.step_ns))
        sealer.finish()
        if quarters:
            self._merge(due, QUARTER, joined_steps(quarters))
            self._merge(due, HOUR, summed(joined_steps(quarters), HOUR.step_ns))
        self._writer.executemany(_CLEAN, due)
        return len(due)

    def _readings(self, sealer: Sealer, series: int, day: int) -> Rows | None:
        """Return the readings of a day, leaving them in one chunk."""
        chunks = self._opener.find(series, *day_bounds(day))
        if not chunks:
            return None
        rows = joined([self._opener.open(series, chunk) for chunk in chunks])
        if len(chunks) > 1:
            sealer.drop(series, chunks)
            sealer.add(series, day, rows)
        return rows

    def _merge(self, due: Sequence[tuple[int, int]], level: Level, steps: Steps) -> None:
        """Put the steps of the days ``due[owner]`` in the place of those that the level has of these days."""
        place = 0
        bounds = steps.owner.searchsorted(range(len(due) + 1)).tolist()
        for (series, span), group in groupby(due, lambda one: (one[0], one[1] // level.days)):
            days = [day for _series, day in group]
            fresh = steps.taken(slice(bounds[place], bounds[place + len(days)]))
            place += len(days)
            row = self._writer.execute(_STEPS, (series, level.number, span)).fetchone()
            parts = [fresh]
            if row is not None:
                old = unpack_steps(row[0], 0, level.step_ns)
                cuts = [0]
                for day in days:
                    cuts += old.time_ns.searchsorted(day_bounds(day)).tolist()
                cuts.append(len(old))
                parts += [old.taken(slice(*cut)) for cut in zip(cuts[::2], cuts[1::2], strict=True)]
            whole = joined_steps(parts)
            if len(whole):
                self._keep(series, level, span, whole.taken(whole.time_ns.argsort(kind="stable")))

    def _keep(self, series: int, level: Level, span: int, steps: Steps) -> None:
        packed = pack_steps(steps, level.step_ns, counter=self._is_counter(series))
        self._writer.execute(_KEEP, (series, level.number, span, packed))

    def _is_counter(self, series: int) -> bool:
        row = self._writer.execute("SELECT quantity FROM series WHERE id = ?", (series,)).fetchone()
        return is_counter(row[0])
