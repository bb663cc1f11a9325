"""The site, its boundary, what feeds what, and its meters; which edge nodes and what changed stands elsewhere."""

from __future__ import annotations

from typing import TYPE_CHECKING

from analytics.kpis.calendar import days
from analytics.kpis.coverage import REPORTABLE
from analytics.reports.document import Chart, Tone, plain
from analytics.reports.sections import measured
from analytics.reports.sections.boundary import boundary
from analytics.reports.sections.changes import switches
from analytics.reports.sections.quality import sources_of
from analytics.reports.sections.writer import EN_DASH, words
from greendc import display
from greendc.declared import ALWAYS, FOREVER
from greendc.texts import t

if TYPE_CHECKING:
    from analytics.lineage import Source
    from analytics.reports.document import Block, Cell, Section
    from analytics.reports.sections.writer import Writer
    from greendc.site import Meter

FEEDS_SHOWN = 60
FEEDS_NAMED = 8


def site(writer: Writer) -> Section:
    """Return the section."""
    facts = writer.facts
    info = facts.site.info
    rows = {
        "name": words(info.title(writer.lang)),
        "region": words(info.region),
        "altitude": plain(f"{display.number(info.altitude_m)}{display.SPACE}m") if info.altitude_m else words(""),
        "timezone": plain(display.zone_label(writer.zone, facts.request.end_ns)),
        "rooms": plain(str(len(facts.site.rooms))),
        "racks": plain(str(len(facts.site.racks))),
        "devices": plain(str(len(facts.site.devices))),
        "edge_nodes": plain(str(len(facts.site.edge_nodes))),
    }
    if facts.commitments is not None:
        rows |= {
            "industry": words(facts.commitments.industry, Tone.DECLARED),
            "plan": words(facts.commitments.plan, Tone.DECLARED),
        }
    blocks: list[Block] = [writer.pairs(rows), writer.line("methodology.boundary"), _drawing(writer), *_feeds(writer)]
    if switches(facts) or facts.exchanges:
        blocks.append(writer.line("site.changed"))
    return writer.section("site", blocks)


def register(writer: Writer) -> Section:
    """Return the annex of all meters that played a role within the period."""
    first, last = days(writer.facts.site, writer.facts.request.start_ns, writer.facts.request.end_ns)
    meters = [one for one in writer.facts.site.meters if one.valid_from <= last and first < one.valid_to]
    ordered = sorted(meters, key=lambda one: (one.role, one.device, one.part, one.valid_from))
    sources = {(one.meter, one.role, one.valid_from): one for one in sources_of(writer.facts)}
    rows = [
        _meter(writer, i, one, sources.get((name_of(one), one.role.value, one.valid_from)))
        for i, one in enumerate(ordered, start=1)
    ]
    if not rows:
        return writer.section("register", [writer.line("site.no_meter", tone=Tone.WARNING)])
    columns = ("meter", "role", "quantity", "factor", "class", "valid", "coverage", "readings", "method")
    widths = (1.6, 1.3, 1.5, 0.6, 0.7, 1.2, 0.9, 0.9, 1.2)
    note = writer.text("site.register_note")
    table = writer.table("register", columns, rows, widths=widths, numbers=(3, 4, 6, 7), note=note)
    return writer.section("register", [table])


def _meter(writer: Writer, number: int, one: Meter, source: Source | None) -> tuple[Cell, ...]:
    """Return a line of the register; a meter that no figure asked for has no coverage."""
    unknown = plain(display.UNKNOWN, tone=Tone.FAINT)
    coverage, readings, method = unknown, unknown, unknown
    if source is not None:
        tone = Tone.PLAIN if source.coverage >= REPORTABLE else Tone.FAINT
        coverage = plain(measured.share(f"meter.{number}.coverage", source.coverage, tone), tone=tone)
        readings = plain(measured.count(f"meter.{number}.readings", source.values))
        method = plain(t(f"kpis.method.{source.method}", writer.lang)) if source.method else unknown
    return (
        words(name_of(one)),
        plain(writer.text(f"site.role.{one.role}")),
        plain((source.quantity if source is not None else one.energy or one.power) or display.UNKNOWN),
        plain(f"{one.factor:g}"),
        plain(str(display.percent(one.accuracy_ratio))),
        plain(_valid(writer, one)),
        coverage,
        readings,
        method,
    )


def name_of(meter: Meter) -> str:
    """Return what a meter is called: its device and the part of it."""
    return f"{meter.device}/{meter.part}" if meter.part else meter.device


def _valid(writer: Writer, meter: Meter) -> str:
    if meter.valid_from == ALWAYS and meter.valid_to == FOREVER:
        return writer.text("site.always")
    start = "" if meter.valid_from == ALWAYS else writer.day(meter.valid_from)
    end = "" if meter.valid_to == FOREVER else writer.day(meter.valid_to)
    return f"{start}{EN_DASH}{end}"


def _drawing(writer: Writer) -> Block:
    title, desc = writer.text("site.boundary"), writer.text("site.boundary_desc")
    return Chart(id="boundary", title=title, desc=desc, svg=boundary(writer, title, desc))


def _feeds(writer: Writer) -> list[Block]:
    """Return the power tree, one line for each source."""
    targets: dict[str, list[str]] = {}
    for feed in writer.facts.site.feeds:
        targets.setdefault(feed.source, []).append(feed.target)
    if not targets:
        return [writer.line("site.no_feeds", tone=Tone.FAINT)]
    rows = [
        (words(source), plain(writer.names(names, FEEDS_NAMED)))
        for source, names in list(targets.items())[:FEEDS_SHOWN]
    ]
    rest = len(targets) - len(rows)
    note = writer.text("alarms.more", n=str(rest)) if rest else ""
    return [writer.table("balance", ("source", "feeds"), rows, widths=(1, 3), note=note)]
