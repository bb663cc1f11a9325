"""The command that tells what is expected of the next two days, and how far that can be trusted."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated

import msgspec
import typer

from greendc import display
from greendc.cli.options import DataOption, JsonOption, SiteOption, StoreOption, settings_from, site_of, store_of
from greendc.cli.output import Output
from greendc.clock import NS_PER_HOUR, SystemClock, from_iso, iso
from greendc.errors import EXIT_FAILED, EXIT_OK, ConfigError, Problem
from greendc.texts import t
from greendc.units import NS_PER_SECOND

if TYPE_CHECKING:
    import datetime as dt

    from analytics.forecast import Forecast, Untrained
    from greendc.contracts import History
    from greendc.site import Site

LONGEST_H = 48
SHOWN_H = (1, 3, 6, 12, 24, 36, 48)
OLD_H = 1.0


class Row(msgspec.Struct, frozen=True, kw_only=True):
    """One time ahead: the 10th, 50th and 90th percentile; None is unknown."""

    time: str
    p10: float | None
    p50: float | None
    p90: float | None


class Lead(msgspec.Struct, frozen=True, kw_only=True):
    """How the model did up to so many hours ahead, at times it had not seen."""

    hours: float
    mae: float
    skill: float
    coverage: float


class Entry(msgspec.Struct, frozen=True, kw_only=True):
    """A forecast as JSON. ``skill`` is against ``reference``, the better seasonal naive; ``coverage`` should be 0.8."""

    target: str
    unit: str
    step_s: int
    rows: list[Row]
    model: str
    reference: str
    skill: float
    coverage: float
    mae: float
    leads: list[Lead]
    remarks: list[str]


class Declined(msgspec.Struct, frozen=True, kw_only=True):
    """A target that cannot be forecast, with the reason and its cure."""

    target: str
    code: str
    reason: str


def forecast(
    target: Annotated[str, typer.Option("--target", help=t("forecast.cli.target"))] = "",
    hours: Annotated[int, typer.Option("--hours", min=1, max=LONGEST_H, help=t("forecast.cli.hours"))] = LONGEST_H,
    site: SiteOption = None,
    data: DataOption = None,
    store: StoreOption = None,
    json: JsonOption = False,
) -> None:
    """Forecast power and the hottest inlet, with a range and with the skill of it."""
    out = Output(as_json=json)

    def action() -> None:
        from analytics.forecast import Target, Untrained, forecast_of

        settings = settings_from(site, data, store)
        known = site_of(settings)
        names = [one.value for one in Target]
        if target and target not in names:
            raise ConfigError.single("forecast.cli.unknown", name=target, known=", ".join(names))
        opened = store_of(settings)
        end_ns, problems = until_when(opened, known)
        found = [forecast_of(opened, known, Target(name), end_ns) for name in ([target] if target else names)]
        opened.close()
        made = [entry(one, hours) for one in found if not isinstance(one, Untrained)]
        refused = [one for one in found if isinstance(one, Untrained)]
        problems += [_refusal(one, error=bool(target) or not made) for one in refused]
        for one in made:
            _say(out, one, known.zone())
        declined = [Declined(target=one.target, code=one.code, reason=one.text()) for one in refused]
        code = EXIT_OK if made else EXIT_FAILED
        out.finish({"from": iso(end_ns), "hours": hours, "forecasts": made, "refused": declined}, problems, code=code)

    out.guard(action)


def until_when(history: History, site: Site) -> tuple[int, list[Problem]]:
    """Return the time up to which a site is known, and a warning where that is long ago.

    Raises:
        ConfigError: nothing is known.
    """
    from analytics.forecast import newest_ns

    newest = newest_ns(history, site)
    if newest is None:
        raise ConfigError.single("forecast.cli.empty", hint="forecast.cli.empty_hint", name=site.name)
    late_h = (SystemClock().now_ns() - newest) / NS_PER_HOUR
    if late_h <= OLD_H:
        return newest, []
    return newest, [
        Problem(key="forecast.cli.old", level="warning", params={"time": display.moment(newest, site.zone())})
    ]


def entry(found: Forecast, hours: int) -> Entry:
    """Return a forecast of so many hours as JSON."""
    count = min(len(found.time_ns), round(hours * NS_PER_HOUR / found.step_ns))
    columns = (found.p10, found.p50, found.p90)
    values = [[None if value != value else float(value) for value in column[:count]] for column in columns]  # noqa: PLR0124 (unknown differs from itself)
    trust = found.trust
    return Entry(
        target=found.target,
        unit=found.target.unit,
        step_s=found.step_ns // NS_PER_SECOND,
        rows=[
            Row(time=iso(int(time)), p10=low, p50=middle, p90=high)
            for time, low, middle, high in zip(found.time_ns[:count], *values, strict=True)
        ],
        model=trust.model,
        reference=trust.reference,
        skill=trust.skill,
        coverage=trust.score.coverage,
        mae=trust.score.mae,
        leads=[Lead(hours=one.hours, mae=one.mae, skill=one.skill, coverage=one.coverage) for one in trust.leads],
        remarks=[remark.text() for remark in found.remarks],
    )


def _refusal(why: Untrained, *, error: bool) -> Problem:
    level = "error" if error else "warning"
    return Problem(key=f"forecast.reason.{why.code}", params=why.params, level=level, path=str(why.target))


def _say(out: Output, made: Entry, zone: dt.tzinfo) -> None:
    trust = {"skill": f"{100 * made.skill:.0f}", "coverage": f"{100 * made.coverage:.0f}"}
    names = {"target": t(f"forecast.target.{made.target}"), "model": t(f"forecast.model.{made.model}")}
    # The naive itself may be the best there is: then nothing is compared with it.
    key = "forecast.cli.plain" if made.model == made.reference else "forecast.cli.head"
    out.say(t(key, reference=t(f"forecast.model.{made.reference}"), **names, **trust))
    for hour in SHOWN_H:
        at = hour * 3600 // made.step_s
        if at <= len(made.rows):
            row = made.rows[min(at, len(made.rows) - 1)]
            shown = {name: _shown(getattr(row, name), made.unit) for name in ("p10", "p50", "p90")}
            out.say(t("forecast.cli.row", hours=hour, time=display.moment(from_iso(row.time), zone), **shown))
    for remark in made.remarks:
        out.say(f"  {remark}")


def _shown(value: float | None, unit: str) -> str:
    return str(display.stored(value, unit))


__all__ = ["entry", "forecast", "until_when"]
