"""Money: what the energy cost at the declared price, and what was saved by measures that were verified."""

from __future__ import annotations

from typing import TYPE_CHECKING

from analytics.reports.document import Cell, Tone, plain
from analytics.reports.sections import measured
from analytics.reports.sections.measures import interval
from analytics.verification import Verdict
from greendc import display
from greendc.units import kwh

if TYPE_CHECKING:
    from analytics.advice.life import Case
    from analytics.reports.document import Block
    from analytics.reports.sections.writer import Writer

BOUGHT = "facility_energy"


def economy(writer: Writer) -> list[Block]:
    """Return the blocks of the aspect."""
    tariff = writer.facts.site.tariff
    if tariff is None:
        return [writer.line("economy.no_tariff", tone=Tone.FAINT), *_saved(writer)]
    price = f"{tariff.price_per_kwh:g}{display.SPACE}{tariff.currency}/kWh"
    rows = {"price": plain(price, tone=Tone.DECLARED), "cost": _cost(writer, tariff.price_per_kwh, tariff.currency)}
    blocks: list[Block] = [writer.pairs(rows), writer.line("economy.flat")]
    if tariff.file:
        blocks.append(writer.line("economy.file", tone=Tone.FAINT))
    return [*blocks, *_saved(writer)]


def _cost(writer: Writer, price: float, currency: str) -> Cell:
    """Return what the supply's energy costs at one price; it is as well known as the energy is."""
    energy = writer.facts.figure(BOUGHT)
    if energy is None or energy.value is None:
        why = measured.reason_of(writer, energy) if energy is not None else writer.text("figures.no_reason")
        return plain(display.UNKNOWN, " ", why, tone=Tone.FAINT)
    value = measured.amount("cost.energy", kwh(energy.value) * price, currency, measured.tone_of(energy))
    if measured.short(energy):
        return Cell(spans=(value, " ", *measured.too_little(writer, energy)), tone=Tone.FAINT)
    return plain(value)


def _saved(writer: Writer) -> list[Block]:
    """Return the money that verified measures saved, each with its interval."""
    rows = []
    for i, line in enumerate((*writer.facts.advice.proved, *writer.facts.advice.measuring), start=1):
        case = line.case
        if not verified(case) or case.evidence is None or case.evidence.money is None:
            continue
        money = case.evidence.money
        spans = interval(f"measure.{i}.money", money.value, money.low, money.high, case.evidence.currency)
        rows.append((plain(display.one_line(case.advice.title(writer.lang), 200)), Cell(spans=spans)))
    if not rows:
        return [writer.line("economy.nothing_saved", tone=Tone.FAINT)]
    return [writer.table("money", ("measure", "money"), rows, widths=(2, 2), note=writer.text("economy.note"))]


def verified(case: Case) -> bool:
    """Tell whether a measure's saving was verified."""
    report = case.evidence.report if case.evidence is not None else None
    return report is not None and report.verdict is Verdict.VERIFIED and case.state.code == "verified"
