"""Stored values turned into what a person reads: always a number with its unit, an em dash where nothing is known.

Thousands are set apart by a narrow no-break space, the unit by a no-break space (SI Brochure, 9th edition, 5.4.3 and
5.4.4); digits are half-width in both languages. Everything here is pure; times are shown in the zone that is handed in.
"""

from __future__ import annotations

import datetime as dt
import math
import unicodedata
from typing import TYPE_CHECKING

import msgspec

from greendc.quantities import Kind, Quantity
from greendc.texts import t
from greendc.units import NS_PER_SECOND, from_stored

if TYPE_CHECKING:
    from collections.abc import Callable

UNKNOWN = "—"
THIN = "\u202f"
SPACE = "\u00a0"
MINUS = "\u2212"

_SIGNIFICANT = 3
_THOUSAND = 1000.0
_UNSEEN = frozenset({"Cc", "Cf", "Cs"})
_NEVER_ASSIGNED = 0xFFFE
_NEVER_IN_TEXT = range(0xFDD0, 0xFDF0)
_AGES = (("s", 90.0, 1.0), ("min", 5400.0, 60.0), ("h", 48 * 3600.0, 3600.0), ("d", math.inf, 86_400.0))


class Shown(msgspec.Struct, frozen=True):
    """A number and its unit, apart so that a page can set them in two sizes; ``unit`` is empty for a bare number."""

    number: str
    unit: str = ""

    def __str__(self) -> str:
        """Return both in one piece that does not wrap."""
        return f"{self.number}{SPACE}{self.unit}" if self.unit and self.number != UNKNOWN else self.number


NOTHING = Shown(UNKNOWN)


def number(value: float | None, digits: int = 0) -> str:
    """Return a plain number with ``digits`` decimals, thousands set apart, a true minus sign; a dash when unknown."""
    if value is None or not math.isfinite(value):
        return UNKNOWN
    text = f"{abs(value):,.{digits}f}".replace(",", THIN)
    below_zero = value < 0 and any(character in "123456789" for character in text)
    return f"{MINUS}{text}" if below_zero else text


def significant(value: float | None) -> str:
    """Return a number with about three significant digits and never fewer digits before the point than it has."""
    if value is None or not math.isfinite(value):
        return UNKNOWN
    if value == 0:
        return "0"
    return number(value, max(0, min(3, _SIGNIFICANT - 1 - math.floor(math.log10(abs(value))))))


def power(value_w: float | None) -> Shown:
    """Return a power [W] in W below 1 kW, in kW below 10 MW, else in MW."""
    return _scaled(value_w, (("W", 1e3), ("kW", 1e7), ("MW", math.inf)))


def energy(value_j: float | None) -> Shown:
    """Return an energy [J] in kWh below 10 MWh, else in MWh."""
    return _scaled(value_j, (("kW.h", 3.6e10), ("MW.h", math.inf)))


def _scaled(value: float | None, steps: tuple[tuple[str, float], ...]) -> Shown:
    if value is None or not math.isfinite(value):
        return NOTHING
    unit = next(name for name, below in steps if abs(value) < below)
    return Shown(significant(from_stored(value, unit)), unit.replace("W.h", "Wh"))


def percent(value_ratio: float | None, digits: int = 1) -> Shown:
    """Return a ratio 0..1 in per cent. What is short of everything never reads as 100 %."""
    if value_ratio is None or not math.isfinite(value_ratio):
        return NOTHING
    value = from_stored(value_ratio, "%")
    text = number(value, digits)
    if value_ratio < 1 and text == number(100.0, digits):
        text = number(math.floor(value * 10**digits) / 10**digits, digits)
    return Shown(text, "%")


def temperature(value_c: float | None) -> Shown:
    """Return a temperature [degree Celsius] to a tenth."""
    return NOTHING if value_c is None or not math.isfinite(value_c) else Shown(number(value_c, 1), "°C")


def effectiveness(value: float | None) -> Shown:
    """Return a PUE or another ratio of energies with two decimals and no unit."""
    return NOTHING if value is None or not math.isfinite(value) else Shown(number(value, 2))


def money(value: float | None, currency: str) -> Shown:
    """Return an amount of money with its ISO 4217 code."""
    return NOTHING if value is None or not math.isfinite(value) else Shown(significant(value), currency)


def mass(value_kg: float | None) -> Shown:
    """Return a mass [kg] in kg below 10 t, else in t."""
    if value_kg is None or not math.isfinite(value_kg):
        return NOTHING
    tonnes = value_kg / _THOUSAND
    return Shown(significant(value_kg), "kg") if abs(tonnes) < 10 else Shown(significant(tonnes), "t")  # noqa: PLR2004 (t from 10 t on)


_STORED: dict[str, Callable[[float | None], Shown]] = {
    "W": power,
    "J": energy,
    "1": percent,
    "Cel": temperature,
    "kg": mass,
}


def stored(value: float | None, unit: str) -> Shown:
    """Return a value in its stored unit (UCUM) as a person reads it."""
    known = _STORED.get(unit)
    if known is not None:
        return known(value)
    if value is None or not math.isfinite(value):
        return NOTHING
    return Shown(significant(value), unit.replace("W.h", "Wh").replace("V.A", "VA"))


def of_quantity(value: float | None, known: Quantity) -> Shown:
    """Return a value of a quantity: a state by name, a ratio in per cent, a count bare, bytes in GB, else its unit."""
    if value is None or not math.isfinite(value):
        return NOTHING
    if known.kind is Kind.STATE:
        return Shown(known.state_name(value))
    if known.unit == "1" and not known.key.endswith("_ratio"):
        return Shown(significant(value))
    if known.unit == "By":
        return Shown(significant(from_stored(value, "GBy")), "GB")
    return stored(value, known.unit)


def one_line(text: str, longest: int = 400) -> str:
    """Return a text on one line, without what is invisible or turns the reading direction, and not endlessly long.

    A letter that Unicode leaves to private use, or has not assigned yet, stays: it is part of somebody's name.
    """
    kept = "".join(" " if mark in "\r\n\t\u2028\u2029" else mark for mark in text)
    kept = "".join(mark for mark in kept if not _is_unseen(mark))
    return kept if len(kept) <= longest else f"{kept[: longest - 1]}…"


def _is_unseen(mark: str) -> bool:
    point = ord(mark)
    never = point & 0xFFFE == _NEVER_ASSIGNED or point in _NEVER_IN_TEXT
    return never or unicodedata.category(mark) in _UNSEEN


def age(seconds: float | None, lang: str) -> str:
    """Return how long ago something was: ``42 s``, ``4 min``, ``3 h``, ``2 d``; what lies ahead is 0 s."""
    if seconds is None or not math.isfinite(seconds):
        return UNKNOWN
    seconds = max(0.0, seconds)
    name, divisor = next((name, divisor) for name, below, divisor in _AGES if seconds < below)
    return t(f"display.age_{name}", lang, n=number(math.floor(seconds / divisor)))


def since(time_ns: int, now_ns: int, lang: str) -> str:
    """Return the age of an instant; a dash for 0, which is no instant."""
    return age((now_ns - time_ns) / NS_PER_SECOND, lang) if time_ns else UNKNOWN


def clock(time_ns: int, zone: dt.tzinfo) -> str:
    """Return the time of day ``14:03:22`` in a zone."""
    return f"{_moment(time_ns, zone):%H:%M:%S}" if time_ns else UNKNOWN


def moment(time_ns: int, zone: dt.tzinfo) -> str:
    """Return date and time to the minute, ``2026-11-23 14:03``, in a zone."""
    return f"{_moment(time_ns, zone):%Y-%m-%d %H:%M}" if time_ns else UNKNOWN


def zone_label(zone: dt.tzinfo, now_ns: int) -> str:
    """Return a zone written out with its offset now: ``Asia/Shanghai (UTC+08:00)``."""
    offset = _moment(now_ns, zone).strftime("%z")
    return f"{zone} (UTC{offset[:3]}:{offset[3:]})" if str(zone) != "UTC" else "UTC"


def _moment(time_ns: int, zone: dt.tzinfo) -> dt.datetime:
    return dt.datetime.fromtimestamp(time_ns // NS_PER_SECOND, tz=dt.UTC).astimezone(zone)
