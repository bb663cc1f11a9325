"""The Arrow tables at the border of a store. Imported only when a table is asked for: pyarrow is heavy."""

from __future__ import annotations

from itertools import pairwise
from typing import TYPE_CHECKING, Any, TypeAlias

import pyarrow as pa

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    import numpy as np
    from numpy.typing import NDArray

    from greendc.model import SeriesKey

Ints: TypeAlias = "NDArray[np.int64]"

_NAMES: list[tuple[str, pa.DataType]] = [("device", pa.string()), ("part", pa.string()), ("quantity", pa.string())]

RAW = pa.schema(
    [
        *_NAMES,
        ("time_ns", pa.int64()),
        ("value", pa.float64()),
        ("quality", pa.uint8()),
        ("reason", pa.string()),
    ]
)
AGGREGATED = pa.schema(
    [
        *_NAMES,
        ("time_ns", pa.int64()),
        ("count", pa.int64()),
        ("known", pa.int64()),
        ("sum", pa.float64()),
        ("mean", pa.float64()),
        ("min", pa.float64()),
        ("max", pa.float64()),
        ("first", pa.float64()),
        ("last", pa.float64()),
        ("increase", pa.float64()),
    ]
)
GAPS = pa.schema([*_NAMES, ("start_ns", pa.int64()), ("end_ns", pa.int64())])


def in_order(keys: Iterable[SeriesKey]) -> list[SeriesKey]:
    """Return each series once, in the order of the tables' rows."""
    return sorted(set(keys), key=lambda key: (key.device, key.part, key.quantity, key.site))


def gaps_table(
    parts: Iterable[tuple[SeriesKey, Sequence[int]]], start_ns: int, end_ns: int, longest_ns: int
) -> pa.Table:
    """Return the gaps between the times of known values, sorted, as the table of `greendc.contracts.History.gaps`."""
    gaps = [
        (key, one, two)
        for key, times in parts
        for one, two in pairwise([start_ns, *times, end_ns])
        if two - one > longest_ns
    ]
    rows = [(key.device, key.part, key.quantity, one, two) for key, one, two in gaps]
    columns = zip(*rows, strict=True) if rows else ((),) * len(GAPS)
    arrays = [pa.array(column, field.type) for column, field in zip(columns, GAPS, strict=True)]
    return pa.Table.from_arrays(arrays, schema=GAPS)


def column_table(
    keys: Sequence[SeriesKey], owner: Ints, columns: Mapping[str, pa.Array[Any]], schema: pa.Schema
) -> pa.Table:
    """Return a table from columns without the names; row *i* belongs to ``keys[owner[i]]``."""
    place: pa.Int64Array = pa.array(owner, pa.int64())
    names = [[getattr(key, field.name) for key in keys] for field in schema if field.name not in columns]
    told = [pa.array(column, pa.string()).take(place) for column in names]
    return pa.Table.from_arrays([*told, *columns.values()], schema=schema)
