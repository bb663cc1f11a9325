"""What goes wrong between a device and the store. `NetworkTroubles` says what follows from it at a time."""

from __future__ import annotations

from simulators.scenarios.kind import EventClass, Kind, Severity
from simulators.scenarios.targets import Scope


def _trouble(name: str, scope: Scope, severity: Severity | None = None) -> Kind:
    return Kind(name=name, event_class=EventClass.NETWORK, scope=scope, severity=severity)


def _share(usual: float) -> Severity:
    return Severity(unit="1", usual=usual, low=0.01, high=1.0)


NETWORK_TROUBLES = (
    _trouble("device_offline", Scope.DEVICE),
    _trouble("slow_answers", Scope.DEVICE, Severity(unit="s", usual=2.0, low=0.05, high=60.0)),
    _trouble("packet_loss", Scope.DEVICE, _share(0.3)),
    _trouble("mqtt_cut", Scope.NODE),
    _trouble("mqtt_duplicates", Scope.NODE, _share(0.2)),
    _trouble("late_messages", Scope.NODE, Severity(unit="s", usual=120.0, low=1.0, high=86_400.0)),
    _trouble("clock_jump", Scope.NODE, Severity(unit="s", usual=300.0, low=-86_400.0, high=86_400.0)),
)
