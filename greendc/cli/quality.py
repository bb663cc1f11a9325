"""The command that judges the data of a day."""

from __future__ import annotations

import datetime as dt
from typing import TYPE_CHECKING, Annotated

import typer

from greendc.cli.options import DataOption, JsonOption, SiteOption, StoreOption, settings_from, site_of, store_of
from greendc.cli.output import Output, column
from greendc.clock import SystemClock
from greendc.display import energy, percent
from greendc.errors import EXIT_FINDINGS, EXIT_OK, ConfigError
from greendc.texts import t
from greendc.units import NS_PER_SECOND

if TYPE_CHECKING:
    from analytics.quality import QualityDay, Rollup
    from greendc.site import Site

DayOption = Annotated[str | None, typer.Option("--day", help=t("quality.cli.day"))]
SeriesOption = Annotated[bool, typer.Option("--series", help=t("quality.cli.series"))]


def quality(
    site: SiteOption = None,
    data: DataOption = None,
    store: StoreOption = None,
    day: DayOption = None,
    series: SeriesOption = False,
    json: JsonOption = False,
) -> None:
    """Judge the data of a day by the six dimensions of GB/T 36344."""
    out = Output(as_json=json)

    def action() -> None:
        settings = settings_from(site, data, store)
        known = site_of(settings)
        now_ns = SystemClock().now_ns()
        date = _date(day, known, now_ns)

        from analytics.quality import Severity, note_of, quality_of_day

        found = quality_of_day(store_of(settings), known, date, now_ns)
        _say(out, found)
        faulty = any(finding.severity is Severity.FAULT for finding in found.findings)
        out.finish(found if series else note_of(found, now_ns), code=EXIT_FINDINGS if faulty else EXIT_OK, ok=True)

    out.guard(action)


def _date(text: str | None, site: Site, now_ns: int) -> dt.date:
    """Return the day that was asked for, by default the last full one of the site."""
    if text is None:
        now = dt.datetime.fromtimestamp(now_ns // NS_PER_SECOND, tz=site.zone())
        return now.date() - dt.timedelta(days=1)
    try:
        return dt.date.fromisoformat(text)
    except ValueError as error:
        raise ConfigError.single("quality.cli.bad_day", hint="quality.cli.bad_day_hint", text=text) from error


def _say(out: Output, day: QualityDay) -> None:
    out.say(t("quality.cli.head", date=day.date, series=str(len(day.series)), standard="GB/T 36344-2018"))
    for rollup in day.site_scores:
        out.say(f"  {column(rollup.dimension.title(), 16)} {_line(rollup)}")
    rest = day.untracked
    if rest is not None and rest.remainder_j is not None:
        out.say(t("quality.cli.untracked", energy=str(energy(rest.remainder_j)), share=str(percent(rest.share))))
    for finding in day.findings:
        out.say(
            f"- {t(f'quality.severity.{finding.severity}')}: {finding.text()} {finding.evidence()} {finding.cure()}"
        )
    out.say(t("quality.cli.not_evaluated"))
    for name in day.not_evaluated:
        out.say(f"  {t(f'quality.not_evaluated.{name}')}")


def _line(rollup: Rollup) -> str:
    """Return mean and worst of a dimension, or why nothing is known."""
    if rollup.mean is None:
        return "; ".join(t(f"quality.reason.{reason}") for reason in rollup.reasons)
    mean, worst = str(percent(rollup.mean)), str(percent(rollup.worst))
    return t("quality.cli.score", mean=mean, worst=worst, where=rollup.worst_at, known=str(rollup.known))
