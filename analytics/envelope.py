"""The limits of air that enters IT equipment, with altitude."""

from __future__ import annotations

import datetime as dt
from functools import cache

import msgspec

from analytics import data


class Recommended(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """The recommended range [degC], humidity 0..1; altitude does not change it."""

    low_c: float
    high_c: float
    dew_point_low_c: float
    dew_point_high_c: float
    humidity_high: float
    source: str
    confidence: str
    valid_from: dt.date


class EquipmentClass(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """The allowable range [degC] of a class of equipment and how altitude [m] lowers its maximum.

    Humidity is 0..1, and the moister of its two lower limits counts. ``recommended`` is the class's own range.
    """

    name: str
    low_c: float
    high_c: float
    dew_point_low_c: float
    dew_point_high_c: float
    humidity_low: float
    humidity_high: float
    derate_from_m: float
    derate_m_per_k: float
    source: str
    confidence: str
    valid_from: dt.date
    recommended: Recommended | None = None


class Change(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """The greatest change of inlet temperature within an hour [K/h], with disk drives and with tape."""

    disk_k_per_h: float
    tape_k_per_h: float
    source: str
    confidence: str


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
    change: Change
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


class Range(msgspec.Struct, frozen=True, kw_only=True):
    """A range of air: temperature and dew point [degC], relative humidity 0..1."""

    low_c: float
    high_c: float
    dew_point_low_c: float
    dew_point_high_c: float
    humidity_low: float
    humidity_high: float


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
    found = _class(equipment_class)
    recommended = found.recommended or envelopes().recommended
    high_c = derated(found.high_c, altitude_m, found.derate_from_m, found.derate_m_per_k)
    return InletLimits(
        recommended_low_c=recommended.low_c,
        recommended_high_c=min(recommended.high_c, high_c),
        allowable_low_c=found.low_c,
        allowable_high_c=high_c,
        dew_point_high_c=recommended.dew_point_high_c,
        equipment_class=found.name,
        derating_k=found.high_c - high_c,
        source=found.source,
        confidence=found.confidence,
    )


def air_range(altitude_m: float, equipment_class: str = "", *, recommended: bool) -> Range:
    """Return the recommended or the allowable range of a class at an altitude [m], with dew point and humidity.

    Raises:
        KeyError: there is no such class.
    """
    found = _class(equipment_class)
    limits = inlet_limits(altitude_m, equipment_class)
    if recommended:
        inner = found.recommended or envelopes().recommended
        return Range(
            low_c=limits.recommended_low_c,
            high_c=limits.recommended_high_c,
            dew_point_low_c=inner.dew_point_low_c,
            dew_point_high_c=inner.dew_point_high_c,
            humidity_low=0.0,
            humidity_high=inner.humidity_high,
        )
    return Range(
        low_c=limits.allowable_low_c,
        high_c=limits.allowable_high_c,
        dew_point_low_c=found.dew_point_low_c,
        dew_point_high_c=found.dew_point_high_c,
        humidity_low=found.humidity_low,
        humidity_high=found.humidity_high,
    )


def _class(name: str) -> EquipmentClass:
    wanted = name or envelopes().default_class
    found = next((entry for entry in envelopes().classes if entry.name == wanted), None)
    if found is None:
        raise KeyError(wanted)
    return found
