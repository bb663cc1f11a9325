"""The limits of air that enters IT equipment, with altitude."""

from __future__ import annotations

import datetime as dt
from functools import cache

import msgspec

from analytics import data


class Recommended(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """The recommended range [degC]; altitude does not change it."""

    low_c: float
    high_c: float
    dew_point_high_c: float
    source: str
    confidence: str
    valid_from: dt.date


class EquipmentClass(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """The allowable range [degC] of a class of equipment and how altitude [m] lowers its maximum."""

    name: str
    low_c: float
    high_c: float
    dew_point_high_c: float
    derate_from_m: float
    derate_m_per_k: float
    source: str
    confidence: str
    valid_from: dt.date


class Behaviour(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """How alarms on these limits behave: delays and silence [s], deadband [K]."""

    on_delay_s: float
    off_delay_s: float
    deadband_k: float
    silent_s: float
    source: str
    confidence: str


class Envelopes(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """The data file of thermal limits."""

    schema: int
    default_class: str
    recommended: Recommended
    classes: list[EquipmentClass]
    alarm: Behaviour


class InletLimits(msgspec.Struct, frozen=True, kw_only=True):
    """The limits [degC] in force at one site, and where they come from."""

    recommended_low_c: float
    recommended_high_c: float
    allowable_low_c: float
    allowable_high_c: float
    dew_point_high_c: float
    equipment_class: str
    derating_k: float
    source: str
    confidence: str


@cache
def envelopes() -> Envelopes:
    """Return the data file of thermal limits."""
    return data.read("thermal_envelopes", Envelopes)


def derated(high_c: float, altitude_m: float, from_m: float, m_per_k: float) -> float:
    """Return an allowable maximum [degC] at an altitude [m]: ``T - max(0, z - z0) / (m per K)``."""
    return high_c - max(0.0, altitude_m - from_m) / m_per_k


def inlet_limits(altitude_m: float, equipment_class: str = "") -> InletLimits:
    """Return the limits at an altitude [m] for a class of equipment, the default class when none is named.

    Raises:
        KeyError: there is no such class.
    """
    known = envelopes()
    name = equipment_class or known.default_class
    found = next((entry for entry in known.classes if entry.name == name), None)
    if found is None:
        raise KeyError(name)
    high_c = derated(found.high_c, altitude_m, found.derate_from_m, found.derate_m_per_k)
    return InletLimits(
        recommended_low_c=known.recommended.low_c,
        recommended_high_c=min(known.recommended.high_c, high_c),
        allowable_low_c=found.low_c,
        allowable_high_c=high_c,
        dew_point_high_c=known.recommended.dew_point_high_c,
        equipment_class=name,
        derating_k=found.high_c - high_c,
        source=found.source,
        confidence=found.confidence,
    )
