"""Let work that may wait run when electricity is cheapest, within its window.

For each day ``min sum(c_t p_t)`` with the same energy, the power limited and the window kept: the cheapest steps are
filled first, and of equally cheap ones those in which the work runs already. The bill with and without tells the money,
demand included. A load that nobody declared is only pointed at: its owner has to say that it may wait.
"""

from __future__ import annotations

import datetime as dt
from typing import TYPE_CHECKING

import msgspec
import numpy as np

from analytics.advice.advisor import Advisor
from analytics.advice.contracts import example, hours_text, money_of
from analytics.advice.proposal import Proposal, recommended
from analytics.advice.recommendation import Check, Plan, Recommendation, Refusal
from analytics.advice.telemetry import too_short
from analytics.flows import like_other_days, means_of
from analytics.priors import flexibility
from analytics.tariff import Intervals, bill
from analytics.wall_clock import wall_clock
from greendc.clock import NS_PER_HOUR
from greendc.flexible import Deferrable
from greendc.model import SeriesKey
from greendc.site import Role
from greendc.units import NS_PER_SECOND, W_PER_KW

if TYPE_CHECKING:
    from collections.abc import Sequence

    from analytics.advice.advisor import Answer
    from analytics.advice.situation import Situation
    from analytics.counters import Floats
    from analytics.tariff import PriceTable

    Rows = np.ndarray[tuple[int], np.dtype[np.intp]]

KEY = "deferrable_load"
LEAST_DAYS = 7.0
LEAST_KNOWN = 0.8
ON_SHARE = 0.2
"""A load runs when it takes this share of what it takes at most."""
MOST_ON = 0.6
"""What runs longer than this share of the time has no rhythm that could be moved."""
DEAR_SHARE = 0.6
"""So much of its energy above the mean price makes a load worth pointing at."""


def advise(situation: Situation) -> Sequence[Answer]:
    """Return what each load that may wait would save at other times, or what must be declared."""
    site, table = situation.site, situation.prices.table
    if site.tariff is None or not site.tariff.file or table is None:
        return [Refusal(advisor=KEY, reason="missing", missing=("tariff_times",))]
    flows = situation.flows
    if "grid" not in flows.has:
        return [Refusal(advisor=KEY, reason="missing", missing=("grid",))]
    if len(flows.time_ns) * flows.step_ns < LEAST_DAYS * 24 * NS_PER_HOUR:
        return [too_short(KEY, LEAST_DAYS)]
    metered = [one for one in site.deferrable if one.device]
    if site.deferrable and not metered:
        return [Refusal(advisor=KEY, reason="missing", missing=("deferrable_meter",))]
    asked = [(one, True) for one in metered] or [(one, False) for one in _suspects(situation, table)]
    if not asked:
        return [Refusal(advisor=KEY, reason="missing", missing=("deferrable",))]
    answers = [_judged(situation, table, one, declared=declared) for one, declared in asked]
    found: list[Answer] = [answer for answer in answers if isinstance(answer, Recommendation)]
    return found or answers[:1]


def _judged(situation: Situation, table: PriceTable, one: Deferrable, *, declared: bool) -> Answer:
    flows = situation.flows
    now_w = _power_w(situation, one)
    prices = table.mean_price(flows.time_ns, flows.step_ns)
    known = np.isfinite(now_w) & np.isfinite(prices)
    if known.mean() < LEAST_KNOWN:
        return Refusal(advisor=KEY, reason="coverage", missing=("deferrable_meter",))
    then_w = _placed(now_w, prices, _windows(situation, table, one), one.most_kw * W_PER_KW)
    saved_w = np.where(known, now_w - then_w, np.nan)
    reached = flexibility().realised.draw(np.random.default_rng(situation.draws.seed), situation.draws.count)
    gain = _bill(situation, table, np.zeros(len(now_w))) - _bill(situation, table, np.nan_to_num(then_w - now_w))
    shown = {"name": one.name, "start": one.start, "end": one.end, "most": f"{one.most_kw:g}"}
    proposal = Proposal(
        advisor=KEY,
        place=one.name,
        actuator=one.name,
        plan=Plan(option="C", method="on_off", target="site", days=28, block_days=2),
        guards=(Check(key="deadline", status="passed", params=shown), *example(table)),
        preconditions=() if declared else (Check(key="may_wait", status="failed", params={"name": one.name}),),
        money=money_of(situation, reached * gain, len(prices) * flows.step_ns / NS_PER_HOUR),
        pays_in="money",
        facts={"hours": _hours(then_w, table, situation)},
    )
    return recommended(situation, proposal, reached[:, None] * saved_w, situation.whole)


def _power_w(situation: Situation, one: Deferrable) -> Floats:
    """Return what a load took in each step [W]."""
    flows = situation.flows
    key = SeriesKey(situation.site.name, one.device, one.part, "active_power_w")
    return means_of(situation.history, key, flows.time_ns, flows.step_ns)


def _windows(situation: Situation, table: PriceTable, one: Deferrable) -> list[Rows]:
    """Return the steps of each day's window that lies within the evidence as a whole."""
    times, step_ns = situation.flows.time_ns, situation.flows.step_ns
    start, end = one.minutes()
    found = []
    for day in wall_clock(times, table.zone).dates()[0]:
        midnight = int(dt.datetime.combine(day, dt.time(), tzinfo=table.zone).timestamp()) * NS_PER_SECOND
        first, last = midnight + start * 60 * NS_PER_SECOND, midnight + end * 60 * NS_PER_SECOND
        if first >= times[0] and last <= times[-1] + step_ns:
            found.append(np.flatnonzero((times >= first) & (times + step_ns <= last)))
    return found


def _placed(now_w: Floats, prices: Floats, windows: list[Rows], most_w: float) -> Floats:
    """Return the power with the energy of each window in its cheapest steps; a window with unknowns is left alone."""
    then = now_w.copy()
    for rows in windows:
        own, costs = now_w[rows], prices[rows]
        if not len(rows) or not np.isfinite(own).all() or not np.isfinite(costs).all():
            continue
        cap = np.full(len(rows), max(most_w, float(own.max())))
        order = np.lexsort((-own, costs))
        left = float(own.sum()) - np.concatenate([[0.0], np.cumsum(cap[order])[:-1]])
        then[rows[order]] = np.clip(left, 0.0, cap[order])
    return then


def _bill(situation: Situation, table: PriceTable, more_w: Floats) -> float:
    """Return the bill of the evidence with more power in each step [W]."""
    flows = situation.flows
    bought = like_other_days(flows.bought_w, flows.time_ns, table.zone)
    energy = np.clip(bought + more_w, 0.0, None) / W_PER_KW * (flows.step_ns / NS_PER_HOUR)
    return bill(table, Intervals(start_ns=flows.time_ns, step_ns=flows.step_ns, import_kwh=energy)).total


def _suspects(situation: Situation, table: PriceTable) -> list[Deferrable]:
    """Return other metered loads that run now and then, mostly in dear hours; whether they may wait nobody knows."""
    flows = situation.flows
    prices = table.mean_price(flows.time_ns, flows.step_ns)
    if not np.isfinite(prices).any() or np.nanmax(prices) <= np.nanmin(prices):
        return []
    found = []
    for meter in situation.site.meters:
        if meter.role is not Role.OTHER or meter.power != "active_power_w":
            continue
        one = Deferrable(name=meter.device, device=meter.device, part=meter.part, energy_kwh=None, most_kw=1.0)
        power = _power_w(situation, one)
        known = np.isfinite(power) & np.isfinite(prices)
        if known.mean() < LEAST_KNOWN or np.nanmax(power) <= 0.0:
            continue
        most = float(np.quantile(power[known], 0.98))
        running = float((power[known] > ON_SHARE * most).mean())
        dear = prices[known] > prices[known].mean()
        share = float(power[known][dear].sum() / power[known].sum())
        if running <= MOST_ON and share >= DEAR_SHARE:
            found.append(msgspec.structs.replace(one, most_kw=most / W_PER_KW))
    return found


def _hours(then_w: Floats, table: PriceTable, situation: Situation) -> str:
    hour = wall_clock(situation.flows.time_ns, table.zone).minute // 60
    mean = np.bincount(hour, weights=np.nan_to_num(then_w), minlength=24) / np.maximum(
        np.bincount(hour, minlength=24), 1
    )
    return hours_text(mean >= max(0.5 * float(mean.max()), 1e-9))


ADVISOR = Advisor(key=KEY, needs=("grid", "tariff_times", "deferrable"), advise=advise)
