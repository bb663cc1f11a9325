"""All series of a site, judged step by step: what drives the site is taken out, what is left must be ordinary."""

from __future__ import annotations

import datetime as dt
import math
from typing import TYPE_CHECKING

import msgspec
import numpy as np

from analytics.alarms.explanation import DETECTOR, SENSOR, TERM, Change, Explanation, Peers, shares_of
from analytics.detection import gate_finding, group_finding
from analytics.detection.cases import Case, Cases
from analytics.detection.change import CONFIRM_STEPS, ChangePoint, Confirm, cost_of
from analytics.detection.conditions import Conditions, PeerMedians
from analytics.detection.deviation import (
    SCALES,
    STEPS_A_WEEK,
    Deviations,
    Judged,
    deviations_for,
)
from analytics.detection.drivers import DriverModel
from analytics.detection.finding import HIGH, LOW, Finding
from analytics.detection.group_members import members_of
from analytics.detection.group_watch import GroupStep, GroupWatch
from analytics.detection.intake import STEP_NS, Rates, counters_of
from analytics.detection.second_look import SecondLook
from analytics.detection.series_class import Traits
from analytics.detection.snapshot import prefixed, under
from analytics.gate.gate import Gate
from analytics.gate.traits import traits_of
from greendc.quantities import Kind, quantity
from greendc.units import NS_PER_SECOND

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from numpy.typing import NDArray

    from analytics.detection.group_members import Members
    from analytics.detection.group_watch import Standing
    from analytics.detection.intake import Block, BoolArray, FloatArray, IntArray
    from greendc.model import SeriesKey
    from greendc.site import Site

RULE = "learned"
ALARMS_PER_WEEK = 1.0
"""So many false alarms by chance are allowed for a whole site."""
SHOWN_MEMBERS = 8
MOST_SURPRISE = 9.0
USUAL_FORGET = 0.5 ** (1.0 / STEPS_A_WEEK)
MODEL = "drivers 1"


class Watch:
    """The state of all series of a site."""

    def __init__(self, site: Site) -> None:
        """Begin with no series."""
        self._site = site
        self.keys: list[SeriesKey] = []
        self._traits = Traits([])
        self._counter: BoolArray = np.zeros(0, dtype=np.bool_)
        self._gate = Gate(traits_of([], site))
        self._rates = Rates(0)
        self._conditions = Conditions(site)
        self._peers = PeerMedians()
        self._drivers = DriverModel(0)
        self._deviations = Deviations(0)
        self._second = SecondLook(0)
        self._groups = GroupWatch()
        self._usual = np.zeros(0)
        self._confirm = Confirm(0)
        self.cases = Cases()
        self.changes: list[ChangePoint] = []
        self._changed: dict[int, ChangePoint] = {}
        self._last: _Step | None = None
        self._bound = dt.date.min

    def grow(self, keys: Sequence[SeriesKey]) -> None:
        """Watch more series, behind the others."""
        self.keys.extend(keys)
        size = len(self.keys)
        self._traits = Traits(self.keys, self._site)
        self._counter = counters_of(self.keys)
        if len(self._gate) < size:
            self._gate.grow(traits_of(self.keys, self._site))
        self._rates.grow(size)
        self._drivers.grow(size)
        self._deviations.grow(size)
        self._second.grow(size)
        self._confirm.grow(size)
        self._usual = np.append(self._usual, np.zeros(size - len(self._usual)))
        self._peers.bind(self.keys, self._site)
        self._groups.bind(self._members())
        self._bound = dt.date.min

    def step(self, block: Block, at: int) -> None:
        """Judge one step of a block, after the gate has seen its readings."""
        time_ns = block.time_ns(at)
        self._bind(time_ns)
        mean, last, last_ns = self._gated(block, at)
        values = np.where(self._counter, self._rates.step(last, last_ns), mean)
        shared = self._conditions.step(values, time_ns)
        values = np.where(self._traits.judged, values, np.nan)
        self._usual = np.fmax(self._usual * USUAL_FORGET, np.abs(values))
        floors = self._traits.floors(self._usual)
        median, term = self._peers.step(values, floors)
        expected = self._drivers.expected(shared, term)
        sigmas = deviations_for(int(self._traits.judged.sum()), alarms_per_week=ALARMS_PER_WEEK)
        residual = values - expected
        judged = self._deviations.step(residual, floors, sigmas, patient=self._traits.work)
        also = self._second.step(np.where(self._traits.work, np.nan, residual), floors, judged, time_ns)
        self._note_changes(time_ns, values, expected, judged)
        active = self._deviations.active | self._second.active
        self._drivers.learn(values, shared, term, held=active)
        if judged.ends.any():
            self._deviations.forget(judged.ends)
        begins = [(int(place), self.keys[place].device) for place in np.flatnonzero(judged.begins | also)]
        self.cases.step(time_ns, begins, set(np.flatnonzero(active).tolist()))
        self._groups.step(
            GroupStep(
                time_ns=time_ns,
                residual=residual,
                floors=floors,
                seen=self._deviations.seen,
                active=active,
                open_devices=frozenset(device for case in self.cases.open for device in case.devices),
            )
        )
        self._last = _Step(
            time_ns=time_ns, values=values, expected=expected, shared=shared, term=term, median=median, judged=judged
        )

    def findings(self) -> list[Finding]:
        """Return what stands after the last step: a finding for each case, and the faults of data."""
        told = [found for found in self._gate.findings() if gate_finding.tells(found)]
        faults = [gate_finding.finding_of(found) for found in told]
        if self._last is None:
            return faults
        cases = [self._finding(case, self._last) for case in self.cases.open]
        groups = [self._together(standing, self._last) for standing in self._groups.standing()]
        return cases + groups + faults

    def _members(self) -> list[Members]:
        """Return the groups of the site: gauges that are judged and do not show what servers do."""
        return members_of(self.keys, self._site, self._traits.judged & ~self._counter & ~self._traits.work)

    def _together(self, standing: Standing, step: _Step) -> Finding:
        place = group_finding.worst_of(standing)
        return group_finding.finding_of(
            standing,
            self.keys,
            time_ns=step.time_ns,
            value=float(step.values[place]),
            expected=float(step.expected[place]),
            unit=_unit(self.keys[place].quantity),
            harmful=self._traits.harmful[place],
        )

    def _gated(self, block: Block, at: int) -> tuple[FloatArray, FloatArray, IntArray]:
        """Return the means of what the gate lets through, and the last of it with its time."""
        size = len(self.keys)
        total, count = np.zeros(size), np.zeros(size)
        last, last_ns = np.full(size, np.nan), np.zeros(size, dtype=np.int64)
        rounds = list(block.rounds(at)) or [(block.time_ns(at), last_ns, last)]
        for now_ns, stamps, values in rounds:
            usable = self._gate.step(now_ns, values, stamps).usable
            total += np.where(usable, values, 0.0)
            count += usable
            last = np.where(usable, values, last)
            last_ns = np.where(usable, stamps, last_ns)
        with np.errstate(invalid="ignore"):
            return np.where(count > 0, total / np.maximum(count, 1.0), np.nan), last, last_ns

    def _note_changes(self, time_ns: int, values: FloatArray, expected: FloatArray, judged: Judged) -> None:
        due = self._deviations.active & (self._deviations.age == CONFIRM_STEPS)
        for place, size in self._confirm.step(values - expected, due, self._deviations.step_sigma).items():
            unit, before = _unit(self.keys[place].quantity), float(expected[place])
            if not math.isfinite(before):
                continue
            change = ChangePoint(
                series=self.keys[place],
                time_ns=time_ns - CONFIRM_STEPS * STEP_NS,
                before=before,
                after=before + size,
                unit=unit,
                cost_kwh_day=cost_of(size, unit),
            )
            self.changes.append(change)
            self._changed[place] = change
        if judged.ends.any():
            self._changed = {place: one for place, one in self._changed.items() if not judged.ends[place]}

    def _bind(self, time_ns: int) -> None:
        day = dt.datetime.fromtimestamp(time_ns // NS_PER_SECOND, tz=dt.UTC).date()
        if day != self._bound:
            self._conditions.bind(self.keys, day)
            self._bound = day

    def _finding(self, case: Case, step: _Step) -> Finding:
        judged = step.judged
        order = sorted(case.members, key=lambda place: (-float(judged.ratio[place]), place))
        place = order[0]
        key, mean = self.keys[place], float(judged.mean[place])
        ratios = {self.keys[p].label(): float(judged.ratio[p]) for p in order[:SHOWN_MEMBERS]}
        explanation = self._explanation(place, case, step)
        if len(order) > 1:
            shares = (*explanation.shares, *shares_of(SENSOR, ratios))
            explanation = msgspec.structs.replace(explanation, shares=shares)
        return Finding(
            rule=RULE,
            kind="series" if len(case.devices) == 1 else "group",
            series=key,
            group=case.key,
            devices=tuple(case.devices),
            since_ns=case.since_ns,
            time_ns=step.time_ns,
            value=explanation.value,
            unit=explanation.unit,
            surprise=min(MOST_SURPRISE, tail_surprise(mean, float(judged.sigma[place]))),
            direction=HIGH if mean > 0 else LOW,
            harmful=self._traits.harmful[place],
            explanation=explanation,
        )

    def _explanation(self, place: int, case: Case, step: _Step) -> Explanation:
        judged, key = step.judged, self.keys[place]
        mean, limit = float(judged.mean[place]), float(judged.limit[place])
        level: float | None
        low, high, level = -limit, limit, band_level(limit, float(judged.sigma[place]))
        if self._second.active[place] and not self._deviations.active[place]:
            (mean, low, high), level = self._second.band(place), None
        expected = float(step.expected[place])
        if not math.isfinite(expected):
            return Explanation(series=key.label())
        unit = _unit(key.quantity)
        surprise = min(MOST_SURPRISE, tail_surprise(mean, float(judged.sigma[place])))
        scales = dict(zip(SCALES, judged.ratios[place].tolist(), strict=True)) | self._second.parts(place)
        median = float(step.median[place])
        return Explanation(
            series=key.label(),
            value=expected + mean,
            unit=unit,
            expected=expected,
            low=expected + low,
            high=expected + high,
            level=level,
            one_in=10.0**surprise,
            held_s=(step.time_ns - case.since_ns) / NS_PER_SECOND,
            shares=(*shares_of(DETECTOR, scales), *shares_of(TERM, self._terms(place, step, mean), unit)),
            change=self._change(place),
            peers=Peers(median=median, count=int(self._peers.count[place])) if math.isfinite(median) else None,
            data_quality="good",
            provisional=bool(self._deviations.seen[place] < STEPS_A_WEEK),
            model=MODEL,
        )

    def _change(self, place: int) -> Change | None:
        found = self._changed.get(place) if self._deviations.active[place] else None
        if found is None:
            return None
        return Change(time_ns=found.time_ns, before=found.before, after=found.after, cost_kwh_day=found.cost_kwh_day)

    def _terms(self, place: int, step: _Step, mean: float) -> dict[str, float]:
        parts = self._drivers.terms(place, step.shared, float(step.term[place]))
        return {
            "load": parts["load"] + parts["load_hour"],
            "outdoor": parts["outdoor"] + parts["outdoor_hours"] + parts["dry_bulb"] + parts["sun"],
            "hour": parts["hour"],
            "peers": parts["peers"],
            "unexplained": mean,
        }

    def snapshot(self) -> dict[str, NDArray[np.generic]]:
        """Return the state of all arrays; keys and cases are kept beside them."""
        return {
            **prefixed("gate", self._gate.snapshot()),
            **prefixed("rates", self._rates.snapshot()),
            **prefixed("conditions", self._conditions.snapshot()),
            **prefixed("peers", self._peers.snapshot()),
            **prefixed("drivers", self._drivers.snapshot()),
            **prefixed("deviations", self._deviations.snapshot()),
            **prefixed("second", self._second.snapshot()),
            **prefixed("groups", self._groups.snapshot()),
            "usual": self._usual,
        }

    @classmethod
    def resume(
        cls, site: Site, keys: Sequence[SeriesKey], cases: Sequence[Case], arrays: Mapping[str, NDArray[np.generic]]
    ) -> Watch:
        """Return a watch that goes on from a state."""
        made = cls(site)
        made._gate = Gate.resume(traits_of(keys, site), under("gate", arrays))
        made._rates = Rates.resume(under("rates", arrays))
        made._conditions.resume(under("conditions", arrays))
        made._peers.resume(under("peers", arrays))
        made._drivers = DriverModel.resume(under("drivers", arrays))
        made._deviations = Deviations.resume(under("deviations", arrays))
        made._second = SecondLook.resume(under("second", arrays))
        made._usual = arrays["usual"].astype(np.float64)
        made.cases = Cases(cases)
        made.grow(keys)
        made._groups = GroupWatch.resume(made._members(), under("groups", arrays))
        return made


class _Step(msgspec.Struct, frozen=True, kw_only=True):
    """What the last step showed."""

    time_ns: int
    values: np.ndarray
    expected: np.ndarray
    shared: np.ndarray
    term: np.ndarray
    median: np.ndarray
    judged: Judged


def tail_surprise(mean: float, sigma: float) -> float:
    """Return -log10 of the chance that a normal value lies as far off on either side."""
    if not sigma > 0.0:
        return MOST_SURPRISE if mean else 0.0
    chance = math.erfc(abs(mean) / sigma / math.sqrt(2.0))
    return -math.log10(chance) if chance > 0.0 else math.inf


def band_level(limit: float, sigma: float) -> float | None:
    """Return the share of normal values within +-limit, None when the series never moved."""
    return math.erf(limit / sigma / math.sqrt(2.0)) if sigma > 0.0 else None


def _unit(name: str) -> str:
    known = quantity(name)
    if known.kind is not Kind.COUNTER:
        return known.unit
    return "W" if known.unit == "J" else f"{known.unit}/s"
