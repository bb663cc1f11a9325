"""Readings of an InfluxDB as the table of `greendc.contracts.History.raw`."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from greendc.storage.tables import RAW

if TYPE_CHECKING:
    from collections.abc import Sequence

    from greendc.model import SeriesKey
    from greendc.storage.influx.readings import Readings


def readings_table(keys: Sequence[SeriesKey], parts: Sequence[Readings]) -> pa.Table:
    """Return readings sorted by series and time; ``keys`` in the order of the table's rows."""
    if not parts:
        return RAW.empty_table()
    series = np.concatenate([part.series for part in parts])
    time_ns = np.concatenate([part.time_ns for part in parts])
    order = np.lexsort((time_ns, series))
    value = np.concatenate([part.value for part in parts])[order]
    known = np.concatenate([part.known for part in parts])[order]
    quality = np.concatenate([part.quality for part in parts])[order].astype(np.uint8)
    told = [chunk for part in parts if part.reason is not None for chunk in part.reason.chunks]
    reason: Any = pa.concat_arrays(told).take(order)  # Any: the stubs lose its type
    good: Any = pa.array(quality == 0)
    names = [
        pa.array([getattr(key, name) for key in keys], pa.string()).take(series[order])
        for name in ("device", "part", "quantity")
    ]
    return pa.table(
        [
            *names,
            pa.array(time_ns[order]),
            pa.array(value, mask=~known),
            pa.array(quality),
            # A reason that a later good reading did not overwrite is void.
            pc.if_else(good, "", reason.fill_null("")),
        ],
        schema=RAW,
    )
