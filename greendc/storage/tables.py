"""The Arrow tables at the border of a store. Imported only when a table is asked for: pyarrow is heavy."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np
import pyarrow as pa

from greendc.storage.admission import is_counter

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from greendc.model import SeriesKey
    from greendc.storage.steps import Ints, Steps

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


class Known(NamedTuple):
    """Stretches between known values, within which none is missing; ``owner`` is the position of their series.

    A single value is a stretch from its time to its time. Sorted by owner and time.
    """

    owner: Ints
    first_ns: Ints
    last_ns: Ints


def gaps_table(keys: Sequence[SeriesKey], known: Known, window: tuple[int, int], longest_ns: int) -> pa.Table:
    """Return what lies between known stretches, if longer than ``longest_ns``: `greendc.contracts.History.gaps`."""
    every = np.arange(len(keys), dtype=np.int64)
    # Each series begins with a known value at the window's start and ends with one at its end.
    begins = np.insert(known.last_ns, known.owner.searchsorted(every, "left"), window[0])
    ends = np.insert(known.first_ns, known.owner.searchsorted(every, "right"), window[1])
    owner = np.sort(np.concatenate((known.owner, every)))
    long = np.flatnonzero(ends - begins > longest_ns)
    columns: dict[str, pa.Array[Any]] = {"start_ns": pa.array(begins[long]), "end_ns": pa.array(ends[long])}
    return column_table(keys, owner[long], columns, GAPS)


def column_table(
    keys: Sequence[SeriesKey], owner: Ints, columns: Mapping[str, pa.Array[Any]], schema: pa.Schema
) -> pa.Table:
    """Return a table from columns without the names; row *i* belongs to ``keys[owner[i]]``."""
    place: pa.Int64Array = pa.array(owner, pa.int64())
    names = [[getattr(key, field.name) for key in keys] for field in schema if field.name not in columns]
    told = [pa.array(column, pa.string()).take(place) for column in names]
    return pa.Table.from_arrays([*told, *columns.values()], schema=schema)


def steps_table(keys: Sequence[SeriesKey], steps: Steps, level: str) -> pa.Table:
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
