"""What is known when a forecast is made: the last hours, the same hour before, the calendar, the weather."""

from __future__ import annotations

from typing import TYPE_CHECKING

import msgspec
import numpy as np

from analytics.day_types import DayType
from analytics.forecast.observed import DAY_H, KINDS, Observed
from analytics.wall_clock import Ints

if TYPE_CHECKING:
    from collections.abc import Sequence

    from analytics.counters import Floats

BUCKETS_H = (1.0, 4.0, 12.0, 24.0, 48.0)
"""Leads up to each of these hours are told apart: what the last hour says fades with the distance."""
LAGS = 4
"""The last rows that are looked at one by one."""
_WEEKEND, _HOLIDAY = KINDS.index(DayType.WEEKEND), KINDS.index(DayType.HOLIDAY)


class Samples(msgspec.Struct, frozen=True, kw_only=True):
    """Pairs of an origin (the last row that is known) and a lead in rows, at least 1."""

    origin: Ints
    lead: Ints

    def __len__(self) -> int:
        """Return how many pairs there are."""
        return len(self.origin)

    @property
    def at(self) -> Ints:
        """Return the rows that are forecast."""
        return self.origin + self.lead

    def only(self, rows: np.ndarray[tuple[int], np.dtype[np.bool_]]) -> Samples:
        """Return the pairs that are flagged."""
        return Samples(origin=self.origin[rows], lead=self.lead[rows])


def every(origins: Ints, leads: Sequence[int] | Ints) -> Samples:
    """Return every origin with every lead."""
    of_leads = np.asarray(leads, dtype=np.int64)
    return Samples(origin=np.repeat(origins, len(of_leads)), lead=np.tile(of_leads, len(origins)))


def bucket(rows: Observed, lead: Ints) -> Ints:
    """Return the place in `BUCKETS_H` of each lead."""
    return np.searchsorted(np.array(BUCKETS_H) * rows.per_hour, lead, side="left").astype(np.int64)


def value_at(values: Floats, places: Ints) -> Floats:
    """Return values by their places, NaN before the first and after the last one."""
    inside = (places >= 0) & (places < len(values))
    return np.where(inside, values[np.clip(places, 0, len(values) - 1)], np.nan)


def same_hour(rows: Observed, samples: Samples, season: int) -> Floats:
    """Return the value one season before, or as many as are needed to reach what is known."""
    seasons = -(-samples.lead // season)
    return value_at(rows.values, samples.at - seasons * season)


def base(rows: Observed, samples: Samples, season: int) -> Floats:
    """Return what models start from: the value a season before, that of the other season where it is not known."""
    own, other = (same_hour(rows, samples, span) for span in (season, _other(rows, season)))
    return np.where(np.isfinite(own), own, other)


def usual_season(rows: Observed) -> int:
    """Return the season, a day or a week in rows, that the target repeats more closely."""

    def change(span: int) -> float:
        found = np.abs(rows.values[span:] - rows.values[:-span])
        return float(np.mean(found[np.isfinite(found)])) if np.isfinite(found).any() else np.inf

    return min((rows.day, rows.week), key=change)


def features(rows: Observed, samples: Samples, season: int) -> Floats:
    """Return the features of each pair [n, k]; NaN where one is not known. Nothing after the origin is looked at.

    What was forecast of the weather is the one column that belongs to the time ahead.
    """
    values, origin, at = rows.values, samples.origin, samples.at
    other = _other(rows, season)
    start = base(rows, samples, season)
    columns = [start, same_hour(rows, samples, other) - start]
    columns += [value_at(values, origin - lag) - value_at(values, origin - lag - season) for lag in range(LAGS)]
    columns.append(value_at(values, origin) - value_at(values, origin - other))
    columns += [value_at(_mean(values, span), origin) - start for span in (rows.per_hour, rows.day, rows.week)]
    hour, kind = rows.hour[at] * (2 * np.pi / DAY_H), rows.kind[at]
    columns += [np.sin(hour), np.cos(hour), np.sin(2 * hour), np.cos(2 * hour)]
    before = np.maximum(at - season * -(-samples.lead // season), 0)
    for code in (_WEEKEND, _HOLIDAY):
        here = (kind == code).astype(np.float64)
        columns += [here, here - (rows.kind[before] == code)]
    columns.append(samples.lead / rows.per_hour)
    for column in rows.weather.values():
        columns += [value_at(column, origin), value_at(column, origin) - value_at(column, origin - rows.day)]
    for column in rows.expected.values():
        columns += [value_at(column, at), value_at(column, at) - value_at(column, before)]
    return np.column_stack(columns)


def _other(rows: Observed, season: int) -> int:
    return rows.week if season == rows.day else rows.day


def _mean(values: Floats, span: int) -> Floats:
    """Return the mean of the last rows up to each row; NaN where fewer than half of them are known."""
    known = np.isfinite(values)
    sums = np.concatenate([np.zeros(span), np.cumsum(np.where(known, values, 0.0))])
    counts = np.concatenate([np.zeros(span), np.cumsum(known)])
    count = counts[span:] - counts[:-span]
    total = sums[span:] - sums[:-span]
    return np.where(count >= span / 2, total / np.maximum(count, 1), np.nan)
