"""The seven green technologies of the provincial guide: what the site's own readings say of each, and what they do not.

A technology that nothing meters is never called used, nor unused.
"""

from __future__ import annotations

from enum import StrEnum
from typing import TYPE_CHECKING

import msgspec

from analytics.efficiency_view import wording
from analytics.kpis.coverage import REPORTABLE
from analytics.limits import Verdict
from analytics.reports.document import Cell, Figure, Paragraph, Span, Tone, figure, plain
from analytics.reports.sections import measured
from analytics.reports.sections.site import name_of
from analytics.reports.sections.technology_charts import technology_charts
from greendc import display
from greendc.site import Role

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    from analytics.eu_report import EuValue
    from analytics.reports.document import Block, Section
    from analytics.reports.sections.writer import Writer
    from analytics.result import KpiResult

THERMAL = ("rci_high", "rci_low", "rti")
BOTH = 2
"""Potable water and another kind: without both, nothing tells what is used again."""
METERS_NAMED = 6
OWN = {"heat": Role.HEAT_REUSE, "water": Role.WATER_INPUT}
SENSORS = frozenset(("servers", "thermal"))
COLUMNS = ("technology", "state", "evidence", "meters", "coverage", "test")
WIDTHS = (1.2, 1.0, 3.0, 1.6, 0.9, 1.6)


class Seen(StrEnum):
    """What is known of the use of a technology."""

    MEASURED = "measured"
    PARTLY = "partly"
    NOT_USED = "not_used"
    NOT_METERED = "not_metered"


TONES = {Seen.MEASURED: Tone.PLAIN, Seen.PARTLY: Tone.PLAIN, Seen.NOT_USED: Tone.PLAIN, Seen.NOT_METERED: Tone.FAINT}


class Technology(msgspec.Struct, frozen=True, kw_only=True):
    """One line of the checklist. ``test`` says whether the usual demand is met, None where it cannot be judged."""

    key: str
    seen: Seen
    evidence: tuple[Span, ...]
    meters: tuple[str, ...] = ()
    coverage: float | None = None
    test: bool | None = None

    def title(self, writer: Writer) -> str:
        """Return its name in the words of the guide."""
        return writer.text(f"technologies.{self.key}.title")


def technologies(writer: Writer) -> Section:
    """Return the section."""
    found = technologies_of(writer)
    note = writer.text("technologies.note", period=writer.period)
    counted = {
        seen.value: measured.count(f"technologies.{seen}", sum(one.seen is seen for one in found)) for seen in Seen
    }
    blocks: list[Block] = [
        writer.line("technologies.lead"),
        writer.table("technologies", COLUMNS, [_row(writer, one) for one in found], widths=WIDTHS, note=note),
        Paragraph(spans=writer.say("technologies.counts", **counted)),
        *technology_charts(writer),
    ]
    return writer.section("technologies", blocks)


def technologies_of(writer: Writer) -> tuple[Technology, ...]:
    """Return the seven lines in the order of the guide."""
    return tuple(check(writer) for check in _CHECKS)


def _row(writer: Writer, one: Technology) -> tuple[Cell, ...]:
    unknown = plain(display.UNKNOWN, tone=Tone.FAINT)
    coverage = unknown
    if one.coverage is not None:
        tone = Tone.PLAIN if one.coverage >= REPORTABLE else Tone.FAINT
        coverage = plain(measured.share(f"technology.{one.key}.coverage", one.coverage, tone), tone=tone)
    return (
        plain(one.title(writer)),
        writer.cell(f"technologies.seen.{one.seen}", tone=TONES[one.seen]),
        Cell(spans=one.evidence, tone=TONES[one.seen]),
        plain(writer.names(one.meters, METERS_NAMED)) if one.meters else unknown,
        coverage,
        Cell(spans=(*writer.say(f"technologies.{one.key}.test"), *_tested(writer, one))),
    )


def _tested(writer: Writer, one: Technology) -> tuple[Span, ...]:
    key = "open" if one.test is None else "passed" if one.test else "failed"
    return (writer.text("document.because"), writer.text(f"technologies.tested.{key}"))


def _servers(writer: Writer) -> Technology:
    """Utilisation is all that is read of servers: work per kWh and power management are not, so it is never whole."""
    return _judged(writer, "servers", ("iteu_sv",), whole=False)


def _thermal(writer: Writer) -> Technology:
    """The limits of its figures are those that the figures were judged by; one too uncertain to say leaves it open."""
    line = _judged(writer, "thermal", THERMAL)
    found = [one for key in THERMAL if (one := writer.facts.figure(key)) is not None and measured.proven(one)]
    if len(found) < len(THERMAL) or not all(one.judgements for one in found):
        return line
    verdicts = {one.verdict for result in found for one in result.judgements}
    test = False if Verdict.MISSED in verdicts else True if verdicts == {Verdict.MET} else None
    return msgspec.structs.replace(line, test=test)


def _heat(writer: Writer) -> Technology:
    return _used(writer, _judged(writer, "heat", ("erf",)), "erf")


def _free_cooling(writer: Writer) -> Technology:
    line = _judged(writer, "free_cooling", ("free_cooling_hours", "free_cooling_share"), needs="free_cooling_hours")
    return _used(writer, line, "free_cooling_hours")


def _water(writer: Writer) -> Technology:
    """What is not potable is used again or collected; where nothing else than the supply is metered it is not known."""
    line = _judged(writer, "water", ("wue", "water_volume"), whole=False)
    kinds = {one.kind for one in writer.facts.site.meters if one.role is Role.WATER_INPUT} - {""}
    total, potable = (_eu(writer, name) for name in ("WIN", "WIN_POT"))
    if len(kinds) < BOTH or total is None or potable is None or not total.value or potable.value is None:
        return line
    ratio = 1.0 - potable.value / total.value
    reuse = writer.say("technologies.water.reuse", share=measured.share("water.reuse", ratio))
    line = msgspec.structs.replace(line, evidence=(*line.evidence, " ", *reuse))
    if min(total.coverage, potable.coverage) < REPORTABLE or line.seen is Seen.NOT_METERED:
        return line
    seen = Seen.MEASURED if ratio > 0 else Seen.NOT_USED
    return msgspec.structs.replace(line, seen=seen, test=ratio > 0)


def _supply(writer: Writer) -> Technology:
    meters = [one for one in writer.facts.site.meters if one.role in {Role.GENERATION, Role.STORAGE}]
    names = tuple(sorted({name_of(one) for one in meters}))
    made = _eu(writer, "ERES_OS")
    if not meters:
        return Technology(key="supply", seen=Seen.NOT_METERED, evidence=writer.say("technologies.supply.none"))
    if made is None or made.value is None:
        return Technology(
            key="supply", seen=Seen.PARTLY, evidence=writer.say("technologies.supply.unknown"), meters=names
        )
    tone = Tone.PLAIN if made.coverage >= REPORTABLE else Tone.FAINT
    energy = measured.amount("technology.supply.energy", made.value, "kWh", tone)
    seen = Seen.PARTLY if made.coverage < REPORTABLE else Seen.MEASURED if made.value > 0 else Seen.NOT_USED
    evidence = [*writer.say("technologies.supply.own", energy=energy)]
    ref = writer.facts.figure("ref")
    if ref is not None and ref.value is not None:
        evidence += [" ", *_said(writer, ref)]
    test = made.value > 0 if seen is not Seen.PARTLY else None
    return Technology(
        key="supply", seen=seen, evidence=tuple(evidence), meters=names, coverage=made.coverage, test=test
    )


def _modules(writer: Writer) -> Technology:
    found = [one for one in writer.facts.figures if one.kpi == "pue_module" and one.part]
    known = [one for one in found if one.value is not None]
    if not known:
        why = measured.reason_of(writer, found[0]) if found else _why(writer, "pue_module")
        return Technology(key="modules", seen=Seen.NOT_METERED, evidence=(why,))
    sound = [one for one in known if measured.proven(one)]
    values = [one.value for one in sound if one.value is not None]
    evidence = [span for one in known for span in (*_said(writer, one), " ")]
    if len(values) > 1:
        spread = figure("technology.modules.spread", max(values) - min(values), "", 2)
        evidence += [*writer.say("technologies.modules.spread", spread=spread)]
    return Technology(
        key="modules",
        seen=Seen.MEASURED if len(sound) == len(found) else Seen.PARTLY,
        evidence=tuple(evidence),
        meters=_meters(writer, "modules", known),
        coverage=min(one.coverage for one in known),
    )


_CHECKS: tuple[Callable[[Writer], Technology], ...] = (
    _servers,
    _thermal,
    _heat,
    _free_cooling,
    _water,
    _supply,
    _modules,
)


def _judged(writer: Writer, key: str, kpis: tuple[str, ...], *, needs: str = "", whole: bool = True) -> Technology:
    """Return a line that rests on figures: measured where all are proven, or the one that it ``needs``.

    One that is not ``whole`` is at most partly measured.
    """
    found = [one for kpi in kpis if (one := writer.facts.figure(kpi)) is not None]
    known = [one for one in found if one.value is not None]
    if not known:
        return _unknown(writer, key, found)
    sound = {one.kpi for one in known if measured.proven(one)}
    enough = needs in sound if needs else len(sound) == len(kpis)
    evidence = [span for one in known for span in (*_said(writer, one), " ")]
    if key in SENSORS:
        evidence += [" ".join(wording.remarks(known[0], writer.lang)), " "]
    if not whole:
        evidence += writer.say(f"technologies.{key}.rest")
    return Technology(
        key=key,
        seen=Seen.MEASURED if enough and whole else Seen.PARTLY,
        evidence=tuple(evidence),
        meters=_meters(writer, key, known),
        coverage=min(one.coverage for one in known),
    )


def _unknown(writer: Writer, key: str, found: list[KpiResult]) -> Technology:
    """Return a line without a value: partly measured where something reads it for too little of the period."""
    partly = next((one for one in found if measured.poor(one) and one.coverage > 0), None)
    if partly is None:
        why = measured.reason_of(writer, found[0]) if found else writer.text("figures.no_reason")
        return Technology(key=key, seen=Seen.NOT_METERED, evidence=(why,))
    return Technology(
        key=key,
        seen=Seen.PARTLY,
        evidence=measured.why_none(writer, partly),
        meters=_meters(writer, key, found),
        coverage=partly.coverage,
    )


def _used(writer: Writer, line: Technology, kpi: str) -> Technology:
    """Return a line with what a proven figure says of use: none at all is not used."""
    value = _proven(writer, kpi)
    if value is None:
        return line
    seen = line.seen if value > 0 else Seen.NOT_USED
    return msgspec.structs.replace(line, seen=seen, test=value > 0)


def _said(writer: Writer, result: KpiResult) -> tuple[Span, ...]:
    name = writer.text(f"technologies.short.{result.kpi}")
    part = f" {display.one_line(result.part, 60)}" if result.part else ""
    value: Figure = measured.value_of(result)
    said: tuple[Span, ...] = (f"{name}{part} ", value)
    if measured.short(result):
        said = (*said, " ", writer.text("figures.required"))
    return (*said, writer.text("document.stop"))


def _meters(writer: Writer, key: str, results: Iterable[KpiResult]) -> tuple[str, ...]:
    """Return the meters that figures rest on: those of the technology itself where it has meters of its own."""
    known = {meter for one in results for side in one.inputs for meter in side.meters}
    if key in OWN:
        known &= {name_of(one) for one in writer.facts.site.meters if one.role is OWN[key]}
    return tuple(sorted(known))


def _proven(writer: Writer, kpi: str) -> float | None:
    result = writer.facts.figure(kpi)
    return result.value if result is not None and measured.proven(result) else None


def _why(writer: Writer, kpi: str) -> str:
    result = writer.facts.figure(kpi)
    return writer.text("figures.no_reason") if result is None else measured.reason_of(writer, result)


def _eu(writer: Writer, name: str) -> EuValue | None:
    return next((one for one in writer.facts.eu.quantities if one.id == name), None)
