"""Answers of an InfluxDB in columns: CSV of 1.x and 2.x, JSON of every version."""

from __future__ import annotations

import io
import re
from typing import TYPE_CHECKING, Any, TypeAlias

import msgspec
import numpy as np
import numpy.typing as npt
import pyarrow as pa
from pyarrow import csv

if TYPE_CHECKING:
    from collections.abc import Sequence

Cell: TypeAlias = "int | float | str | None"

TEXTS = frozenset({"reason", "kind", "windows"})
WHOLE = frozenset({"quality", "count", "known", "dirty", "first_at", "last_at"})

_TAG = re.compile(r"((?:[^\\,=]|\\.)+)=((?:[^\\,]|\\.)*)")
_ESCAPED = re.compile(r"\\(.)")


class Series(msgspec.Struct, frozen=True):
    """One series of an answer in JSON."""

    columns: list[str]
    name: str = ""
    values: list[list[Cell]] = []
    tags: dict[str, str] = {}


class Rows(msgspec.Struct, frozen=True):
    """Rows of an answer. ``series[index[i]]`` is measurement and tags of row i; the columns hold no names."""

    series: list[tuple[str, dict[str, str]]]
    index: npt.NDArray[np.int64]
    time_ns: npt.NDArray[np.int64]
    columns: dict[str, pa.ChunkedArray[Any]]

    def numbers(self, name: str) -> npt.NDArray[np.float64]:
        """Return a column of numbers; NaN where there is none."""
        return np.asarray(self.columns[name].to_numpy(), np.float64)

    def integers(self, name: str) -> npt.NDArray[np.int64]:
        """Return a column of integers; 0 where there is none."""
        column = self.columns[name]
        found = column.to_numpy()
        return np.nan_to_num(found).astype(np.int64) if column.null_count else np.asarray(found)


def _type(name: str) -> pa.DataType:
    return pa.string() if name in TEXTS else pa.int64() if name in WHOLE else pa.float64()


def of_csv(body: bytes, columns: Sequence[str]) -> Rows:
    """Return the rows of one statement's answer in CSV: name, tags, time and the columns that were asked for."""
    if not body.strip():
        return of_series([], columns)
    label = pa.dictionary(pa.int32(), pa.string())
    types = {"name": label, "tags": label, "time": pa.int64(), **{name: _type(name) for name in columns}}
    table = csv.read_csv(
        io.BytesIO(body),
        read_options=csv.ReadOptions(column_names=list(types), skip_rows=1, use_threads=False),
        parse_options=csv.ParseOptions(newlines_in_values=bool(TEXTS & set(columns))),
        convert_options=csv.ConvertOptions(column_types=types, null_values=[""], strings_can_be_null=True),
    ).unify_dictionaries()
    # Any: the stubs do not know dictionary arrays.
    name: Any = table["name"].combine_chunks()
    tags: Any = table["tags"].combine_chunks()
    name_code, tags_code = (np.asarray(part.indices.fill_null(-1)).astype(np.int64) for part in (name, tags))
    width = len(tags.dictionary) + 1
    found, index = np.unique(name_code * width + tags_code + 1, return_inverse=True)
    names, texts = name.dictionary.to_pylist(), tags.dictionary.to_pylist()
    series = [
        (names[code // width], tags_of(texts[code % width - 1]) if code % width else {}) for code in found.tolist()
    ]
    return Rows(
        series, index.astype(np.int64), np.asarray(table["time"].to_numpy()), {key: table[key] for key in columns}
    )


def of_series(found: Sequence[Series], columns: Sequence[str]) -> Rows:
    """Return the rows of an answer in JSON."""
    lengths = [len(series.values) for series in found]
    values = [row for series in found for row in series.values]
    by_name = list(zip(*values, strict=True)) if values else [()] * (len(columns) + 1)
    return Rows(
        [(series.name, series.tags) for series in found],
        np.repeat(np.arange(len(found), dtype=np.int64), lengths),
        np.array(by_name[0], np.int64),
        {
            name: pa.chunked_array([pa.array(_numbers(cells) if _type(name) == pa.float64() else cells, _type(name))])
            for name, cells in zip(columns, by_name[1:], strict=True)
        },
    )


def _numbers(cells: Sequence[Cell]) -> list[float | None]:
    # A whole number in JSON may be longer than an integer of Arrow.
    return [None if cell is None else float(cell) for cell in cells]


def tags_of(text: str) -> dict[str, str]:
    """Return the tags of a series as 1.x and 2.x write them: escaped, in order, with commas between."""
    return {_plain(name): _plain(value) for name, value in _TAG.findall(text)}


def series_of(key: str) -> tuple[str, dict[str, str]]:
    """Return measurement and tags of a series key as ``SHOW SERIES`` tells it."""
    name, _comma, tags = key.partition(",")
    return name, tags_of(tags)


def _plain(text: str) -> str:
    return _ESCAPED.sub(r"\1", text)
