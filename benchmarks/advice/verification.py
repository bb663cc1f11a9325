"""Whether the 90 % intervals of verified savings hold the truth, over twin runs of simulated rooms.

Each scenario is a room of its own structure, season and measure. Its twin lives through the reporting period without
the measure, so what was saved is known exactly. The same rows go through `verify_savings` as an operator's would:
against the baseline before, and switched on and off day by day.
"""

from __future__ import annotations

import copy
from typing import TYPE_CHECKING

import msgspec
import numpy as np

from analytics.verification import observations, verify_savings
from analytics.verification.coverage import covered
from greendc.units import NS_PER_SECOND
from simulators.plant.plant import Plant
from simulators.plant.sizes import room
from simulators.plant.variants import variant

if TYPE_CHECKING:
    from collections.abc import Callable

    from analytics.verification import Observations, SavingsReport
    from simulators.plant.levers import Levers

STEP_S, DAY_S, HOUR_S = 900.0, 86_400.0, 3600.0
STEPS_A_DAY, STEPS_AN_HOUR = 96, 4
FIRST_S = 1_767_225_600.0
NOISE = 0.002
"""Of a meter, from hour to hour, beside its gain."""
DRIVERS = ("it_kw", "dry_bulb_c", "wet_bulb_c")
SIGNALS = ("truth.utility_w", "truth.cooling_w", "truth.it_w", "outdoor.dry_bulb_c", "outdoor.wet_bulb_c")
TARGETS = {"site": "truth.utility_w", "cooling": "truth.cooling_w"}
BIG_RATIO, NEAR = 0.10, 0.03

Signals = dict[str, np.ndarray]


def _supply(levers: Levers, size: float) -> None:
    levers.operator.supply_set_c[:] = 18.0 + size


def _chilled(levers: Levers, size: float) -> None:
    levers.operator.chilled_set_c = 10.0 + size


def _fans(levers: Levers, size: float) -> None:
    levers.operator.flow_margin = 1.2 - size


def _eco(levers: Levers, size: float) -> None:
    levers.operator.ups_eco[:] = size


def _economiser(levers: Levers, size: float) -> None:
    levers.operator.water_economiser = bool(size)


def _nothing(levers: Levers, size: float) -> None:
    del levers, size


MEASURES: dict[str, tuple[Callable[[Levers, float], None], float, float]] = {
    "supply air": (_supply, 2.0, 5.0),
    "chilled water": (_chilled, 1.0, 3.0),
    "fans": (_fans, 0.08, 0.18),
    "UPS eco": (_eco, 1.0, 1.0),
    "free cooling": (_economiser, 1.0, 1.0),
    "nothing": (_nothing, 0.0, 0.0),
    "supply air, little": (_supply, 0.5, 1.5),
    "free cooling, chilled": (_economiser, 1.0, 1.0),
}


class Judged(msgspec.Struct, frozen=True, kw_only=True):
    """A verification beside its truth, both as ratios of the expected energy of the covered hours."""

    scenario: int
    measure: str
    target: str
    method: str
    truth: float
    saving: float
    low: float
    high: float
    coverage: float
    verdict: str

    @property
    def holds(self) -> bool:
        """Tell whether the interval holds the truth."""
        return self.low <= self.truth <= self.high


class Scenario:
    """A room, a measure and a season by number."""

    def __init__(self, number: int) -> None:
        """Draw the scenario and live through it: baseline, reporting with and without the measure, on and off."""
        chance = np.random.default_rng(1000 + number)
        self.number = number
        self.measure = list(MEASURES)[number % len(MEASURES)]
        self._do, low, high = MEASURES[self.measure]
        self.size = float(chance.uniform(low, high))
        self.baseline_days = int(chance.choice([28, 42, 60]))
        self.days = int(chance.choice([14, 21, 30]))
        self.start_s = FIRST_S + int(chance.integers(0, 270)) * DAY_S
        plant = Plant(number, self.start_s, variant(number, room()))
        self._do(plant.levers, 0.0)
        self.before = self._run(plant, [0.0] * self.baseline_days)
        self.without = self._run(copy.deepcopy(plant), [0.0] * self.days)
        self.switches = [float(day % 2) for day in range(self.days)]
        self.switched = self._run(copy.deepcopy(plant), [self.size * on for on in self.switches])
        self.after = self._run(plant, [self.size] * self.days)

    def _run(self, plant: Plant, sizes: list[float]) -> Signals:
        days = []
        for size in sizes:
            self._do(plant.levers, size)
            days.append(plant.run(STEPS_A_DAY, STEP_S))
        return {
            name: np.concatenate([day.signal(name) for day in days]).reshape(-1, STEPS_AN_HOUR).mean(axis=1)
            for name in SIGNALS
        }

    def judged(self, target: str) -> list[Judged]:
        """Return what verification says beside the truth, by baseline and by switching."""
        signal = TARGETS[target]
        begin_s = self.start_s + self.baseline_days * DAY_S
        known = self._rows(self.before, signal, self.start_s)
        asked = self._rows(self.after, signal, begin_s)
        inside = covered(known, asked)
        saved_kwh = (self.without[signal] - self.after[signal]) / 1000.0
        found = self._beside(verify_savings(known, asked, "kWh"), target, float(saved_kwh[inside].sum()))
        on = np.repeat(self.switches, 24) > 0
        turns = self._rows(self.switched, signal, begin_s, on.astype(np.float64))
        truth = float((self.without[signal] - self.switched[signal])[on].sum()) / 1000.0
        return found + self._beside(verify_savings(known, turns, "kWh"), target, truth)

    def _rows(self, signals: Signals, target: str, start_s: float, on: np.ndarray | None = None) -> Observations:
        chance = np.random.default_rng(self.number)
        kw = signals[target] / 1000.0
        times = ((start_s + HOUR_S * np.arange(len(kw))) * NS_PER_SECOND).astype(np.int64)
        drivers = np.column_stack(
            [signals["truth.it_w"] / 1000.0, signals["outdoor.dry_bulb_c"], signals["outdoor.wet_bulb_c"]]
        )
        shown = kw * (1.0 + chance.normal(0.0, NOISE, len(kw)))
        return observations(times, shown, drivers, DRIVERS, switched=on, energy=False)

    def _beside(self, said: SavingsReport, target: str, truth_kwh: float) -> list[Judged]:
        if said.saving is None or said.low is None or said.high is None or not said.expected:
            return []
        return [
            Judged(
                scenario=self.number,
                measure=self.measure,
                target=target,
                method=said.method,
                truth=truth_kwh / said.expected,
                saving=said.saving / said.expected,
                low=said.low / said.expected,
                high=said.high / said.expected,
                coverage=said.coverage or 0.0,
                verdict=str(said.verdict),
            )
        ]


def scenarios(first: int, count: int) -> list[Judged]:
    """Return every verification of some scenarios."""
    found = []
    for number in range(first, first + count):
        scenario = Scenario(number)
        for target in TARGETS:
            found += scenario.judged(target)
    return found


def table(found: list[Judged], count: int) -> str:
    """Return the coverage by target and method, and how near large savings come."""
    lines = [f"{count} scenarios; saving in % of the expected energy"]
    lines += [
        f"  missed: {one.scenario:>3} {one.measure:20} {one.target:8} {one.method:9} truth {100 * one.truth:6.2f}"
        f" said {100 * one.saving:6.2f} ({100 * one.low:.2f} to {100 * one.high:.2f})  {one.verdict}"
        for one in found
        if not one.holds
    ]
    for target in TARGETS:
        for method in ("baseline", "on_off"):
            own = [one for one in found if (one.target, one.method) == (target, method)]
            held = sum(one.holds for one in own)
            width = float(np.median([one.high - one.low for one in own])) / 2.0 if own else float("nan")
            verdicts = {name: sum(one.verdict == name for one in own) for name in sorted({o.verdict for o in own})}
            wrong = sum(one.verdict == "verified" and one.truth <= 0 for one in own)
            lines.append(
                f"{target:8} {method:9} 90 % interval holds the truth in {held} of {len(own)}"
                f" ({100 * held / max(1, len(own)):.0f} %), median half width {100 * width:.2f} %, {verdicts},"
                f" verified where nothing was saved: {wrong}"
            )
    big = [one for one in found if one.truth >= BIG_RATIO]
    if big:
        off = [abs(one.saving - one.truth) for one in big]
        near = sum(value <= NEAR for value in off)
        lines.append(f"savings of 10 % and more: {near} of {len(big)} within 3 points, the worst {100 * max(off):.2f}")
    return "\n".join(lines)
