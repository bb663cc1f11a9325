"""What is known beforehand of each series: bounds, resolution, pace, and which series tell about it."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

import msgspec
import numpy as np

from analytics.gate.fault import conversions, sentinels
from analytics.gate.neighbours import Neighbours, neighbours_of
from analytics.quality.pace import Declared
from greendc.model import SeriesKey
from greendc.profiles import Raw, profile, profile_names
from greendc.quantities import Kind, Quantity, quantities
from greendc.site import Role

if TYPE_CHECKING:
    from collections.abc import Sequence

    from analytics.gate.columns import BoolArray, FloatArray, IndexArray
    from greendc.profiles import Point
    from greendc.site import Site

LIVELY_UNITS = frozenset({"Cel", "Pa"})
ELECTRIC_UNITS = frozenset({"W", "V.A", "var", "A", "V", "Hz", "m3/s"})
LOAD_UNITS = frozenset({"W", "V.A", "var", "A", "m3/s"})
REGISTER_UNITS = frozenset({"J", "m3", "kg"})
ALIKE = frozenset(
    {
        "air_temperature_c",
        "relative_humidity_ratio",
        "dew_point_c",
        "outdoor_temperature_c",
        "outdoor_wet_bulb_c",
        "atmospheric_pressure_pa",
        "voltage_v",
        "frequency_hz",
    }
)
"""Quantities that peers measure alike, so that one which wanders off is wrong; others have loads of their own."""
NOT_MEASURED = re.compile(
    r"setpoint|_state$|_count$|uptime|position_ratio|speed_ratio|capacity_ratio|battery_charge"
    r"|_runtime|on_battery|memory|filesystem|load_average|utilisation"
)
"""Set-points, states, commands and what computers count: they stand still or jump by nature."""
BOTH_WAYS = frozenset({"storage", "pv_inverter", "generator"})
"""Kinds of devices whose power may have either sign."""
TURNED = frozenset({Role.STORAGE, Role.GENERATION, Role.EXPORT})
DRIFT_K = 1.0
DRIFT_RATIO = 0.03
_WIDTHS = {
    Raw.UINT16: 2.0**16,
    Raw.COUNTER32: 2.0**32,
    Raw.UINT32: 2.0**32,
    Raw.INT: 2.0**31,
    Raw.UINT: 2.0**32,
    Raw.COUNTER64: 2.0**64,
    Raw.UINT64: 2.0**64,
    Raw.INT32: 2.0**31,
}


class Traits(msgspec.Struct, frozen=True, kw_only=True):
    """One element a series. Units as stored; NaN or 0 where a number is unknown.

    ``grain`` is what one count is worth, ``modulus`` the value at which a register starts again at 0. ``gauge`` are
    measured values, ``lively`` those that never stand still, ``load`` powers, currents and flows, ``register`` counters
    of energy, volume or mass, ``unsigned`` powers that are never below 0. ``drift`` is by how much a series may wander
    off from its peers, NaN where that says nothing, a share of the value where it is ``relative``. ``unit`` is a
    position in ``units``.
    """

    keys: tuple[SeriesKey, ...]
    low: np.ndarray
    high: np.ndarray
    grain: np.ndarray
    modulus: np.ndarray
    gauge: np.ndarray
    lively: np.ndarray
    electric: np.ndarray
    load: np.ndarray
    counter: np.ndarray
    register: np.ndarray
    unsigned: np.ndarray
    drift: np.ndarray
    relative: np.ndarray
    unit: np.ndarray
    units: tuple[str, ...]
    neighbours: Neighbours

    def __len__(self) -> int:
        """Return how many series there are."""
        return len(self.keys)

    @property
    def measured(self) -> BoolArray:
        """Return which series are measured and move on their own."""
        return np.asarray(self.lively | self.electric)

    def sentinel_table(self) -> tuple[FloatArray, BoolArray]:
        """Return the values that stand for no value, ascending, and by series which of them count."""
        known = sorted(sentinels(), key=lambda one: one.value)
        of_unit = np.array([[unit in one.units for one in known] for unit in self.units], dtype=np.bool_)
        counts = of_unit.reshape(len(self.units), len(known))[self.unit]
        for at, one in enumerate(known):
            if one.not_for:
                counts[:, at] &= np.array([key.quantity not in one.not_for for key in self.keys], dtype=np.bool_)
        return np.array([one.value for one in known]), counts

    def conversion_table(self) -> tuple[FloatArray, FloatArray, BoolArray]:
        """Return factor and offset of the mistakes of units, and by series which of them count."""
        known = conversions()
        of_unit = np.array([[unit in one.units for one in known] for unit in self.units], dtype=np.bool_)
        counts = of_unit.reshape(len(self.units), len(known))[self.unit]
        return np.array([one.factor for one in known]), np.array([one.offset for one in known]), counts


def traits_of(keys: Sequence[SeriesKey], site: Site | None = None) -> Traits:
    """Return what the dictionary and, where there is one, a site file and its profiles say of series."""
    declared = None if site is None else Declared(site)
    known = [quantities().get(key.quantity) for key in keys]
    points = [None if declared is None else declared.point(key) for key in keys]
    units = tuple(sorted({_unit(one) for one in known}))
    kinds = _kinds(site)
    return Traits(
        keys=tuple(keys),
        low=np.array([_bound(one, point, "low", -np.inf) for one, point in zip(known, points, strict=True)]),
        high=np.array([_bound(one, point, "high", np.inf) for one, point in zip(known, points, strict=True)]),
        grain=np.array([(declared.grain(key) or 0.0) if declared is not None else 0.0 for key in keys]),
        modulus=np.array([_modulus(point) for point in points]),
        gauge=_flags(_is_gauge(one) for one in known),
        lively=_flags(_is_gauge(one) and _is_lively(one) for one in known),
        electric=_flags(_is_gauge(one) and _unit(one) in ELECTRIC_UNITS for one in known),
        load=_flags(_is_gauge(one) and _unit(one) in LOAD_UNITS for one in known),
        counter=_flags(one is not None and one.kind is Kind.COUNTER for one in known),
        register=_flags(one is not None and one.kind is Kind.COUNTER and one.unit in REGISTER_UNITS for one in known),
        unsigned=_flags(
            _unit(one) in {"W", "V.A"} and kinds.get(key.device) not in BOTH_WAYS
            for key, one in zip(keys, known, strict=True)
        ),
        drift=np.array([_drift(one) for one in known]),
        relative=_flags(_unit(one) not in {"Cel", "1"} for one in known),
        unit=np.array([units.index(_unit(one)) for one in known], dtype=np.intp),
        units=units,
        neighbours=neighbours_of(keys, site),
    )


def _flags(given: object) -> BoolArray:
    return np.fromiter(given, dtype=np.bool_)  # type: ignore[call-overload, no-any-return]  # any iterable of flags


def _unit(one: Quantity | None) -> str:
    return "" if one is None else one.unit


def _is_gauge(one: Quantity | None) -> bool:
    return one is not None and one.kind is Kind.GAUGE and NOT_MEASURED.search(one.key) is None


def _is_lively(one: Quantity | None) -> bool:
    return one is not None and (one.unit in LIVELY_UNITS or one.key == "relative_humidity_ratio")


def _drift(one: Quantity | None) -> float:
    if one is None or one.key not in ALIKE:
        return np.nan
    return DRIFT_K if one.unit == "Cel" else DRIFT_RATIO


def _bound(one: Quantity | None, point: Point | None, side: str, otherwise: float) -> float:
    tighter = None if point is None else getattr(point, side)
    if tighter is not None:
        return float(tighter)
    return otherwise if one is None else float(getattr(one, side))


def _modulus(point: Point | None) -> float:
    if point is None or point.varies:
        return 0.0
    raw = point.modulus or _WIDTHS.get(point.raw, 0.0)
    return abs(point.stored(raw) - point.stored(0.0)) if raw else 0.0


def _kinds(site: Site | None) -> dict[str, str]:
    """Return the kind of each device; a supply's meter counts both ways where the site feeds power back."""
    if site is None:
        return {}
    names = profile_names()
    kinds = {entry.name: profile(entry.profile).kind for entry in site.devices if entry.profile in names}
    roles = TURNED | {Role.FACILITY_INPUT} if set(kinds.values()) & BOTH_WAYS else TURNED
    kinds |= {meter.device: "storage" for meter in site.meters if meter.role in roles}
    return kinds


def indices(flags: BoolArray) -> IndexArray:
    """Return where a flag is set."""
    return np.flatnonzero(flags)
