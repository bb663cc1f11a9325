"""Racks of servers: what they take at each step, and the air that passes them."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from greendc.physics import electrical, server
from greendc.physics.air import AIR_HEAT_CAPACITY
from greendc.physics.server import FAN_START_C

if TYPE_CHECKING:
    from collections.abc import Sequence

    from greendc.physics.kinds import FloatArray
    from simulators.plant.levers import Levers
    from simulators.plant.parameters import PlantParameters

PlaceArray = NDArray[np.int_]

LEVELS = ("low", "mid", "high")
LEAST_FLOW_KG_S = 1e-4
LEAST_PUMP = 0.03
"""A coolant pump that gives less of its flow leaves the plates' heat to the air."""

# Recirculated air arrives over the top of a rack: more of it high up, and the mean over the three levels is the
# rack's share.
_LEVEL_SHARE = np.array([0.4, 0.8, 1.8])
_MOST_SHARE = 0.9

USUAL_LOAD = 0.4
LEAST_SPEED = 0.15
HOT_C = 40.0
SHUTDOWN_C, SHUTDOWN_BAND_K = 45.0, 10.0
"""Servers protect themselves: they slow down from this inlet on, and are off so many kelvins above it."""


class Racks:
    """All racks, in the order of their zones. `begin` a row of steps, then `step` through it, then read the rows."""

    def __init__(self, parameters: PlantParameters, seed: int, density: float) -> None:
        """Draw the servers of a seed; ``density`` [kg/m3] is that of the air they breathe."""
        self.p = parameters
        s = parameters.servers
        self.liquid = np.arange(s.racks) >= s.racks - s.liquid_racks
        draw = np.random.default_rng((seed, 1))
        size = draw.uniform(1.0 - s.spread, 1.0 + s.spread, (s.racks, s.outlets))
        size *= np.where(self.liquid, s.liquid_scale, 1.0)[:, None]
        self._idle_w, self._full_w = s.idle_w * size, s.full_w * size
        feeds = parameters.electrical.feeds
        self._share_a = 0.5 + draw.uniform(-0.03, 0.03, size.shape) if feeds > 1 else np.ones_like(size)
        self._own_share = parameters.air.recirculation * draw.uniform(0.7, 1.3, s.racks)
        self._zone_of = np.repeat(np.arange(parameters.air.zones), s.racks // parameters.air.zones)
        self._zones = (self._zone_of == np.arange(parameters.air.zones)[:, None]).astype(np.float64)
        self._flow_kg_s = s.flow_m3_s * density
        self.inlet_c = np.full((len(LEVELS), s.racks), parameters.setpoints.supply_c + 1.0)

    def begin(self, steps: int, busy: FloatArray, levers: Levers) -> None:
        """Prepare ``steps`` steps of utilisation [0..1] by step, rack and outlet; the levers stand still."""
        s, work = self.p.servers, levers.work
        self.on = work.switched_on > 0
        self.busy = np.clip(np.maximum(busy * work.factor + work.busy_add, work.busy_floor), 0.0, 1.0) * self.on
        direct = server.compute_power(self.busy, self._idle_w, self._full_w)
        self.direct_w = electrical.supply_input(direct, overhead_w=s.supply_overhead_w, efficiency=s.supply_efficiency)
        self.direct_w *= self.on
        self.share_a = np.where(np.isnan(work.feed_a_share), self._share_a, work.feed_a_share)
        self.extra_w = work.phase_extra_w.sum(axis=2)
        self._direct_rack = self.direct_w.sum(axis=2)
        self._direct_a = (self.direct_w * self.share_a).sum(axis=2)
        running = self.on.sum(axis=1).astype(np.float64)
        load = self.busy.sum(axis=2) / np.maximum(running, 1.0)
        self._idle_speed = np.maximum(s.fan_minimum + s.fan_load * (load - USUAL_LOAD), LEAST_SPEED)
        self._fan_w = s.fan_w / s.supply_efficiency
        self._fans, self._fans_a = self._fan_w * running, self._fan_w * (self.on * self.share_a).sum(axis=1)
        self.liquid_share = self.p.liquid.liquid_share if levers.water.cdu_pump > LEAST_PUMP else 0.0
        self._full_flow = np.maximum(self._flow_kg_s * running * self._air_size(), LEAST_FLOW_KG_S)
        self._set_shares(levers)
        self.fan_cube = np.empty((steps, s.racks))
        self.rise_k = np.empty((steps, s.racks))
        self.inlets = np.empty((steps, len(LEVELS), s.racks))
        self._protected: FloatArray | None = None
        self._steps = steps

    def _air_size(self) -> FloatArray:
        """Return the airflow of each rack's servers relative to an ordinary one: air carries what liquid does not."""
        return np.where(self.liquid, self.p.servers.liquid_scale * (1.0 - self.p.liquid.liquid_share), 1.0)

    def _set_shares(self, levers: Levers) -> None:
        closed = 1.0 - np.asarray(levers.air.containment)[self._zone_of]
        share = (self._own_share + levers.air.recirculation_add) * closed
        by_level = np.minimum(share * _LEVEL_SHARE[:, None], _MOST_SHARE)
        self._lift = by_level / (1.0 - by_level)
        self._keep = 1.0 - by_level.mean(axis=0)
        self.own_share = share
        self._liquid_part = np.where(self.liquid, self.liquid_share, 0.0)

    def step(
        self, i: int, h_s: float, mixed_c: Sequence[float], alive: tuple[float, float] | None, *, pumped: bool
    ) -> None:
        """Solve step ``i``: ``mixed_c`` [degC] is the air before the racks of each zone, own exhaust apart.

        ``alive`` tells which feeds have power, None for all; ``pumped`` whether the liquid loop has.
        """
        s = self.p.servers
        speed = np.add.reduce(self.inlet_c, axis=0)
        speed *= 1.0 / len(LEVELS)
        np.maximum(speed, FAN_START_C, out=speed)
        speed -= FAN_START_C
        speed *= s.fan_gain_per_k
        speed += self._idle_speed[i]
        np.minimum(speed, 1.0, out=speed)
        cube = self.fan_cube[i]
        np.multiply(speed, speed, out=cube)
        cube *= speed
        rack_w = self._direct_rack[i] + cube * self._fans
        feed_a = self._direct_a[i] + cube * self._fans_a
        flow = self._full_flow * speed
        if max(mixed_c) > HOT_C:
            left = self._protect(i)
            rack_w, feed_a = rack_w * left, feed_a * left
        elif self._protected is not None:
            self._protected[i] = 1.0
        if alive is not None:
            rack_w, feed_a, flow = self._without(alive, rack_w, flow)
        self.rack_w, self.feeds_w = rack_w, (feed_a, rack_w - feed_a)
        air_w = rack_w * (1.0 - self._liquid_part) if s.liquid_racks and pumped else rack_w
        rise = self.rise_k[i]
        np.divide(air_w, flow, out=rise)
        rise *= 1.0 / AIR_HEAT_CAPACITY
        target = self._lift * rise
        target += np.asarray(mixed_c)[self._zone_of]
        target -= self.inlet_c
        target *= -math.expm1(-h_s / s.inlet_lag_s)
        self.inlet_c += target
        self.inlets[i] = self.inlet_c
        self.air_w = air_w
        self.flow_kg_s: list[float] = (self._zones @ flow).tolist()
        self.need_kg_s: list[float] = (self._zones @ (flow * self._keep)).tolist()

    def _protect(self, i: int) -> FloatArray:
        """Return the share of each rack's power that is left when its servers are too hot."""
        if self._protected is None:
            self._protected = np.ones((self._steps, len(self._keep)))
        over = (self.inlet_c.mean(axis=0) - SHUTDOWN_C) / SHUTDOWN_BAND_K
        self._protected[i] = 1.0 - np.clip(over, 0.0, 1.0)
        left: FloatArray = self._protected[i]
        return left

    def _without(
        self, alive: tuple[float, float], rack_w: FloatArray, flow: FloatArray
    ) -> tuple[FloatArray, FloatArray, FloatArray]:
        """Return power and air with a dead feed: the other takes all; with none, servers stand."""
        on_a, on_b = alive
        if on_a and not on_b:
            return rack_w, rack_w, flow
        if on_b:
            return rack_w, np.zeros_like(rack_w), flow
        return np.zeros_like(rack_w), np.zeros_like(rack_w), flow * 0.02

    def zone_sums(self, by_rack: FloatArray) -> list[float]:
        """Return the sums over the racks of each zone."""
        sums: list[float] = (self._zones @ by_rack).tolist()
        return sums

    @property
    def zone_of(self) -> PlaceArray:
        """Return the zone of each rack."""
        return self._zone_of

    def outlets_w(self, alive: FloatArray) -> tuple[FloatArray, FloatArray]:
        """Return power by step, rack and outlet, and the share from feed A.

        ``alive`` tells by step and feed where there is power.
        """
        power = self.direct_w + (self._fan_w * self.fan_cube)[:, :, None] * self.on
        if self._protected is not None:
            power *= self._protected[:, :, None]
        if np.all(alive > 0):
            return power, np.broadcast_to(self.share_a, power.shape)
        on_a, on_b = alive[:, 0, None, None], alive[:, -1, None, None]
        share = np.where(on_a * on_b > 0, self.share_a, np.where(on_a > 0, 1.0, 0.0))
        return power * np.maximum(on_a, on_b), share
