"""What a store can keep: one rule for every store, so that moving readings from one to another loses none."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

import numpy as np

from greendc.errors import PointsRefused, StoreRefused
from greendc.model import Batch, Quality
from greendc.quantities import Kind, quantities
from greendc.texts import t

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from numpy.typing import NDArray

    from greendc.model import Reading, SeriesKey

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


def admitted(batch: Batch, from_ns: int = 0) -> NDArray[np.bool_]:
    """Tell for each row of a batch whether it can be kept by a store that keeps nothing older than ``from_ns``."""
    if not batch.series:
        return np.zeros(len(batch), np.bool_)
    index = np.frombuffer(batch.index, np.uint32)
    time_ns = np.frombuffer(batch.time_ns, np.int64)
    value = np.frombuffer(batch.value, np.float64)
    quality = np.frombuffer(batch.quality, np.uint8)
    fits = np.array([admits_series(key) for key in batch.series], np.bool_)[index]
    counter = np.array([is_counter(key.quantity) for key in batch.series], np.bool_)[index]
    vain = np.isinf(value) | (np.isnan(value) & (quality == Quality.GOOD)) | (quality > Quality.BAD)
    when = (time_ns >= max(0, from_ns)) & (time_ns <= MAX_TIME_NS)
    return np.asarray(fits & when & ~vain & ~(counter & (np.abs(value) > MAX_COUNTER)))


def write_each(write_batch: Callable[[Batch], None], readings: Sequence[Reading]) -> None:
    """Write readings as one batch, without those whose time does not even fit in a column.

    Raises:
        PointsRefused: at the positions of readings that can never be stored; the others are.
    """
    batch = Batch()
    positions: list[int] = []
    refused: list[int] = []
    for position, reading in enumerate(readings):
        if admits_time(reading.time_ns):
            batch.append(reading)
            positions.append(position)
        else:
            refused.append(position)
    try:
        write_batch(batch)
    except PointsRefused as error:
        refused += [positions[row] for row in error.indices]
    refuse(refused)


def refuse(positions: Sequence[int]) -> None:
    """Say which points cannot be stored, if there are any.

    Raises:
        PointsRefused: there are.
    """
    if positions:
        raise PointsRefused(t("storage.points.refused", count=len(positions)), sorted(positions))


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
