"""What a stretch of time brought: energy, PUE, peak power and the warmest inlet, with the course they come from.

Two of them beside each other are the comparison with the period before.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import msgspec

from analytics.kpis import compute
from analytics.kpis.coverage import REPORTABLE
from analytics.overview.course import trend_between
from analytics.overview.figure import Figure, State, Trend

if TYPE_CHECKING:
    from collections.abc import Sequence

    from analytics.result import KpiResult
    from greendc.contracts import History
    from greendc.site import Site

ENERGIES = {"facility": "facility_energy", "it": "it_energy", "cooling": "cooling_energy"}
"""The energy figures of a period, by the name that the page has for them."""

__all__ = ["Change", "PeriodView", "change", "period_view"]


class PeriodView(msgspec.Struct, frozen=True, kw_only=True):
    """One period [start_ns, end_ns).

    ``figures`` by name: ``facility``, ``it``, ``cooling`` [J], ``pue``, ``peak`` [W], ``inlet`` [degree Celsius];
    ``coverage`` of those that have one; and the course.
    """

    start_ns: int
    end_ns: int
    figures: dict[str, Figure]
    coverage: dict[str, float]
    trend: Trend


class Change(msgspec.Struct, frozen=True, kw_only=True):
    """One figure now and before. ``ratio`` is the relative change, None where one is unknown or it has no meaning."""

    key: str
    now: Figure
    before: Figure
    ratio: float | None


def period_view(history: History, site: Site, start_ns: int, end_ns: int) -> PeriodView:
    """Return what a period brought.

    Raises:
        ValueError: the period is empty.
        ConfigError: the site names a standards profile that does not exist.
        StoreAway, StoreRefused: the store cannot be read.
    """
    course = trend_between(history, site, start_ns, end_ns)
    results = {
        result.kpi: result
        for result in compute(history, site, start_ns, end_ns, keys={"pue", *ENERGIES.values()})
        if not result.part
    }
    wanted = {**ENERGIES, "pue": "pue"}
    figures = {name: _figure(results.get(kpi), end_ns) for name, kpi in wanted.items()}
    figures["peak"] = _highest(course.times_ns, course.facility_w, "W")
    figures["inlet"] = _highest(course.times_ns, course.inlet_c, "Cel")
    coverage = {name: results[kpi].coverage for name, kpi in wanted.items() if kpi in results}
    return PeriodView(start_ns=start_ns, end_ns=end_ns, figures=figures, coverage=coverage, trend=course)


def change(now: PeriodView, before: PeriodView) -> list[Change]:
    """Return every figure of both periods, in the order of the first."""
    return [
        Change(key=key, now=figure, before=before.figures[key], ratio=_ratio(key, figure, before.figures[key]))
        for key, figure in now.figures.items()
    ]


def _figure(result: KpiResult | None, end_ns: int) -> Figure:
    if result is None or result.value is None:
        return Figure(unit="1", time_ns=end_ns, reason=(result.reason if result else "") or "coverage")
    sound = result.coverage >= REPORTABLE
    return Figure(
        value=result.value,
        unit=result.unit,
        time_ns=end_ns,
        state=State.FRESH if sound else State.ESTIMATED,
        reason="" if sound else "low_coverage",
    )


def _highest(times_ns: Sequence[int], values: Sequence[float | None], unit: str) -> Figure:
    known = [(value, time_ns) for value, time_ns in zip(values, times_ns, strict=True) if value is not None]
    if not known:
        return Figure(unit=unit, reason="coverage")
    value, time_ns = max(known)
    return Figure(value=value, unit=unit, time_ns=time_ns, state=State.FRESH)


def _ratio(key: str, now: Figure, before: Figure) -> float | None:
    # A temperature on the Celsius scale has no relative change.
    if key == "inlet" or now.value is None or not before.value:
        return None
    return now.value / before.value - 1.0
