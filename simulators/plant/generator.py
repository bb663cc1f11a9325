"""A stand-by generator: it starts when the grid is gone, takes the load, and stops a while after the grid is back."""

from __future__ import annotations

import msgspec

from simulators.plant.bounds import refuse_outside

_BOUNDS = {
    "rated_w": (0.0, 1e9),
    "start_s": (0.0, 600.0),
    "stay_s": (0.0, 3600.0),
    "cool_down_s": (0.0, 3600.0),
    "tank_m3": (1e-3, 1000.0),
}
IDLE_FUEL_M3_J = 0.08415e-3 / 3.6e6
LOAD_FUEL_M3_J = 0.246e-3 / 3.6e6
"""Diesel: 0.08415 L an hour for each rated kW and 0.246 L/kWh (Skarstein and Uhlen, 1989)."""


class GeneratorParameters(msgspec.Struct, frozen=True, kw_only=True):
    """Rated power; seconds from outage to taking load, from the grid's return to giving it back, and then to stop."""

    rated_w: float = 150e3
    start_s: float = 12.0
    stay_s: float = 60.0
    cool_down_s: float = 180.0
    tank_m3: float = 0.8

    def __post_init__(self) -> None:
        """Refuse a generator that cannot be."""
        refuse_outside(self, _BOUNDS)


class GeneratorStep(msgspec.Struct, frozen=True):
    """One step: mean power [W], shares [0..1] of the step in which it ran and in which it carried the load."""

    power_w: float
    running: float
    carrying: float


class Generator:
    """A generator with its tank, its hours and where it stands between stop and load."""

    def __init__(self, parameters: GeneratorParameters) -> None:
        """Stand still with a full tank."""
        self.p = parameters
        self.fuel_ratio = 1.0
        self.run_time_s = 0.0
        self._out_s = 0.0
        self._back_s = parameters.stay_s + parameters.cool_down_s

    @property
    def idle(self) -> bool:
        """Return whether nothing happens as long as the grid is there."""
        return self._out_s == 0.0 and self._back_s >= self.p.stay_s + self.p.cool_down_s

    def step(self, dt_s: float, *, grid: bool, works: bool, load_w: float) -> GeneratorStep:
        """Move on by ``dt_s`` with the grid there or not; the load [W] beyond rated power is not carried."""
        p = self.p
        if grid:
            step = self._after(dt_s, load_w)
            self._out_s = 0.0
        elif not works or self.fuel_ratio <= 0.0:
            step = GeneratorStep(0.0, 0.0, 0.0)
            self._out_s = 0.0
            self._back_s = p.stay_s + p.cool_down_s
        else:
            # Another outage while it still runs needs no new start.
            if self._out_s == 0.0 and self._back_s < p.stay_s + p.cool_down_s:
                self._out_s = p.start_s
            waited = max(0.0, min(dt_s, p.start_s - self._out_s))
            self._out_s += dt_s
            self._back_s = 0.0 if self._out_s > p.start_s else p.stay_s + p.cool_down_s
            share = 1.0 - waited / dt_s
            step = GeneratorStep(min(load_w, p.rated_w) * share, share, share)
        self._burn(step, dt_s)
        return step

    def _after(self, dt_s: float, load_w: float) -> GeneratorStep:
        """Return a step with the grid there: the load stays for a while, then the engine cools down."""
        p = self.p
        before, self._back_s = self._back_s, min(self._back_s + dt_s, p.stay_s + p.cool_down_s)
        carrying = max(0.0, min(dt_s, p.stay_s - before)) / dt_s
        running = max(0.0, min(dt_s, p.stay_s + p.cool_down_s - before)) / dt_s
        return GeneratorStep(min(load_w, p.rated_w) * carrying, running, carrying)

    def _burn(self, step: GeneratorStep, dt_s: float) -> None:
        burned = (IDLE_FUEL_M3_J * self.p.rated_w * step.running + LOAD_FUEL_M3_J * step.power_w) * dt_s
        self.fuel_ratio = max(0.0, self.fuel_ratio - burned / self.p.tank_m3)
        self.run_time_s += step.running * dt_s
