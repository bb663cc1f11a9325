"""Taking away what is older than its level is kept."""

from __future__ import annotations

from typing import TYPE_CHECKING

from greendc.storage.embedded.rolling import ROLLUPS
from greendc.storage.embedded.schema import NS_PER_DAY
from greendc.storage.retention import RAW

if TYPE_CHECKING:
    import sqlite3

    from greendc.storage.embedded.rolling import Roller
    from greendc.storage.retention import Retention

RAW_FROM = "raw_from_ns"
"""The name in `meta` of the time before which readings are gone, and no more are taken."""

_DAYS_AT_ONCE = 256
_RETIRED = "SELECT series, sum(rows) FROM chunks WHERE day < ? GROUP BY series"
_TAKE = "UPDATE series SET stored = stored - ? WHERE id = ?"
_MARK = (
    "INSERT INTO meta (name, value) VALUES (?, ?) ON CONFLICT (name) DO UPDATE SET value = max(value, excluded.value)"
)


def cutoff_day(retention: Retention, level: str, now_ns: int) -> int | None:
    """Return the first UTC day that is kept of a level, None when all are."""
    kept_ns = retention.of(level)
    return (now_ns - kept_ns) // NS_PER_DAY if kept_ns else None


def retire(writer: sqlite3.Connection, roller: Roller, retention: Retention, now_ns: int) -> None:
    """Delete whole days of readings, after their rollups are made, and rollups that are too old."""
    first = cutoff_day(retention, RAW, now_ns)
    if first is not None:
        while roller.roll(first, _DAYS_AT_ONCE):
            pass
        writer.executemany(_TAKE, [(rows, series) for series, rows in writer.execute(_RETIRED, (first,)).fetchall()])
        writer.execute("DELETE FROM chunks WHERE day < ?", (first,))
        writer.execute("DELETE FROM times WHERE day < ?", (first,))
        writer.execute("DELETE FROM arrivals WHERE at_ns < ?", (first * NS_PER_DAY,))
        writer.execute(_MARK, (RAW_FROM, first * NS_PER_DAY))
    for level in ROLLUPS:
        first = cutoff_day(retention, level.name, now_ns)
        if first is not None:
            writer.execute("DELETE FROM rollups WHERE level = ? AND span < ?", (level.number, first // level.days))
