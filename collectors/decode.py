"""A raw value of a device becomes a reading, once, at the border.

Pure: no device, no clock. What cannot be told stays unknown, with one of these reasons; it never becomes 0.

``not_supported``  the device has no such object
``not_available``  the device says that it does not know (a value that its profile lists as missing)
``not_a_number``   text that holds no number, NaN or infinity
``unknown_state``  a code that the profile gives no state
``out_of_range``   a number that cannot be true
``no_answer``      the device did not answer for this point
"""

from __future__ import annotations

import math
import re

from greendc.model import Quality, Reading
from greendc.profiles import Point, Raw
from greendc.quantities import Kind, Quantity, quantity

Value = int | float | str | None
"""A raw value: a number, a text, or None where the device has no such object."""

NO_ANSWER = "no_answer"
NOT_SUPPORTED = "not_supported"
NOT_AVAILABLE = "not_available"
NOT_A_NUMBER = "not_a_number"
UNKNOWN_STATE = "unknown_state"
OUT_OF_RANGE = "out_of_range"

_UINT32 = 2**32
_NUMBER = re.compile(r"\s*([+-]?(?:\d+(?:\.\d*)?|\.\d+)(?:[eE][+-]?\d{1,3})?)\s*(?![\d.,:/-])[^\d]*\Z")
_BLANK = frozenset({"", "-", "--", "---", "n/a", "na", "none", "null", "not available", "unknown"})


def decode(point: Point, raw: Value, *, part: str, time_ns: int, site: str, device: str) -> Reading:
    """Return the reading of one raw value in the quantity's stored unit.

    Args:
        point: what the value means.
        raw: as the device sent it; None when it has no such object.
        part: the part it belongs to, already filled in.
        time_ns: UTC.
        site: the site's name.
        device: the device's name.
    """
    value, reason = _value(point, raw)
    return Reading(
        time_ns=time_ns,
        site=site,
        device=device,
        part=part,
        quantity=point.quantity,
        value=value,
        quality=Quality.BAD if reason else Quality.GOOD,
        reason=reason,
    )


def unread(point: Point, reason: str, *, part: str, time_ns: int, site: str, device: str) -> Reading:
    """Return the reading of a point whose value is unknown for ``reason``."""
    return Reading(
        time_ns=time_ns,
        site=site,
        device=device,
        part=part,
        quantity=point.quantity,
        value=None,
        quality=Quality.BAD,
        reason=reason,
    )


def number(raw: Value) -> float | None:
    """Return the number that a raw value is or starts with, such as 18.9 for ``18.90 degree C``; None without one."""
    if raw is None:
        return None
    if isinstance(raw, str):
        found = _NUMBER.match(raw)
        if found is None:
            return None
        raw = float(found[1])
    return raw if math.isfinite(raw) else None


def unsigned(point: Point, raw: float) -> float:
    """Return a number of an unsigned 32-bit object that an agent sent as a negative one as what it stands for."""
    return raw + _UINT32 if point.raw is Raw.UINT and -_UINT32 / 2 <= raw < 0 else raw


def is_missing(point: Point, raw: float) -> bool:
    """Tell whether the profile lists a raw number as "not available"."""
    return raw in point.missing or unsigned(point, raw) in point.missing


def _value(point: Point, raw: Value) -> tuple[float | None, str]:
    if raw is None:
        return None, NOT_SUPPORTED
    if isinstance(raw, str) and raw.strip().lower() in _BLANK:
        return None, NOT_AVAILABLE
    plain = number(raw)
    if plain is None:
        return None, NOT_A_NUMBER
    if is_missing(point, plain):
        return None, NOT_AVAILABLE
    known = quantity(point.quantity)
    return _state(point, known, plain) if known.kind is Kind.STATE else _amount(point, known, plain)


def _state(point: Point, known: Quantity, plain: float) -> tuple[float | None, str]:
    code = known.states.get(point.states.get(f"{plain:g}", ""), 0)
    return (float(code), "") if code else (None, UNKNOWN_STATE)


def _amount(point: Point, known: Quantity, plain: float) -> tuple[float | None, str]:
    # A sum below 0 is a contradiction between its terms, not a number that has turned negative on the wire.
    value = point.stored(plain if point.terms else unsigned(point, plain)) + 0.0
    if not math.isfinite(value):
        return None, NOT_A_NUMBER
    low = known.low if point.low is None else max(point.low, known.low)
    high = known.high if point.high is None else min(point.high, known.high)
    return (value, "") if low <= value <= high else (None, OUT_OF_RANGE)
