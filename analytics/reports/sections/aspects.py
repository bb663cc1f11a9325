"""The seven aspects of the guide: what was measured of each, what lies outside of this system, what people declare."""

from __future__ import annotations

from typing import TYPE_CHECKING

from analytics.efficiency_view import wording
from analytics.reports.commitments import ASPECTS
from analytics.reports.document import Bullets, Declared, Tone, plain
from analytics.reports.request import ReportKind
from analytics.reports.sections import charts, figures, measured
from analytics.reports.sections.comparison import comparison
from analytics.reports.sections.economy import economy
from analytics.reports.sections.measures import interval
from analytics.reports.sections.writer import words
from greendc import display
from greendc.quantities import quantities

if TYPE_CHECKING:
    from collections.abc import Callable

    from analytics.reports.document import Block, Cell, Section
    from analytics.reports.sections.writer import Writer
    from analytics.result import KpiResult

RESOURCES = (
    "wue",
    "water_volume",
    "erf",
    "ref",
    "rack_occupancy",
    "it_load_rate",
    "iteu_sv",
    "emissions",
    "cue",
    "standard_coal",
)
CONTROLS = ("access", "intrusion", "isolation", "masking", "encryption", "integrity")
SNMP = "snmp://"


def aspects(writer: Writer) -> Section:
    """Return the section with one part for each aspect."""
    lead: list[Block] = [writer.line("aspects.lead")]
    return writer.section("aspects", [*lead, *(_aspect(writer, name) for name in ASPECTS)], new_page=True)


def _aspect(writer: Writer, name: str) -> Section:
    return writer.section(name, [*_MEASURED[name](writer), *_declared(writer, name)])


def _declared(writer: Writer, name: str) -> list[Block]:
    """Return what people wrote of an aspect, in the other language where this one is missing."""
    found: list[Block] = []
    for one in writer.facts.declared:
        text = (one.zh or one.en) if writer.lang == "zh" else (one.en or one.zh)
        if one.aspect == name and text:
            found.append(Declared(text=text, author=display.one_line(one.author), date=one.date.isoformat()))
    return found or [writer.line("aspects.nothing_declared", tone=Tone.FAINT)]


def _application(writer: Writer) -> list[Block]:
    return [writer.line("aspects.application")]


def _openness(writer: Writer) -> list[Block]:
    points = [
        writer.cell("aspects.dictionary", n=str(len(quantities()))),
        writer.cell("aspects.formats"),
        writer.cell("aspects.interfaces"),
        writer.cell("aspects.not_counted"),
    ]
    return [Bullets(points=tuple(points))]


def _standards(writer: Writer) -> list[Block]:
    given = [one for one in writer.facts.figures if one.standard and not one.part]
    rows = [(words(one.standard), words(wording.title(one, writer.lang)), _given(writer, one)) for one in given]
    table = writer.table("standards", ("standard", "kpi", "state"), rows, widths=(2, 2, 1.4))
    return [table, writer.line("aspects.dcmm")]


def _given(writer: Writer, result: KpiResult) -> Cell:
    """Return whether a figure is measured as its standard asks."""
    if measured.declared(result):
        return writer.cell("figures.declared", tone=Tone.DECLARED)
    if result.value is None:
        return writer.cell("figures.not_given", tone=Tone.FAINT)
    key = "measured" if measured.proven(result) else "assumed" if measured.assumed(result) else "required"
    return writer.cell(f"figures.{key}", tone=measured.tone_of(result))


def _energy(writer: Writer) -> list[Block]:
    blocks: list[Block] = [*_saved(writer), *figures.blocks(writer)]
    if writer.facts.request.kind is ReportKind.ACCEPTANCE:
        blocks += comparison(writer)
    return [*blocks, *charts.charts_of(writer)]


def _saved(writer: Writer) -> list[Block]:
    saved = writer.facts.advice.verified
    if saved is None:
        return [writer.line("measures.nothing_verified", tone=Tone.FAINT)]
    spans = interval("savings.energy", saved.value, saved.low, saved.high, "kWh")
    return [Bullets(points=(plain(*writer.say("measures.verified"), *spans),))]


def _resources(writer: Writer) -> list[Block]:
    found = [one for key in RESOURCES if (one := writer.facts.figure(key)) is not None]
    rows = [
        (
            words(wording.title(one, writer.lang)),
            measured.value_cell(writer, one),
            measured.error_of(one),
            plain(one.standard or display.UNKNOWN),
        )
        for one in found
    ]
    return [writer.table("resources", ("kpi", "value", "uncertainty", "standard"), rows, widths=(2, 2.6, 0.9, 1.5))]


def _security(writer: Writer) -> list[Block]:
    """Return what this system can show of each control; where it can show nothing, that it is outside of it."""
    rows = [(plain(writer.text(f"aspects.control.{name}")), _evidence(writer, name)) for name in CONTROLS]
    return [writer.table("controls", ("control", "evidence"), rows, widths=(1, 3))]


def _evidence(writer: Writer, name: str) -> Cell:
    if name == "masking":
        return writer.cell("aspects.masking", readers=writer.text(f"document.masking.{writer.facts.request.masking}"))
    if name == "integrity":
        return writer.cell("aspects.integrity")
    if name == "encryption" and (asked := _asked_by_snmp(writer)) is not None:
        return writer.cell("aspects.snmp", all=str(asked[0]), encrypted=str(asked[1]))
    return writer.cell("aspects.outside", tone=Tone.FAINT)


def _asked_by_snmp(writer: Writer) -> tuple[int, int] | None:
    """Return how many devices are asked by SNMP, and how many of them encrypted; None where none is asked."""
    site = writer.facts.site
    asked = [one for one in site.devices if one.address.startswith(SNMP) and one.credential in site.credentials]
    if not asked:
        return None
    return len(asked), sum(site.credentials[one.credential].encrypts for one in asked)


_MEASURED: dict[str, Callable[[Writer], list[Block]]] = {
    "application_effect": _application,
    "data_openness": _openness,
    "standards": _standards,
    "energy_saving": _energy,
    "economic_benefit": economy,
    "resource_use": _resources,
    "security": _security,
}
