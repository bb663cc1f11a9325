"""Units of devices and files, turned into the one unit each quantity is stored in.

Stored values are SI, with degrees Celsius and ratios 0..1 as the two exceptions. Unit names are UCUM codes where UCUM
has one, otherwise the short form makers use. Source: The Unified Code for Units of Measure, 2.1; US units by NIST SP
811, appendix B.
"""

from __future__ import annotations

import msgspec

SECONDS_PER_HOUR = 3600
NS_PER_SECOND = 1_000_000_000
J_PER_KWH = 3_600_000.0
W_PER_KW = 1000.0
ABSOLUTE_ZERO_C = -273.15


class Unit(msgspec.Struct, frozen=True):
    """A unit: ``si = raw * factor + offset``, in the stored unit named ``stored``."""

    stored: str
    factor: float
    offset: float = 0.0


UNITS: dict[str, Unit] = {
    "1": Unit("1", 1.0),
    "%": Unit("1", 0.01),
    "W": Unit("W", 1.0),
    "kW": Unit("W", 1e3),
    "MW": Unit("W", 1e6),
    "V.A": Unit("V.A", 1.0),
    "kV.A": Unit("V.A", 1e3),
    "var": Unit("var", 1.0),
    "kvar": Unit("var", 1e3),
    "J": Unit("J", 1.0),
    "W.h": Unit("J", 3.6e3),
    "kW.h": Unit("J", 3.6e6),
    "MW.h": Unit("J", 3.6e9),
    "kvar.h": Unit("var.s", 3.6e6),
    "var.h": Unit("var.s", 3.6e3),
    "V": Unit("V", 1.0),
    "mV": Unit("V", 1e-3),
    "A": Unit("A", 1.0),
    "mA": Unit("A", 1e-3),
    "Hz": Unit("Hz", 1.0),
    "Cel": Unit("Cel", 1.0),
    "[degF]": Unit("Cel", 5 / 9, -160 / 9),
    "K": Unit("K", 1.0),
    "s": Unit("s", 1.0),
    "min": Unit("s", 60.0),
    "h": Unit("s", 3600.0),
    "cs": Unit("s", 0.01),
    "m3": Unit("m3", 1.0),
    "L": Unit("m3", 1e-3),
    "kg": Unit("kg", 1.0),
    "t": Unit("kg", 1e3),
    "m3/s": Unit("m3/s", 1.0),
    "m3/h": Unit("m3/s", 1 / 3600),
    "L/s": Unit("m3/s", 1e-3),
    "L/min": Unit("m3/s", 1e-3 / 60),
    "L/h": Unit("m3/s", 1e-3 / 3600),
    "[cft_i]/min": Unit("m3/s", 0.028316846592 / 60),
    "Pa": Unit("Pa", 1.0),
    "hPa": Unit("Pa", 1e2),
    "kPa": Unit("Pa", 1e3),
    "bar": Unit("Pa", 1e5),
    "By": Unit("By", 1.0),
    "MBy": Unit("By", 1e6),
    "GBy": Unit("By", 1e9),
    "KiBy": Unit("By", 1024.0),
    "{rpm}": Unit("Hz", 1 / 60),
    "W/m2": Unit("W/m2", 1.0),
    "m/s": Unit("m/s", 1.0),
    "S/m": Unit("S/m", 1.0),
    "uS/cm": Unit("S/m", 1e-4),
}


def to_stored(value: float, unit: str) -> float:
    """Return ``value`` of ``unit`` in the stored unit of that unit.

    Raises:
        KeyError: the unit is not known.
    """
    known = UNITS[unit]
    return value * known.factor + known.offset


def from_stored(value: float, unit: str) -> float:
    """Return a stored value in ``unit``; the inverse of `to_stored`.

    Raises:
        KeyError: the unit is not known.
    """
    known = UNITS[unit]
    return (value - known.offset) / known.factor


def kwh(energy_j: float) -> float:
    """Return an energy [J] in kWh."""
    return energy_j / J_PER_KWH


def kw(power_w: float) -> float:
    """Return a power [W] in kW."""
    return power_w / W_PER_KW
