"""What a report says: the sections of each kind, the same numbers in both languages, declared text kept apart."""

from __future__ import annotations

import math
import re

import msgspec
import pytest

from analytics.limits import Verdict as LimitVerdict
from analytics.reports.account import AccountLine
from analytics.reports.commitments import ASPECTS
from analytics.reports.document import Chart, Declared, Figure, Section, Tone, figures_of, texts_of
from analytics.reports.request import Masking, ReportKind
from analytics.reports.sections import document
from analytics.reports.sections.aspects import CONTROLS
from analytics.reports.sections.technologies import Seen
from analytics.reports.sections.verdict import Verdict
from analytics.reports.sections.writer import Writer
from greendc import display
from greendc.site import EdgeNode, Feed, Role
from tests.analytics.reports import report_facts
from tests.analytics.reports.read_document import cells, names, of_kind, rows, section, table, text, texts
from tests.greendc.svg_frame import outside

BODY = ["site", "aspects", "technologies", "measures", "edge", "quality", "methodology"]
ANNEXES = ["monthly", "register", "alarms", "eu", "gb40879", "changes", "glossary", "reproducibility"]
IDS = {
    ReportKind.MID_TERM: ["summary", *BODY, *ANNEXES],
    ReportKind.ACCEPTANCE: ["summary", "remarks", *BODY, *ANNEXES],
    ReportKind.MONTHLY: [
        "summary",
        "figures",
        "charts",
        "alarms",
        "measures",
        "quality",
        "methodology",
        "reproducibility",
    ],
    ReportKind.EU: ["eu", "quality", "methodology", "reproducibility"],
}
DAYS = re.compile(r"\d{4}-\d\d-\d\d")
HOSTILE = '=1+1\n<script>"&\u202e' + "名" * 300


@pytest.mark.parametrize("kind", list(ReportKind))
@pytest.mark.parametrize("poor", [False, True])
def test_both_languages_state_the_same_numbers(kind: ReportKind, *, poor: bool) -> None:
    """Sections, tables, charts and numbers are the same in Chinese and English, and no place of a text is left open."""
    facts = report_facts.poor_facts(kind) if poor else report_facts.facts(kind)
    zh, en = (document(facts, lang) for lang in ("zh", "en"))
    assert figures_of(zh) == figures_of(en)
    assert [one.id for one in zh.sections] == [one.id for one in en.sections] == IDS[kind]
    assert names(zh) == names(en)
    assert [one for found in (zh, en) for one in texts_of(found) if "{" in one or "}" in one] == []


def test_what_is_printed_is_the_value() -> None:
    """Every number is printed as its unrounded value, to the digits that it shows; an unknown one is a dash."""
    for one in figures_of(document(report_facts.facts(), "zh")):
        if one.value is None:
            assert one.shown == display.UNKNOWN
            continue
        printed = one.shown.replace(display.THIN, "").replace(display.MINUS, "-")
        digits = len(printed.partition(".")[2])
        assert math.isclose(float(printed), one.value, abs_tol=1.01 * 10.0**-digits), one


def test_no_measured_number_hides_in_a_sentence() -> None:
    """What is printed as a number elsewhere stands in no sentence as letters."""
    found = document(report_facts.facts(), "en")
    # Short ones are also bounds, classes of meters and names of versions.
    numbers = {one.shown for one in figures_of(found) if one.value is not None and "." in one.shown}
    numbers = {number for number in numbers if len(number) > len("1.0")} - {"100.0"}
    words = [span for cell in cells(found) for span in cell.spans if isinstance(span, str)]
    hidden = [(number, word) for number in numbers for word in words if number in word.split()]
    assert hidden == []


def test_sections_are_numbered_and_annexes_lettered() -> None:
    """The seven aspects are parts of one section; annexes follow the body."""
    found = document(report_facts.facts(), "zh")
    numbers = {one.id: one.number for one in of_kind(found, Section)}
    assert [numbers[name] for name in ("summary", "remarks", "aspects")] == ["1", "2", "4"]
    assert [numbers[name] for name in ASPECTS] == [f"4.{i}" for i in range(1, 8)]
    assert [numbers[name] for name in ANNEXES] == list("ABCDEFGH")


def test_the_cover_bears_the_official_name() -> None:
    """A provincial report calls the centre by its official name, a monthly one by the site's title."""
    assert document(report_facts.facts(), "zh").title == "云南省行业级大数据中心（有色金属行业）"
    assert document(report_facts.facts(ReportKind.MONTHLY), "zh").title == "试验室"
    poor = document(report_facts.poor_facts(), "zh")
    assert poor.title == "试验室"
    assert "验收总结报告" in poor.subtitle


def test_every_page_of_a_draft_says_so() -> None:
    """Simulated data outweigh everything; a draft is a draft; only a final report of measured data bears nothing."""
    facts = report_facts.facts()
    final = msgspec.structs.replace(facts, request=msgspec.structs.replace(facts.request, final=True))
    simulated = report_facts.facts(simulated=True)
    assert [document(facts, lang).watermark for lang in ("zh", "en")] == ["草稿", "DRAFT"]
    assert [document(simulated, lang).watermark for lang in ("zh", "en")] == ["模拟数据", "SIMULATED DATA"]
    assert document(final, "en").watermark == ""
    asked = msgspec.structs.replace(simulated, request=final.request)
    assert document(asked, "en").status.startswith("Draft")
    assert "proves nothing" in texts(section(document(simulated, "en"), "summary"))


def test_a_measured_baseline_does_not_hide_the_declared_one() -> None:
    """What the plan states of the baseline stands below the measured one, with source, author and date."""
    facts = report_facts.facts()
    plan = facts.commitments
    assert plan is not None
    assert plan.baseline is not None
    stated = msgspec.structs.replace(plan.baseline, values={"pue": 1.62, "wue": 1.9})
    facts = msgspec.structs.replace(facts, commitments=msgspec.structs.replace(plan, baseline=stated))
    (found,) = [one for one in of_kind(document(facts, "en"), Declared) if one.author == "李工"]
    assert found.date == "2025-10-08"
    assert "(iPUE) 1.62; Water usage effectiveness (WUE) 1.9\u00a0L/kWh. Source: 2024 年能源审计." in found.text


@pytest.mark.parametrize("lang", ["zh", "en"])
def test_declared_words_stand_nowhere_else(lang: str) -> None:
    """What people declare of an aspect is a block of its own with author and date, and part of no other text."""
    found = document(report_facts.facts(), lang)
    declared = [one for one in of_kind(found, Declared) if one.author != "李工"]
    assert [(one.author, one.date) for one in declared] == [
        ("赵敏", "2026-04-02"),
        ("赵敏", "2026-04-02"),
        ("Zhao Min", "2026-04-02"),
    ]
    assert "开放目录 36 项。" in [one.text for one in declared]
    for one in declared:
        assert [text(cell) for cell in cells(found) if one.text in text(cell)] == []
    assert texts(section(found, "resource_use")).endswith(
        "Nothing was declared of this aspect." if lang == "en" else "本方面没有填报内容。"
    )


def test_charts_describe_themselves_and_stay_inside() -> None:
    """Every chart has a title and an alternative text, draws nothing outside of its frame and runs nothing."""
    charts = {one.id: one for one in of_kind(document(report_facts.facts(), "zh"), Chart)}
    assert charts.keys() == {
        "boundary",
        "monthly_pue",
        "load_duration",
        "pue_load",
        "technology.rci_high",
        "technology.wue",
        "technology.ref",
        "savings",
        "coverage",
    }
    for one in charts.values():
        assert one.title
        assert one.desc
        assert one.desc in one.svg
        assert "<script" not in one.svg
        assert outside(one.svg) == []


def test_an_open_remark_and_a_changed_promise_are_not_overlooked() -> None:
    """A remark without an answer is a warning; a promise shows what it was, who changed it, and that it came late."""
    found = document(report_facts.facts(), "en")
    answers = rows(found, "answers")
    assert answers["余热利用尚未计量。"][2].tone is Tone.WARNING
    assert answers["请说明制冷系统的计量范围。"][2].tone is Tone.DECLARED
    changed = [[text(cell) for cell in row] for row in table(found, "changed_commitments").rows]
    assert [row[0].rpartition(" ")[2] for row in changed] == ["1.3", "1.5"]
    assert changed[0][-1] == "plan"
    assert changed[1][3:] == ["王主任", "第二模块推迟投运", "after the mid-term evaluation"]
    promised = [text(row[0]) for row in table(found, "promises").rows]
    assert promised[0].endswith("≤ 1.5 (in the plan ≤ 1.3)")
    assert "of them changed after the mid-term evaluation: 1" in texts(section(found, "summary"))


def test_a_season_is_no_year() -> None:
    """The acceptance report of a shorter period, or beside a shorter baseline, says so and compares nothing."""
    found = texts(section(document(report_facts.facts(), "en"), "energy_saving"))
    assert "The period is shorter than twelve months" in found
    assert "The baseline is shorter than twelve months" in found
    assert [one for one in figures_of(document(report_facts.facts(), "en")) if one.id.startswith("change.")] == []


def test_measures_are_told_from_proposal_to_verdict() -> None:
    """Who decided when, option, model, errors and the interval; estimates are called estimates."""
    found = document(report_facts.facts(), "en")
    told = texts(section(found, "measures"))
    for words in (
        "proposed (greendc) → ",
        "verified (greendc)",
        "option C",
        "change_point",
        "480 kWh (430 kWh – 530 kWh)",
        "neither carried out nor verified",
    ):
        assert words in told
    ids = {one.id for one in figures_of(found)}
    assert {"savings.energy", "measure.1.saving.low", "measure.1.cv_rmse", "measure.1.uncertainty_68"} <= ids


def test_an_unverified_saving_is_not_claimed() -> None:
    """A measure whose saving was not verified adds nothing to energy, money or chart, and says so."""
    facts = report_facts.facts()
    line = facts.advice.proved[0]
    evidence = line.case.evidence
    assert evidence is not None
    assert evidence.report is not None
    report = msgspec.structs.replace(evidence.report, verdict="not verifiable")
    report = msgspec.convert(msgspec.to_builtins(report), type(report))
    case = msgspec.structs.replace(line.case, evidence=msgspec.structs.replace(evidence, report=report))
    standing = msgspec.structs.replace(facts.advice, proved=(msgspec.structs.replace(line, case=case),), verified=None)
    found = document(msgspec.structs.replace(facts, advice=standing), "en")
    assert "savings" not in [one.id for one in of_kind(found, Chart)]
    told = texts(section(found, "measures"))
    assert "No saving was verified." in told
    assert "not verified: no saving is claimed" in told
    assert "No saving of money was verified." in texts(section(found, "economic_benefit"))


def test_the_account_says_whether_it_closes() -> None:
    """Lost readings are a warning; a node whose account does not close is named, whatever it is called."""
    facts = report_facts.facts()
    found = document(facts, "en")
    assert "The account of every node closes." in texts(section(found, "edge"))
    assert "lost: 990" in texts(section(found, "edge"))
    line = AccountLine(node=HOSTILE, sampled=10, stored=4, spooled=0, quarantined=0, dropped=0, lost=0)
    broken = document(msgspec.structs.replace(facts, account=(line,)), "en")
    warned = [text(cell) for cell in cells(broken) if cell.tone is Tone.WARNING and "does not close" in text(cell)]
    assert len(warned) == 1
    assert "\n" not in warned[0]
    assert len(warned[0]) < 200


def test_there_are_words_for_everything_that_may_be_said() -> None:
    """Every role, verdict, state, grade and kind has its text, so that no report fails for want of one."""
    writer = Writer(report_facts.poor_facts(), "zh")
    keys = [f"site.role.{role}" for role in Role]
    keys += [f"summary.verdict.{verdict}" for verdict in Verdict]
    keys += [f"technologies.seen.{seen}" for seen in Seen]
    keys += [f"gb40879.{verdict}" for verdict in LimitVerdict if verdict not in {"met", "missed"}]
    keys += [f"document.masking.{masking}" for masking in Masking]
    keys += [f"aspects.control.{name}" for name in CONTROLS]
    assert [key for key in keys if not writer.has(key)] == []


def test_a_node_is_judged_by_its_devices() -> None:
    """Completeness and timeliness of a node are the means of its devices; one that nobody judged has a dash."""
    facts = report_facts.facts()
    nodes = [EdgeNode(name="edge-01", devices=["main", "mech"]), EdgeNode(name="edge-02", devices=["unheard"])]
    site = msgspec.structs.replace(facts.site, edge_nodes=nodes)
    found = rows(document(msgspec.structs.replace(facts, site=site), "en"), "edge_nodes")
    completeness = [note.devices[name][1] for note in facts.quality for name in ("main", "mech")]
    known = [one for one in completeness if one is not None]
    figure = found["edge-01"][2].spans[0]
    assert isinstance(figure, Figure)
    assert figure.value == pytest.approx(100 * sum(known) / len(known))
    assert text(found["edge-02"][2]) == display.UNKNOWN


def test_the_eu_sheet_keeps_the_two_tin_apart() -> None:
    """One code, two quantities: each has its own name; what is declared or missing is called so."""
    found = document(report_facts.facts(ReportKind.EU), "en")
    tin = [row for row in table(found, "eu_quantities").rows if text(row[0]) == "TIN"]
    assert len({text(row[1]) for row in tin}) == 2
    ids = [one.id for one in figures_of(found) if one.id.startswith("eu.TIN")]
    assert ids == ["eu.TIN_AIR", "eu.TIN_TRAFFIC"]
    edc = next(row for row in table(found, "eu_quantities").rows if text(row[0]) == "EDC")
    assert text(edc[3]) == "metered"
    assert text(edc[2]).endswith("kWh")
    pdit = next(row for row in table(found, "eu_quantities").rows if text(row[0]) == "PDIT")
    assert "does not declare" in text(pdit[5])


def test_the_register_knows_every_meter() -> None:
    """Each meter of the site with its role, register, class and coverage; short ones are grey."""
    found = rows(document(report_facts.facts(), "en"), "register")
    assert list(found) == ["mech", "main", "pv", "pdu", "water"]
    assert {name: text(row[6]) for name, row in found.items()} == {
        "mech": "100.0 %",
        "main": "100.0 %",
        "pv": "100.0 %",
        "pdu": "77.8 %",
        "water": "100.0 %",
    }
    assert found["pdu"][6].tone is Tone.FAINT


def test_long_lists_of_meters_are_cut_and_counted() -> None:
    """A hall with hundreds of feeds is told by the first and how many there are."""
    facts = report_facts.facts()
    feeds = [Feed(source="ups", target=f"pdu-{i:03}") for i in range(400)]
    site = msgspec.structs.replace(facts.site, feeds=feeds)
    found = rows(document(msgspec.structs.replace(facts, site=site), "zh"), "balance")
    assert text(found["ups"][1]).endswith("pdu-007等 400 个")


def test_months_are_named_and_their_numbers_too() -> None:
    """A month without enough data has a dash or a grey value, never a zero."""
    found = document(report_facts.facts(), "en")
    months = rows(found, "months")
    assert list(months) == ["2026-01", "2026-02", "2026-03"]
    february = months["2026-02"]
    figure = february[1].spans[0]
    assert isinstance(figure, Figure)
    assert (figure.id, figure.value) == ("month.2026-02.pue", None)


@pytest.mark.parametrize("lang", ["zh", "en"])
def test_a_public_report_tells_no_day(lang: str) -> None:
    """What happened at the site is dated by the month; alarms and findings are counted, days and hours not drawn."""
    facts = report_facts.facts()
    known = msgspec.structs.replace(facts, request=msgspec.structs.replace(facts.request, masking=Masking.PUBLIC))
    found = document(known, lang)
    of_site = ("site", "technologies", "measures", "quality", "register", "alarms", "monthly")
    told = "\n".join(texts(section(found, name)) for name in of_site).replace("2026-01-01 – 2026-03-31", "")
    assert DAYS.findall(told) == []
    assert "2026-03" in told
    charts = {one.id for one in of_kind(found, Chart)}
    assert charts & {"coverage", "load_duration", "pue_load"} == set()
    assert "monthly_pue" in charts
    assert DAYS.findall(" ".join(texts(section(document(facts, lang), "measures")).split()))


def test_an_edge_site_gets_no_grade() -> None:
    """GB 40879 is not meant for a small site: the annex says so and grades nothing."""
    found = document(report_facts.facts(), "en")
    assert "no grade is given" in texts(section(found, "gb40879"))
    assert [text(row[3]) for row in table(found, "gb40879").rows] == ["no grade", "no grade"]
