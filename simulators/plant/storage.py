"""A battery storage that charges at night and gives in the evening peak; not the batteries of the UPS."""

from __future__ import annotations

from typing import TYPE_CHECKING

import msgspec
import numpy as np

from greendc.errors import ConfigError, Problem
from simulators.plant.bounds import refuse_outside
from simulators.plant.sun import SECONDS_PER_DAY

if TYPE_CHECKING:
    from greendc.physics.kinds import FloatArray

_BOUNDS = {
    "capacity_j": (0.0, 1e13),
    "power_w": (0.0, 1e9),
    "charge_efficiency": (0.5, 1.0),
    "discharge_efficiency": (0.5, 1.0),
    "lowest_soc": (0.0, 1.0),
    "highest_soc": (0.0, 1.0),
    "charge_from_h": (0.0, 24.0),
    "charge_to_h": (0.0, 24.0),
    "give_from_h": (0.0, 24.0),
    "give_to_h": (0.0, 24.0),
    "empty_v": (1.0, 2000.0),
    "full_v": (1.0, 2000.0),
}


class StorageParameters(msgspec.Struct, frozen=True, kw_only=True):
    """Sizes and schedule; hours are local. The state of charge moves between ``lowest_soc`` and ``highest_soc``."""

    capacity_j: float = 60 * 3.6e6
    power_w: float = 15e3
    charge_efficiency: float = 0.95
    discharge_efficiency: float = 0.95
    lowest_soc: float = 0.3
    highest_soc: float = 0.9
    charge_from_h: float = 0.0
    charge_to_h: float = 6.0
    give_from_h: float = 18.0
    give_to_h: float = 21.0
    empty_v: float = 480.0
    full_v: float = 560.0

    def __post_init__(self) -> None:
        """Refuse a storage that cannot be."""
        refuse_outside(self, _BOUNDS)
        if self.lowest_soc >= self.highest_soc:
            params = {
                "part": "StorageParameters",
                "name": "lowest_soc",
                "value": f"{self.lowest_soc:g}",
                "low": "0",
                "high": f"{self.highest_soc:g} (highest_soc)",
            }
            raise ConfigError([Problem(key="simulate.part_bounds", params=params, path="StorageParameters.lowest_soc")])


class StorageFlow(msgspec.Struct, frozen=True, kw_only=True):
    """What a storage does at each step.

    ``power_w`` at its terminals (positive is discharge), ``cells_w`` out of its cells (negative while charging), both
    [W], and ``soc_ratio`` at the end. ``cells_w - power_w`` is lost and never negative.
    """

    power_w: np.ndarray
    cells_w: np.ndarray
    soc_ratio: np.ndarray


class Storage:
    """A storage and its state of charge, which is the only thing it remembers."""

    def __init__(self, parameters: StorageParameters, local_offset_s: float = 8 * 3600.0) -> None:
        """Begin at the lowest state of charge; `warm_up` finds the one of a time."""
        self.p = parameters
        self.soc_ratio = parameters.lowest_soc
        self._offset_s = local_offset_s

    def wanted_w(self, times_s: FloatArray) -> FloatArray:
        """Return what the schedule asks for at times [s since 1970]: + gives, - charges [W]."""
        hour = (times_s + self._offset_s) % SECONDS_PER_DAY / 3600.0
        p = self.p
        charge = _within(hour, p.charge_from_h, p.charge_to_h)
        give = _within(hour, p.give_from_h, p.give_to_h)
        wanted: FloatArray = p.power_w * (give.astype(np.float64) - charge.astype(np.float64))
        return wanted

    def warm_up(self, time_s: float, load_w: float) -> None:
        """Stand where two days of the schedule at a usual site load [W] lead to, in steps of 15 minutes."""
        step_s = 900.0
        self.soc_ratio = self.p.lowest_soc
        times_s = time_s - step_s * np.arange(2 * SECONDS_PER_DAY // step_s, 0, -1, dtype=np.float64)
        self.run(self.wanted_w(times_s), np.full(len(times_s), load_w), step_s)

    def run(
        self, wanted_w: FloatArray, most_w: FloatArray, dt_s: float, health: FloatArray | None = None
    ) -> StorageFlow:
        """Move on by a block of steps of ``dt_s``.

        Args:
            wanted_w: what is asked for in each step [W]; 0 where the schedule is off.
            most_w: the site's load [W]: the storage never gives more, so nothing is exported.
            dt_s: seconds of a step.
            health: share [0..1] of rated capacity that is left, 1 when not given.
        """
        count = len(wanted_w)
        power, cells, soc = np.zeros(count), np.zeros(count), np.zeros(count)
        left = np.ones(count) if health is None else health
        asked = np.minimum(wanted_w, most_w).tolist()
        for i in range(count):
            power[i], cells[i] = self.step(asked[i], dt_s, float(left[i]))
            soc[i] = self.soc_ratio
        return StorageFlow(power_w=power, cells_w=cells, soc_ratio=soc)

    def step(self, wanted_w: float, dt_s: float, health: float = 1.0) -> tuple[float, float]:
        """Move on by one step and return the power [W] at the terminals and out of the cells.

        ``d soc / dt = -P_cells / (health capacity)``; ``P_cells`` is ``P / eta`` giving and ``eta P`` charging.
        """
        p = self.p
        capacity_j = p.capacity_j * health
        if wanted_w == 0.0 or capacity_j <= 0.0:
            return 0.0, 0.0
        if wanted_w > 0.0:
            most_w = max(0.0, self.soc_ratio - p.lowest_soc) * capacity_j / dt_s
            cells_w = min(wanted_w / p.discharge_efficiency, most_w)
            power_w = cells_w * p.discharge_efficiency
        else:
            most_w = max(0.0, p.highest_soc - self.soc_ratio) * capacity_j / dt_s
            cells_w = -min(-wanted_w * p.charge_efficiency, most_w)
            power_w = cells_w / p.charge_efficiency
        self.soc_ratio -= cells_w * dt_s / capacity_j
        return power_w, cells_w

    def voltage_v(self, soc_ratio: FloatArray, cells_w: FloatArray) -> FloatArray:
        """Return the volts of the cells: rising with their charge, 2 % lower at full discharge, higher in charge."""
        p = self.p
        volts: FloatArray = p.empty_v + (p.full_v - p.empty_v) * soc_ratio
        return volts * (1.0 - 0.02 * cells_w / max(p.power_w, 1.0))


def _within(hour: FloatArray, start: float, end: float) -> np.ndarray:
    """Return where hours lie in a spell that may pass midnight; equal ends are no spell."""
    if start <= end:
        return (hour >= start) & (hour < end)
    return (hour >= start) | (hour < end)
