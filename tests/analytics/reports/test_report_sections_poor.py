"""A site with missing meters and 60 % coverage says so where it matters, and claims nothing."""

from __future__ import annotations

import datetime as dt
import re
from typing import TYPE_CHECKING

import msgspec
import pytest

from analytics.kpis.coverage import REPORTABLE
from analytics.limits import judgements, limits_of
from analytics.reports.document import Chart, Figure, Paragraph, Tone, figures_of
from analytics.reports.request import ReportKind
from analytics.reports.sections import document
from analytics.reports.sections.technologies import Seen, Technology, technologies_of
from analytics.reports.sections.writer import Writer
from analytics.result import KpiResult
from greendc.texts import t
from tests.analytics.reports import report_facts
from tests.analytics.reports.read_document import cells, of_kind, rows, section, table, text, texts

if TYPE_CHECKING:
    from collections.abc import Callable

    from analytics.reports.facts import Facts

NEEDED = {"zh": "要求 ≥ 95 %", "en": "≥ 95 % required"}
NOT_METERED = {"zh": "无计量", "en": "not metered"}


@pytest.mark.parametrize("kind", [ReportKind.MID_TERM, ReportKind.ACCEPTANCE, ReportKind.MONTHLY])
@pytest.mark.parametrize("lang", ["zh", "en"])
def test_the_summary_warns_first(kind: ReportKind, lang: str) -> None:
    """The first thing that is said is that there is no PUE, with its coverage of 60 % and what is required."""
    first = section(document(report_facts.poor_facts(kind), lang), "summary").blocks[0]
    assert isinstance(first, Paragraph)
    said = text(first)
    assert first.tone is Tone.WARNING
    assert "PUE" in said
    assert "60.0 %" in said
    assert NEEDED[lang] in said


@pytest.mark.parametrize("lang", ["zh", "en"])
def test_the_table_of_figures_shows_a_dash_in_grey(lang: str) -> None:
    """PUE, IT energy and CUE are dashes with coverage and reason; each figure without a meter is listed with why."""
    found = document(report_facts.poor_facts(), lang)
    by_id = {row[1].spans[0].id: row for row in table(found, "kpi").rows if isinstance(row[1].spans[0], Figure)}
    for kpi in ("pue", "it_energy", "cue"):
        row = by_id[f"kpi.{kpi}"]
        assert text(row[1]) == "—"
        assert row[1].tone is Tone.FAINT
        assert text(row[5]) == "60.0 %"
        assert NEEDED[lang] in text(row[-1])
    refused = texts(section(found, "energy_saving"))
    for reason in {"zh": ("没有制冷电表", "没有水表"), "en": ("no meter of cooling", "no water meter")}[lang]:
        assert reason in refused


@pytest.mark.parametrize("lang", ["zh", "en"])
def test_alarms_that_nobody_judged_are_not_counted(lang: str) -> None:
    """Where no alarm was judged there is no number of them, for 0 would say that all was well."""
    facts = report_facts.facts()
    idle = msgspec.structs.replace(facts.performance, days=0.0)
    (said,) = section(document(msgspec.structs.replace(facts, performance=idle), lang), "alarms").blocks
    assert isinstance(said, Paragraph)
    assert not any(isinstance(one, Figure) for one in said.spans)
    assert {"zh": "没有评估过告警", "en": "not judged in this period"}[lang] in text(said)


@pytest.mark.parametrize("lang", ["zh", "en"])
def test_the_checklist_says_not_metered(lang: str) -> None:
    """Six of seven technologies are not metered and none of them is called used, unused or passed."""
    found = rows(document(report_facts.poor_facts(), lang), "technologies")
    states = [text(row[1]) for row in found.values()]
    assert states.count(NOT_METERED[lang]) == 6
    passed, failed = {"zh": ("通过", "未通过"), "en": ("passed", "failed")}[lang]
    assert [row for row in found.values() if text(row[5]).endswith((f": {passed}", failed, f"：{passed}"))] == []


def test_quality_names_the_meter_that_is_short() -> None:
    """The statement counts the meters below 95 %, lists the coverage of each and what is missing."""
    told = texts(section(document(report_facts.poor_facts(), "en"), "quality"))
    assert "Of 2 meters, 1 cover less than 95 % of the period" in told
    assert "pdu | PDU output | 60.0 %" in told
    assert "PDU output | 1 | 60.0 % | 1 |" in told
    assert "The site file names no water meter" in told
    assert "were not both read in each hour: 865 h." in told
    assert "No gap was filled by an estimate" in told


@pytest.mark.parametrize("facts", [report_facts.poor_facts, report_facts.facts])
def test_nothing_unproven_is_a_strength_or_met(facts: Callable[[], Facts]) -> None:
    """With the same promises, no figure below 95 % is met, partly met, compared or a strength."""
    known = msgspec.structs.replace(facts(), commitments=report_facts.commitments())
    found = document(known, "en")
    unproven = {one.kpi for one in known.figures if one.value is None or one.provisional or one.coverage < REPORTABLE}
    for row, target in zip(table(found, "promises").rows, report_facts.commitments().targets, strict=True):
        if target.kpi in unproven:
            assert text(row[3]).startswith("not measured")
            assert row[3].tone is Tone.FAINT
    told = texts(section(found, "summary"))
    strong = told.partition("Three strongest")[2].partition("Three weakest")[0]
    assert "PUE" not in strong
    assert "Power usage effectiveness" in told.partition("Three weakest")[2].partition("What changed")[0]
    assert {one.id for one in figures_of(found) if one.id.startswith("change.")} == set()


def test_a_figure_of_78_percent_is_grey_everywhere() -> None:
    """1.48 would keep the promise of 1.5: printed in grey with the demand beside it, and never as met."""
    found = document(report_facts.facts(), "en")
    shown = [span for cell in cells(found) for span in cell.spans if isinstance(span, Figure) and span.id == "kpi.pue"]
    assert len(shown) > 3
    assert {one.tone for one in shown} == {Tone.FAINT}
    promise = next(row for row in table(found, "promises").rows if "1.5" in text(row[0]))
    assert text(promise[3]) == "not measured: ≥ 95 % coverage required (not due yet)"
    limits = [row for row in table(found, "limits").rows if "PUE" in text(row[0])]
    assert {text(row[3]) for row in limits} == {NEEDED["en"]}


def test_what_nobody_declared_is_no_measured_zero() -> None:
    """A renewable share of 0 that only says that nothing was declared is grey and not called measured."""
    found = document(report_facts.poor_facts(), "en")
    ref = next(row for row in table(found, "kpi").rows if "REF" in text(row[0]))
    assert ref[1].tone is Tone.FAINT
    assert text(ref[-1]) == "nothing declared"


def test_no_chart_is_drawn_of_what_is_not_known() -> None:
    """Without enough IT energy there is no PUE by month or split; the calendar shows the days without data."""
    charts = {one.id: one.svg for one in of_kind(document(report_facts.poor_facts(), "en"), Chart)}
    assert "energy_split" not in charts
    assert "savings" not in charts
    assert charts["coverage"].count("<path") >= 35


def test_water_that_only_comes_in_proves_no_recycling() -> None:
    """A meter of potable water alone tells how much was taken, not whether any of it was used again."""
    line = next(one for one in technologies_of(Writer(report_facts.facts(), "en")) if one.key == "water")
    assert line.seen is Seen.PARTLY
    assert line.test is None


@pytest.mark.parametrize(
    ("kpi", "key", "value", "fields", "seen", "test"),
    [
        ("erf", "heat", 0.04, {}, Seen.MEASURED, True),
        ("erf", "heat", 0.0, {}, Seen.NOT_USED, False),
        ("erf", "heat", 0.04, {"coverage": 0.8, "provisional": True}, Seen.PARTLY, None),
        ("erf", "heat", None, {"coverage": 0.6, "reason": "coverage"}, Seen.PARTLY, None),
        ("erf", "heat", None, {"coverage": 0.0, "reason": "no_reuse_meter"}, Seen.NOT_METERED, None),
        ("free_cooling_hours", "free_cooling", 0.0, {"unit": "h"}, Seen.NOT_USED, False),
        ("free_cooling_hours", "free_cooling", 0.0, {"unit": "h", "coverage": 0.9}, Seen.PARTLY, None),
        ("iteu_sv", "servers", 0.4, {}, Seen.PARTLY, None),
        ("rci_high", "thermal", 1.0, {}, Seen.PARTLY, None),
    ],
)
def test_a_technology_is_used_only_where_a_meter_shows_it(
    kpi: str, key: str, value: float | None, fields: dict[str, object], seen: Seen, *, test: bool | None
) -> None:
    """Above zero with enough coverage is measured, zero is not used, too little is partly, no meter is not metered."""
    facts = report_facts.poor_facts()
    result = KpiResult(kpi=kpi, label=kpi, value=value, unit="1", start_ns=0, end_ns=1, coverage=1.0)
    known = msgspec.structs.replace(facts, figures=(msgspec.structs.replace(result, **fields),))
    line = next(one for one in technologies_of(Writer(known, "en")) if one.key == key)
    assert (line.seen, line.test) == (seen, test)


@pytest.mark.parametrize(
    ("rti", "uncertainty", "test"),
    [(0.95, None, True), (1.05, None, True), (0.91, None, False), (1.06, None, False), (1.04, 0.02, None)],
)
def test_the_thermal_field_is_judged_by_its_three_figures(
    rti: float, uncertainty: float | None, *, test: bool | None
) -> None:
    """RCI of 96 % on both ends and an RTI in its band pass; one beyond fails; one within its error is left open."""
    facts = report_facts.poor_facts()
    figures = [
        KpiResult(kpi=kpi, label=kpi, value=value, unit="1", start_ns=0, end_ns=1, coverage=1.0)
        for kpi, value in (("rci_high", 1.0), ("rci_low", 0.96), ("rti", rti))
    ]
    figures[2] = msgspec.structs.replace(figures[2], uncertainty=uncertainty)

    def thermal(figures: list[KpiResult]) -> Technology:
        known = msgspec.structs.replace(facts, figures=tuple(figures))
        return next(one for one in technologies_of(Writer(known, "zh")) if one.key == "thermal")

    day = dt.date(2026, 1, 31)
    judged = [msgspec.structs.replace(one, judgements=judgements(one, facts.site, day)) for one in figures]
    assert (thermal(judged).seen, thermal(judged).test) == (Seen.MEASURED, test)
    assert thermal(figures).test is None


@pytest.mark.parametrize("lang", ["zh", "en"])
def test_the_limits_that_the_checklist_prints_are_those_of_the_data(lang: str) -> None:
    """RCI and RTI stand in a sentence; their numbers are those that figures are judged by."""
    limits = {one.kpi: one for one in limits_of("iso", dt.date(2026, 1, 31))}
    rci, rti = limits["rci_high"], limits["rti"]
    printed = [float(number) / 100 for number in re.findall(r"[0-9]+", t("report_technologies.thermal.test", lang))]
    assert printed == [rci.least, rti.least, rti.most]
    assert limits["rci_low"].least == rci.least
