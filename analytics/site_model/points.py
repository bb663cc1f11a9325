"""Which series of a site fill which column of a plant frame."""

from __future__ import annotations

from typing import TYPE_CHECKING

import msgspec

from analytics.inlets import inlet_keys, outlet_keys
from analytics.kpis.side import CATEGORIES
from greendc.model import SeriesKey
from greendc.profiles import profile, profile_names
from greendc.site import Meter, Role

if TYPE_CHECKING:
    import datetime as dt
    from collections.abc import Iterable, Mapping, Sequence

    from greendc.site import Site

POWER, SPEED, TEMPERATURE = "active_power_w", "drive_speed_ratio", "supply_water_temperature_c"
AIR_UNITS = ("crah", "crac")
_TOWER, _CONDENSER = ("tower", "fan"), ("condenser", "cond", "cwp")
"""Words in the name of a drive that say what it moves; any other drive moves chilled water."""
_VALVES = (("", "valve_position_ratio"), ("cooling", "capacity_ratio"))


class Sum(msgspec.Struct, frozen=True, kw_only=True):
    """A column as the sum, mean or maximum of series, with the factor of each meter."""

    keys: tuple[SeriesKey, ...]
    how: str = "sum"
    factors: tuple[float, ...] = ()


class Points(msgspec.Struct, frozen=True, kw_only=True):
    """One `Sum` for a column of a plant frame, or one for each unit, rack, UPS or chiller; None where there is none.

    ``registers`` are columns whose meters tell no rate, only a register that counts.
    """

    units: tuple[str, ...]
    racks: tuple[str, ...]
    ups: tuple[str, ...]
    chillers: tuple[str, ...]
    single: dict[str, Sum]
    several: dict[str, tuple[Sum | None, ...]]
    accuracy: dict[str, float]
    loads: tuple[Sum | None, ...]
    registers: dict[str, list[Meter]]

    def keys(self) -> list[SeriesKey]:
        """Return all series."""
        many = [one for group in (*self.several.values(), self.loads) for one in group if one is not None]
        return sorted({key for one in (*self.single.values(), *many) for key in one.keys})


class _Series:
    """The series of a site by device and by kind of device."""

    def __init__(self, site: Site, series: Iterable[SeriesKey]) -> None:
        self.known = sorted(series)
        profiles = set(profile_names())
        self._kinds = {d.name: profile(d.profile).kind for d in site.devices if d.profile in profiles}
        self._by_device: dict[str, list[SeriesKey]] = {}
        for key in self.known:
            self._by_device.setdefault(key.device, []).append(key)

    def devices(self, *kinds: str) -> tuple[str, ...]:
        return tuple(sorted(name for name, kind in self._kinds.items() if kind in kinds and name in self._by_device))

    def one(self, device: str, quantity: str, part: str = "") -> Sum | None:
        found = [k for k in self._by_device.get(device, ()) if k.quantity == quantity and k.part == part]
        return Sum(keys=(found[0],)) if found else None

    def below(self, device: str, quantity: str, part: str, how: str = "sum") -> Sum | None:
        """Return the part itself, or its parts (``input/l1`` ...)."""
        whole = self.one(device, quantity, part)
        if whole is not None:
            return whole
        keys = [k for k in self._by_device.get(device, ()) if k.quantity == quantity and k.part.startswith(f"{part}/")]
        return Sum(keys=tuple(keys), how=how) if keys else None

    def over(self, quantity: str, devices: Iterable[str], how: str = "sum", part: str = "") -> Sum | None:
        keys = [key for d in devices if (one := self.one(d, quantity, part)) is not None for key in one.keys]
        return Sum(keys=tuple(keys), how=how) if keys else None

    def anywhere(self, quantity: str, part: str | None = None) -> Sum | None:
        keys = [k for k in self.known if k.quantity == quantity and part in {None, k.part}]
        return Sum(keys=tuple(keys), how="mean") if keys else None


def find_points(site: Site, series: Iterable[SeriesKey], day: dt.date) -> Points:
    """Return what a site's series can fill; meters count with the roles that they have on ``day``."""
    known = _Series(site, series)
    units, chillers, ups = known.devices(*AIR_UNITS), known.devices("chiller"), known.devices("ups")
    inlets, outlets = inlet_keys(site, known.known), outlet_keys(site, known.known)
    racks = tuple(sorted(inlets))
    powers = {
        rack: known.over(POWER, [d.name for d in site.devices if d.rack == rack and d.name in known.devices("pdu")])
        for rack in racks
    }
    several: dict[str, tuple[Sum | None, ...]] = {
        "ups_in_w": tuple(known.below(name, POWER, "input") for name in ups),
        "ups_out_w": tuple(known.below(name, POWER, "output") for name in ups),
        "chiller_w": tuple(known.one(name, POWER) for name in chillers),
        "chiller_heat_w": tuple(known.one(name, "cooling_power_w") for name in chillers),
        "chiller_load": tuple(known.one(name, "capacity_ratio") for name in chillers),
        "inlet_c": tuple(Sum(keys=tuple(inlets[rack]), how="mean") for rack in racks),
        "inlet_high_c": tuple(Sum(keys=tuple(inlets[rack]), how="max") for rack in racks),
        "outlet_c": tuple(Sum(keys=tuple(outlets[rack]), how="mean") if outlets.get(rack) else None for rack in racks),
        "rack_w": tuple(powers[rack] for rack in racks),
        "fan_w": tuple(known.one(name, POWER) for name in units),
        "humidifier_w": tuple(known.one(name, POWER, "humidifier") for name in units),
        "speed": tuple(known.one(name, "fan_speed_ratio") for name in units),
        "supply_c": tuple(known.one(name, "supply_air_temperature_c") for name in units),
        "supply_set_c": tuple(known.one(name, "supply_air_setpoint_c") for name in units),
        "return_c": tuple(known.one(name, "return_air_temperature_c") for name in units),
        "valve": tuple(_first(known.one(name, q, part) for part, q in _VALVES) for name in units),
        "air_m3_s": tuple(known.one(name, "air_flow_m3_s") for name in units),
    }
    metered = _metered_columns(site, day)
    single = _singles(known, metered, chillers)
    accuracy = {name: max((m.accuracy_ratio for m in meters), default=0.01) for name, meters in metered.items()}
    registers = {name: meters for name, meters in metered.items() if meters and name not in single}
    loads = tuple(known.below(name, "load_ratio", "output", "mean") for name in ups)
    return Points(
        units=units, racks=racks, ups=ups, chillers=chillers, single=single, several=several, accuracy=accuracy,
        loads=loads, registers=registers,
    )  # fmt: skip


def _metered_columns(site: Site, day: dt.date) -> dict[str, list[Meter]]:
    """Return the meters of each column that meters with a role fill."""
    it = next((found for _, role in CATEGORIES if (found := site.meters_of(role, day))), [])
    return {
        "it_w": it,
        "site_w": site.meters_of(Role.FACILITY_INPUT, day),
        "cooling_w": site.meters_of(Role.COOLING, day),
        "heat_w": site.meters_of(Role.HEAT_REMOVED, day),
    }


def _singles(known: _Series, metered: Mapping[str, Sequence[Meter]], chillers: Sequence[str]) -> dict[str, Sum]:
    heat = [meter.device for meter in metered["heat_w"]]
    drives = known.devices("drive")
    tower = [name for name in drives if any(word in name.lower() for word in _TOWER)]
    condenser = [name for name in drives if name not in tower and any(word in name.lower() for word in _CONDENSER)]
    chilled = [name for name in drives if name not in tower and name not in condenser]
    single: dict[str, Sum | None] = {name: _metered(known, meters) for name, meters in metered.items()}
    single |= {
        "chilled_supply_c": known.over(TEMPERATURE, heat, "mean") or known.over(TEMPERATURE, chillers, "mean"),
        "chilled_set_c": known.over("supply_water_setpoint_c", chillers, "mean"),
        "chilled_return_c": known.over("return_water_temperature_c", heat, "mean")
        or known.over("return_water_temperature_c", chillers, "mean"),
        "chilled_m3_s": known.over("water_flow_m3_s", heat) or known.over("water_flow_m3_s", chillers),
        "condenser_c": known.over("condenser_supply_temperature_c", chillers, "mean"),
        "pump_w": known.over(POWER, chilled),
        "pump_speed": known.over(SPEED, chilled, "mean"),
        "condenser_pump_w": known.over(POWER, condenser),
        "tower_w": known.over(POWER, tower),
        "tower_speed": known.over(SPEED, tower, "mean"),
        "free_w": known.over("cooling_power_w", known.devices("economiser"), part="water"),
        "outdoor_c": known.over("outdoor_temperature_c", known.devices("weather"), "mean")
        or known.anywhere("outdoor_temperature_c"),
        "wet_bulb_c": known.anywhere("outdoor_wet_bulb_c"),
        "outdoor_humidity": known.anywhere("relative_humidity_ratio", "outdoor"),
        "dew_point_c": _highest(known.anywhere("dew_point_c")),
    }
    return {name: one for name, one in single.items() if one is not None}


def _metered(known: _Series, meters: Sequence[Meter]) -> Sum | None:
    """Return the sum of the meters of a role, or None where one has no rate."""
    found = [(known.one(meter.device, meter.power, meter.part), meter.factor) for meter in meters]
    keys = [one.keys[0] for one, _ in found if one is not None]
    if not keys or len(keys) != len(found):
        return None
    return Sum(keys=tuple(keys), factors=tuple(factor for _, factor in found))


def _first(found: Iterable[Sum | None]) -> Sum | None:
    return next((one for one in found if one is not None), None)


def _highest(found: Sum | None) -> Sum | None:
    return None if found is None else msgspec.structs.replace(found, how="max")
