"""Times of a table: ISO 8601, epoch numbers of any usual unit, or seconds since some start."""

from __future__ import annotations

import math
import re
from typing import TYPE_CHECKING

import numpy as np

from greendc.clock import from_iso
from greendc.units import NS_PER_SECOND

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

NO_TIME = np.iinfo(np.int64).min
"""Stands where a cell holds no time."""
EPOCH_UNITS = ((1e17, 1), (1e14, 1_000), (1e11, 1_000_000))
"""From which size on a number counts nano-, micro- or milliseconds; below it counts seconds."""

_FRACTION = re.compile(r"\.(\d+)(?=Z$|[+-]\d\d|$)")
_SLASHES = re.compile(r"^(\d{4})/(\d{1,2})/(\d{1,2})")
_NUMBER = re.compile(r"[+-]?\d+(\.\d*)?([eE][+-]?\d+)?")


def times_of(texts: Sequence[str]) -> NDArray[np.int64]:
    """Return the nanoseconds of each text, `NO_TIME` where it is none. One unit of epoch holds for all numbers."""
    numbers = [float(text) for text in texts if _NUMBER.fullmatch(text)]
    unit = _unit(numbers)
    return np.array([_time(text, unit) for text in texts], dtype=np.int64)


def _unit(numbers: Sequence[float]) -> int:
    """Return how many nanoseconds the numbers count by."""
    size = float(np.median(np.abs(numbers))) if numbers else 0.0
    return next((unit for least, unit in EPOCH_UNITS if size >= least), NS_PER_SECOND)


def _time(text: str, unit: int) -> int:
    try:
        if _NUMBER.fullmatch(text):
            # A whole number of nanoseconds has more digits than a float keeps.
            found = int(text) * unit if text.isdecimal() else _scaled(float(text), unit)
        else:
            found = _calendar(text)
    except (ValueError, OverflowError):
        return NO_TIME
    return found if abs(found) < -NO_TIME else NO_TIME


def _scaled(number: float, unit: int) -> int:
    if not math.isfinite(number):
        raise ValueError(number)
    return round(number * unit)


def _calendar(text: str) -> int:
    plain = _SLASHES.sub(lambda found: f"{found[1]}-{int(found[2]):02}-{int(found[3]):02}", text)
    fraction = _FRACTION.search(plain)
    if fraction is None:
        return from_iso(plain)
    nanoseconds = int(fraction[1][:9].ljust(9, "0"))
    return from_iso(_FRACTION.sub("", plain)) + nanoseconds
