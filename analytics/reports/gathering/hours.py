"""The hours of a report's period: what each role's meters counted, where it was really read."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from analytics.kpis.side import FACILITY, IT
from analytics.reports.facts import Hour
from greendc.clock import NS_PER_HOUR
from greendc.site import Role

if TYPE_CHECKING:
    from collections.abc import Iterator

    from analytics.counters import Floats, Times
    from analytics.energy import MeterCurve
    from analytics.kpis.kind import Period
    from analytics.kpis.side import Side

_NO_ENERGY = frozenset({Role.WATER_INPUT})
_ROUNDING_NS = 1_000.0


def hours_of(period: Period, category: int = 0) -> tuple[Hour, ...]:
    """Return the whole hours of a period, counted from its start.

    ``category`` is the metering point of IT energy, 0 for the best there is.
    """
    # Counted in whole hours: in nanoseconds numpy rounds the length of a long range.
    count = (period.end_ns - period.start_ns) // NS_PER_HOUR
    edges = period.start_ns + np.arange(count + 1, dtype=np.int64) * NS_PER_HOUR
    columns = {name: _known(values) for name, values in _columns(period, category, edges)}
    starts = edges[:-1].tolist()
    return tuple(
        Hour(start_ns=start_ns, energies_j={name: values[row] for name, values in columns.items()})
        for row, start_ns in enumerate(starts)
    )


def _columns(period: Period, category: int, edges: Times) -> Iterator[tuple[str, Floats]]:
    if FACILITY.metered(period):
        yield "facility", _side(period, FACILITY, edges)
    it = next((side for side in IT if side.metered(period) and category in {0, side.category}), None)
    if it is not None:
        yield "it", _side(period, it, edges)
    for role in Role:
        curves = [] if role in _NO_ENERGY else period.curves(role)
        if curves:
            yield role.value, _together([(curve, 1.0) for curve in curves], edges)


def _side(period: Period, side: Side, edges: Times) -> Floats:
    signed = [(curve, sign) for role, sign in side.signs.items() for curve in period.curves(role)]
    needed = _played(period.curves(side.needs), edges)
    return np.where(needed, _together(signed, edges), np.nan)


def _together(signed: list[tuple[MeterCurve, float]], edges: Times) -> Floats:
    """Return what meters counted together in each hour, NaN where one of them was not read or none was in its role."""
    total = np.where(_played([curve for curve, _ in signed], edges), 0.0, np.nan)
    for curve, sign in signed:
        total = total + sign * _of_meter(curve, edges)
    return total


def _played(curves: list[MeterCurve], edges: Times) -> np.ndarray[tuple[int], np.dtype[np.bool_]]:
    played = np.zeros(len(edges) - 1, dtype=np.bool_)
    for curve in curves:
        played |= np.diff(np.clip(edges, curve.start_ns, curve.end_ns)) > 0
    return played


def _of_meter(curve: MeterCurve, edges: Times) -> Floats:
    """Return what a meter counted in each hour: 0 outside its role, NaN where the hour is not wholly known.

    A register that was silent for hours tells what it counted in all of them together and not what in each.
    """
    own = np.clip(edges, curve.start_ns, curve.end_ns)
    length_ns = np.diff(own)
    known = np.diff(curve.curve.covered(own)) >= length_ns - _ROUNDING_NS
    read = np.zeros(len(length_ns), dtype=np.bool_)
    for points in (curve.register, curve.power):
        read |= np.diff(np.searchsorted(points.time_ns, own)) > 0
    return np.where(known & (read | (length_ns == 0)), np.diff(curve.curve.energies(own)), np.nan)


def _known(values: Floats) -> list[float | None]:
    return [None if value != value else value for value in values.tolist()]  # noqa: PLR0124 (NaN is not itself)
