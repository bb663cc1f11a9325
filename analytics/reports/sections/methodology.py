"""How the figures are made: formulas, boundaries, factors, rounding, errors, and the rules of the verdicts."""

from __future__ import annotations

from typing import TYPE_CHECKING

from analytics.efficiency_view import wording
from analytics.envelope import inlet_limits
from analytics.kpis import KPIS
from analytics.reports.document import Bullets, plain
from analytics.reports.sections.writer import words
from greendc import display
from greendc.texts import t

if TYPE_CHECKING:
    from analytics.reports.document import Block, Section
    from analytics.reports.sections.writer import Writer

RULES = ("boundary", "pue", "energy", "coverage", "error", "rounding", "change", "declared", "verdicts", "checklist")


def methodology(writer: Writer) -> Section:
    """Return the section."""
    points = [writer.cell(f"methodology.{name}") for name in RULES]
    blocks: list[Block] = [Bullets(points=(*points, plain(_inlets(writer)))), *_formulas(writer), *_remarks(writer)]
    return writer.section("methodology", blocks)


def _formulas(writer: Writer) -> list[Block]:
    """Return what each given figure is by definition, and by whose."""
    given = [one for one in writer.facts.figures if one.value is not None or one.inputs]
    keys = dict.fromkeys(one.kpi for one in given)
    by_key = {kpi.key: kpi for kpi in KPIS}
    rows = [
        (
            plain(by_key[key].title(writer.lang)),
            plain(t(f"kpis.{key}.definition", writer.lang)),
            plain(by_key[key].standard or display.UNKNOWN),
        )
        for key in keys
        if key in by_key
    ]
    return [writer.table("formulas", ("kpi", "definition", "standard"), rows, widths=(1.5, 3, 1.5))] if rows else []


def _remarks(writer: Writer) -> list[Block]:
    """Return the factors and assumptions that figures carry with them."""
    rows = [
        (words(wording.title(one, writer.lang)), words(" ".join(said)))
        for one in writer.facts.figures
        if one.value is not None and (said := wording.remarks(one, writer.lang))
    ]
    return [writer.table("remarks", ("kpi", "remark"), rows, widths=(1, 3))] if rows else []


def _inlets(writer: Writer) -> str:
    info = writer.facts.site.info
    limits = inlet_limits(info.altitude_m, info.equipment_class)
    return writer.text(
        "methodology.inlets",
        source=f"{limits.source}, {limits.equipment_class}",
        altitude=display.number(info.altitude_m),
        derating=display.number(limits.derating_k, 1),
        confidence=limits.confidence,
    )
