"""The course of one series over a range: few points with every peak and gap, marks of quality, and counter resets."""

from __future__ import annotations

from typing import TYPE_CHECKING

import msgspec
import numpy as np

from analytics.alarm_view.course import AXES
from analytics.counters import PLAUSIBLE_START_W, PLAUSIBLE_STARTS, Floats, Step, Times, judge
from analytics.device_view.thin import MOST, thin
from greendc.clock import NS_PER_HOUR
from greendc.model import SeriesKey
from greendc.quantities import Kind, quantity
from greendc.units import from_stored

if TYPE_CHECKING:
    import pyarrow as pa

    from analytics.alarm_view import Beside
    from greendc.contracts import History

RAW_NS = 62 * 24 * NS_PER_HOUR
"""Readings are drawn one by one within so long before the end of a range; what is before by steps of an hour."""
STEP_NS = NS_PER_HOUR
MOST_STRETCHES = 40
MOST_RESETS = 60


class Stretch(msgspec.Struct, frozen=True, kw_only=True):
    """Readings one after the other of one quality that is not good: from the first to the last of them."""

    start_ns: int
    end_ns: int
    quality: int
    reason: str
    readings: int


class Reset(msgspec.Struct, frozen=True, kw_only=True):
    """A counter that began anew (``reset``) or went over its end (``wrap``); values in the unit of the course."""

    time_ns: int
    kind: str
    before: float
    after: float


class Mark(msgspec.Struct, frozen=True, kw_only=True):
    """Something that happened: ``kind`` is raised, cleared, note or exchange (of the meter, without an alarm).

    ``text`` is empty where the alarm says it.
    """

    time_ns: int
    kind: str
    alarm_id: str
    priority: str
    text: str = ""


class Course(msgspec.Struct, frozen=True, kw_only=True):
    """A series in ``unit``, the one that people read; None in ``values`` is a gap.

    ``readings`` is how many were looked at. Before ``single_ns`` there are only the least and the greatest of each
    hour (of a counter the first and the last). ``stretches`` are the longest, ``resets`` the newest; ``hidden``
    counts the rest of both. ``states`` names the codes of a state.
    """

    key: SeriesKey
    kind: Kind
    unit: str
    start_ns: int
    end_ns: int
    times_ns: list[int]
    values: list[float | None]
    readings: int
    single_ns: int
    stretches: tuple[Stretch, ...] = ()
    hidden: int = 0
    resets: tuple[Reset, ...] = ()
    states: dict[str, int] = {}

    @property
    def known(self) -> bool:
        """Tell whether there is anything to draw."""
        return bool(self.times_ns)


def course_of(
    history: History, key: SeriesKey, start_ns: int, end_ns: int, *, interval_ns: int = 0, most: int = MOST
) -> Course:
    """Return the course of a series over [start_ns, end_ns).

    Raises:
        KeyError: the vocabulary has no such quantity.
        StoreAway, StoreRefused: the store cannot be read.
    """
    known = quantity(key.quantity)
    single_ns = max(start_ns, end_ns - RAW_NS)
    table = history.raw([key], single_ns, end_ns)
    times, values = _columns(table, "value")
    first_ns = int(times[0]) if len(times) else end_ns
    # Readings may be kept for less time than what they were rolled up to.
    old_times, old_values = _hours(
        history, key, start_ns, first_ns // STEP_NS * STEP_NS, counter=known.kind is Kind.COUNTER
    )
    if len(old_times):
        single_ns = first_ns
    whole_times, whole_values = np.concatenate([old_times, times]), np.concatenate([old_values, values])
    shape = thin(whole_times, whole_values, interval_ns=interval_ns, most=most)
    stretches = _stretches(table)
    convert, unit = _axis(known.unit, key.quantity)
    resets = _resets(whole_times, whole_values, known.unit) if known.kind is Kind.COUNTER else []
    return Course(
        key=key,
        kind=known.kind,
        unit=unit,
        start_ns=start_ns,
        end_ns=end_ns,
        times_ns=shape.time_ns.tolist(),
        values=[None if np.isnan(value) else _shown(value, convert) for value in shape.values.tolist()],
        readings=len(times),
        single_ns=single_ns,
        stretches=tuple(sorted(stretches, key=lambda one: one.start_ns - one.end_ns)[:MOST_STRETCHES]),
        hidden=max(0, len(stretches) - MOST_STRETCHES) + max(0, len(resets) - MOST_RESETS),
        resets=tuple(
            Reset(time_ns=at, kind=kind, before=_shown(before, convert), after=_shown(after, convert))
            for at, kind, before, after in sorted(resets)[-MOST_RESETS:]
        ),
        states=dict(known.states),
    )


def marks_of(found: Beside, start_ns: int, end_ns: int) -> list[Mark]:
    """Return what happened within [start_ns, end_ns): alarms that came and went, and what people said of them."""
    marks = []
    for line in found.alarms:
        episode, alarm = line.episode, line.episode.alarm
        said = [("raised", alarm.since_ns, ""), ("cleared", episode.cleared_ns, "")]
        said += [("note", note.time_ns, f"{note.name}: {note.text}") for note in episode.notes]
        marks += [
            Mark(time_ns=at, kind=kind, alarm_id=episode.id, priority=alarm.priority, text=text)
            for kind, at, text in said
            if start_ns <= at < end_ns
        ]
    return sorted(marks, key=lambda mark: mark.time_ns)


def _axis(unit: str, name: str) -> tuple[str, str]:
    """Return the unit to convert to, empty for none, and how it is written; a bare number is no per cent."""
    if unit == "1" and not name.endswith("_ratio"):
        return "", ""
    return AXES.get(unit, ("", unit))


def _shown(value: float, unit: str) -> float:
    return float(f"{from_stored(value, unit) if unit else value:.8g}")


def _columns(table: pa.Table, name: str) -> tuple[Times, Floats]:
    times = np.asarray(table.column("time_ns").to_numpy(), dtype=np.int64)
    return times, np.asarray(table.column(name).to_numpy(), dtype=np.float64)


def _hours(history: History, key: SeriesKey, start_ns: int, end_ns: int, *, counter: bool) -> tuple[Times, Floats]:
    """Return two values of each hour, not a number in an hour without any."""
    start_ns = start_ns // STEP_NS * STEP_NS
    count = max(0, end_ns - start_ns) // STEP_NS
    if not count:
        return np.zeros(0, dtype=np.int64), np.zeros(0)
    table = history.aggregated([key], start_ns, end_ns, STEP_NS)
    if not table.num_rows:
        return np.zeros(0, dtype=np.int64), np.zeros(0)
    times, low = _columns(table, "first" if counter else "min")
    high = _columns(table, "last" if counter else "max")[1]
    values = np.full((count, 2), np.nan)
    values[(times - start_ns) // STEP_NS] = np.stack([low, high], axis=1)
    begins = start_ns + STEP_NS * np.arange(count, dtype=np.int64)
    when = begins[:, None] + np.array([STEP_NS // 4, STEP_NS * 3 // 4], dtype=np.int64)
    first = int(np.argmax(~np.isnan(values).all(axis=1)))
    return when[first:].ravel(), values[first:].ravel()


def _stretches(table: pa.Table) -> list[Stretch]:
    quality = np.asarray(table.column("quality").to_numpy())
    marked = np.flatnonzero(quality)
    if not len(marked):
        return []
    times = np.asarray(table.column("time_ns").to_numpy(), dtype=np.int64)
    reasons = table.column("reason")
    breaks = np.flatnonzero((np.diff(marked) > 1) | (np.diff(quality[marked]) != 0)) + 1
    return [
        Stretch(
            start_ns=int(times[run[0]]),
            end_ns=int(times[run[-1]]),
            quality=int(quality[run[0]]),
            reason=reasons[int(run[0])].as_py() or "",
            readings=len(run),
        )
        for run in np.split(marked, breaks)
    ]


def _resets(times: Times, values: Floats, unit: str) -> list[tuple[int, str, float, float]]:
    known = ~np.isnan(values)
    when, what = times[known], values[known]
    steps = judge(when, what, start=PLAUSIBLE_STARTS.get(unit, PLAUSIBLE_START_W))
    names = {Step.WRAP: "wrap", Step.RESET: "reset"}
    return [
        (int(when[i + 1]), names[kind], float(what[i]), float(what[i + 1]))
        for kind in names
        for i in np.flatnonzero(steps.kind == kind)
    ]
