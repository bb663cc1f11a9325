"""The course of an alarm's series around its onset, with the band or limit that it is judged by."""

from __future__ import annotations

import itertools
from typing import TYPE_CHECKING

import msgspec

from greendc.clock import NS_PER_HOUR
from greendc.model import SeriesKey
from greendc.units import NS_PER_SECOND, from_stored

if TYPE_CHECKING:
    from analytics.alarms import Alarm
    from greendc.contracts import History
    from greendc.site import Site

BEFORE_NS = NS_PER_HOUR // 2
LONGEST_NS = 24 * NS_PER_HOUR
STEPS = 180
GAP_STEPS = 3
ROUND_NS = 10 * NS_PER_SECOND
AXES = {"W": ("kW", "kW"), "J": ("kW.h", "kWh"), "1": ("%", "%"), "Cel": ("Cel", "°C"), "Pa": ("kPa", "kPa")}
"""In which unit a stored one is drawn, and how that is written; others as they are stored."""


class Course(msgspec.Struct, frozen=True, kw_only=True):
    """A series by steps, None where nothing is known; all values in ``unit``, which is the one that people read."""

    times_ns: list[int]
    values: list[float | None]
    unit: str
    low: float | None
    high: float | None
    expected: float | None
    limit: float | None
    since_ns: int


def course_of(history: History, site: Site, alarm: Alarm, now_ns: int) -> Course | None:
    """Return half an hour before the onset until now, the newest day of a longer one; None without a series.

    Raises:
        StoreAway, StoreRefused: the store cannot be read.
    """
    if not (alarm.device and alarm.quantity):
        return None
    key = SeriesKey(site.name, alarm.device, alarm.part, alarm.quantity)
    start_ns = max(alarm.since_ns - BEFORE_NS, now_ns - LONGEST_NS)
    step_ns = max(ROUND_NS, (now_ns - start_ns) // STEPS // ROUND_NS * ROUND_NS)
    rows = history.aggregated([key], start_ns - start_ns % step_ns, now_ns + 1, step_ns)
    times, means = _with_gaps([at for at in rows["time_ns"].to_pylist() if at is not None], rows["mean"].to_pylist())
    band = alarm.explanation

    unit, written = AXES.get(alarm.unit, ("", alarm.unit))

    def shown(value: float | None) -> float | None:
        return value if value is None or not unit else round(from_stored(value, unit), 4)

    return Course(
        times_ns=times,
        values=[shown(mean) for mean in means],
        unit=written,
        low=shown(band.low) if band else None,
        high=shown(band.high) if band else None,
        expected=shown(band.expected) if band else None,
        limit=shown(alarm.limit),
        since_ns=alarm.since_ns,
    )


def _with_gaps(times_ns: list[int], means: list[float | None]) -> tuple[list[int], list[float | None]]:
    """Return the steps with an empty one wherever several are missing beyond the distances beside it.

    A written past may be coarser than what is read live: what is usual is told by the neighbours, not by all.
    """
    apart = [later - earlier for earlier, later in itertools.pairwise(times_ns)]
    found: list[tuple[int, float | None]] = []
    for i, (time_ns, mean) in enumerate(zip(times_ns, means, strict=True)):
        beside = [*apart[max(0, i - 2) : max(0, i - 1)], *apart[i : i + 1]]
        if i and beside and apart[i - 1] > GAP_STEPS * max(beside):
            found.append((times_ns[i - 1] + min(beside), None))
        found.append((time_ns, mean))
    return [time_ns for time_ns, _ in found], [mean for _, mean in found]
