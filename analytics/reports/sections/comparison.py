"""The year beside the baseline: only what both measured alike is compared, and a shorter period says so."""

from __future__ import annotations

import datetime as dt
from typing import TYPE_CHECKING

from analytics.efficiency_view import wording
from analytics.limits import YEAR_NS
from analytics.reports.document import Declared, Tone
from analytics.reports.sections import figures, measured
from analytics.reports.sections.verdict import baseline_of
from analytics.reports.sections.writer import words
from greendc import display

if TYPE_CHECKING:
    from analytics.reports.document import Block
    from analytics.reports.sections.writer import Writer

COMPARED = (
    "pue",
    "facility_energy",
    "centre_energy",
    "it_energy",
    "cooling_energy",
    "ppue_cooling",
    "ppue_power",
    "wue",
    "water_volume",
    "ref",
    "erf",
    "cue",
    "emissions",
    "it_load_rate",
    "free_cooling_hours",
)
YEAR_DAYS = 365


def comparison(writer: Writer) -> list[Block]:
    """Return the comparison of the acceptance report."""
    facts = writer.facts
    if facts.baseline is None:
        return [writer.line("comparison.none", tone=Tone.WARNING)]
    blocks: list[Block] = []
    if facts.request.end_ns - facts.request.start_ns < YEAR_NS:
        blocks.append(writer.line("comparison.short_period", tone=Tone.WARNING))
    if facts.baseline.end - facts.baseline.start < dt.timedelta(days=YEAR_DAYS - 1):
        blocks.append(writer.line("comparison.short_baseline", tone=Tone.WARNING))
    rows = []
    for key in COMPARED:
        now = facts.figure(key)
        if now is None or (baseline_of(facts, key) is None and key not in facts.baseline.declared):
            continue
        before = figures.baseline(writer, now)
        name = words(wording.title(now, writer.lang))
        rows.append((name, before, measured.value_cell(writer, now), figures.change(writer, now)))
    note = writer.text("comparison.note", start=facts.baseline.start.isoformat(), end=facts.baseline.end.isoformat())
    columns = ("kpi", "baseline", "value", "change")
    table = writer.table("baseline", columns, rows, widths=(2, 1.4, 2.4, 1.2), note=note)
    return [*blocks, table, *_stated(writer)]


def _stated(writer: Writer) -> list[Block]:
    """Return the values that the plan states of the baseline, which a measured one does not hide."""
    plan = writer.facts.commitments.baseline if writer.facts.commitments is not None else None
    if plan is None or not plan.values:
        return []
    values = "; ".join(_value(writer, key, value) for key, value in plan.values.items())
    stated = writer.text("comparison.stated", values=values, source=display.one_line(plan.source))
    return [Declared(text=stated, author=display.one_line(plan.author), date=plan.date.isoformat())]


def _value(writer: Writer, key: str, value: float) -> str:
    now = writer.facts.figure(key)
    name = wording.title(now, writer.lang) if now is not None else key
    unit = measured.value_of(now).unit if now is not None else ""
    return f"{name} {value:g}{display.SPACE if unit else ''}{unit}"
