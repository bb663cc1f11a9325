"""Facts put into the published form."""

from __future__ import annotations

from typing import TYPE_CHECKING

import msgspec
from msgspec.structs import replace

from analytics.kpis.calendar import local_day
from analytics.reports.rendering.formula import amount
from analytics.reports.rendering.printed import printed_figures
from analytics.reports.rendering.published import (
    SCHEMA,
    PublishedAccount,
    PublishedAlarms,
    PublishedAnswer,
    PublishedBaseline,
    PublishedCommitments,
    PublishedConfiguration,
    PublishedDay,
    PublishedEu,
    PublishedEuValue,
    PublishedExchange,
    PublishedInput,
    PublishedJudgement,
    PublishedKpi,
    PublishedMonth,
    PublishedReading,
    PublishedReference,
    PublishedRemark,
    PublishedReport,
    PublishedSite,
    PublishedSource,
    PublishedTarget,
    PublishedText,
)
from analytics.reports.request import Masking, ReportKind
from greendc.clock import iso
from greendc.display import UNKNOWN
from greendc.quantities import quantities

if TYPE_CHECKING:
    from collections.abc import Mapping

    from analytics.eu_report import EuValue
    from analytics.limits import Judgement
    from analytics.lineage import Configuration, Source
    from analytics.meter_exchange import Exchange
    from analytics.quality import QualityNote
    from analytics.reports.commitments import Baseline, Commitments, Target
    from analytics.reports.document import Document
    from analytics.reports.facts import Comparison, Facts
    from analytics.result import Input, KpiResult

_WITH_TEXTS = frozenset({ReportKind.MID_TERM, ReportKind.ACCEPTANCE})
"""The kinds that print what people wrote. Nobody reads it through in a report that does not print it."""


def published(facts: Facts, documents: Mapping[str, Document]) -> PublishedReport:
    """Return the data of a report.

    Raises:
        ValueError: the documents do not print the same numbers.
    """
    request, info = facts.request, facts.site.info
    site = PublishedSite(
        name=info.name,
        title_zh=info.title_zh,
        title_en=info.title_en,
        timezone=info.timezone,
        region=info.region,
        simulated=info.simulated,
    )
    return PublishedReport(
        schema=SCHEMA,
        kind=request.kind,
        status="final" if request.final else "draft",
        version=facts.version,
        masking=request.masking,
        languages=list(documents),
        site=site,
        start=iso(request.start_ns),
        end=iso(request.end_ns),
        software=facts.software,
        command=facts.command,
        configuration=_configuration(facts.configuration),
        kpis=[_kpi(one, bounded=request.masking is not Masking.PUBLIC) for one in facts.figures],
        months=[
            PublishedMonth(
                name=one.name, start=iso(one.start_ns), end=iso(one.end_ns), kpis=[_kpi(kpi) for kpi in one.figures]
            )
            for one in facts.months
        ],
        baseline=None if facts.baseline is None else _baseline(facts.baseline),
        commitments=None if facts.commitments is None else _commitments(_printed(facts.commitments, request.kind)),
        declared=[
            PublishedText(aspect=one.aspect, author=one.author, date=one.date, zh=one.zh, en=one.en)
            for one in facts.declared
            if request.kind in _WITH_TEXTS
        ],
        eu=PublishedEu(
            source=facts.eu.source,
            quantities=[_eu(one) for one in facts.eu.quantities],
            indicators=[_eu(one) for one in facts.eu.indicators],
        ),
        account=_account(facts),
        alarms=PublishedAlarms(raised=facts.raised, cleared=facts.cleared, open=len(facts.alarms)),
        quality=[_day(one) for one in facts.quality],
        exchanges=[_exchange(one, facts) for one in facts.exchanges],
        figures=printed_figures(documents),
    )


def _configuration(one: Configuration) -> PublishedConfiguration:
    return PublishedConfiguration(
        software=one.software, standards=one.standards, parts=dict(sorted(one.parts.items())), sha256=one.sha256
    )


def _kpi(one: KpiResult, *, bounded: bool = False) -> PublishedKpi:
    return PublishedKpi(
        kpi=one.kpi,
        part=one.part,
        label=one.label,
        value=one.value,
        unit=one.unit,
        start=iso(one.start_ns),
        end=iso(one.end_ns),
        category=one.category,
        coverage=one.coverage,
        uncertainty=one.uncertainty,
        provisional=one.provisional,
        reason=one.reason,
        method=one.method,
        standard=one.standard,
        inputs=[_input(side, bounded=bounded) for side in one.inputs],
        remarks=[PublishedRemark(code=remark.code, params=remark.params) for remark in one.remarks],
        judgements=[_judgement(judgement) for judgement in one.judgements],
        data_sha256=None if one.lineage is None else one.lineage.data_sha256 or None,
        sha256=None if one.lineage is None else one.lineage.sha256,
    )


def _input(side: Input, *, bounded: bool) -> PublishedInput:
    counted, unit = amount(side)
    return PublishedInput(
        role=side.role,
        meters=list(side.meters),
        amount=counted,
        unit=unit,
        coverage=side.coverage,
        method=side.method,
        uncertainty=side.uncertainty,
        resets=side.resets,
        gaps=side.gaps,
        sources=[_source(one, bounded=bounded) for one in side.sources],
    )


def _source(one: Source, *, bounded: bool) -> PublishedSource:
    readings = [PublishedReading(time_ns=at.time_ns, value=at.value) for at in one.boundaries]
    return PublishedSource(
        meter=one.meter,
        role=one.role,
        quantity=one.quantity,
        method=one.method,
        factor=one.factor,
        accuracy=one.accuracy_ratio,
        start=iso(one.start_ns),
        end=iso(one.end_ns),
        coverage=one.coverage,
        values=one.values,
        sha256=one.sha256,
        boundaries=readings if bounded else [],
    )


def _judgement(one: Judgement) -> PublishedJudgement:
    return PublishedJudgement(
        limit=one.limit.key,
        standard=one.limit.standard,
        source=one.limit.source,
        confidence=one.limit.confidence,
        grades=list(one.limit.grades),
        most=one.limit.most,
        least=one.limit.least,
        verdict=one.verdict.value,
        grade=one.grade,
        met=one.met,
    )


def _baseline(one: Comparison) -> PublishedBaseline:
    kpis = [_kpi(kpi) for kpi in one.figures]
    return PublishedBaseline(first=one.start, last=one.end, kpis=kpis, declared=dict(sorted(one.declared.items())))


def _printed(known: Commitments, kind: ReportKind) -> Commitments:
    """Return commitments with only the free texts that a kind of report prints; that there is a reason stays told."""
    if kind not in _WITH_TEXTS:
        base = None if known.baseline is None else _bare_baseline(known.baseline)
        return replace(known, plan="", baseline=base, targets=[_bare(one) for one in known.targets], remarks=[])
    return known if kind is ReportKind.ACCEPTANCE else replace(known, remarks=[])


def _bare(one: Target) -> Target:
    return replace(one, changed=_untold(one.changed), before=tuple(_bare(earlier) for earlier in one.before))


def _bare_baseline(one: Baseline) -> Baseline:
    before = tuple(_bare_baseline(earlier) for earlier in one.before)
    return replace(one, source="", changed=_untold(one.changed), before=before)


def _untold(reason: str) -> str:
    return UNKNOWN if reason else ""


def _commitments(one: Commitments) -> PublishedCommitments:
    return PublishedCommitments(
        industry=one.industry,
        plan=one.plan,
        mid_term=one.mid_term,
        baseline=None if one.baseline is None else _reference(one.baseline),
        targets=[msgspec.convert(target, PublishedTarget, from_attributes=True) for target in one.targets],
        remarks=[msgspec.convert(answer, PublishedAnswer, from_attributes=True) for answer in one.remarks],
    )


def _reference(one: Baseline) -> PublishedReference:
    return PublishedReference(
        first=one.start,
        last=one.end,
        author=one.author,
        date=one.date,
        values=dict(sorted(one.values.items())),
        source=one.source,
        changed=one.changed,
        before=[_reference(earlier) for earlier in one.before],
    )


def _eu(one: EuValue) -> PublishedEuValue:
    return PublishedEuValue(
        id=one.id,
        code=one.code,
        value=one.value,
        unit=one.unit,
        origin="declared" if one.origin == "declared" else "metered",
        coverage=one.coverage,
        category=one.category,
        reason=one.reason,
    )


def _account(facts: Facts) -> list[PublishedAccount]:
    return [
        PublishedAccount(
            node=one.node,
            sampled=one.sampled,
            stored=one.stored,
            spooled=one.spooled,
            quarantined=one.quarantined,
            dropped=one.dropped,
            lost=one.lost,
        )
        for one in facts.account
    ]


def _exchange(one: Exchange, facts: Facts) -> PublishedExchange:
    coarse = facts.request.masking is Masking.PUBLIC
    known = quantities().get(one.key.quantity)
    return PublishedExchange(
        device=one.key.device,
        part=one.key.part,
        quantity=one.key.quantity,
        unit="" if known is None else known.unit,
        month=f"{local_day(facts.site, one.time_ns):%Y-%m}",
        time=None if coarse else iso(one.time_ns),
        old_final=None if coarse else one.old_final,
        new_initial=None if coarse else one.new_initial,
        reason=one.reason,
        by=one.by,
        recorded=None if coarse else iso(one.noted_ns),
    )


def _day(note: QualityNote) -> PublishedDay:
    scores = {score.dimension.value: score.mean for score in note.site_scores}
    return PublishedDay(date=note.date, over=note.over, findings=note.found, scores=scores)
