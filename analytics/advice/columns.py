"""Series that the site model does not know, on a grid of their own: outlets, phases, states, sub-meters."""

from __future__ import annotations

from typing import TYPE_CHECKING

import msgspec
import numpy as np

from analytics.counters import Floats, Times
from analytics.points import runs
from greendc.clock import NS_PER_HOUR
from greendc.model import SeriesKey

if TYPE_CHECKING:
    from collections.abc import Sequence

    from analytics.advice.situation import Situation

DAY_NS = 24 * NS_PER_HOUR
LATEST_NS = 30 * DAY_NS
"""How far back habits are judged: what was so a year ago is no reason to act today."""
_MOST_ROWS = 1_000_000


class Columns(msgspec.Struct, frozen=True, kw_only=True):
    """One column for each series over common steps, NaN where nothing is known; steps begin at ``time_ns``."""

    time_ns: Times
    step_ns: int
    values: dict[SeriesKey, Floats]

    def __len__(self) -> int:
        """Return the number of steps."""
        return len(self.time_ns)

    def of(self, keys: Sequence[SeriesKey]) -> Floats:
        """Return [series x steps]."""
        return np.stack([self.values[key] for key in keys]) if keys else np.zeros((0, len(self)))


def columns(
    situation: Situation,
    keys: Sequence[SeriesKey],
    *,
    step_ns: int = NS_PER_HOUR,
    what: str = "mean",
    span_ns: int = LATEST_NS,
) -> Columns:
    """Return ``what`` (mean, min, max, last) of each series over the last ``span_ns`` of the evidence.

    Raises:
        StoreAway, StoreRefused: the store cannot be read.
    """
    start_ns = -(-max(situation.start_ns, situation.now_ns - span_ns) // step_ns) * step_ns
    times = np.arange(start_ns, situation.now_ns - step_ns + 1, step_ns, dtype=np.int64)
    values = {key: np.full(len(times), np.nan) for key in keys}
    ordered = sorted(values)
    at_once = max(1, _MOST_ROWS // max(len(times), 1))
    for first in range(0, len(ordered) if len(times) else 0, at_once):
        some = ordered[first : first + at_once]
        table = situation.history.aggregated(some, int(times[0]), int(times[-1]) + step_ns, step_ns)
        when = table.column("time_ns").to_numpy()
        read = table.column(what).to_numpy(zero_copy_only=False)
        for key, rows in runs(table, some).items():
            values[key][(when[rows] - times[0]) // step_ns] = read[rows]
    return Columns(time_ns=times, step_ns=step_ns, values=values)


def on_frame(situation: Situation, keys: Sequence[SeriesKey]) -> dict[SeriesKey, Floats]:
    """Return the means of series on the steps of the plant's frame, NaN where nothing is known.

    Raises:
        StoreAway, StoreRefused: the store cannot be read.
    """
    frame = situation.frame
    span_ns = situation.now_ns - situation.start_ns + frame.step_ns
    read = columns(situation, keys, step_ns=frame.step_ns, span_ns=span_ns)
    found = {key: np.full(len(frame), np.nan) for key in keys}
    if len(frame) and len(read):
        at = (read.time_ns - int(frame.time_ns[0])) // frame.step_ns
        inside = (at >= 0) & (at < len(frame))
        for key in keys:
            found[key][at[inside]] = read.values[key][inside]
    return found
