"""Charge the site's battery when electricity is cheap and give when it is dear or the demand is greatest.

``min sum(c G) + D max(G) + w (charge + give)`` by linear programming, month by month, with the reserve for an outage
kept apart (`analytics.schedule`). The replay knows each month in advance: a prior says what forecasts reach of that.
What counts is the difference to what the battery does today, on the site's own tariff.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from analytics.advice.advisor import Advisor
from analytics.advice.contracts import example, hours_text, money_of
from analytics.advice.proposal import Proposal, assumed, recommended
from analytics.advice.recommendation import Check, Coefficient, Plan, Refusal
from analytics.flows import kilowatts, like_other_days
from analytics.priors import flexibility
from analytics.schedule import Battery, Case, Refused, TariffReplay, replay
from analytics.schedule.stored import Stored, stored
from analytics.tariff import Intervals, bill
from analytics.wall_clock import wall_clock
from greendc.clock import NS_PER_HOUR
from greendc.units import W_PER_KW

if TYPE_CHECKING:
    from collections.abc import Sequence

    from analytics.advice.advisor import Answer
    from analytics.advice.situation import Situation
    from analytics.counters import Floats
    from analytics.tariff import PriceTable

KEY = "battery_schedule"
LEAST_KNOWN = 0.8
LEAST_DAYS = 7.0
ENERGY_ERROR = 0.1
"""The losses of a battery that is used otherwise are known that well."""
SAME_PEAK = 1.02
BUSY_SHARE = 0.5
"""A time of day belongs to a stretch when the battery moves so much of its most then."""


def advise(situation: Situation) -> Sequence[Answer]:
    """Return the times at which the battery should charge and give, or why not."""
    flows, table = situation.flows, situation.prices.table
    if "storage" not in flows.has and situation.site.battery is None:
        return [Refusal(advisor=KEY, reason="no_battery")]
    timed = situation.site.tariff is not None and bool(situation.site.tariff.file)
    missing = [("grid", "grid" in flows.has), ("tariff_times", timed)]
    if table is None or not all(there for _, there in missing):
        return [Refusal(advisor=KEY, reason="missing", missing=tuple(name for name, there in missing if not there))]
    if flows.known.mean() < LEAST_KNOWN:
        return [Refusal(advisor=KEY, reason="coverage", missing=("grid",))]
    held = stored(situation.history, situation.site, situation.series, flows)
    if held is None:
        return [Refusal(advisor=KEY, reason="missing", missing=("battery",))]
    if held.battery.obstacles(len(flows.time_ns) * flows.step_ns / NS_PER_HOUR):
        return [Refusal(advisor=KEY, reason="battery")]
    return [_judged(situation, table, held)]


def _judged(situation: Situation, table: PriceTable, held: Stored) -> Answer:
    case, rows = _case(situation, table, held.battery)
    if len(case) * case.step_h < LEAST_DAYS * 24.0:
        return Refusal(advisor=KEY, reason="coverage", missing=("tariff_dates",))
    done = replay(case, table)
    if isinstance(done, Refused):
        return Refusal(advisor=KEY, reason="no_gain")
    moved_kw = like_other_days(held.power_kw, situation.flows.time_ns, table.zone)[rows]
    bought_kw = np.clip(case.load_kw - case.sun_kw() - moved_kw, 0.0, None)
    fed_kw = np.clip(case.sun_kw() + moved_kw - case.load_kw, 0.0, case.export_limit_kw)
    hours = case.step_h
    now = bill(
        table,
        Intervals(
            start_ns=case.start_ns, step_ns=case.step_ns, import_kwh=bought_kw * hours, export_kwh=fed_kw * hours
        ),
    )
    wear = float(np.abs(moved_kw).sum()) * hours * held.battery.wear_per_kwh
    most, today = done.saving, done.bills.before.total - now.total - wear
    prior = flexibility().realised
    reached = prior.draw(np.random.default_rng(situation.draws.seed), situation.draws.count)
    planned_kw = np.concatenate([schedule.import_kw for schedule in done.schedules])
    losses = 1.0 + ENERGY_ERROR * situation.draws.normal(KEY)
    saved_w = np.full((len(losses), len(situation.whole)), np.nan)
    saved_w[:, rows] = losses[:, None] * (bought_kw - planned_kw) * W_PER_KW
    span_h = len(case) * hours
    proposal = Proposal(
        advisor=KEY,
        place=held.device,
        actuator=held.device,
        plan=Plan(option="C", method="baseline", target="site", days=28),
        guards=_guards(table, held, done, float(bought_kw.max()), float(planned_kw.max())),
        coefficients=_coefficients(held),
        money=money_of(situation, reached * most - today, span_h),
        pays_in="money",
        effort="low",
        facts=_times(done, table),
    )
    return recommended(situation, proposal, saved_w, situation.whole)


def _case(situation: Situation, table: PriceTable, battery: Battery) -> tuple[Case, slice]:
    """Return the priced part of the past that reaches up to now; unknown steps are like other days."""
    flows = situation.flows
    priced = np.isfinite(table.mean_price(flows.time_ns, flows.step_ns))
    first = int(np.flatnonzero(~priced)[-1]) + 1 if not priced.all() else 0
    rows = slice(first, len(priced))
    load_kw = kilowatts(like_other_days(flows.load_w, flows.time_ns, table.zone))
    sun_kw = np.clip(kilowatts(like_other_days(flows.sun_w, flows.time_ns, table.zone)), 0.0, None)
    case = Case(
        start_ns=flows.time_ns[rows],
        step_ns=flows.step_ns,
        load_kw=np.maximum(load_kw[rows], 0.0),
        pv_kw=sun_kw[rows],
        buy=np.empty(0),
        battery=battery,
        export_limit_kw=float(np.nanmax(kilowatts(flows.fed_w), initial=0.0)),
    )
    return case, rows


def _guards(table: PriceTable, held: Stored, done: TariffReplay, now_kw: float, then_kw: float) -> tuple[Check, ...]:
    battery = held.battery
    given = sum(float(schedule.discharge_kw.sum()) * schedule.step_ns / NS_PER_HOUR for schedule in done.schedules)
    days = sum(len(schedule.start_ns) * schedule.step_ns for schedule in done.schedules) / NS_PER_HOUR / 24.0
    cycles = given / max(battery.usable_kwh, 1e-9) / max(days, 1e-9)
    reserve = {"floor": f"{battery.floor_kwh:.1f}", "share": f"{100 * battery.floor_kwh / battery.capacity_kwh:.0f}"}
    turns = {"now": f"{held.cycles:.2f}", "then": f"{cycles:.2f}"}
    higher = then_kw / max(SAME_PEAK * now_kw, 1e-9)
    peak = {"now": f"{now_kw:.1f}", "then": f"{then_kw:.1f}"}
    aged = {"lost": f"{100 * held.lost:.0f}", "left": f"{battery.capacity_kwh:.1f}"}
    return (
        *([Check(key="battery_aged", status="failed", params=aged, optional=True)] if held.lost else []),
        Check(key="battery_reserve", status="passed", params=reserve),
        Check(key="battery_cycles", status="passed", params=turns),
        # Whether the connection carries more than it ever did nobody has measured.
        Check(key="grid_peak", status="passed" if higher <= 1.0 else "not_evaluable", params=peak, optional=True),
        *example(table),
    )


def _coefficients(held: Stored) -> tuple[Coefficient, ...]:
    battery, prior = held.battery, flexibility().realised
    source = "declared in the site file" if held.declared else "charge and power of the evidence"
    numbers = {
        "battery_kwh": battery.capacity_kwh,
        "battery_charge_kw": battery.charge_kw,
        "battery_discharge_kw": battery.discharge_kw,
        "battery_round_trip": battery.charge_efficiency * battery.discharge_efficiency,
    }
    confidence = "declared" if held.declared else "measured"
    known = [
        Coefficient(name=name, low=value, mode=value, high=value, source=source, confidence=confidence)
        for name, value in numbers.items()
    ]
    realised = assumed("schedule_realised", prior)
    return (*known, realised)


def _times(done: TariffReplay, table: PriceTable) -> dict[str, str]:
    """Return at which times of the day the battery mostly charges and gives, for a sentence."""
    times = np.concatenate([schedule.start_ns for schedule in done.schedules])
    minute = wall_clock(times, table.zone).minute // 60

    def spans(parts: list[Floats]) -> str:
        mean = np.bincount(minute, weights=np.concatenate(parts), minlength=24) / np.maximum(
            np.bincount(minute, minlength=24), 1
        )
        return hours_text(mean >= BUSY_SHARE * max(float(mean.max()), 1e-9))

    return {
        "charge": spans([schedule.charge_kw for schedule in done.schedules]),
        "give": spans([schedule.discharge_kw for schedule in done.schedules]),
    }


ADVISOR = Advisor(key=KEY, needs=("grid", "tariff_times", "battery"), advise=advise)
