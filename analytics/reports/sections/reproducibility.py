"""How to make the same report again and to check this one: software, command, configuration, hashes of the input."""

from __future__ import annotations

from typing import TYPE_CHECKING

from analytics.efficiency_view import wording
from analytics.reports.document import plain
from analytics.reports.sections.quality import sources_of
from analytics.reports.sections.writer import words
from greendc.clock import iso

if TYPE_CHECKING:
    from analytics.reports.document import Block, Section
    from analytics.reports.sections.writer import Writer


METERS_SHOWN = 40


def reproducibility(writer: Writer) -> Section:
    """Return the section."""
    facts = writer.facts
    rows = {
        "software": plain(f"greendc {facts.software}"),
        "command": plain(facts.command),
        "window": plain(f"{iso(facts.request.start_ns)} / {iso(facts.request.end_ns)}"),
        "version": plain(str(facts.version)),
        "standards": plain(facts.configuration.standards),
        "configuration": plain(facts.configuration.sha256),
    }
    blocks: list[Block] = [
        writer.line("reproducibility.lead"),
        writer.pairs(rows),
        *_inputs(writer),
        *_figures(writer),
        *_parts(writer),
    ]
    return writer.section("reproducibility", blocks)


def _inputs(writer: Writer) -> list[Block]:
    whole = writer.facts.request.start_ns, writer.facts.request.end_ns
    rows = []
    for one in sources_of(writer.facts):
        part = "" if (one.start_ns, one.end_ns) == whole else f" ({writer.span(one.start_ns, one.end_ns)})"
        rows.append((words(f"{one.meter}{part}"), plain(one.quantity), plain(one.sha256)))
    rest = len(rows) - METERS_SHOWN
    note = writer.text("reproducibility.more", n=str(rest)) if rest > 0 else ""
    rows = rows[:METERS_SHOWN]
    return (
        [writer.table("inputs", ("meter", "quantity", "sha256"), rows, widths=(0.9, 1.1, 4.8), note=note)]
        if rows
        else []
    )


def _figures(writer: Writer) -> list[Block]:
    rows = [
        (words(wording.title(one, writer.lang)), plain(one.lineage.sha256))
        for one in writer.facts.figures
        if one.lineage is not None and one.value is not None
    ]
    return [writer.table("lineages", ("kpi", "sha256"), rows, widths=(1.2, 3.5))] if rows else []


def _parts(writer: Writer) -> list[Block]:
    rows = [(plain(name), plain(value)) for name, value in sorted(writer.facts.configuration.parts.items())]
    return [writer.table("configuration", ("part", "sha256"), rows, widths=(1.2, 3.5))] if rows else []
