"""The charts of a period: PUE by month beside baseline and target, energy by part, load duration, PUE at each load."""

from __future__ import annotations

import datetime as dt
from typing import TYPE_CHECKING

from analytics.reports.document import Chart
from analytics.reports.sections import measured
from analytics.reports.sections.verdict import baseline_of
from greendc import plots
from greendc.clock import NS_PER_HOUR
from greendc.units import NS_PER_SECOND, kw, kwh

if TYPE_CHECKING:
    from analytics.reports.document import Block, Section
    from analytics.reports.sections.writer import Writer

FACILITY, IT = "facility", "it"
PARTS = (("it", "it_energy"), ("cooling", "cooling_energy"))
LEAST_MONTHS, LEAST_HOURS, LEAST_DAYS = 2, 24, 3
HOURS_OF_DAY = 24


def charts(writer: Writer) -> Section:
    """Return the section of the monthly report."""
    blocks = charts_of(writer)
    return writer.section("charts", blocks or [writer.line("charts.none")])


def charts_of(writer: Writer) -> list[Block]:
    """Return every chart that the period has the data for."""
    return [*monthly_pue(writer), *split(writer), *duration(writer), *scatter(writer)]


def monthly_pue(writer: Writer) -> list[Block]:
    """Return PUE of each month; one that is not proven is hollow, one that is not known is a gap."""
    months = writer.facts.months
    found = {
        month.name: next((one for one in month.figures if one.kpi == "pue" and not one.part), None) for month in months
    }
    if sum(one is not None and one.value is not None for one in found.values()) < LEAST_MONTHS:
        return []
    bars = []
    for name, one in found.items():
        interval = one.interval if one is not None else None
        low, high = interval if interval is not None else (None, None)
        value = one.value if one is not None else None
        label = measured.value_of(one).shown if one is not None else ""
        bars.append(plots.Bar(name=name, value=value, low=low, high=high, faint=not measured.proven(one), label=label))
    title, desc = writer.text("charts.pue"), writer.text("charts.pue_desc")
    svg = plots.bars(bars, unit="PUE", title=title, desc=desc, marks=_marks(writer), floor=1.0)
    return [Chart(id="monthly_pue", title=title, desc=desc, svg=svg)]


def split(writer: Writer) -> list[Block]:
    """Return the energy of the period by its parts, of the same coverage; what is left is called the rest."""
    whole = writer.facts.figure("facility_energy")
    if whole is None or not measured.proven(whole) or not whole.value:
        return []
    parts: list[plots.Part] = []
    rest = whole.value
    for key, kpi in PARTS:
        one = writer.facts.figure(kpi)
        if one is None or not measured.proven(one) or one.value is None:
            return []
        rest -= one.value
        shown = measured.value_of(one)
        parts.append(
            plots.Part(name=writer.text(f"charts.part.{key}"), value=one.value, label=f"{shown.shown} {shown.unit}")
        )
    if rest < 0:
        return []
    parts.append(plots.Part(name=writer.text("charts.part.rest"), value=rest))
    title, desc = writer.text("charts.split"), writer.text("charts.split_desc")
    return [Chart(id="energy_split", title=title, desc=desc, svg=plots.split(parts, title=title, desc=desc))]


def duration(writer: Writer) -> list[Block]:
    """Return the hourly mean powers, the greatest first; hours that are not known are left out and counted."""
    lines = []
    for role in (FACILITY, IT):
        known = [value for hour in writer.hours if (value := hour.energies_j.get(role)) is not None]
        if len(known) < LEAST_HOURS:
            return []
        powers = sorted((kw(value / (NS_PER_HOUR / NS_PER_SECOND)) for value in known), reverse=True)
        lines.append(plots.Curve(name=writer.text(f"charts.role.{role}"), values=tuple(powers)))
    title = writer.text("charts.duration")
    desc = writer.text("charts.duration_desc", known=str(len(lines[0].values)), all=str(len(writer.hours)))
    svg = plots.duration(lines, unit="kW", title=title, desc=desc, across=writer.text("charts.share_of_hours"))
    return [Chart(id="load_duration", title=title, desc=desc, svg=svg)]


def scatter(writer: Writer) -> list[Block]:
    """Return PUE of each day whose every hour is known at its mean IT power."""
    days: dict[dt.date, list[tuple[float | None, float | None]]] = {}
    for hour in writer.hours:
        day = dt.datetime.fromtimestamp(hour.start_ns // NS_PER_SECOND, tz=writer.zone).date()
        days.setdefault(day, []).append((hour.energies_j.get(FACILITY), hour.energies_j.get(IT)))
    points = []
    for hours in days.values():
        whole = [(facility, it) for facility, it in hours if facility is not None and it is not None]
        facility, it = sum(one for one, _ in whole), sum(one for _, one in whole)
        if len(whole) == len(hours) >= HOURS_OF_DAY - 1 and facility > it > 0:
            points.append((kwh(it) / len(whole), facility / it))
    if len(points) < LEAST_DAYS:
        return []
    title, desc = writer.text("charts.scatter"), writer.text("charts.scatter_desc", days=str(len(points)))
    axes = plots.Axes(across=writer.text("charts.it_power"), up="PUE")
    svg = plots.scatter(points, axes=axes, title=title, desc=desc)
    return [Chart(id="pue_load", title=title, desc=desc, svg=svg)]


def _marks(writer: Writer) -> list[plots.Mark]:
    marks = []
    before = baseline_of(writer.facts, "pue")
    if before is not None and before.value is not None and measured.proven(before):
        shown = measured.value_of(before, measured.BASELINE).shown
        marks.append(plots.Mark(name=f"{writer.text('charts.baseline')} {shown}", value=before.value))
    elif writer.facts.baseline is not None and "pue" in writer.facts.baseline.declared:
        value = writer.facts.baseline.declared["pue"]
        marks.append(plots.Mark(name=f"{writer.text('charts.baseline_declared')} {value:g}", value=value))
    targets = writer.facts.commitments.targets if writer.facts.commitments is not None else []
    promised = [one.most for one in targets if one.kpi == "pue" and not one.part and one.most is not None]
    name = writer.text("charts.target")
    return marks + [plots.Mark(name=f"{name} {most:g}", value=most, strong=True) for most in promised]
