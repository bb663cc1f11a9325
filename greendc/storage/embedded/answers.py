"""Readings as the table of `greendc.contracts.History`. Imported for a table only: pyarrow is heavy."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
import pyarrow as pa

from greendc.storage.tables import RAW, column_table

if TYPE_CHECKING:
    from collections.abc import Sequence

    from greendc.model import SeriesKey
    from greendc.storage.embedded.rows import Rows
    from greendc.storage.steps import Ints


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
