"""A target and the weather on one even grid, with the kinds of its days."""

from __future__ import annotations

from typing import TYPE_CHECKING

import msgspec
import numpy as np

from analytics.counters import Floats, Times
from analytics.day_types import DayType
from analytics.wall_clock import MINUTES_PER_DAY, Ints, wall_clock
from greendc.clock import NS_PER_HOUR

if TYPE_CHECKING:
    import datetime as dt
    from collections.abc import Mapping

    from analytics.day_types import DayCalendar

HORIZON_H = 48
DAY_H, WEEK_H = 24, 168
KINDS = tuple(DayType)


class Observed(msgspec.Struct, frozen=True, kw_only=True):
    """Rows of ``step_ns`` from ``start_ns`` on; unknown is NaN.

    ``values`` [n] are the target. ``weather`` [n] by name was measured and is known up to the last row only.
    ``expected`` [n + horizon] by name is what forecasts said of each time before it came, with the times ahead; it is
    empty where nobody gave one, for measured weather is not what a forecast would have known. ``hour`` and ``kind``
    [n + horizon] are the local hour of the day and the place in `KINDS` of the day.
    """

    start_ns: int
    step_ns: int
    values: Floats
    weather: dict[str, Floats]
    expected: dict[str, Floats]
    hour: Floats
    kind: Ints

    def __len__(self) -> int:
        """Return how many rows are past."""
        return len(self.values)

    @property
    def per_hour(self) -> int:
        """Return how many rows an hour has."""
        return NS_PER_HOUR // self.step_ns

    @property
    def day(self) -> int:
        """Return how many rows a day has."""
        return DAY_H * self.per_hour

    @property
    def week(self) -> int:
        """Return how many rows a week has."""
        return WEEK_H * self.per_hour

    @property
    def horizon(self) -> int:
        """Return how many rows lie ahead."""
        return HORIZON_H * self.per_hour

    @property
    def days(self) -> float:
        """Return how many days of known rows there are."""
        return float(np.isfinite(self.values).sum()) / self.day

    def times_ahead(self) -> Times:
        """Return the starts of the rows ahead [ns]."""
        return self.start_ns + np.arange(len(self), len(self) + self.horizon, dtype=np.int64) * self.step_ns

    def since(self, first: int) -> Observed:
        """Return the rows from one on."""
        return msgspec.structs.replace(
            self,
            start_ns=self.start_ns + first * self.step_ns,
            values=self.values[first:],
            weather={name: column[first:] for name, column in self.weather.items()},
            expected={name: column[first:] for name, column in self.expected.items()},
            hour=self.hour[first:],
            kind=self.kind[first:],
        )

    def until(self, count: int) -> Observed:
        """Return the first rows, as they were known then."""
        ahead = count + self.horizon
        return msgspec.structs.replace(
            self,
            values=self.values[:count],
            weather={name: column[:count] for name, column in self.weather.items()},
            expected={name: column[:ahead] for name, column in self.expected.items()},
            hour=self.hour[:ahead],
            kind=self.kind[:ahead],
        )


def observed(
    time_ns: Times,
    values: Floats,
    zone: dt.tzinfo,
    calendar: DayCalendar,
    *,
    weather: Mapping[str, Floats] | None = None,
    expected: Mapping[str, tuple[Times, Floats]] | None = None,
) -> Observed:
    """Return rows on an even grid, the usual step of the times being its step.

    ``weather`` are columns beside ``values``; ``expected`` are columns with times of their own that may reach ahead.

    Raises:
        ValueError: there are fewer than two times, or the step is no whole part of an hour.
    """
    if len(time_ns) < 2:  # noqa: PLR2004 (a step lies between two)
        message = "fewer than two rows"
        raise ValueError(message)
    ordered = np.unique(time_ns)
    step_ns = int(np.median(np.diff(ordered)))
    if step_ns <= 0 or NS_PER_HOUR % step_ns:
        message = f"rows of {step_ns} ns are no whole part of an hour"
        raise ValueError(message)
    start_ns = int(ordered[0]) // step_ns * step_ns
    count = (int(ordered[-1]) - start_ns) // step_ns + 1
    ahead = count + HORIZON_H * (NS_PER_HOUR // step_ns)

    def on_grid(times: Times, column: Floats, rows: int) -> Floats:
        places = (times - start_ns) // step_ns
        inside = (places >= 0) & (places < rows)
        grid = np.full(rows, np.nan)
        grid[places[inside]] = column[inside]
        return grid

    clock = wall_clock(start_ns + np.arange(ahead, dtype=np.int64) * step_ns, zone)
    dates, places = clock.dates()
    kinds = np.array([KINDS.index(calendar.day_type(day)) for day in dates], dtype=np.int64)
    return Observed(
        start_ns=start_ns,
        step_ns=step_ns,
        values=on_grid(time_ns, values, count),
        weather={name: on_grid(time_ns, column, count) for name, column in (weather or {}).items()},
        expected={name: on_grid(times, column, ahead) for name, (times, column) in (expected or {}).items()},
        hour=np.asarray(clock.minute * (DAY_H / MINUTES_PER_DAY), dtype=np.float64),
        kind=kinds[places],
    )
