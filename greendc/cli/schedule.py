"""The command that plans the next two days: battery, sun, and work that may wait."""

from __future__ import annotations

import itertools
import math
from typing import TYPE_CHECKING, Annotated

import msgspec
import typer

from greendc import display
from greendc.cli.forecast import until_when
from greendc.cli.options import (
    DataOption,
    JsonOption,
    SiteOption,
    StoreOption,
    settings_from,
    site_of,
    site_path,
    store_of,
)
from greendc.cli.output import Output
from greendc.clock import from_iso, iso
from greendc.errors import EXIT_FAILED, EXIT_OK, ConfigError, Problem
from greendc.texts import t
from greendc.units import NS_PER_SECOND

if TYPE_CHECKING:
    import datetime as dt
    from pathlib import Path

    from analytics.schedule import Costs, Schedule
    from analytics.schedule.next_days import NextDays
    from analytics.tariff import PriceTable
    from greendc.site import Site

Number = float | None
MOVES_KW = 0.05
"""Less than this is not said to a person."""


class Step(msgspec.Struct, frozen=True, kw_only=True):
    """A quarter of an hour: powers [kW], the price of a kWh, and what the battery holds at its end [kWh]."""

    time: str
    price: Number
    load_kw: Number
    sun_kw: float
    import_kw: float
    export_kw: float
    charge_kw: float
    discharge_kw: float
    stored_kwh: Number
    jobs_kw: dict[str, float]


class Paid(msgspec.Struct, frozen=True, kw_only=True):
    """What 48 hours cost, and their kg of carbon dioxide (None without factors)."""

    total: float
    energy: float
    demand: float
    wear: float
    carbon_kg: Number


class Planned(msgspec.Struct, frozen=True, kw_only=True):
    """A schedule as JSON. ``saving`` is against doing nothing: battery at rest, work at once."""

    start: str
    step_s: int
    objective: str
    currency: str
    example: bool
    idle: bool
    saving: float
    before: Paid
    after: Paid
    rows: list[Step]
    load_model: str
    load_skill: float


def schedule(
    carbon: Annotated[bool, typer.Option("--carbon", help=t("schedule.cli.carbon"))] = False,
    site: SiteOption = None,
    data: DataOption = None,
    store: StoreOption = None,
    json: JsonOption = False,
) -> None:
    """Plan the next 48 hours from forecasts and the tariff, or say why not."""
    out = Output(as_json=json)

    def action() -> None:
        from analytics.forecast import Untrained
        from analytics.schedule import Objective, Refused, plan
        from analytics.schedule.next_days import next_days

        settings = settings_from(site, data, store)
        known = site_of(settings)
        table = _table(known, site_path(settings))
        opened = store_of(settings)
        end_ns, problems = until_when(opened, known)
        ahead = next_days(opened, known, table, end_ns)
        opened.close()
        if isinstance(ahead, Untrained):
            why = Problem(key=f"forecast.reason.{ahead.code}", params=ahead.params, path=str(ahead.target))
            out.finish(None, [*problems, why], code=EXIT_FAILED)
        case = ahead.case
        if case.battery is None and not case.jobs and ahead.sun is None:
            raise ConfigError.single("schedule.cli.nothing", hint="schedule.cli.nothing_hint", name=known.name)
        if carbon:
            case = msgspec.structs.replace(case, objective=Objective.CARBON)
        done = plan(case)
        if isinstance(done, Refused):
            said = [Problem(key=f"schedule.obstacle.{one.code}", params=one.params) for one in done.obstacles]
            out.finish(None, [*problems, *said], code=EXIT_FAILED)
        if table.tariff.example:
            problems.append(Problem(key="tariff.example", level="warning"))
        result = _planned(msgspec.structs.replace(ahead, case=case), done, table)
        _say(out, result, known.zone())
        out.finish(result, problems, code=EXIT_OK)

    out.guard(action)


def _table(site: Site, path: Path) -> PriceTable:
    """Return the site's tariff.

    Raises:
        ConfigError: there is none, it has holes or overlaps, or the battery is impossible; each with its cure.
    """
    from analytics.schedule import flexible_problems
    from analytics.tariff import price_table
    from greendc.toml_source import TomlSource

    if problems := flexible_problems(TomlSource.read(path), site):
        raise ConfigError(problems)
    table = price_table(site)
    if table is None:
        raise ConfigError.single("schedule.cli.no_tariff", hint="schedule.cli.no_tariff_hint", file=path)
    return table


def _planned(ahead: NextDays, done: Schedule, table: PriceTable) -> Planned:
    case = ahead.case
    sun = case.sun_kw() - done.curtailed_kw
    rows = [
        Step(
            time=iso(int(time)),
            price=_known(case.buy[i]),
            load_kw=_known(case.load_kw[i]),
            sun_kw=float(sun[i]),
            import_kw=float(done.import_kw[i]),
            export_kw=float(done.export_kw[i]),
            charge_kw=float(done.charge_kw[i]),
            discharge_kw=float(done.discharge_kw[i]),
            stored_kwh=_known(done.stored_kwh[i]),
            jobs_kw={name: float(power[i]) for name, power in done.jobs_kw.items()},
        )
        for i, time in enumerate(case.start_ns)
    ]
    return Planned(
        start=iso(int(case.start_ns[0])),
        step_s=case.step_ns // NS_PER_SECOND,
        objective=case.objective,
        currency=table.currency,
        example=table.tariff.example,
        idle=done.idle,
        saving=done.saving,
        before=_paid(done.before),
        after=_paid(done.after),
        rows=rows,
        load_model=ahead.load.trust.model,
        load_skill=ahead.load.trust.skill,
    )


def _paid(costs: Costs) -> Paid:
    return Paid(total=costs.total, energy=costs.energy, demand=costs.demand, wear=costs.wear, carbon_kg=costs.carbon_kg)


def _known(value: float) -> Number:
    return float(value) if math.isfinite(value) else None


def _say(out: Output, found: Planned, zone: dt.tzinfo) -> None:
    if found.idle:
        out.say(t("schedule.cli.idle"))
    money = {
        "saving": f"{found.saving:.2f}",
        "before": f"{found.before.total:.2f}",
        "after": f"{found.after.total:.2f}",
    }
    out.say(t("schedule.cli.head", currency=found.currency, start=display.moment(from_iso(found.start), zone), **money))
    if found.before.carbon_kg is not None and found.after.carbon_kg is not None:
        kilograms = {"before": f"{found.before.carbon_kg:.1f}", "after": f"{found.after.carbon_kg:.1f}"}
        out.say(t("schedule.cli.carbon_kg", **kilograms))
    for kind, moves in _stretches(found):
        for start, end, power in moves:
            shown = {"start": display.moment(start, zone), "end": display.moment(end, zone), "power": f"{power:.1f}"}
            out.say(t(f"schedule.cli.{kind[0]}", name=kind[1], **shown))


def _stretches(found: Planned) -> list[tuple[tuple[str, str], list[tuple[int, int, float]]]]:
    """Return when each thing moves, in stretches with the mean power of each."""
    kinds = [("charge", ""), ("give", ""), *(("work", name) for name in found.rows[0].jobs_kw)]
    starts = [from_iso(row.time) for row in found.rows]
    result = []
    for kind in kinds:
        power = [_power(row, kind) for row in found.rows]
        moving = [one > MOVES_KW for one in power]
        moves = []
        for busy, group in itertools.groupby(range(len(power)), key=moving.__getitem__):
            at = list(group)
            if busy:
                mean = sum(power[i] for i in at) / len(at)
                moves.append((starts[at[0]], starts[at[-1]] + found.step_s * NS_PER_SECOND, mean))
        result.append((kind, moves))
    return result


def _power(row: Step, kind: tuple[str, str]) -> float:
    if kind[0] == "charge":
        return row.charge_kw
    return row.discharge_kw if kind[0] == "give" else row.jobs_kw[kind[1]]
