"""Everything that the scores and findings of a day are made from, in a few questions to the store."""

from __future__ import annotations

from typing import TYPE_CHECKING

import msgspec
import numpy as np
import pyarrow.compute as pc

from analytics.quality.day import STEP_NS, Day
from analytics.quality.pace import NONE, Declared, Pace, pace_of
from analytics.quality.steps import SeriesSteps, read_steps
from greendc.model import SeriesKey
from greendc.units import NS_PER_SECOND

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from greendc.contracts import History
    from greendc.site import Site

PATIENCE = 3.0
"""A value is stale after so many intervals, and never sooner than `LEAST_STALE_NS`."""
LEAST_STALE_NS = 60 * NS_PER_SECOND
RETIRED_NS = 7 * 86_400 * NS_PER_SECOND
"""Series that have been silent for so long before the day are not looked for any more."""
MOST_RAW = 2_000_000
"""Readings that are opened at most to learn why they have no value."""


class Silence(msgspec.Struct, frozen=True, kw_only=True):
    """How long the newest known value was too old: together, in the longest stretch, and how old it is at the end.

    All in [ns]; ``longest`` is a stretch [start_ns, end_ns).
    """

    stale_ns: int = 0
    age_ns: int | None = None
    longest: tuple[int, int] = (0, 0)


class Gathered(msgspec.Struct, frozen=True, kw_only=True):
    """A day as columns. Series in ``steps`` are judged; ``begun`` is the first whole step of each device.

    ``never`` are devices of the site file that have never been heard of up to the end of the day; ``reasons`` counts
    readings without a value by reason, and lacks series that nobody looked at.
    """

    day: Day
    level: str
    steps: dict[SeriesKey, SeriesSteps]
    paces: dict[SeriesKey, Pace]
    allowed_ns: dict[SeriesKey, int]
    silences: dict[SeriesKey, Silence]
    reasons: dict[SeriesKey, dict[str, int]]
    begun: dict[str, int]
    never: tuple[str, ...] = ()


def gather(history: History, site: Site, declared: Declared, day: Day) -> Gathered:
    """Read a day; rollups are enough except for readings without a value.

    Raises:
        StoreAway: the store does not answer.
        StoreRefused: it will not serve us.
    """
    keys = history.series(site.name)
    steps, level = read_steps(history, keys, day)
    begun = _begun(history, site, steps, day)
    steps = _current(history, {key: own for key, own in steps.items() if key.device in begun}, day)
    paces = {key: pace_of(declared.interval_s(key), own.count) for key, own in steps.items()}
    allowed = {key: _allowed_ns(pace) for key, pace in paces.items()}
    heard = {key.device for key in keys}
    return Gathered(
        day=day,
        level=level,
        steps=steps,
        paces=paces,
        allowed_ns=allowed,
        silences=_silences(history, day, {key: at for key, at in allowed.items() if paces[key].source != NONE}, begun),
        reasons=_reasons(history, steps, day),
        begun=begun,
        never=tuple(name for name in declared.devices if name not in heard),
    )


def _begun(history: History, site: Site, steps: Mapping[SeriesKey, SeriesSteps], day: Day) -> dict[str, int]:
    """Return the first whole step of the day of each device; devices that began after the day are left out."""
    first: dict[str, int] = {}
    for key, own in steps.items():
        at = np.flatnonzero(own.count)
        first[key.device] = min(first.get(key.device, day.steps), int(at[0]) if len(at) else day.steps)
    begun = {}
    for device, step in first.items():
        before = step > 0 and history.count(site.name, device=device, end_ns=day.start_ns) > 0
        if before or step < day.steps:
            # The step in which a device began is rarely a whole one.
            begun[device] = 0 if before or step == 0 else step + 1
    return begun


def _current(history: History, steps: Mapping[SeriesKey, SeriesSteps], day: Day) -> dict[SeriesKey, SeriesSteps]:
    """Return the series without those that fell silent long before the day, or only began after it."""
    silent = [key for key, own in steps.items() if own.received == 0]
    newest = history.latest(silent) if silent else {}
    retired = {
        key for key in silent if key not in newest or not day.start_ns - RETIRED_NS <= newest[key].time_ns < day.end_ns
    }
    return {key: own for key, own in steps.items() if key not in retired}


def _allowed_ns(pace: Pace) -> int:
    interval_s = pace.interval_s or 0.0
    return max(LEAST_STALE_NS, int(np.ceil(PATIENCE * interval_s)) * NS_PER_SECOND)


def _silences(
    history: History, day: Day, allowed: Mapping[SeriesKey, int], begun: Mapping[str, int]
) -> dict[SeriesKey, Silence]:
    groups: dict[int, list[SeriesKey]] = {}
    for key, longest_ns in allowed.items():
        groups.setdefault(longest_ns, []).append(key)
    found: dict[SeriesKey, Silence] = {}
    for longest_ns, keys in groups.items():
        table = history.gaps(keys, day.start_ns, day.until_ns, longest_ns)
        by_name = {(key.device, key.part, key.quantity): key for key in keys}
        columns = (table.column(name).to_pylist() for name in ("device", "part", "quantity", "start_ns", "end_ns"))
        for device, part, quantity, start_ns, end_ns in zip(*columns, strict=True):
            key = by_name[device, part, quantity]
            span = (max(start_ns, day.start_ns + begun[device] * STEP_NS), end_ns)
            found[key] = _longer(found.get(key, Silence()), span, longest_ns, day.until_ns)
    return found


def _longer(silence: Silence, span: tuple[int, int], allowed_ns: int, until_ns: int) -> Silence:
    length = span[1] - span[0]
    longest = max(silence.longest, span, key=lambda one: one[1] - one[0])
    return Silence(
        stale_ns=silence.stale_ns + max(0, length - allowed_ns),
        age_ns=length if span[1] == until_ns else silence.age_ns,
        longest=longest,
    )


def _reasons(history: History, steps: Mapping[SeriesKey, SeriesSteps], day: Day) -> dict[SeriesKey, dict[str, int]]:
    """Return why readings have no value: asked of the readings themselves, and only where there are such."""
    found: dict[SeriesKey, dict[str, int]] = {}
    wanted: dict[tuple[int, int], list[SeriesKey]] = {}
    left = MOST_RAW
    for key, own in steps.items():
        lacking = np.flatnonzero(own.count > own.known)
        if not len(lacking):
            found[key] = {}
            continue
        first, stop = int(lacking[0]), int(lacking[-1]) + 1
        left -= int(own.count[first:stop].sum())
        if left >= 0:
            wanted.setdefault((first, stop), []).append(key)
    for (first, stop), keys in wanted.items():
        found |= {key: {} for key in keys}
        _count_reasons(history, keys, (day.start_ns + first * STEP_NS, day.start_ns + stop * STEP_NS), found)
    return found


def _count_reasons(
    history: History, keys: Sequence[SeriesKey], window: tuple[int, int], into: dict[SeriesKey, dict[str, int]]
) -> None:
    table = history.raw(keys, *window)
    lacking = table.filter(pc.is_null(table.column("value"))).select(["device", "part", "quantity", "reason"])
    counted = lacking.group_by(["device", "part", "quantity", "reason"]).aggregate([([], "count_all")])
    by_name = {(key.device, key.part, key.quantity): key for key in keys}
    for row in counted.to_pylist():
        reasons = into[by_name[row["device"], row["part"], row["quantity"]]]
        reasons[row["reason"]] = row["count_all"]


def devices_of(keys: Iterable[SeriesKey]) -> dict[str, list[SeriesKey]]:
    """Return the series of each device, both in order."""
    found: dict[str, list[SeriesKey]] = {}
    for key in sorted(keys):
        found.setdefault(key.device, []).append(key)
    return found
