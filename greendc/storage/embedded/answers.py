"""Readings and steps as the tables of `greendc.contracts.History`. Imported for a table only: pyarrow is heavy."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
import pyarrow as pa

from greendc.storage.admission import is_counter
from greendc.storage.tables import AGGREGATED, RAW, column_table

if TYPE_CHECKING:
    from collections.abc import Sequence

    from greendc.model import SeriesKey
    from greendc.storage.embedded.rows import Ints, Rows
    from greendc.storage.embedded.steps import Steps


def raw_answer(keys: Sequence[SeriesKey], owner: Ints, rows: Rows, reasons: Sequence[str]) -> pa.Table:
    """Return readings; row *i* belongs to ``keys[owner[i]]``, its reason is a position in ``reasons``."""
    reason: pa.Int64Array = pa.array(rows.reason, pa.int64())
    columns: dict[str, pa.Array[Any]] = {
        "time_ns": pa.array(rows.time_ns, pa.int64()),
        "value": pa.array(rows.value, pa.float64(), mask=np.isnan(rows.value)),
        "quality": pa.array(rows.quality, pa.uint8()),
        "reason": pa.array(list(reasons), pa.string()).take(reason),
    }
    return column_table(keys, owner, columns, RAW)


def step_answer(keys: Sequence[SeriesKey], steps: Steps, level: str) -> pa.Table:
    """Return steps; their owners are positions in ``keys``."""
    unknown = steps.known == 0
    counter = np.array([is_counter(key.quantity) for key in keys], np.bool_)
    mean = np.divide(steps.total, steps.known, out=np.full(len(unknown), np.nan), where=~unknown)
    floats = {
        "sum": steps.total,
        "mean": mean,
        "min": steps.low,
        "max": steps.high,
        "first": steps.first,
        "last": steps.last,
    }
    columns: dict[str, pa.Array[Any]] = {
        "time_ns": pa.array(steps.time_ns, pa.int64()),
        "count": pa.array(steps.count, pa.int64()),
        "known": pa.array(steps.known, pa.int64()),
        **{name: pa.array(column, pa.float64(), mask=unknown) for name, column in floats.items()},
        "increase": pa.array(steps.increase, pa.float64(), mask=unknown | ~counter[steps.owner]),
    }
    return column_table(keys, steps.owner, columns, AGGREGATED.with_metadata({"level": level}))
