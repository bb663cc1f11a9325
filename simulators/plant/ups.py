"""A UPS: what it loses in each mode, and its battery when there is no power before it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from greendc.physics import electrical

if TYPE_CHECKING:
    from simulators.plant.levers import Levers
    from simulators.plant.parameters import Electrical

DOUBLE, DIRECT, BATTERY = 0.0, 1.0, 2.0
BYPASS_LOSS = 0.006
CHARGE_SHARE = 0.1
"""A battery is charged with this share of the rated power after it has been used."""


class Ups:
    """One UPS; powers in W."""

    def __init__(self, number: int, parameters: Electrical) -> None:
        """Start with a full battery."""
        self._number = number
        self.p = parameters
        self.charge = 1.0
        self.on_battery_s = 0.0
        self.alive = True

    def begin(self, levers: Levers) -> None:
        """Take over where the levers stand."""
        n, power = self._number, levers.power
        self._share = max(0.01, float(power.ups_modules[n]))
        self._direct = power.ups_bypass[n] > 0 or levers.operator.ups_eco[n] > 0
        self._direct_loss = BYPASS_LOSS if power.ups_bypass[n] > 0 else self.p.ups_eco_loss
        self._stored_j = max(1.0, self.p.ups_w * self.p.battery_s * float(power.battery_health[n]))

    def carry(self, output_w: float, h_s: float, *, powered: bool) -> tuple[float, float, float]:
        """Carry the load over a step; return power drawn, power lost, and power taken out of the battery."""
        rated = self.p.ups_w * self._share
        overloaded = output_w > 1.1 * rated
        self.direct = powered and (self._direct or overloaded)
        if self.direct:
            loss = self._direct_loss * output_w + 0.001 * self.p.ups_w
        else:
            p = self.p
            loss = float(electrical.ups_loss(output_w, rated, k0=p.ups_k0, k1=p.ups_k1, k2=p.ups_k2))
        if powered:
            return self._from_mains(output_w, loss, h_s)
        self.on_battery_s += h_s
        needed = output_w + loss
        if not self.alive or self.charge <= 0.0:
            self.alive = False
            return 0.0, 0.0, 0.0
        self.charge -= needed * h_s / self._stored_j
        self.alive = self.charge > 0.0
        return 0.0, loss, needed

    def _from_mains(self, output_w: float, loss: float, h_s: float) -> tuple[float, float, float]:
        self.on_battery_s = 0.0
        self.alive = True
        charging = 0.0
        if self.charge < 1.0:
            missing = (1.0 - max(self.charge, 0.0)) * self._stored_j
            charging = min(CHARGE_SHARE * self.p.ups_w, missing / h_s)
            self.charge = min(1.0, max(self.charge, 0.0) + charging * h_s / self._stored_j)
        return output_w + loss + charging, loss, -charging

    def mode(self, *, powered: bool) -> float:
        """Return 0 in double conversion, 1 past it (bypass or eco), 2 on battery."""
        if not powered:
            return BATTERY
        return DIRECT if self.direct else DOUBLE

    def runtime_s(self, output_w: float) -> float:
        """Return for how long the battery would carry the load [s]."""
        return max(0.0, self.charge) * self._stored_j / max(output_w, 1.0)
