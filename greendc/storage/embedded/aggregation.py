"""Steps of series: from the rollups where they hold, from the readings elsewhere."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from greendc.storage.embedded.packed_steps import of_rows, unpack_steps
from greendc.storage.embedded.rolling import MINUTE, ROLLUPS, Level
from greendc.storage.embedded.rows import Rows, in_order, joined
from greendc.storage.embedded.schema import NS_PER_DAY, day_bounds
from greendc.storage.steps import Steps, joined_steps, no_steps, summed

if TYPE_CHECKING:
    import sqlite3
    from collections.abc import Sequence

    from greendc.storage.embedded.chunks import Opener

_DIRTY = "SELECT day FROM dirty WHERE series = ? AND day BETWEEN ? AND ?"
_ROLLUPS = "SELECT span, steps FROM rollups WHERE series = ? AND level = ? AND span BETWEEN ? AND ?"
_DAYS = "SELECT DISTINCT day FROM chunks WHERE series = ? AND day BETWEEN ? AND ?"

FLUSH_ROWS = 2_000_000
"""Readings that are held while they are summed up."""


def level_for(step_ns: int) -> Level | None:
    """Return the coarsest rollup whose steps make up ``step_ns``."""
    return next((level for level in ROLLUPS if step_ns % level.step_ns == 0), None)


class Aggregation:
    """One question for steps; series are added one by one."""

    def __init__(self, reader: sqlite3.Connection, opener: Opener, start_ns: int, end_ns: int, step_ns: int) -> None:
        """Ask for [start_ns, end_ns) in steps."""
        self._reader = reader
        self._opener = opener
        self._start_ns = start_ns
        self._end_ns = end_ns
        self._step_ns = step_ns
        self._level = level_for(step_ns)
        self._done: list[Steps] = []
        self._held: list[Steps] = []
        self._held_rows = 0
        self._held_raw = False
        self._used: str | None = None

    @property
    def level(self) -> str | None:
        """Return the name of the rollup that was used, None when only readings were."""
        return self._used

    def add(self, owner: int, series: int, hot: Rows) -> None:
        """Add a series; ``hot`` are its rows of the window that are not sealed yet. Owners ascend."""
        ranges = [(self._start_ns, self._end_ns)]
        parts: list[Steps] = []
        if self._level is not None:
            ranges, parts = self._from_rollups(self._level, owner, series, hot)
        for begin_ns, stop_ns in ranges:
            sealed = self._opener.window(series, begin_ns, stop_ns)
            rows = in_order(joined([*sealed, hot.between(begin_ns, stop_ns)]))
            if len(rows):
                parts.append(of_rows(rows, owner))
                self._held_raw = True
        if len(parts) > 1:
            whole = joined_steps(parts)
            parts = [whole.taken(whole.time_ns.argsort(kind="stable"))]
        self._held += parts
        self._held_rows += sum(len(part) for part in parts)
        if self._held_rows > FLUSH_ROWS:
            self._flush()

    def steps(self) -> Steps:
        """Return the steps of all series."""
        self._flush()
        return joined_steps(self._done) if self._done else no_steps()

    def _flush(self) -> None:
        held = joined_steps(self._held)
        ready = not self._held_raw and self._level is not None and self._level.step_ns == self._step_ns
        if len(held):
            self._done.append(held if ready else summed(held, self._step_ns))
        self._held, self._held_rows, self._held_raw = [], 0, False

    def _from_rollups(
        self, level: Level, owner: int, series: int, hot: Rows
    ) -> tuple[list[tuple[int, int]], list[Steps]]:
        """Return the stretches that rollups do not serve, and the steps of those that they do."""
        low_ns = -(-self._start_ns // level.step_ns) * level.step_ns
        high_ns = self._end_ns // level.step_ns * level.step_ns
        if low_ns >= high_ns:
            return [(self._start_ns, self._end_ns)], []
        days = (low_ns // NS_PER_DAY, (high_ns - 1) // NS_PER_DAY)
        spans = (day // level.days for day in days)
        rollups = self._reader.execute(_ROLLUPS, (series, level.number, *spans)).fetchall()
        apart = {row[0] for row in self._reader.execute(_DIRTY, (series, *days)).fetchall()}
        apart.update(np.unique(hot.time_ns // NS_PER_DAY).tolist())
        if level is MINUTE:
            present = {row[0] for row in rollups}
            sealed = {row[0] for row in self._reader.execute(_DAYS, (series, *days)).fetchall()}
            apart |= sealed - present
        parts = []
        for _span, packed in rollups:
            steps = unpack_steps(packed, owner, level.step_ns)
            inside = (steps.time_ns >= low_ns) & (steps.time_ns < high_ns)
            if apart:
                inside &= ~np.isin(steps.time_ns // NS_PER_DAY, list(apart))
            if inside.any():
                parts.append(steps if inside.all() else steps.taken(inside))
                self._used = level.name
        bounds = (day_bounds(day) for day in sorted(apart))
        inner = ((max(begin_ns, low_ns), min(end_ns, high_ns)) for begin_ns, end_ns in bounds)
        return _connected([(self._start_ns, low_ns), *inner, (high_ns, self._end_ns)]), parts


def _connected(ranges: Sequence[tuple[int, int]]) -> list[tuple[int, int]]:
    """Return sorted ranges without the empty ones, neighbours made one."""
    found: list[tuple[int, int]] = []
    for begin, stop in ranges:
        if begin >= stop:
            continue
        if found and found[-1][1] == begin:
            found[-1] = (found[-1][0], stop)
        else:
            found.append((begin, stop))
    return found
