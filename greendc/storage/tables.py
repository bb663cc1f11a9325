"""The Arrow tables at the border of every store. Imported only when a table is asked for: pyarrow is heavy."""

from __future__ import annotations

from itertools import pairwise
from typing import TYPE_CHECKING, Any, TypeAlias

import pyarrow as pa

from greendc.storage.retention import RAW as RAW_LEVEL

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    import numpy as np
    from numpy.typing import NDArray

    from greendc.model import SeriesKey

RawRow: TypeAlias = "tuple[int, float | None, int, str | None]"
"""Time, value, quality, reason."""

Ints: TypeAlias = "NDArray[np.int64]"

Number: TypeAlias = "float | None"

StepRow: TypeAlias = "tuple[int, int, int, Number, Number, Number, Number, Number, Number, Number]"
"""Start of the step, count, known, sum, mean, min, max, first, last, increase."""

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


def raw_table(parts: Iterable[tuple[SeriesKey, Sequence[RawRow]]]) -> pa.Table:
    """Return readings by series, each sorted by time, as the table of `greendc.contracts.History.raw`."""
    return _table(parts, RAW)


def aggregated_table(parts: Iterable[tuple[SeriesKey, Sequence[StepRow]]], level: str = RAW_LEVEL) -> pa.Table:
    """Return steps by series, each sorted by time, as the table of `greendc.contracts.History.aggregated`."""
    return _table(parts, AGGREGATED.with_metadata({"level": level}))


def gaps_table(
    parts: Iterable[tuple[SeriesKey, Sequence[int]]], start_ns: int, end_ns: int, longest_ns: int
) -> pa.Table:
    """Return the gaps between the times of known values, sorted, as the table of `greendc.contracts.History.gaps`."""
    gaps: list[tuple[SeriesKey, list[tuple[int, int]]]] = []
    for key, times in parts:
        edges = [start_ns, *times, end_ns]
        gaps.append((key, [(one, two) for one, two in pairwise(edges) if two - one > longest_ns]))
    return _table(gaps, GAPS)


def column_table(
    keys: Sequence[SeriesKey], owner: Ints, columns: Mapping[str, pa.Array[Any]], schema: pa.Schema
) -> pa.Table:
    """Return a table from columns without the names; row *i* belongs to ``keys[owner[i]]``."""
    place: pa.Int64Array = pa.array(owner, pa.int64())
    names = [[getattr(key, field.name) for key in keys] for field in schema if field.name not in columns]
    told = [pa.array(column, pa.string()).take(place) for column in names]
    return pa.Table.from_arrays([*told, *columns.values()], schema=schema)


def _table(
    parts: Iterable[tuple[SeriesKey, Sequence[RawRow | StepRow | tuple[int, int]]]], schema: pa.Schema
) -> pa.Table:
    columns: list[list[object]] = [[] for _field in schema]
    for key, rows in parts:
        if not rows:
            continue
        names = ([name] * len(rows) for name in (key.device, key.part, key.quantity))
        for column, values in zip(columns, [*names, *zip(*rows, strict=True)], strict=True):
            column.extend(values)
    arrays = [pa.array(column, field.type) for column, field in zip(columns, schema, strict=True)]
    return pa.Table.from_arrays(arrays, schema=schema)
