"""Fuels and bought cooling as energy: dated factors of one named set, never two sets in one figure."""

from __future__ import annotations

import datetime as dt
from functools import cache
from typing import TYPE_CHECKING

import msgspec

from analytics import data
from greendc.quantities import quantities
from greendc.site import Role
from greendc.units import J_PER_KWH

if TYPE_CHECKING:
    from collections.abc import Iterable

    from greendc.site import Meter, Site

CARRIED = (Role.FUEL, Role.COOLING_IMPORT)
"""Roles whose meters count something else than electricity that adds to E_DC."""
SUPPLIER = "supplier"


class CarrierSet(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A named set of factors."""

    name: str
    title: str
    source: str
    confidence: str


class CarrierFactor(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """What a unit of a carrier counts [kWh]: of a m3, a kg, or a kWh of bought cooling where ``unit`` is J.

    ``by`` is ``supplier`` where the site file must give the factor.
    """

    set: str
    carrier: str
    unit: str
    valid_from: dt.date
    valid_to: dt.date = dt.date(9999, 12, 31)
    kwh_per_unit: float = 0.0
    by: str = ""


class _Carriers(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    schema: int
    usual: str
    sets: list[CarrierSet]
    factors: list[CarrierFactor]


@cache
def _file() -> _Carriers:
    return data.read("energy_carriers", _Carriers)


def set_names() -> list[str]:
    """Return the names of the sets of factors."""
    return [entry.name for entry in _file().sets]


def carrier_set(site: Site) -> CarrierSet | None:
    """Return the set that a site uses, the usual one when it names none; None when there is no such set."""
    name = site.info.energy_factors or _file().usual
    return next((entry for entry in _file().sets if entry.name == name), None)


def as_energy(site: Site, meters: Iterable[Meter]) -> list[Meter]:
    """Return meters of carriers as meters of joules of E_DC: each once for every factor in force in its validity.

    A time without a factor is left out; `without_factor` names the meters that this happens to.
    """
    return [one for meter in meters for one in _converted(site, meter)]


def without_factor(site: Site, start: dt.date, last: dt.date) -> list[Meter]:
    """Return the meters of carriers that have no factor for some day of [start, last] on which they play their role."""
    missing = []
    for meter in site.meters:
        if meter.role not in CARRIED or not (meter.valid_from <= last and start < meter.valid_to):
            continue
        day = max(start, meter.valid_from)
        for part in sorted(_converted(site, meter), key=lambda one: one.valid_from):
            if part.valid_from <= day:
                day = max(day, part.valid_to)
        if day <= min(last, meter.valid_to - dt.timedelta(days=1)):
            missing.append(meter)
    return missing


def _converted(site: Site, meter: Meter) -> list[Meter]:
    chosen = carrier_set(site)
    unit = quantities()[meter.energy].unit
    found = []
    for factor in _file().factors:
        if chosen is None or (factor.set, factor.carrier, factor.unit) != (chosen.name, meter.kind, unit):
            continue
        kwh = meter.supplier_factor if factor.by == SUPPLIER else factor.kwh_per_unit
        first, last = max(meter.valid_from, factor.valid_from), min(meter.valid_to, factor.valid_to)
        if kwh is not None and first < last:
            # Bought cooling is already counted in joules.
            scale = meter.factor * kwh * (1.0 if unit == "J" else J_PER_KWH)
            found.append(msgspec.structs.replace(meter, factor=scale, valid_from=first, valid_to=last))
    return found
