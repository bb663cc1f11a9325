"""The limits and priors that advice on power rests on: dated data."""

from __future__ import annotations

from functools import cache

import msgspec

from analytics import data
from analytics.priors import Prior


class _Dated(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Where a choice comes from, and how sure it is."""

    source: str
    confidence: str


class Eco(_Dated, frozen=True, kw_only=True):
    """``most_events`` of the mains in ``days``; voltages are within ``voltage_band`` of their usual value."""

    most_events: int
    days: float
    voltage_band: float
    transfer_ms: float
    hold_up_ms: Prior


class Hibernation(_Dated, frozen=True, kw_only=True):
    """``most_load`` is the share of its rating that a module carries with another one lost."""

    most_load: float


class Idle(_Dated, frozen=True, kw_only=True):
    """When a server does nothing.

    ``busy`` is the utilisation [0..1] it stays below; ``rhythm`` its rhythm and ``low_power`` its power relative to
    those of its peers, of which there are ``least_peers`` with a rhythm of ``least_rhythm`` of their power.
    """

    busy: float
    least_days: float
    rhythm: float
    least_peers: int
    least_rhythm: float
    low_power: float
    real: Prior


class Phase(_Dated, frozen=True, kw_only=True):
    """``most_load`` of a breaker's rating; phases within ``even`` of their mean are even."""

    most_load: float
    even: float


class ElectricalLimits(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """The whole file."""

    schema: int
    eco: Eco
    hibernation: Hibernation
    idle: Idle
    feeder: Prior
    phase: Phase
    lighting: Prior
    fan_efficiency: Prior


@cache
def electrical_limits() -> ElectricalLimits:
    """Return the data file of advice on power."""
    return data.read("electrical_advice", ElectricalLimits)
