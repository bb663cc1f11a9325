"""What a store can keep: one rule for every store, so that moving readings from one to another loses none."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from greendc.model import SeriesKey

MAX_TIME_NS = 2**63 - 2
"""The last nanosecond that InfluxDB keeps (year 2262)."""

MAX_NAME = 256
"""Characters in the name of a site, device or part."""

_QUANTITY = re.compile(r"[a-z][a-z0-9_]{0,63}")


def admits_time(time_ns: int) -> bool:
    """Tell whether a reading of this time can be kept."""
    return 0 <= time_ns <= MAX_TIME_NS


def admits_series(key: SeriesKey) -> bool:
    """Tell whether readings of this series can be kept. A part may be empty; a site and a device may not."""
    if not (key.site and key.device and admits_quantity(key.quantity)):
        return False
    return all(_is_name(name) for name in (key.site, key.device, key.part))


def admits_quantity(quantity: str) -> bool:
    """Tell whether a text can name a quantity."""
    return _QUANTITY.fullmatch(quantity) is not None


def _is_name(name: str) -> bool:
    # A lone surrogate cannot be written as UTF-8; SQLite ends a text at NUL in some of its functions.
    return len(name) <= MAX_NAME and "\0" not in name and not any("\ud800" <= char <= "\udfff" for char in name)
