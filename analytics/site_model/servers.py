"""Servers: what their fans take and blow as their inlets get warmer."""

from __future__ import annotations

from typing import TYPE_CHECKING

import msgspec
import numpy as np

from analytics.site_model.parameter import Draws, Parameter
from greendc.physics.server import FAN_START_C

if TYPE_CHECKING:
    from analytics.counters import Floats

SPAN_K = 7.0
"""Field data of power against inlet cover 23 to 30 degC; the mean slope there is the coefficient."""
STEP_K, MOST_K = 0.5, 20.0
_SHIFTS = np.arange(-MOST_K, MOST_K + 0.5 * STEP_K, STEP_K)


class Servers(msgspec.Struct, frozen=True, kw_only=True):
    """``response`` is the relative rise of power per kelvin of inlet above 23 degC, ``gain`` that of the airflow."""

    response: Parameter
    gain: Parameter

    def parameters(self) -> tuple[Parameter, ...]:
        """Return both coefficients."""
        return self.response, self.gain


class Warming:
    """How the racks' servers answer when all inlets move by the same kelvins: looked up, row by row."""

    def __init__(self, servers: Servers, inlet_c: Floats, rack_w: Floats, draws: Draws) -> None:
        """Take inlets [rows x racks] and the racks' power as their weights; unknown inlets do not count."""
        known = np.isfinite(inlet_c)
        weight = np.where(known, np.where(np.isfinite(rack_w) & (rack_w > 0), rack_w, 1.0), 0.0)
        total = weight.sum(axis=1)
        self._known = total > 0
        weight = weight / np.maximum(total, 1e-9)[:, None]
        above = np.where(known, inlet_c, FAN_START_C) - FAN_START_C
        gain = servers.gain.value
        # Fans follow the cube law: their share of power is scaled so that the mean slope is what the field saw.
        scale = SPAN_K / ((1.0 + gain * SPAN_K) ** 3 - 1.0)
        power, flow = [], []
        for shift in _SHIFTS:
            speed = 1.0 + gain * np.maximum(above + shift, 0.0)
            power.append((weight * (speed**3 - 1.0)).sum(axis=1) * scale)
            flow.append((weight * (speed - 1.0)).sum(axis=1) / gain)
        self._power, self._flow = np.array(power), np.array(flow)
        self._response, self._gain = servers.response.draw(draws), servers.gain.draw(draws)

    def level(self) -> Floats:
        """Return power at the inlets as they are over that below 23 degC, [draws x rows]."""
        return 1.0 + self._response * self._at(self._power, np.zeros(1))

    def power_ratio(self, warmer_k: Floats) -> Floats:
        """Return power over power now, [draws x rows], at inlets warmer by so many kelvins."""
        return (1.0 + self._response * self._at(self._power, warmer_k)) / self.level()

    def flow_ratio(self, warmer_k: Floats) -> Floats:
        """Return airflow over airflow now, [draws x rows]."""
        base = 1.0 + self._gain * self._at(self._flow, np.zeros(1))
        return (1.0 + self._gain * self._at(self._flow, warmer_k)) / base

    def _at(self, table: Floats, warmer_k: Floats) -> Floats:
        place = np.clip((np.atleast_2d(warmer_k) + MOST_K) / STEP_K, 0.0, len(_SHIFTS) - 1.001)
        below = place.astype(np.intp)
        share = place - below
        rows = np.arange(table.shape[1])[None, :]
        found = table[below, rows] * (1.0 - share) + table[below + 1, rows] * share
        return np.where(self._known[None, :], found, 0.0)
