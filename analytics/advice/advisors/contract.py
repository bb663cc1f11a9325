"""Pay less for the same electricity: another tariff, another contracted demand, a better power factor.

The site's own intervals are billed anew under each option (`analytics.tariff`). A contracted demand is chosen for the
least expected charge over what the next year's greatest demand may be; reactive power is brought to the best step of
the tariff by ``Q - P tan(acos pf)`` of capacitors or filters.
"""

from __future__ import annotations

import math
from pathlib import Path
from typing import TYPE_CHECKING

import msgspec
import numpy as np

from analytics.advice.advisor import Advisor
from analytics.advice.contracts import example, money_of
from analytics.advice.proposal import Proposal, assumed, recommended
from analytics.advice.recommendation import Check, Plan, Recommendation, Refusal
from analytics.advice.telemetry import too_short
from analytics.frame import mean_frame
from analytics.metered import metered_w, of_role
from analytics.priors import flexibility
from analytics.tariff import Intervals, PriceTable, bill, cheapest_first, read_tariff
from analytics.tariff.bill import greatest_demand
from analytics.tariff.file import DemandKind
from analytics.wall_clock import wall_clock
from greendc.clock import NS_PER_HOUR
from greendc.model import SeriesKey
from greendc.site import Role
from greendc.units import NS_PER_SECOND, W_PER_KW

if TYPE_CHECKING:
    from collections.abc import Sequence

    from analytics.advice.advisor import Answer
    from analytics.advice.recommendation import Coefficient
    from analytics.advice.situation import Situation
    from analytics.counters import Floats, Times
    from analytics.tariff.file import Demand

KEY = "contract"
STEP_NS = 900 * NS_PER_SECOND
LEAST_DAYS = 28.0
LEAST_KNOWN = 0.9
OTHER_YEARS = 0.1
"""How much the saving of another tariff changes from one year's load to the next."""
CONTRACTS = np.arange(0.6, 1.4001, 0.01)
MOST_HOURS = 0.95
"""Capacitors are sized for all but the worst hours."""
NO_ENERGY = 0.0


def advise(situation: Situation) -> Sequence[Answer]:
    """Return each change of the contract that pays, or what is missing to judge it."""
    table = situation.prices.table
    if situation.site.tariff is None or not situation.site.tariff.file or table is None:
        return [Refusal(advisor=KEY, reason="missing", missing=("tariff_times",))]
    if situation.now_ns - situation.start_ns < LEAST_DAYS * 24 * NS_PER_HOUR:
        return [too_short(KEY, LEAST_DAYS)]
    metered = _intervals(situation)
    if metered is None:
        return [Refusal(advisor=KEY, reason="missing", missing=("grid",))]
    known = np.isfinite(metered.import_kwh) & np.isfinite(table.mean_price(metered.start_ns, metered.step_ns))
    if known.mean() < LEAST_KNOWN:
        return [Refusal(advisor=KEY, reason="coverage", missing=("grid",))]
    looked = [_other_tariff(situation, table, metered), _demand(situation, table, metered)]
    looked.append(_power_factor(situation, table, metered))
    answers = [answer for answer in looked if answer is not None]
    if not answers:
        return [Refusal(advisor=KEY, reason="missing", missing=("tariff_options",))]
    found: list[Answer] = [answer for answer in answers if isinstance(answer, Recommendation)]
    return found or answers[:1]


def _intervals(situation: Situation) -> Intervals | None:
    """Return what was bought by the quarter of an hour, in the evidence, with its reactive energy where known."""
    times = np.arange(-(-situation.start_ns // STEP_NS), situation.now_ns // STEP_NS, dtype=np.int64) * STEP_NS
    bought = metered_w(situation.history, situation.site, of_role(situation.site, Role.FACILITY_INPUT), times, STEP_NS)
    if bought is None or not np.isfinite(bought).any():
        return None
    hours = STEP_NS / NS_PER_HOUR
    return Intervals(
        start_ns=times,
        step_ns=STEP_NS,
        import_kwh=np.where(np.isfinite(bought), np.clip(bought, 0.0, None), np.nan) * hours / W_PER_KW,
        reactive_kvarh=_reactive_var(situation, times) * hours / W_PER_KW,
    )


def _reactive_var(situation: Situation, times: Times) -> Floats:
    """Return the reactive power [var] at the grid, unknown where a meter of it tells none."""
    devices = sorted({meter.device for meter in situation.site.meters if meter.role is Role.FACILITY_INPUT})
    keys = {name: SeriesKey(situation.site.name, name, "", "reactive_power_var") for name in devices}
    frame = mean_frame(situation.history, keys, int(times[0]), int(times[-1]) + STEP_NS, STEP_NS)
    return np.asarray(np.abs(frame.to_numpy(dtype=np.float64).sum(axis=1)), dtype=np.float64)


def _other_tariff(situation: Situation, table: PriceTable, metered: Intervals) -> Answer | None:
    tariff = situation.site.tariff
    files = () if tariff is None else tariff.options
    tables = {Path(name).stem: PriceTable(read_tariff(Path(name)), table.zone) for name in files}
    tables = {name: other for name, other in tables.items() if other.currency == table.currency}
    if not tables:
        return None
    # Only hours that every tariff has a price for are compared.
    priced = [np.isfinite(one.mean_price(metered.start_ns, metered.step_ns)) for one in (table, *tables.values())]
    both = msgspec.structs.replace(metered, import_kwh=np.where(np.all(priced, axis=0), metered.import_kwh, np.nan))
    now = bill(table, both).total
    name, best = cheapest_first(tables, both)[0]
    spread_of = 1.0 + OTHER_YEARS * situation.draws.normal("tariff")
    terms = Check(key="contract_terms", status="not_evaluable", optional=True)
    shown = {"name": name, "now": f"{now:,.0f}", "then": f"{best.total:,.0f}", "currency": table.currency}
    guards = (terms, *example(table), *(example(tables[name]) if not table.tariff.example else ()))
    return _answer(situation, "option", (now - best.total) * spread_of, metered, shown, guards)


def _demand(situation: Situation, table: PriceTable, metered: Intervals) -> Answer | None:
    """Return the contracted demand with the least expected charge; None where the tariff knows none."""
    peaks = list(_peaks(table, metered))
    held = next((demand for demand, _ in peaks), None)
    if held is None or held.contract_kw is None:
        return None
    prior = flexibility().demand_growth
    growth = prior.draw(np.random.default_rng(situation.draws.seed), situation.draws.count)
    greatest = max(peak for _, peak in peaks)
    wishes = [float(round(share * greatest)) for share in CONTRACTS]
    months = len(peaks)

    def charges(contract_kw: float) -> Floats:
        made = [(msgspec.structs.replace(demand, contract_kw=contract_kw), peak) for demand, peak in peaks]
        by_month = [[demand.billed_kw(peak * g) * demand.per_kw_month for g in growth] for demand, peak in made]
        return np.asarray(np.sum(by_month, axis=0) / months * 12.0, dtype=np.float64)

    best = min(wishes, key=lambda wish: float(charges(wish).mean()))
    saved = charges(held.contract_kw) - charges(best)
    shown = {"greatest": f"{greatest:.0f}", "months": str(months)}
    guards = (Check(key="contract_terms", status="not_evaluable", optional=True), *example(table))
    growing = assumed("demand_growth", prior)
    year = metered.step_ns * len(metered.start_ns) / NS_PER_HOUR / 8760.0
    return _answer(
        situation, "demand", saved * year, metered, shown, guards, (held.contract_kw, best), coefficients=(growing,)
    )


def _peaks(table: PriceTable, metered: Intervals) -> Sequence[tuple[Demand, float]]:
    """Return each month's charge on demand and its greatest demand [kW]."""
    dates, places = wall_clock(metered.start_ns, table.zone).dates()
    months = sorted({day.replace(day=1) for day in dates})
    of_row = np.array([months.index(day.replace(day=1)) for day in dates], dtype=np.int64)[places]
    found = []
    for i, first in enumerate(months):
        rows = np.flatnonzero((of_row == i) & np.isfinite(metered.import_kwh))
        demand = next((d for d in table.tariff.demand if d.holds(first) and d.kind is DemandKind.DEMAND), None)
        if demand is not None and len(rows):
            found.append((demand, greatest_demand(metered, rows, demand.window_min)))
    return found


def _power_factor(situation: Situation, table: PriceTable, metered: Intervals) -> Answer | None:
    """Return the reactive power to be compensated for the best step of the tariff; None where nothing tells."""
    rule = table.tariff.power_factor
    reactive = metered.reactive_kvarh
    if rule is None or reactive is None or not rule.steps:
        return None
    known = np.isfinite(reactive) & np.isfinite(metered.import_kwh)
    active = float(metered.import_kwh[known].sum())
    if known.mean() < LEAST_KNOWN or not active:
        return None
    factor = active / math.hypot(active, float(reactive[known].sum()))
    best = min(rule.steps, key=lambda step: (step.adjustment, step.at_least))
    charged = bill(table, msgspec.structs.replace(metered, reactive_kvarh=None)).total
    gain = charged * (rule.adjustment(factor) - best.adjustment)
    if gain <= 0.0:
        return Refusal(advisor=KEY, reason="in_order")
    lacking = reactive[known] - metered.import_kwh[known] * math.tan(math.acos(max(best.at_least, 1e-6)))
    kvar = float(np.quantile(lacking, MOST_HOURS)) * NS_PER_HOUR / metered.step_ns
    shown = {"now": f"{factor:.3f}", "then": f"{best.at_least:.2f}", "kvar": f"{max(kvar, 0.0):.0f}"}
    spread_of = 1.0 + OTHER_YEARS * situation.draws.normal("reactive")
    harmonics = Check(key="harmonics", status="not_evaluable", optional=True)
    return _answer(situation, "power_factor", gain * spread_of, metered, shown, (harmonics, *example(table)))


def _answer(
    situation: Situation,
    variant: str,
    saved: Floats,
    metered: Intervals,
    facts: dict[str, str],
    guards: tuple[Check, ...],
    change: tuple[float | None, float | None] = (None, None),
    *,
    coefficients: tuple[Coefficient, ...] = (),
) -> Answer:
    """Return advice on money alone; ``saved`` [draws] is that of the metered time."""
    hours = metered.step_ns * len(metered.start_ns) / NS_PER_HOUR
    frame = situation.whole
    proposal = Proposal(
        advisor=KEY,
        place=variant,
        actuator=situation.site.name,
        plan=Plan(option="C", method="baseline", target="site", days=60),
        guards=guards,
        coefficients=coefficients,
        change_from=change[0],
        change_to=change[1],
        unit="kW" if change[1] is not None else "",
        money=money_of(situation, saved, hours),
        pays_in="money",
        risk="low",
        effort="medium",
        variant=variant,
        facts=facts,
    )
    return recommended(situation, proposal, np.full((len(saved), len(frame)), NO_ENERGY), frame, yearly=False)


ADVISOR = Advisor(key=KEY, needs=("grid", "tariff_times", "tariff_options"), advise=advise)
