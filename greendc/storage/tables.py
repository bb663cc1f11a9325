"""The Arrow tables at the border of every store. Imported only when a table is asked for: pyarrow is heavy."""

from __future__ import annotations

from typing import TYPE_CHECKING, TypeAlias

import pyarrow as pa

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from greendc.model import SeriesKey

RawRow: TypeAlias = "tuple[int, float | None, int, str | None]"
"""Time, value, quality, reason."""

StepRow: TypeAlias = "tuple[int, int, int, float | None, float | None, float | None, float | None, float | None]"
"""Start of the step, count, known, mean, min, max, first, last."""

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
        ("mean", pa.float64()),
        ("min", pa.float64()),
        ("max", pa.float64()),
        ("first", pa.float64()),
        ("last", pa.float64()),
    ]
)


def in_order(keys: Iterable[SeriesKey]) -> list[SeriesKey]:
    """Return each series once, in the order of the tables' rows."""
    return sorted(set(keys), key=lambda key: (key.device, key.part, key.quantity, key.site))


def raw_table(parts: Iterable[tuple[SeriesKey, Sequence[RawRow]]]) -> pa.Table:
    """Return readings by series, each sorted by time, as the table of `greendc.contracts.History.raw`."""
    return _table(parts, RAW)


def aggregated_table(parts: Iterable[tuple[SeriesKey, Sequence[StepRow]]]) -> pa.Table:
    """Return steps by series, each sorted by time, as the table of `greendc.contracts.History.aggregated`."""
    return _table(parts, AGGREGATED)


def _table(parts: Iterable[tuple[SeriesKey, Sequence[RawRow | StepRow]]], schema: pa.Schema) -> pa.Table:
    columns: list[list[object]] = [[] for _field in schema]
    for key, rows in parts:
        if not rows:
            continue
        names = ([name] * len(rows) for name in (key.device, key.part, key.quantity))
        for column, values in zip(columns, [*names, *zip(*rows, strict=True)], strict=True):
            column.extend(values)
    arrays = [pa.array(column, field.type) for column, field in zip(columns, schema, strict=True)]
    return pa.Table.from_arrays(arrays, schema=schema)
