"""Readings of a store into one file: CSV, Parquet, Arrow or line protocol."""

from __future__ import annotations

import csv
from typing import TYPE_CHECKING

import pyarrow as pa
import pyarrow.parquet as pq

from greendc.clock import iso
from greendc.model import Quality
from greendc.quantities import quantities
from greendc.storage.csv_rows import guarded, heading
from greendc.storage.influx.lines import reading_lines
from greendc.storage.pieces import batch_of, pieces, tables
from greendc.storage.tables import RAW
from greendc.units import NS_PER_SECOND

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Sequence
    from pathlib import Path

    from greendc.contracts import History
    from greendc.model import SeriesKey

SUFFIXES = {".csv": "csv", ".parquet": "parquet", ".arrow": "arrow", ".lp": "lines"}
FORMATS = tuple(SUFFIXES.values())


def export(
    history: History,
    keys: Sequence[SeriesKey],
    window: tuple[int, int],
    file: Path,
    form: str,
    say: Callable[[int, int], None],
) -> int:
    """Write the readings of some series of one site in [start, end); return how many there are.

    Raises:
        StoreError: the store fails; there is no file then.
        OSError: the file cannot be written.
    """
    found = pieces(history, keys, *window)
    total, done = sum(piece.rows for piece in found), 0

    def told() -> Iterable[pa.Table]:
        nonlocal done
        for table in tables(history, found):
            yield table
            done += table.num_rows
            say(done, total)

    site = keys[0].site if keys else ""
    new = file.with_name(f"{file.name}.new")
    write = {"csv": _csv, "parquet": _parquet, "arrow": _arrow, "lines": _lines}[form]
    try:
        write(new, told(), site)
        new.replace(file)
    finally:
        new.unlink(missing_ok=True)
    return done


def _csv(file: Path, parts: Iterable[pa.Table], _site: str) -> None:
    qualities = [quality.name.lower() for quality in Quality]
    with file.open("w", encoding="utf-8", newline="") as opened:
        writer = csv.writer(opened, lineterminator="\n")
        writer.writerow(heading())
        for table in parts:
            units = {name: _unit(name) for name in set(map(str, table["quantity"].to_pylist()))}
            columns = (table[name].to_pylist() for name in RAW.names)
            writer.writerows(
                (
                    exact_iso(time_ns),
                    guarded(device),
                    guarded(part),
                    quantity,
                    "" if value is None else repr(value),
                    units[quantity],
                    qualities[quality],
                    guarded(reason),
                )
                for device, part, quantity, time_ns, value, quality, reason in zip(*columns, strict=True)
            )


def _unit(quantity: str) -> str:
    known = quantities().get(quantity)
    return known.unit if known is not None else ""


def exact_iso(time_ns: int) -> str:
    """Return a time as ISO 8601 in UTC, to the nanosecond where it is not on a millisecond."""
    text, rest = iso(time_ns), time_ns % NS_PER_SECOND
    return text if not rest % 10**6 else f"{text[:19]}.{rest:09}Z"


def _parquet(file: Path, parts: Iterable[pa.Table], _site: str) -> None:
    with pq.ParquetWriter(file, RAW, compression="zstd") as writer:
        for table in parts:
            writer.write_table(table.replace_schema_metadata(None))


def _arrow(file: Path, parts: Iterable[pa.Table], _site: str) -> None:
    with pa.ipc.new_file(str(file), RAW) as writer:
        for table in parts:
            writer.write_table(table.replace_schema_metadata(None))


def _lines(file: Path, parts: Iterable[pa.Table], site: str) -> None:
    with file.open("w", encoding="utf-8") as opened:
        for table in parts:
            batch = batch_of(table, site)
            opened.writelines(f"{line}\n" for line in reading_lines(batch, range(len(batch))))
