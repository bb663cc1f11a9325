"""Everything that can be moved from outside: set-points and control choices that a person has, and parts that fail.

A facility reads its levers at each step. `Levers.reset` puts all of them into their neutral positions; then each
disturbance moves its own. Arrays are by rack, outlet, unit (air handler), zone, feed or chiller.
"""

from __future__ import annotations

import math

import msgspec
import numpy as np


class Setpoints(msgspec.Struct, frozen=True, kw_only=True):
    """The neutral positions of what a person sets. ``chillers_on`` 0 leaves staging to its controller."""

    supply_c: float = 18.0
    chilled_c: float = 10.0
    condenser_c: float = 18.0
    flow_margin: float = 1.2
    minimum_speed: float = 0.4
    water_economiser: bool = True
    air_economiser: bool = False
    dew_low_c: float = 5.5
    dew_high_c: float = 15.0
    water_cycles: float = 4.0
    chillers_on: int = 0
    battery_schedule: bool = True


class Sizes(msgspec.Struct, frozen=True, kw_only=True):
    """How many of each thing a facility has."""

    zones: int
    racks: int
    outlets: int
    units: int
    feeds: int = 2
    chillers: int = 2


class OperatorLevers:
    """What a person sets. ``lighting_ratio`` is of the usual lighting; ``ups_eco`` 1 runs a UPS in eco mode."""

    def __init__(self, sizes: Sizes, wanted: Setpoints) -> None:
        """Stand where the set-points say."""
        self.supply_set_c = np.full(sizes.units, wanted.supply_c)
        self.unit_on = np.ones(sizes.units)
        self.chilled_set_c = wanted.chilled_c
        self.condenser_set_c = wanted.condenser_c
        self.flow_margin = wanted.flow_margin
        self.minimum_speed = wanted.minimum_speed
        self.water_economiser = wanted.water_economiser
        self.air_economiser = wanted.air_economiser
        self.dew_low_c = wanted.dew_low_c
        self.dew_high_c = wanted.dew_high_c
        self.water_cycles = wanted.water_cycles
        self.chillers_on = wanted.chillers_on
        self.battery_schedule = wanted.battery_schedule
        self.lighting_ratio = 1.0
        self.ups_eco = np.zeros(sizes.feeds)


class WorkLevers:
    """What the servers are given to do, and where their power comes from.

    ``factor`` multiplies all utilisation, then ``busy_add`` is added and ``busy_floor`` is the least; ``switched_on`` 0
    is a server that is off. ``feed_a_share`` is the share of a server's power from feed A: NaN leaves it as built, 0 or
    1 is a failed supply. ``phase_extra_w`` is a load [W] plugged into one phase of a rack PDU beside the servers, by
    feed, rack and phase.
    """

    def __init__(self, sizes: Sizes) -> None:
        """Stand in the neutral positions."""
        outlets = (sizes.racks, sizes.outlets)
        self.factor = 1.0
        self.busy_add = np.zeros(outlets)
        self.busy_floor = np.zeros(outlets)
        self.switched_on = np.ones(outlets)
        self.feed_a_share = np.full(outlets, np.nan)
        self.phase_extra_w = np.zeros((sizes.feeds, sizes.racks, 3))


class AirLevers:
    """The air side.

    ``recirculation_add`` and ``bypass_add`` are added shares; ``containment`` 0..1 takes that part of both away.
    ``fan_capacity`` 0 is a fan that has failed, ``valve_stuck`` a chilled-water valve's stuck position (NaN: free),
    ``supply_hunting_k`` the amplitude [K] of a control loop that hunts with a period of ten minutes, and
    ``humidifier_fight`` 0..1 how hard a unit humidifies while its neighbours dry. ``damper_stuck`` is the position of a
    stuck outdoor-air damper (NaN: free).
    """

    def __init__(self, sizes: Sizes) -> None:
        """Stand in the neutral positions."""
        self.recirculation_add = np.zeros(sizes.racks)
        self.bypass_add = np.zeros(sizes.zones)
        self.containment = np.zeros(sizes.zones)
        self.fan_capacity = np.ones(sizes.units)
        self.filter_resistance = np.ones(sizes.units)
        self.coil_conductance = np.ones(sizes.units)
        self.valve_stuck = np.full(sizes.units, np.nan)
        self.supply_hunting_k = np.zeros(sizes.units)
        self.humidifier_fight = np.zeros(sizes.units)
        self.damper_stuck = math.nan


class WaterLevers:
    """The water side.

    ``chiller_eir`` and ``chiller_capacity`` are factors, ``condenser_fouling_k`` is added to the condenser's water
    temperature. ``chilled_bypass`` is the share of chilled water that returns without having met a coil (low delta-T).
    ``economiser_stuck`` is the position of a stuck economiser valve (NaN: free). ``leak_m3_s`` is make-up water that is
    lost.
    """

    def __init__(self, sizes: Sizes) -> None:
        """Stand in the neutral positions."""
        self.chiller_eir = np.ones(sizes.chillers)
        self.chiller_capacity = np.ones(sizes.chillers)
        self.condenser_fouling_k = np.zeros(sizes.chillers)
        self.tower_fan = 1.0
        self.tower_fill = 1.0
        self.pump_efficiency = 1.0
        self.chilled_bypass = 0.0
        self.economiser_stuck = math.nan
        self.leak_m3_s = 0.0
        self.heat_recovery = 1.0
        self.cdu_pump = 1.0


class PowerLevers:
    """The power side.

    ``ups_modules`` is the share of a UPS's modules that work, ``battery_health`` and ``storage_health`` shares of the
    rated capacity, ``grid`` 0 an outage, ``generator`` 0 one that does not start.
    """

    def __init__(self, sizes: Sizes) -> None:
        """Stand in the neutral positions."""
        self.ups_modules = np.ones(sizes.feeds)
        self.ups_bypass = np.zeros(sizes.feeds)
        self.battery_health = np.ones(sizes.feeds)
        self.pv_strings = 1.0
        self.storage_health = 1.0
        self.grid = 1.0
        self.generator = 1.0


class Levers:
    """The positions of all levers, in five groups."""

    def __init__(self, sizes: Sizes, setpoints: Setpoints) -> None:
        """Start in the neutral positions."""
        self.sizes = sizes
        self.setpoints = setpoints
        self.reset()

    def reset(self) -> None:
        """Put every lever into its neutral position."""
        self.operator = OperatorLevers(self.sizes, self.setpoints)
        self.work = WorkLevers(self.sizes)
        self.air = AirLevers(self.sizes)
        self.water = WaterLevers(self.sizes)
        self.power = PowerLevers(self.sizes)
