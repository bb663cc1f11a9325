"""A small report made by hand, with names that are out to harm: for the tests of its formats."""

from __future__ import annotations

import datetime as dt
import tempfile
from functools import cache
from pathlib import Path

import msgspec

from analytics.advice_view import standing_of
from analytics.alarm_view import performance_of
from analytics.eu_report import eu_report
from analytics.figures.tracing import traced
from analytics.kpis import compute
from analytics.lineage import configuration
from analytics.quality import Dimension, QualityNote
from analytics.quality.rollup import Rollup
from analytics.reports import AccountLine
from analytics.reports.commitments import Baseline, Commitments, DeclaredText, RemarkAnswer, Target
from analytics.reports.document import (
    Bullets,
    Chart,
    Declared,
    Document,
    Figure,
    KeyValues,
    Paragraph,
    Section,
    Table,
    Tone,
    figure,
    plain,
)
from analytics.reports.facts import Comparison, Facts, Hour, Month
from analytics.reports.request import ReportKind, Request
from greendc import drawing
from greendc.ledger import SqliteLedger
from greendc.model import SeriesKey
from greendc.site import Meter, Role, Site
from greendc.units import J_PER_KWH
from tests.analytics import plant
from tests.analytics.memory_history import MemoryHistory
from tests.analytics.plant import HOUR, MINUTE, SITE, START

HOSTILE = (
    '=HYPERLINK("http://127.0.0.1/","x")',
    "+1+1",
    "-2+3",
    "@SUM(A1)",
    "\t=1",
    "\r=1",
    " =1",
    "\uff1d1",
    "http://127.0.0.1/x",
    "internal:Readme!A1",
    "{=1+1}",
    "</style><script>alert(1)</script>",
    'a\x00b\x0b\x1f\ufffe\ud800"c\u202ed',
    "_x0041_",
    "垚昇喆镕",
    "n" * 200,
)
END = START + 2 * HOUR
_RATES = {
    Meter(role=Role.FACILITY_INPUT, device="main", accuracy_ratio=0.01): 1000.0 / 7,
    Meter(role=Role.UPS_OUTPUT, device="ups", accuracy_ratio=0.01): 800.0 / 7,
    Meter(role=Role.COOLING, device="chiller", accuracy_ratio=0.01): 111.0 / 7,
    Meter(role=Role.WATER_INPUT, device="tap", kind="potable", accuracy_ratio=0.01): 1.2 / 7,
    Meter(role=Role.HEAT_REUSE, device="heat", accuracy_ratio=0.01): 11.0 / 7,
    Meter(role=Role.HEAT_REMOVED, device="coil", accuracy_ratio=0.01): 701.0 / 7,
}


def _history() -> MemoryHistory:
    history, times = MemoryHistory(), [START + i * MINUTE for i in range(121)]
    for meter, rate in _RATES.items():
        scale = J_PER_KWH if meter.energy.endswith("_j") else 1.0
        # The second hour uses more than the first, so that months differ.
        counted = [rate * (i + max(0, i - 60) / 3) / 60 for i in range(121)]
        history.add(SeriesKey(SITE, meter.device, "", meter.energy), times, [1e3 + c * scale for c in counted])
    return history


def site() -> Site:
    """Return a site whose titles are formulas."""
    bare = plant.site(*_RATES)
    info = msgspec.structs.replace(
        bare.info, title_zh=f"{HOSTILE[0]}垚昇喆镕", title_en=HOSTILE[0], simulated=True, standards="eu"
    )
    return msgspec.structs.replace(bare, info=info, declared={"PDIT": 900.0})


@cache
def facts() -> Facts:
    """Return what a report of two hours would state, each hour taken for a month."""
    history, own = _history(), site()
    middle, day = START + HOUR, dt.date(2026, 3, 1)
    with tempfile.TemporaryDirectory() as folder:
        ledger = SqliteLedger(Path(folder) / "ledger.sqlite")
        advice, performance = standing_of(ledger, own, END), performance_of(ledger, START, END)
        ledger.close()
    months = tuple(
        Month(name=name, start_ns=start, end_ns=end, figures=tuple(compute(history, own, start, end)))
        for name, start, end in (("2026-03", START, middle), ("2026-04", middle, END))
    )
    hours = tuple(
        Hour(start_ns=start, energies_j={"facility": 5e8 + start % 7, "it": known})
        for start, known in ((START, 4e8), (middle, None))
    )
    return Facts(
        request=Request(kind=ReportKind.ACCEPTANCE, start_ns=START, end_ns=END, langs=("zh", "en")),
        site=own,
        software="0.1.0",
        command=HOSTILE[0],
        version=2,
        figures=tuple(traced(history, own, START, END)),
        months=months,
        hours=hours,
        baseline=Comparison(start=day, end=day, declared={"pue": 1.7}),
        commitments=_commitments(day),
        declared=tuple(
            DeclaredText(aspect="application_effect", author=text[:200], date=day, en=text) for text in HOSTILE
        ),
        eu=eu_report(history, own, START, END),
        advice=advice,
        alarms=(),
        raised=3,
        cleared=2,
        performance=performance,
        account=(AccountLine(node="=edge", sampled=9, stored=8, spooled=1, quarantined=0, dropped=0, lost=0),),
        quality=(_quality("2026-03-01"),),
        configuration=configuration(own, day, day),
    )


def _commitments(day: dt.date) -> Commitments:
    return Commitments(
        schema=1,
        industry="@industry",
        baseline=Baseline(start=day, end=day, author="+author", date=day, values={"pue": 1.7}),
        targets=[Target(kpi="pue", by=day, author="-author", date=day, most=1.3)],
        remarks=[RemarkAnswer(remark="=remark", date=day, answer="", answered_on=None)],
    )


def _quality(date: str) -> QualityNote:
    scores = tuple(
        Rollup(dimension=one, mean=None if one is Dimension.ACCURACY else 0.97, worst=0.5, worst_at="=x")
        for one in Dimension
    )
    return QualityNote(
        site=SITE,
        date=date,
        start_ns=START,
        until_ns=END,
        over=True,
        time_ns=END,
        site_scores=scores,
        roles={},
        devices={},
        series=6,
        balances=(),
        findings=(),
        found=4,
        not_evaluated=(),
    )


def document(lang: str) -> Document:
    """Return a report of every kind of block, with the facts' figures and hostile words."""
    name = {"zh": "电能利用效率", "en": "Power usage effectiveness"}[lang]
    figures = [_figure(one.kpi, one.value) for one in facts().figures if not one.part]
    pue = figures[0]
    chart = drawing.trend(
        [START, START + HOUR, END],
        [drawing.Line(name="PUE", values=[1.2, None, 1.3])],
        zone=dt.UTC,
        unit="kW",
        title="</style><script>chart</script>",
        desc="PUE",
    )
    table = Table(
        id="kpis",
        title=f"{name} <b>",
        columns=(name, "v", *(f"c{i}" for i in range(9))),
        rows=tuple((plain(one.id), plain(one), *(plain("x · y") for _ in range(9))) for one in figures),
        widths=(3.0, 1.5, *(1.0 for _ in range(9))),
        numbers=(1,),
        note="note & note",
    )
    inner = Section(
        id="inner",
        number="2.1",
        title="<i>inner</i>",
        blocks=(
            *(Declared(text=f"{text}\nsecond line", author=text, date="2026-03-01") for text in HOSTILE),
            Section(
                id="deep",
                number="2.1.1",
                title="deep",
                blocks=(Section(id="deeper", number="", title="deeper", blocks=(Paragraph(spans=("end",)),)),),
            ),
        ),
    )
    return Document(
        kind="acceptance",
        lang=lang,
        title=f"{name} 云南省行业级大数据中心",
        subtitle=HOSTILE[11],
        status={"zh": "草稿", "en": "draft"}[lang],
        watermark={"zh": "模拟数据", "en": "simulated data"}[lang],
        running=f'"; }} </style><script>1</script> {name}',
        code="greendc:lab:2026",
        cover=((name, plain(pue)), ("Site", plain(HOSTILE[0]))),
        sections=(
            Section(
                id="summary",
                number="1",
                title=name,
                blocks=(
                    Paragraph(spans=("PUE ", pue, " < 2 & more"), tone=Tone.WARNING),
                    KeyValues(rows=((name, plain(pue)), ("<x>", plain("y", tone=Tone.FAINT)))),
                    Bullets(points=tuple(plain(text) for text in HOSTILE)),
                    Chart(id="pue", title="<PUE>", desc="Words & words", svg=chart),
                ),
            ),
            Section(id="figures", number="2", title="Figures", blocks=(table, inner), new_page=True),
        ),
    )


def documents() -> dict[str, Document]:
    """Return the report in both languages."""
    return {lang: document(lang) for lang in ("zh", "en")}


def _figure(kpi: str, value: float | None) -> Figure:
    return figure(f"kpi.{kpi}", value, "" if kpi == "pue" else "u", 2, Tone.PLAIN if value else Tone.FAINT)
