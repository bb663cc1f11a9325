"""The cheapest or cleanest way to run a case: what the battery does, when work runs, what the grid gives."""

from __future__ import annotations

from typing import TYPE_CHECKING

import msgspec
import numpy as np

from analytics.counters import Floats, Times
from analytics.schedule.case import Case, Objective
from analytics.schedule.obstacle import Obstacle, Refused, number
from analytics.schedule.program import Program, Term, Unsolved
from analytics.wall_clock import Ints
from greendc.clock import NS_PER_HOUR, iso

if TYPE_CHECKING:
    from analytics.schedule.battery import Battery
    from analytics.schedule.case import DemandPrice, Job

NUDGE = 1e-6
"""Of two equal ways the one that moves less energy is taken: a share of the mean price for each kWh moved."""
SHORTFALL_COST = 1e3
"""A kW that nobody can give costs this many times the dearest kWh, when the gap is looked for."""
HAIR_KW = 1e-7
"""The solver leaves traces of power that are none."""
CYCLE_H = 24.0
SAME = 1e-7
"""A gain of less than this share of the cost is none."""


class Costs(msgspec.Struct, frozen=True, kw_only=True):
    """What a case costs in a currency, and its kg of carbon dioxide (None without factors)."""

    energy: float
    demand: float
    wear: float
    carbon_kg: float | None

    @property
    def total(self) -> float:
        """Return the sum of money."""
        return self.energy + self.demand + self.wear


class Schedule(msgspec.Struct, frozen=True, kw_only=True):
    """Powers [kW, n] of each step, and ``stored_kwh`` [n] at its end.

    ``before`` is what doing nothing costs: the battery rests, work runs as soon as it may. ``idle`` says that nothing
    better than that was found.
    """

    start_ns: Times
    step_ns: int
    import_kw: Floats
    export_kw: Floats
    charge_kw: Floats
    discharge_kw: Floats
    curtailed_kw: Floats
    stored_kwh: Floats
    jobs_kw: dict[str, Floats]
    before: Costs
    after: Costs
    idle: bool

    @property
    def saving(self) -> float:
        """Return how much money less is spent than by doing nothing."""
        return self.before.total - self.after.total


class _Columns(msgspec.Struct, frozen=True, kw_only=True):
    """The places of what a program decides."""

    bought: Ints
    fed: Ints
    lost: Ints
    charge: Ints
    give: Ints
    stored: Ints
    jobs: tuple[Ints, ...]
    missing: Ints


def plan(case: Case) -> Schedule | Refused:
    """Return the best schedule of a case, or why there is none."""
    if found := case.obstacles():
        return Refused(obstacles=tuple(found))
    idle = resting(case)
    try:
        values, columns = _solved(case, elastic=False)
    except Unsolved as why:
        return Refused(obstacles=tuple(_why_not(case) if why.infeasible else [Obstacle(code="out_of_time")]))
    best = _schedule(case, values, columns, idle.before)
    worst = _judged(case, idle.before)
    gain = worst - _judged(case, best.after)
    limit = np.inf if case.import_limit_kw is None else case.import_limit_kw
    allowed = bool((idle.import_kw <= limit).all())
    return idle if allowed and gain <= SAME * max(1.0, abs(worst)) else best


def _judged(case: Case, costs: Costs) -> float:
    return costs.total if case.objective is Objective.COST else costs.carbon_kg or 0.0


def resting(case: Case) -> Schedule:
    """Return what happens when nobody plans anything."""
    zero = np.zeros(len(case))
    jobs = {job.name: _at_once(case, job) for job in case.jobs}
    need = case.load_kw + sum(jobs.values(), zero) - case.sun_kw()
    fed = np.clip(-need, 0.0, case.export_limit_kw)
    stored = np.full(len(case), np.nan if case.battery is None else case.battery.start_kwh)
    bought = np.maximum(need, 0.0)
    costs = _costs(case, bought, fed, zero)
    return Schedule(
        start_ns=case.start_ns,
        step_ns=case.step_ns,
        import_kw=bought,
        export_kw=fed,
        charge_kw=zero,
        discharge_kw=zero,
        curtailed_kw=np.maximum(-need, 0.0) - fed,
        stored_kwh=stored,
        jobs_kw=jobs,
        before=costs,
        after=costs,
        idle=True,
    )


def _at_once(case: Case, job: Job) -> Floats:
    """Return the power of a job that starts as soon as it may, at full power."""
    room = case.open_share(job) * job.most_kw * case.step_h
    done = np.minimum(np.cumsum(room), job.energy_kwh)
    return np.asarray(np.diff(done, prepend=0.0) / case.step_h, dtype=np.float64)


def _costs(case: Case, bought: Floats, fed: Floats, moved: Floats) -> Costs:
    energy = float((bought @ np.nan_to_num(case.buy) - fed @ case.sold()) * case.step_h)
    wear = 0.0 if case.battery is None else float(moved.sum()) * case.step_h * case.battery.wear_per_kwh
    demand = 0.0
    if case.demand is not None:
        windows, months = _windows(case, case.demand)
        means = np.bincount(windows, weights=bought) / np.bincount(windows)
        for i, (price, reached) in enumerate(zip(case.demand.per_kw, case.demand.reached_kw, strict=True)):
            demand += price * max(reached, float(means[months == i].max(initial=0.0)))
    carbon = None if case.carbon is None else float(bought @ case.carbon) * case.step_h
    return Costs(energy=energy, demand=demand, wear=wear, carbon_kg=carbon)


def _windows(case: Case, demand: DemandPrice) -> tuple[Ints, Ints]:
    """Return the window of each row [n], and the month of each window."""
    _, windows = np.unique(case.start_ns // max(demand.window_ns, case.step_ns), return_inverse=True)
    months = np.zeros(int(windows.max()) + 1, dtype=np.int64)
    months[windows] = demand.month
    return windows, months


def _solved(case: Case, *, elastic: bool) -> tuple[Floats, _Columns]:
    program = Program()
    columns = _columns(program, case, elastic=elastic)
    one = [Term(columns.bought, 1.0), Term(columns.give, 1.0), Term(columns.missing, 1.0)]
    other = [Term(places, -1.0) for places in (columns.charge, columns.fed, columns.lost, *columns.jobs)]
    need = case.load_kw - case.sun_kw()
    program.each([*one, *other], need, need)
    for job, places in zip(case.jobs, columns.jobs, strict=True):
        program.total(Term(places, case.step_h), job.energy_kwh, job.energy_kwh)
    if case.battery is not None:
        _battery_rows(program, case, case.battery, columns)
    if case.demand is not None and case.objective is Objective.COST:
        _demand_rows(program, case, case.demand, columns)
    _one_way_rows(program, case, columns)
    return program.solve(), columns


def _columns(program: Program, case: Case, *, elastic: bool) -> _Columns:
    n, step_h = len(case), case.step_h
    cost = case.objective is Objective.COST
    paid = case.buy if cost else case.factors()
    nudge = NUDGE * float(np.abs(paid).mean())
    battery = case.battery
    wear = nudge + (battery.wear_per_kwh if battery is not None and cost else 0.0)
    charge, give = (0.0, 0.0) if battery is None else (battery.charge_kw, battery.discharge_kw)
    stored = battery.ceiling_kwh if battery is not None else 0.0
    floor = battery.floor_kwh if battery is not None else 0.0
    most_bought, most_fed = _most(case)
    limit = most_bought if case.import_limit_kw is None else np.minimum(most_bought, case.import_limit_kw)
    short = (SHORTFALL_COST * (1.0 + float(np.abs(paid).max())), np.inf) if elastic else (0.0, 0.0)
    return _Columns(
        bought=program.add(n, limit, (paid + nudge) * step_h),
        fed=program.add(n, most_fed, -case.sold() * step_h if cost else 0.0),
        lost=program.add(n, case.sun_kw()),
        charge=program.add(n, charge if battery is None else battery.most_kw(charge), wear * step_h),
        give=program.add(n, give if battery is None else battery.most_kw(give), wear * step_h),
        stored=program.add(n, stored, low=floor),
        jobs=tuple(program.add(n, case.open_share(job) * job.most_kw) for job in case.jobs),
        missing=program.add(n, short[1], short[0]),
    )


def _battery_rows(program: Program, case: Case, battery: Battery, columns: _Columns) -> None:
    step_h = case.step_h
    taken = Term(columns.charge, -battery.charge_efficiency * step_h)
    given = Term(columns.give, step_h / battery.discharge_efficiency)
    first = slice(0, 1)
    start = [Term(columns.stored[first], 1.0), Term(taken.columns[first], taken.factors)]
    program.each([*start, Term(given.columns[first], given.factors)], battery.start_kwh, battery.start_kwh)
    if len(case) > 1:
        rest = [Term(taken.columns[1:], taken.factors), Term(given.columns[1:], given.factors)]
        program.each([Term(columns.stored[1:], 1.0), Term(columns.stored[:-1], -1.0), *rest], 0.0, 0.0)
    program.total(Term(columns.stored[-1:], 1.0), battery.last_kwh, np.inf)
    if battery.cycles_per_day is not None:
        per_day = max(1, round(CYCLE_H / step_h))
        for at in range(0, len(case), per_day):
            most = battery.cycles_per_day * battery.usable_kwh
            program.total(Term(columns.give[at : at + per_day], given.factors), 0.0, most)


def _demand_rows(program: Program, case: Case, demand: DemandPrice, columns: _Columns) -> None:
    windows, months = _windows(case, demand)
    reached = np.array(demand.reached_kw)
    greatest = program.add(len(reached), np.inf, np.array(demand.per_kw), low=reached)
    share = 1.0 / np.bincount(windows)[windows]
    program.grouped(Term(columns.bought, share), windows, Term(greatest[months], -1.0), 0.0)


def _one_way_rows(program: Program, case: Case, columns: _Columns) -> None:
    """Forbid to buy and feed in at once, and to charge and give at once, where prices would make that pay."""
    if case.objective is Objective.CARBON:
        return
    most_bought, most_fed = _most(case)
    both = (case.sold() > case.buy) & (most_bought > 0) & (most_fed > 0) | (case.buy < 0)
    _either(program, np.flatnonzero(both), (columns.bought, most_bought), (columns.fed, most_fed))
    if case.battery is not None:
        most = (case.battery.most_kw(case.battery.charge_kw), case.battery.most_kw(case.battery.discharge_kw))
        charge, give = (
            (places, np.full(len(case), kw)) for places, kw in zip((columns.charge, columns.give), most, strict=True)
        )
        _either(program, np.flatnonzero(case.buy < 0), charge, give)


def _either(program: Program, rows: Ints, one: tuple[Ints, Floats], other: tuple[Ints, Floats]) -> None:
    """Let only one of two columns differ from 0 in some rows; each comes with the most that it can be."""
    if not len(rows):
        return
    choice = program.add(len(rows), 1.0, whole=True)
    program.each([Term(one[0][rows], 1.0), Term(choice, -one[1][rows])], -np.inf, 0.0)
    program.each([Term(other[0][rows], 1.0), Term(choice, other[1][rows])], -np.inf, other[1][rows])


def _most(case: Case) -> tuple[Floats, Floats]:
    """Return what can at most be bought and fed in in each step, if never both at once: tight limits solve faster."""
    battery = case.battery
    charge = 0.0 if battery is None else battery.most_kw(battery.charge_kw)
    give = 0.0 if battery is None else battery.most_kw(battery.discharge_kw)
    jobs = sum((case.open_share(job) * job.most_kw for job in case.jobs), np.zeros(len(case)))
    # With a price below 0 the sun may be left unused in order to buy.
    used = np.where(case.buy < 0, 0.0, case.sun_kw())
    bought = np.maximum(case.load_kw + charge + jobs - used, 0.0)
    fed = np.maximum(case.sun_kw() + give - case.load_kw, 0.0)
    return bought, np.minimum(fed, case.export_limit_kw)


def _schedule(case: Case, values: Floats, columns: _Columns, before: Costs) -> Schedule:
    bought, fed, charge, give = (
        np.where(values[places] > HAIR_KW, values[places], 0.0)
        for places in (columns.bought, columns.fed, columns.charge, columns.give)
    )
    return Schedule(
        start_ns=case.start_ns,
        step_ns=case.step_ns,
        import_kw=bought,
        export_kw=fed,
        charge_kw=charge,
        discharge_kw=give,
        curtailed_kw=values[columns.lost],
        stored_kwh=values[columns.stored] if case.battery is not None else np.full(len(case), np.nan),
        jobs_kw={job.name: values[places] for job, places in zip(case.jobs, columns.jobs, strict=True)},
        before=before,
        after=_costs(case, bought, fed, charge + give),
        idle=False,
    )


def _why_not(case: Case) -> list[Obstacle]:
    """Return where and by how much the case cannot be served, found by letting it fall short at a price."""
    try:
        values, columns = _solved(case, elastic=True)
    except Unsolved:
        return [Obstacle(code="infeasible")]
    missing = values[columns.missing]
    worst = int(missing.argmax())
    if missing[worst] <= 1e-6 * max(1.0, float(np.abs(case.load_kw).max())):
        return [Obstacle(code="infeasible")]
    hours = float((missing > 0).sum()) * case.step_ns / NS_PER_HOUR
    shown = {"time": iso(int(case.start_ns[worst])), "short": number(missing[worst]), "hours": number(hours)}
    return [Obstacle(code="short_of_power", params=shown)]
