"""What goes wrong in a plant: each kind moves levers."""

from __future__ import annotations

from typing import TYPE_CHECKING

from greendc.units import to_stored
from simulators.scenarios.kind import EventClass, Kind, Severity
from simulators.scenarios.moves import Move, adds, becomes, grows, loses, stands, times
from simulators.scenarios.targets import Scope

if TYPE_CHECKING:
    from simulators.plant.levers import Levers
    from simulators.scenarios.targets import Place

CAPACITY_TO_POWER = 0.5
"""A chiller short of refrigerant takes this part of its lost capacity as additional power."""


def _fault(name: str, scope: Scope, move: Move, severity: Severity | None = None) -> Kind:
    return Kind(name=name, event_class=EventClass.FAULT, scope=scope, severity=severity, move=move)


def _share(usual: float, high: float = 1.0) -> Severity:
    return Severity(unit="1", usual=usual, low=0.01, high=high)


def _position(usual: float) -> Severity:
    return Severity(unit="1", usual=usual, low=0.0, high=1.0)


def _refrigerant(levers: Levers, place: Place, severity: float, progress: float) -> None:
    lost, chosen = severity * progress, list(place.chillers)
    levers.water.chiller_capacity[chosen] *= 1.0 - lost
    levers.water.chiller_eir[chosen] *= 1.0 + CAPACITY_TO_POWER * lost


def _supply_fails(levers: Levers, place: Place, severity: float, progress: float) -> None:
    """Let the power of the servers come from the other feed."""
    del severity, progress
    for rack in place.racks:
        levers.work.feed_a_share[rack, list(place.outlets)] = 0.0 if place.feeds == (0,) else 1.0


def _zombies(levers: Levers, place: Place, severity: float, progress: float) -> None:
    """Let work leave a share of the servers, one at least, which stay on."""
    some = list(place.outlets[: max(1, round(severity * len(place.outlets)))])
    for rack in place.racks:
        levers.work.busy_add[rack, some] -= progress


def _leak(levers: Levers, place: Place, severity: float, progress: float) -> None:
    del place
    levers.water.leak_m3_s += to_stored(severity, "m3/h") * progress


def _outage(levers: Levers, place: Place, severity: float, progress: float) -> None:
    del place, severity, progress
    levers.power.grid = 0.0


def _long_outage(levers: Levers, place: Place, severity: float, progress: float) -> None:
    _outage(levers, place, severity, progress)
    levers.power.generator = 0.0


AIR_FAULTS = (
    _fault("fan_failure", Scope.UNIT, loses("air.fan_capacity", "units"), _share(1.0)),
    _fault(
        "filter_clog",
        Scope.UNIT,
        times("air.filter_resistance", "units"),
        Severity(unit="1", usual=3.0, low=1.05, high=6.0),
    ),
    _fault("coil_fouling", Scope.UNIT, loses("air.coil_conductance", "units"), _share(0.3, 0.8)),
    _fault("valve_stuck", Scope.UNIT, stands("air.valve_stuck", "units"), _position(0.15)),
    _fault(
        "control_hunting",
        Scope.UNIT,
        adds("air.supply_hunting_k", "units"),
        Severity(unit="K", usual=1.5, low=0.1, high=5.0),
    ),
    _fault("recirculation", Scope.RACK, adds("air.recirculation_add", "racks"), _share(0.22, 0.6)),
    _fault("air_bypass", Scope.ZONE, adds("air.bypass_add", "zones"), _share(0.2, 0.6)),
    _fault("humidity_fight", Scope.UNIT, becomes("air.humidifier_fight", "units"), _share(1.0)),
    _fault("damper_stuck_closed", Scope.SITE, stands("air.damper_stuck", at=0.0)),
    _fault("damper_stuck_open", Scope.SITE, stands("air.damper_stuck"), _position(1.0)),
)

WATER_FAULTS = (
    _fault("chiller_degradation", Scope.CHILLER, grows("water.chiller_eir", "chillers"), _share(0.2, 0.6)),
    _fault(
        "condenser_fouling",
        Scope.CHILLER,
        adds("water.condenser_fouling_k", "chillers"),
        Severity(unit="K", usual=3.0, low=0.2, high=8.0),
    ),
    _fault(
        "refrigerant_loss",
        Scope.CHILLER,
        Move(levers=("water.chiller_capacity", "water.chiller_eir"), direct=_refrigerant),
        _share(0.25, 0.7),
    ),
    _fault("pump_wear", Scope.SITE, loses("water.pump_efficiency"), _share(0.2, 0.7)),
    _fault("tower_fan_loss", Scope.SITE, loses("water.tower_fan"), _share(0.5, 0.95)),
    _fault("tower_fouling", Scope.SITE, loses("water.tower_fill"), _share(0.3, 0.8)),
    _fault("low_delta_t", Scope.SITE, adds("water.chilled_bypass"), _share(0.25, 0.6)),
    _fault("economiser_stuck_closed", Scope.SITE, stands("water.economiser_stuck", at=0.0)),
    _fault("economiser_stuck_open", Scope.SITE, stands("water.economiser_stuck"), _position(1.0)),
    _fault(
        "water_leak",
        Scope.SITE,
        Move(levers=("water.leak_m3_s",), direct=_leak),
        Severity(unit="m3/h", usual=0.1, low=0.001, high=10.0),
    ),
    _fault("heat_recovery_loss", Scope.SITE, loses("water.heat_recovery"), _share(1.0)),
    _fault("cdu_pump_loss", Scope.SITE, loses("water.cdu_pump"), _share(0.4, 0.9)),
)

POWER_FAULTS = (
    _fault("ups_module_loss", Scope.FEED, loses("power.ups_modules", "feeds"), _share(0.5, 0.9)),
    _fault("ups_bypass", Scope.FEED, stands("power.ups_bypass", "feeds", at=1.0)),
    _fault("battery_weak", Scope.FEED, loses("power.battery_health", "feeds"), _share(0.6, 0.98)),
    _fault("storage_weak", Scope.SITE, loses("power.storage_health"), _share(0.4, 0.98)),
    _fault("pv_string_loss", Scope.SITE, loses("power.pv_strings"), _share(0.5)),
    _fault(
        "phase_overload",
        Scope.PHASE,
        adds("work.phase_extra_w", "feeds", "racks", "phases"),
        Severity(unit="W", usual=1500.0, low=10.0, high=8000.0),
    ),
    _fault("grid_outage", Scope.SITE, Move(levers=("power.grid",), direct=_outage, gradual=False, sets=True)),
    _fault(
        "grid_outage_no_generator",
        Scope.SITE,
        Move(levers=("power.grid", "power.generator"), direct=_long_outage, gradual=False, sets=True),
    ),
)

WORK_FAULTS = (
    _fault(
        "supply_failure",
        Scope.SUPPLY,
        Move(levers=("work.feed_a_share",), direct=_supply_fails, gradual=False, sets=True),
    ),
    _fault("server_failure", Scope.SERVER, stands("work.switched_on", "racks", "outlets", at=0.0)),
    _fault("zombie_servers", Scope.SERVER, Move(levers=("work.busy_add",), direct=_zombies), _share(0.5)),
    _fault("crypto_load", Scope.SERVER, becomes("work.busy_floor", "racks", "outlets"), _position(0.95)),
)

FAULTS = (*AIR_FAULTS, *WATER_FAULTS, *POWER_FAULTS, *WORK_FAULTS)
