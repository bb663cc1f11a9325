"""Readings of a small healthy room, for tests of the data-quality gate."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from analytics.gate import Fault, Gate, traits_of
from greendc.model import SeriesKey
from greendc.units import NS_PER_SECOND

if TYPE_CHECKING:
    from collections.abc import Callable

    from numpy.typing import NDArray

    from analytics.gate import GateFinding
    from analytics.gate.columns import FloatArray, TimeArray

START_S = 1_772_323_200
"""2026-03-01T00:00Z."""
DAY_S = 86_400
SERIES = (
    ("top", "air_temperature_c"),
    ("middle", "air_temperature_c"),
    ("bottom", "air_temperature_c"),
    ("", "relative_humidity_ratio"),
    ("", "active_power_w"),
    ("", "current_a"),
    ("", "voltage_v"),
    ("", "active_energy_j"),
)
DEVICES = 8


class Room:
    """Devices that measure the air, the load and the energy of racks, one reading a period."""

    def __init__(self, days: float, period_s: int = 60, seed: int = 1) -> None:
        """Make all readings; tests then spoil some of them."""
        self.period_s = period_s
        self.keys = [SeriesKey("site", f"rack-{n}", part, name) for n in range(DEVICES) for part, name in SERIES]
        steps = round(days * DAY_S / period_s)
        self.times_s = START_S + period_s * np.arange(steps)
        rng = np.random.default_rng(seed)
        self.rows = np.column_stack([column for n in range(DEVICES) for column in self._device(rng, n)])

    def _device(self, rng: np.random.Generator, number: int) -> list[FloatArray]:
        n = len(self.times_s)
        turn = 2.0 * np.pi * (self.times_s / DAY_S)
        load = 1.0 + 0.2 * np.sin(turn + 0.3 * number) + 0.03 * _wander(rng, n)
        power = np.round(800.0 * load + 3.0 * rng.standard_normal(n))
        base = 21.0 + 0.1 * number + 0.5 * np.sin(turn)
        air = [np.round(base + up * load + 0.06 * rng.standard_normal(n), 1) for up in (2.0, 1.0, 0.2)]
        damp = np.round(0.45 + 0.03 * np.sin(turn + 1.0) + 0.002 * rng.standard_normal(n), 3)
        volts = np.round(230.0 + 1.5 * np.sin(3.0 * turn) + 0.2 * rng.standard_normal(n), 1)
        joules = 1e9 * (number + 1) + np.floor(np.cumsum(power * self.period_s) / 3600.0) * 3600.0
        return [*air, damp, power, np.round(power / volts, 2), volts, joules]

    def column(self, device: int, part: str, name: str) -> NDArray[np.float64]:
        """Return the readings of one series, to be changed in place."""
        column: FloatArray = self.rows[:, self.at(device, part, name)]
        return column

    def at(self, device: int, part: str, name: str) -> int:
        """Return the position of a series."""
        return self.keys.index(SeriesKey("site", f"rack-{device}", part, name))

    def since(self, days: float) -> slice:
        """Return the rows from so many days on."""
        return slice(round(days * DAY_S / self.period_s), None)

    def gate(self) -> Gate:
        """Return a gate that knows nothing yet."""
        return Gate(traits_of(self.keys))

    def feed(self, gate: Gate, stamps: Callable[[int], TimeArray] | None = None) -> Heard:
        """Send every row through a gate; ``stamps`` gives the times that the readings of a row bear."""
        heard = Heard()
        for row, time_s in enumerate(self.times_s.tolist()):
            result = gate.step(time_s * NS_PER_SECOND, self.rows[row], None if stamps is None else stamps(row))
            heard.usable.append(result.usable)
            heard.fault.append(result.fault)
            for one in gate.findings() if row % 5 == 0 else ():
                heard.first.setdefault((one.fault, one.subject), (time_s - START_S) / DAY_S)
                heard.found[one.fault, one.subject] = one
        return heard


class Heard:
    """What a gate said: by step, and each finding with the day of its first telling."""

    def __init__(self) -> None:
        """Begin with nothing."""
        self.usable: list[NDArray[np.bool_]] = []
        self.fault: list[NDArray[np.uint8]] = []
        self.first: dict[tuple[Fault, str], float] = {}
        self.found: dict[tuple[Fault, str], GateFinding] = {}

    def kinds(self) -> set[Fault]:
        """Return the faults that were found at all."""
        return {fault for fault, _ in self.found}


def _wander(rng: np.random.Generator, n: int) -> FloatArray:
    """Return a slow random walk that comes back."""
    knots = rng.standard_normal(max(2, n // 50))
    return np.interp(np.linspace(0.0, len(knots) - 1.0, n), np.arange(len(knots)), knots)
