"""What a machine takes more since a fault than it did under the same conditions before.

Before the fault its power follows what drives it; after the fault that law says what it would take if it were mended.
Steps whose drivers lie beyond what was seen before are taken to need as much more, in proportion, as the others. Where
there is too little of a past, the alarm's own ratio of what is to what was usual stands for it, with a wide range.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import msgspec
import numpy as np

from analytics.counters import Floats

if TYPE_CHECKING:
    from collections.abc import Sequence

    from analytics.advice.situation import Situation
    from analytics.alarms import Alarm

HOUR_NS = 3_600_000_000_000
GUARD_NS = 12 * HOUR_NS
"""A fault that comes up slowly has begun before its alarm."""
LEAST_BEFORE, LEAST_AFTER = 96, 8
BEYOND = 0.1
"""A driver may lie so far beyond what was seen, as a share of its range."""
LEAST_REACH = 0.05
"""A driver that hardly moved before may still move by this share of itself."""
EARLIER = 0.7
MISFIT = 0.01
"""No law of a machine is better than this share of its power."""
RATIO_ERROR = 0.3
RIDGE = 1e-6
DAY_NS = 24 * HOUR_NS


class Excess(msgspec.Struct, frozen=True, kw_only=True):
    """Watts more than without the fault, [draws x rows of the whole frame], NaN where it is not known.

    ``basis`` names how it was found (`advice.maintenance.basis.*`). ``in_room`` says that what is lost there is heat
    that the plant has to remove.
    """

    watts: Floats
    basis: str
    in_room: bool = False


def by_law(
    situation: Situation, alarm: Alarm, target: Floats, drivers: Sequence[Floats], *, in_room: bool = False
) -> Excess | None:
    """Return the target's power [W] less what its drivers ask for; None where the data cannot tell."""
    time_ns = situation.frame.time_ns
    known = np.isfinite(target) & np.all([np.isfinite(one) for one in drivers], axis=0)
    before = known & (time_ns < alarm.since_ns - GUARD_NS)
    after = known & (time_ns >= alarm.since_ns)
    if before.sum() < LEAST_BEFORE or after.sum() < LEAST_AFTER:
        return None
    low = np.array([one[before].min() for one in drivers])
    high = np.array([one[before].max() for one in drivers])
    reach = np.maximum(high - low, LEAST_REACH * np.maximum(np.abs(low), np.abs(high)) + 1e-9)
    scaled = np.stack([(one - a) / b for one, a, b in zip(drivers, low, reach, strict=True)], axis=1)
    seen = after & (scaled >= -BEYOND).all(axis=1) & (scaled <= 1.0 + BEYOND).all(axis=1)
    if seen.sum() < LEAST_AFTER:
        return None
    terms = np.hstack([np.ones((len(target), 1)), scaled, scaled**2, scaled[:, :1] * scaled[:, 1:]])
    residual = target - terms @ _law(terms[before], target[before])
    misfit = MISFIT * float(np.abs(target[seen]).mean())
    drift = _drift(terms[before], target[before])
    error = float(np.linalg.norm([_error(residual, time_ns, before, seen), drift, misfit]))
    share = float(residual[seen].sum()) / max(float(target[seen].sum()), 1.0)
    more = np.where(seen, residual, np.where(after, share * target, np.nan))
    watts = more[None, :] + error * situation.draws.normal(f"excess/{alarm.id}")[:, None]
    return Excess(watts=watts, basis="own_past", in_room=in_room)


def by_ratio(situation: Situation, alarm: Alarm, target: Floats, *, in_room: bool = False) -> Excess | None:
    """Return the power [W] that the alarm's ratio to what is usual stands for, since the alarm began."""
    if alarm.unit != "1" or alarm.value is None or alarm.value <= 1.0:
        return None
    share = 1.0 - 1.0 / alarm.value
    after = situation.frame.time_ns >= alarm.since_ns
    spread = np.clip(1.0 + RATIO_ERROR * situation.draws.normal(f"excess/{alarm.id}"), 0.0, None)[:, None]
    watts = np.where(after & np.isfinite(target), target, np.nan)[None, :] * share * spread
    return Excess(watts=watts, basis="ratio", in_room=in_room)


def by_explanation(situation: Situation, alarm: Alarm) -> Excess | None:
    """Return what a learned model found more than it expects [W], within the band that it is judged by."""
    said = alarm.explanation
    if said is None or said.unit != "W" or said.value is None or said.expected is None or said.value <= said.expected:
        return None
    band = (said.high - said.low) if said.high is not None and said.low is not None else 0.0
    # A band of nine tenths and more is about four standard deviations wide.
    drawn = said.value - said.expected + band / 4.0 * situation.draws.normal(f"excess/{alarm.id}")
    after = situation.frame.time_ns >= alarm.since_ns
    watts = np.where(after[None, :], drawn[:, None], np.nan)
    return Excess(watts=watts, basis="residual")


def _law(terms: Floats, target: Floats) -> Floats:
    normal = terms.T @ terms + RIDGE * len(terms) * np.eye(terms.shape[1])
    return np.asarray(np.linalg.solve(normal, terms.T @ target), dtype=np.float64)


def _drift(terms: Floats, target: Floats) -> float:
    """Return by how much the law of the earlier part of the past misses the mean of its later part [W]."""
    cut = round(EARLIER * len(target))
    return abs(float((target[cut:] - terms[cut:] @ _law(terms[:cut], target[:cut])).mean()))


def _error(
    residual: Floats,
    time_ns: np.ndarray[tuple[int], np.dtype[np.int64]],
    before: np.ndarray[tuple[int], np.dtype[np.bool_]],
    after: np.ndarray[tuple[int], np.dtype[np.bool_]],
) -> float:
    """Return the standard error of the mean excess: days are alike within and differ from each other."""
    days = time_ns[before] // DAY_NS
    names, place = np.unique(days, return_inverse=True)
    daily = np.bincount(place, weights=residual[before]) / np.bincount(place)
    count = len(np.unique(time_ns[after] // DAY_NS))
    spread = max(float(daily.std(ddof=1)) if len(daily) > 1 else 0.0, 0.5 * float(residual[before].std()))
    return spread * float(np.sqrt(1.0 / len(names) + 1.0 / max(count, 1)))
