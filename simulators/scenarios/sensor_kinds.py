"""What goes wrong in a sensor or a meter: each kind gives other readings than those that were measured.

Temperatures are off by kelvins, everything else by a share of the reading in per cent.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from greendc.quantities import Kind as Behaviour
from greendc.quantities import quantity
from greendc.units import to_stored
from simulators.scenarios.kind import EventClass, Kind, Severity
from simulators.scenarios.targets import Scope

if TYPE_CHECKING:
    from greendc.physics.kinds import FloatArray
    from simulators.scenarios.kind import Bend, Fits, Stretch

SPIKE_CHANCE = 0.02
"""How many of a sensor's readings are spikes."""
PHASES = 3
_FLOWS = ("power_w", "_va", "_var")
_CONVERTED = (*_FLOWS, "current_a", "_energy_j")


def _gauge(name: str) -> bool:
    return quantity(name).kind is Behaviour.GAUGE


def _counter(name: str) -> bool:
    """Tell what is metered; a time that counts up is not."""
    return quantity(name).kind is Behaviour.COUNTER and not name.endswith("_s")


def _number(name: str) -> bool:
    return _gauge(name) or _counter(name)


def _energy(name: str) -> bool:
    return name.endswith("_energy_j")


def _power_or_energy(name: str) -> bool:
    return name.endswith((*_FLOWS, "active_energy_j"))


def _converted(name: str) -> bool:
    """Tell what a current transformer's ratio enters."""
    return name.endswith(_CONVERTED)


def _size(stretch: Stretch, severity: float, of: FloatArray) -> FloatArray:
    """Return a severity in the stored unit: kelvins for a temperature, else per cent ``of`` something."""
    if quantity(stretch.quantity).unit in {"Cel", "K"}:
        return np.full_like(of, severity)
    shares: FloatArray = to_stored(severity, "%") * np.abs(of)
    return shares


def _stuck(stretch: Stretch, severity: float) -> FloatArray:
    del severity
    return np.full(len(stretch.values), stretch.anchor)


def _drift(stretch: Stretch, severity: float) -> FloatArray:
    days = stretch.since_s / to_stored(24.0, "h")
    return stretch.values + days * _size(stretch, severity, np.asarray(stretch.anchor))


def _offset(stretch: Stretch, severity: float) -> FloatArray:
    shown: FloatArray = stretch.values + stretch.progress * _size(stretch, severity, np.asarray(stretch.anchor))
    return shown


def _noise(stretch: Stretch, severity: float) -> FloatArray:
    shown: FloatArray = stretch.values + stretch.progress * stretch.normal * _size(stretch, severity, stretch.values)
    return shown


def _spikes(stretch: Stretch, severity: float) -> FloatArray:
    off = np.sign(stretch.normal) * _size(stretch, severity, stretch.values)
    return np.where(stretch.chance < SPIKE_CHANCE, stretch.values + off, stretch.values)


def _dropout(stretch: Stretch, severity: float) -> FloatArray:
    return np.where(stretch.chance < severity, np.nan, stretch.values)


def _reset(stretch: Stretch, severity: float) -> FloatArray:
    del severity
    return stretch.values - stretch.anchor


def _rollover(stretch: Stretch, severity: float) -> FloatArray:
    """Stand that much energy before the end of the register at the onset, so that it soon starts again at 0."""
    return stretch.values - stretch.anchor + stretch.width - to_stored(severity, "kW.h")


def _reversed(stretch: Stretch, severity: float) -> FloatArray:
    """Count backwards: power with the wrong sign, and an energy register that stands still.

    With one of three current transformers the wrong way round a third of the power comes off twice.
    """
    del severity
    left = 1.0 - 2.0 / PHASES if stretch.in_total else -1.0
    if _counter(stretch.quantity):
        return stretch.anchor + max(0.0, left) * (stretch.values - stretch.anchor)
    return stretch.values * left


def _scaled(stretch: Stretch, severity: float) -> FloatArray:
    return stretch.values * severity


def _multiplied(stretch: Stretch, severity: float) -> FloatArray:
    """Measure with the ratio of another transformer; what a register holds already stays."""
    if _counter(stretch.quantity):
        return stretch.anchor + (stretch.values - stretch.anchor) * severity
    return stretch.values * severity


def _swapped(stretch: Stretch, severity: float) -> FloatArray:
    del severity
    return stretch.values + np.where(np.isnan(stretch.other), 0.0, stretch.other)


def _sensor(
    name: str,
    bend: Bend,
    fits: Fits,
    severity: Severity | None = None,
    *,
    gradual: bool = False,
    pair: bool = False,
    wraps: bool = False,
) -> Kind:
    return Kind(
        name=name,
        event_class=EventClass.SENSOR,
        scope=Scope.SENSOR,
        severity=severity,
        bend=bend,
        fits=fits,
        gradual=gradual,
        pair=pair,
        wraps=wraps,
    )


def _off_by(usual: float, low: float, high: float) -> Severity:
    return Severity(unit="K | %", usual=usual, low=low, high=high)


SENSOR_FAULTS = (
    _sensor("sensor_stuck", _stuck, _number),
    _sensor("sensor_drift", _drift, _gauge, _off_by(0.5, -20.0, 20.0)),
    _sensor("sensor_offset", _offset, _gauge, _off_by(2.0, -100.0, 100.0), gradual=True),
    _sensor("sensor_noise", _noise, _gauge, _off_by(1.0, 0.01, 100.0), gradual=True),
    _sensor("sensor_spikes", _spikes, _gauge, _off_by(20.0, 0.1, 1000.0)),
    _sensor("sensor_dropout", _dropout, _number, Severity(unit="1", usual=1.0, low=0.01, high=1.0)),
    _sensor("meter_reset", _reset, _counter),
    _sensor("meter_rollover", _rollover, _energy, Severity(unit="kW.h", usual=5.0, low=0.01, high=1e5), wraps=True),
    _sensor("ct_reversed", _reversed, _power_or_energy),
    _sensor("wrong_scale", _scaled, _number, Severity(unit="1", usual=10.0, low=0.001, high=1000.0)),
    _sensor("wrong_multiplier", _multiplied, _converted, Severity(unit="1", usual=1.25, low=0.05, high=20.0)),
    _sensor("sensors_swapped", _swapped, _gauge, pair=True),
)
