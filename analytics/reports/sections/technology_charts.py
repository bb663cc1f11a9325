"""How each green technology did from month to month, and the modules beside each other."""

from __future__ import annotations

from typing import TYPE_CHECKING

from analytics.efficiency_view import wording
from analytics.reports.document import Chart
from analytics.reports.sections import measured
from greendc import plots

if TYPE_CHECKING:
    from analytics.reports.document import Block
    from analytics.reports.sections.writer import Writer
    from analytics.result import KpiResult

SHOWN = ("iteu_sv", "rci_high", "erf", "free_cooling_hours", "wue", "ref")
MODULE = "pue_module"
LEAST = 2
HEIGHT = 150


def technology_charts(writer: Writer) -> list[Block]:
    """Return a chart for each figure of the checklist that at least two months know, and one of the modules."""
    found = [chart for kpi in SHOWN if (chart := _months(writer, kpi)) is not None]
    modules = [one for one in writer.facts.figures if one.kpi == MODULE and one.part and one.value is not None]
    if len(modules) >= LEAST:
        bars = [_bar(one, one.part) for one in modules]
        found.append(_chart(writer, "modules", wording.title(modules[0], writer.lang).partition(" ·")[0], bars, "PUE"))
    return [*found]


def _months(writer: Writer, kpi: str) -> Chart | None:
    months = [
        (month.name, next((one for one in month.figures if one.kpi == kpi and not one.part), None))
        for month in writer.facts.months
    ]
    known = [one for _, one in months if one is not None and one.value is not None and not measured.assumed(one)]
    units = {measured.value_of(one).unit for one in known}
    if len(known) < LEAST or len(units) != 1:
        return None
    bars = [_bar(one, name) for name, one in months]
    title = writer.text("technologies.chart", name=wording.title(known[0], writer.lang))
    return _chart(writer, kpi, title, bars, units.pop())


def _chart(writer: Writer, name: str, title: str, bars: list[plots.Bar], unit: str) -> Chart:
    desc = writer.text("technologies.chart_desc")
    svg = plots.bars(bars, unit=unit, title=title, desc=desc, height=HEIGHT)
    return Chart(id=f"technology.{name}", title=title, desc=desc, svg=svg)


def _bar(one: KpiResult | None, name: str) -> plots.Bar:
    """Return the bar of a figure in its printed unit; one that is not proven is hollow."""
    shown = measured.value_of(one) if one is not None else None
    if one is None or shown is None or shown.value is None or measured.assumed(one):
        return plots.Bar(name=name, value=None)
    error = abs(shown.value) * one.uncertainty if one.uncertainty is not None else None
    return plots.Bar(
        name=name,
        value=shown.value,
        low=shown.value - error if error is not None else None,
        high=shown.value + error if error is not None else None,
        faint=not measured.proven(one),
        label=shown.shown,
    )
