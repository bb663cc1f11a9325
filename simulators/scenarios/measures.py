"""What a person does to a plant on purpose: each kind moves levers.

A change of a set-point is relative to what stands there, so that a scenario fits every plant.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from simulators.scenarios.kind import EventClass, Kind, Severity
from simulators.scenarios.moves import Move, adds, becomes, loses, stands, switched, times
from simulators.scenarios.targets import Scope

if TYPE_CHECKING:
    from simulators.plant.levers import Levers
    from simulators.scenarios.targets import Place

_ON_OFF = Severity(unit="1", usual=1.0, low=0.0, high=1.0)
_OFF_ON = Severity(unit="1", usual=0.0, low=0.0, high=1.0)


def _measure(name: str, scope: Scope, move: Move, severity: Severity | None = None) -> Kind:
    return Kind(name=name, event_class=EventClass.MEASURE, scope=scope, severity=severity, move=move)


def _kelvin(usual: float) -> Severity:
    return Severity(unit="K", usual=usual, low=-8.0, high=8.0)


def _share(usual: float, low: float = 0.0, high: float = 1.0) -> Severity:
    return Severity(unit="1", usual=usual, low=low, high=high)


def _wider_band(levers: Levers, place: Place, severity: float, progress: float) -> None:
    """Let the dew point go lower and higher before anything is done about it."""
    del place
    levers.operator.dew_low_c -= severity * progress
    levers.operator.dew_high_c += severity * progress


def _consolidate(levers: Levers, place: Place, severity: float, progress: float) -> None:
    """Switch a share of each rack's servers off, one at least, and give their work to those that stay on."""
    del progress
    off = max(1, round(severity * len(place.outlets)))
    stay, leave = list(place.outlets[: len(place.outlets) - off]), list(place.outlets[len(place.outlets) - off :])
    for rack in place.racks:
        levers.work.switched_on[rack, leave] = 0.0
        levers.work.busy_add[rack, stay] += WORK_OF_IDLE * off / max(1, len(stay))


def _stage(levers: Levers, place: Place, severity: float, progress: float) -> None:
    del place, progress
    levers.operator.chillers_on = round(severity)


WORK_OF_IDLE = 0.03
"""How busy a server is that is switched off for being idle: its work goes to its neighbours."""

MEASURES = (
    _measure("supply_air", Scope.UNIT, adds("operator.supply_set_c", "units"), _kelvin(2.0)),
    _measure("chilled_water", Scope.SITE, adds("operator.chilled_set_c"), _kelvin(2.0)),
    _measure("condenser_water", Scope.SITE, adds("operator.condenser_set_c"), _kelvin(-2.0)),
    _measure("flow_margin", Scope.SITE, becomes("operator.flow_margin"), _share(1.1, 0.8, 2.0)),
    _measure("fan_minimum", Scope.SITE, becomes("operator.minimum_speed"), _share(0.3, 0.1, 1.0)),
    _measure("containment", Scope.ZONE, becomes("air.containment", "zones"), _share(0.7)),
    _measure("water_economiser", Scope.SITE, switched("operator.water_economiser"), _ON_OFF),
    _measure("air_economiser", Scope.SITE, switched("operator.air_economiser"), _ON_OFF),
    _measure(
        "humidity_band",
        Scope.SITE,
        Move(levers=("operator.dew_low_c", "operator.dew_high_c"), direct=_wider_band),
        _kelvin(3.0),
    ),
    _measure(
        "chiller_staging",
        Scope.SITE,
        Move(levers=("operator.chillers_on",), direct=_stage, gradual=False, sets=True),
        Severity(unit="1", usual=2.0, low=0.0, high=8.0),
    ),
    _measure("ups_eco", Scope.FEED, stands("operator.ups_eco", "feeds", at=1.0)),
    _measure(
        "consolidation",
        Scope.SERVER,
        Move(levers=("work.switched_on", "work.busy_add"), direct=_consolidate, gradual=False),
        _share(0.25, 0.05, 0.9),
    ),
    _measure("workload", Scope.SITE, times("work.factor"), _share(1.2, 0.1, 3.0)),
    _measure(
        "water_cycles", Scope.SITE, becomes("operator.water_cycles"), Severity(unit="1", usual=8.0, low=1.5, high=20.0)
    ),
    _measure("unit_off", Scope.UNIT, stands("operator.unit_on", "units", at=0.0)),
    _measure("lighting", Scope.SITE, loses("operator.lighting_ratio"), _share(0.8, 0.05)),
    _measure("storage_schedule", Scope.SITE, switched("operator.battery_schedule"), _OFF_ON),
)
