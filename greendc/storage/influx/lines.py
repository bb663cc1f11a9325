"""Batches, rollups and marks in line protocol."""

from __future__ import annotations

from enum import IntEnum
from typing import TYPE_CHECKING

from greendc.model import Quality
from greendc.storage.admission import is_counter
from greendc.storage.influx.names import UNUSUAL, escaped, tag_of

if TYPE_CHECKING:
    from collections.abc import Sequence

    from greendc.model import Batch, SeriesKey
    from greendc.storage.influx.partials import Partials

MARK = "dirty"
"""The field of an hour's point that says whether the hour's rollups are those of its readings."""


class Mark(IntEnum):
    """What a reader may take for an hour. ``COARSE``: the finest rollup was left out, it would save next to nothing."""

    HOLDS = 0
    DIRTY = 1
    COARSE = 2


def head_of(key: SeriesKey) -> str:
    """Return measurement and tags of a series, up to its fields."""
    named = (("device", key.device), ("part", key.part), ("site", key.site))
    tags = ",".join(f"{tag}={escaped(tag_of(name))}" for tag, name in named)
    return f"{key.quantity},{tags} "


def reading_lines(batch: Batch, rows: Sequence[int]) -> list[str]:
    """Return some rows of a batch that admission lets pass; their times are nanoseconds."""
    heads = [head_of(key) for key in batch.series]
    reasons = [_text(reason) for reason in batch.reasons]
    index, time_ns, value = batch.index, batch.time_ns, batch.value
    quality, reason = batch.quality, batch.reason
    lines = []
    for row in rows:
        known = value[row]
        if quality[row] == 0 and known == known:  # noqa: PLR0124 - NaN is what differs from itself
            lines.append(f"{heads[index[row]]}quality=0i,value={known!r} {time_ns[row]}")
            continue
        usual = (known != known) == (quality[row] == Quality.BAD)  # noqa: PLR0124 - as above
        code = quality[row] + (0 if usual else UNUSUAL)
        told = "" if known != known else f",value={known!r}"  # noqa: PLR0124 - as above
        told += "" if quality[row] == 0 else f",reason={reasons[reason[row]]}"
        lines.append(f"{heads[index[row]]}quality={code}i{told} {time_ns[row]}")
    return lines


def rollup_lines(keys: Sequence[SeriesKey], steps: Partials) -> list[str]:
    """Return the points of one rollup level."""
    heads = [head_of(key) for key in keys]
    counters = [is_counter(key.quantity) for key in keys]
    lines = []
    for series, start, count, known, total, low, high, first, last, first_ns, last_ns, rise in zip(
        *(column.tolist() for column in steps), strict=True
    ):
        fields = f"count={count}i,known={known}i"
        if known:
            fields += (
                f",sum={total!r},min={low!r},max={high!r},first={first!r},last={last!r}"
                f",first_at={first_ns - start}i,last_at={last_ns - start}i"
            )
        if counters[series] and known:
            fields += f",increase={rise!r}"
        lines.append(f"{heads[series]}{fields} {start}")
    return lines


def mark_line(key: SeriesKey, hour_ns: int, mark: Mark) -> str:
    """Return the point that says whether an hour's rollups hold."""
    return f"{head_of(key)}{MARK}={int(mark)}i {hour_ns}"


def _text(text: str) -> str:
    quoted = text.replace("\\", "\\\\").replace('"', '\\"')
    return f'"{quoted}"'
