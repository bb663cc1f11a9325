"""The course of a period on the overview, and the figures of a period beside those of the one before."""

from __future__ import annotations

from typing import TYPE_CHECKING

from analytics.overview import State
from analytics.period_view import change
from dashboard import chart
from dashboard.markup import View, figure, why
from greendc import display

if TYPE_CHECKING:
    from collections.abc import Callable

    from analytics.overview import Figure, Trend
    from analytics.period_view import Change, PeriodView
    from dashboard.chart import Option
    from greendc.display import Shown

SHOWN: dict[str, Callable[[float | None], Shown]] = {
    "facility": display.energy,
    "it": display.energy,
    "cooling": display.energy,
    "pue": display.effectiveness,
    "peak": display.power,
    "inlet": display.temperature,
}
LEAST_CHANGE = 0.0005
"""A change below this reads as none."""


def comparison(view: View, now: PeriodView, before: PeriodView) -> str:
    """Return a table of both periods; a change has a sign and an arrow, never a colour."""
    heads = "".join(
        f'<th class="{kind}">{view.t(f"dashboard_shell.period.{name}")}</th>'
        for name, kind in (("figure", ""), ("now", "g-right"), ("before", "g-right"), ("change", "g-right"))
    )
    rows = "".join(_row(view, one) for one in change(now, before))
    begin, end = (display.moment(time_ns, view.zone) for time_ns in (before.start_ns, before.end_ns))
    said = view.t("dashboard_shell.period.said", start=begin, end=end)
    return f'<table class="g-table g-period"><tr>{heads}</tr>{rows}</table><p class="g-when">{said}</p>'


def _row(view: View, one: Change) -> str:
    title = view.t(f"dashboard_shell.period.{one.key}")
    cells = "".join(f'<td class="g-right">{_value(view, one.key, fact)}</td>' for fact in (one.now, one.before))
    return f'<tr data-change="{one.key}"><td>{title}</td>{cells}<td class="g-right">{_changed(one)}</td></tr>'


def _value(view: View, key: str, fact: Figure) -> str:
    shown = figure(view, fact, SHOWN[key](fact.value))
    note = f'<div class="g-when g-short">{why(view, fact)}</div>' if fact.state is not State.FRESH else ""
    return f"{shown}{note}"


def _changed(one: Change) -> str:
    if one.ratio is None:
        return display.UNKNOWN
    if abs(one.ratio) < LEAST_CHANGE:
        return "= 0 %"
    arrow, sign = ("↑", "+") if one.ratio > 0 else ("↓", "\u2212")
    return f"{arrow} {sign}{display.percent(abs(one.ratio))}"


def option(view: View, trend: Trend, before: Trend | None = None, shift_ns: int = 0) -> Option:
    """Return the chart of a period; the facility power of the period before lies behind it, moved onto its time."""
    drawn = chart.power_and_pue(view, trend)
    if before is None:
        return drawn
    name = view.say("dashboard_shell.period.earlier")
    return chart.beside(view, drawn, name, [time_ns + shift_ns for time_ns in before.times_ns], before.facility_w)
