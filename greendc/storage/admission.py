"""What a store can keep: one rule for every store, so that moving readings from one to another loses none."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from greendc.errors import StoreRefused
from greendc.quantities import Kind, quantities
from greendc.texts import t

if TYPE_CHECKING:
    from greendc.model import SeriesKey

MAX_TIME_NS = 2**63 - 2
"""The last nanosecond that InfluxDB keeps (year 2262)."""

MAX_NAME = 256
"""Characters in the name of a site, device or part."""

MAX_ROWS = 20_000_000
"""Rows of one answer: about 2 GB of memory."""

MAX_COUNTER = 2.0**53
"""Beyond it a double cannot tell two neighbouring counts apart, and differences are wrong."""

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


def is_counter(quantity: str) -> bool:
    """Tell whether a quantity is a counter; one that the vocabulary does not have is none."""
    found = quantities().get(quantity)
    return found is not None and found.kind is Kind.COUNTER


def admits_value(quantity: str, value: float) -> bool:
    """Tell whether a known value can be kept exactly enough to be of use."""
    return abs(value) <= MAX_COUNTER or not is_counter(quantity)


def check_steps(series: int, start_ns: int, end_ns: int, step_ns: int) -> None:
    """Say whether steps of so many series fit into one answer.

    Raises:
        StoreRefused: they do not; the message says which step would.
    """
    span_ns = end_ns - start_ns
    if series * (span_ns // step_ns) > MAX_ROWS:
        longer_s = -(-series * span_ns // MAX_ROWS) / 10**9
        raise StoreRefused(t("storage.query.steps", series=series, step_s=step_ns / 10**9, longer_s=f"{longer_s:.3g}"))


def check_rows(rows: int) -> None:
    """Say whether so many readings fit into one answer.

    Raises:
        StoreRefused: they do not.
    """
    if rows > MAX_ROWS:
        raise StoreRefused(t("storage.query.rows", limit=MAX_ROWS))


def _is_name(name: str) -> bool:
    # A lone surrogate cannot be written as UTF-8; SQLite ends a text at NUL in some of its functions.
    return len(name) <= MAX_NAME and "\0" not in name and not any("\ud800" <= char <= "\udfff" for char in name)
