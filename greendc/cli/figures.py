"""The command that computes the efficiency figures of a period, with what they were made of."""

from __future__ import annotations

import os
from contextlib import closing
from typing import TYPE_CHECKING, Annotated

import typer

from greendc.cli.judge import FromOption, ToOption, window_of
from greendc.cli.options import (
    DataOption,
    JsonOption,
    SiteOption,
    StoreOption,
    ledger_of,
    settings_from,
    site_of,
    store_of,
)
from greendc.cli.output import Output, column
from greendc.clock import SystemClock, iso
from greendc.display import effectiveness, percent, stored
from greendc.errors import ConfigError
from greendc.texts import t

if TYPE_CHECKING:
    from analytics.figures import Comparison, Frozen
    from analytics.limits import Judgement
    from analytics.lineage import Source
    from analytics.result import KpiResult
    from greendc.settings import Settings
    from greendc.site import Site

PeriodOption = Annotated[str | None, typer.Option("--period", help=t("cli.option.period"))]
LineageOption = Annotated[bool, typer.Option("--lineage", help=t("cli.option.lineage"))]
HASH_SHOWN = 12


def kpi(
    site: SiteOption = None,
    data: DataOption = None,
    store: StoreOption = None,
    start: FromOption = None,
    end: ToOption = None,
    period: PeriodOption = None,
    lineage: LineageOption = False,
    json: JsonOption = False,
) -> None:
    """Compute the efficiency figures of a period."""
    out = Output(as_json=json)

    def action() -> None:
        settings = settings_from(site, data, store)
        given = None if period else window_of(start, end)
        if period and (start or end):
            raise ConfigError.single("cli.kpi.both")
        known = site_of(settings)
        span = given or _named(known, str(period))

        from analytics.figures import compared, figures_of, traced, without_lineage

        history = store_of(settings)
        results = (traced if given else figures_of)(history, known, *span)
        frozen = _frozen(settings, known, span)
        beside = None if frozen is None else compared(frozen, results)
        out.say(f"{iso(results[0].start_ns)} .. {iso(span[1])}")
        for result in results:
            _say(out, result, lineage=lineage)
        if beside is not None:
            _say_beside(out, beside)
        figures = results if lineage else without_lineage(results)
        out.finish({"start_ns": span[0], "end_ns": span[1], "figures": figures, "frozen": beside})

    out.guard(action)


def _named(site: Site, name: str) -> tuple[int, int]:
    """Return the window of a named day, month or year, up to now while it lasts."""
    from analytics.figures import period_named

    try:
        found = period_named(site, name)
    except ValueError as error:
        raise ConfigError.single("cli.kpi.period", hint="cli.kpi.period_hint", name=name) from error
    now_ns = SystemClock().now_ns()
    if found.start_ns >= now_ns:
        raise ConfigError.single("cli.window", start=iso(found.start_ns), end=iso(now_ns))
    return found.start_ns, min(found.end_ns, now_ns)


def _frozen(settings: Settings, site: Site, span: tuple[int, int]) -> Frozen | None:
    """Return the newest frozen version of a period that is exactly a day, month or year of the site."""
    from analytics.figures import frozen_figures, period_at

    found = period_at(site, *span)
    # Who may only read the data directory gets the figures alone.
    if found is None or not os.access(settings.data_dir / "ledger.sqlite", os.W_OK):
        return None
    with closing(ledger_of(settings)) as ledger:
        return frozen_figures(ledger, found.subject)


def _say(out: Output, result: KpiResult, *, lineage: bool) -> None:
    out.say(_kpi_line(result))
    for judgement in result.judgements:
        if judgement.verdict != "unknown":
            out.say(f"      {_judgement_line(judgement)}")
    if not lineage or result.lineage is None:
        return
    for side in result.inputs:
        for source in side.sources:
            out.say(f"      {_source_line(source)}")
    if result.lineage.data_sha256:
        made = result.lineage.configuration.sha256[:HASH_SHOWN]
        out.say(f"      {t('cli.kpi.hashes', data=result.lineage.data_sha256[:HASH_SHOWN], made=made)}")


def _source_line(source: Source) -> str:
    """Return a meter with its role, the values at both ends, how many were used and their hash."""
    ends = source.boundaries
    shown = f"{ends[0].value:.0f} .. {ends[-1].value:.0f}" if ends else "-"
    return t(
        "cli.kpi.source",
        meter=source.meter,
        role=source.role,
        quantity=source.quantity,
        ends=shown,
        factor=f"{source.factor:g}",
        n=str(source.values),
        coverage=str(percent(source.coverage)),
        hash=source.sha256[:HASH_SHOWN],
    )


def _say_beside(out: Output, beside: Comparison) -> None:
    """Say whether figures differ from the frozen ones of the same period, and why they may."""
    state = t(f"cli.kpi.state.{beside.state}", version=str(beside.version))
    if not beside.changes:
        out.say(t("cli.kpi.as_frozen", period=beside.period, state=state, at=iso(beside.at_ns)))
        return
    why = []
    if not beside.same_data:
        why.append(t("cli.kpi.other_data"))
    if not beside.same_configuration:
        why.append(t("cli.kpi.other_configuration"))
    said = "; ".join(why)
    out.say(t("cli.kpi.unlike_frozen", period=beside.period, state=state, at=iso(beside.at_ns), why=said))
    for change in beside.changes:
        name = " ".join(part for part in (t(f"kpis.{change.kpi}.title"), change.part) if part)
        before, after = ("-" if value is None else f"{value:.6g}" for value in (change.before, change.after))
        out.say(f"  {column(name, 40)} {before} -> {after}")


def _kpi_line(result: KpiResult) -> str:
    """Return a figure with category, coverage, uncertainty and method, or the reason why there is none."""
    shown = effectiveness(result.value) if result.unit == "1" else stored(result.value, result.unit)
    about = [f"{t('cli.kpi.coverage')} {percent(result.coverage)}"]
    if result.category:
        about.append(f"{t('cli.kpi.category')} {result.category}")
    if result.uncertainty is not None:
        about.append(f"± {percent(result.uncertainty)}")
    if result.method:
        about.append(t(f"kpis.method.{result.method}"))
    if result.reason:
        about.append(t(f"kpis.reason.{result.reason}").rstrip(".。"))
    about += [t(f"kpis.remark.{remark.code}", **remark.params).rstrip(".。") for remark in result.remarks]
    title = " ".join(part for part in (t(f"kpis.{result.kpi}.title"), result.part) if part)
    name = f"{title}, {result.label}" if result.label not in {result.kpi, "PUE"} else title
    return f"  {column(name, 40)} {shown!s:>14}  ({', '.join(about)})"


def _judgement_line(judgement: Judgement) -> str:
    """Return a limit beside a figure: its standard, what it asks, the grade reached and the verdict."""
    limit = judgement.limit
    bounds = [f"≤ {bound:g}" for bound in (*limit.grades, limit.most) if bound is not None]
    bounds += [f"≥ {limit.least:g}"] if limit.least is not None else []
    said = [t(f"kpis.verdict.{judgement.verdict}")]
    if limit.grades and judgement.met is not None:
        said.insert(
            0, t("kpis.verdict.grade", grade=judgement.grade) if judgement.grade else t("kpis.verdict.no_grade")
        )
    if limit.confidence != "confirmed":
        said.append(t("kpis.verdict.unconfirmed"))
    return f"{limit.standard} ({', '.join(bounds)}): {', '.join(said)}"
