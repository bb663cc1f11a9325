"""The truth file: one row a step of what the plant really did, as CSV or Parquet by the file's ending.

A row stands for the step that ends at its time. Powers are means over the step and water is what flowed in it, so
that rows add up to the registers; all else is the value at the end of the step.
``utility = it + cooling + loss + other - generation``.
"""

from __future__ import annotations

import csv
from typing import TYPE_CHECKING

import numpy as np

from greendc.clock import iso
from greendc.errors import ConfigError
from greendc.units import NS_PER_SECOND, W_PER_KW

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from pathlib import Path

    from greendc.physics.kinds import FloatArray
    from simulators.plant.record import Record

    Rows = list[tuple[str | float | None, ...]]

STEP_S = 60.0
PARTS = ("it", "cooling", "loss", "other", "generation")
SIGNS = (1.0, 1.0, 1.0, 1.0, -1.0)
POWERS = ("utility_kw", *(f"{part}_kw" for part in PARTS))
FLOWS = {"heat_reuse_kw": "reuse.heat_w", "water_l": "water.makeup_m3_s"}
STATES = {
    "outdoor_c": "outdoor.dry_bulb_c",
    "wet_bulb_c": "outdoor.wet_bulb_c",
    "supply_c": "crah.supply_c",
    "inlet_max_c": "rack.inlet_c",
    "storage_soc": "storage.soc_ratio",
    "chiller_cop": "chiller.cop",
}
"""Columns beyond those that must be there, and the blocks they come from; empty where a plant has none."""
SUMMED = (*(f"truth.{part}_w" for part in PARTS), *FLOWS.values())
"""Blocks that are added up over a row."""
COLUMNS = ("time", *POWERS, "pue", *FLOWS, *STATES)
ENDINGS = (".csv", ".parquet")
L_PER_M3 = 1000.0
DECIMALS = 9


class TruthFile:
    """Takes the records of a plant one after another and writes a row each full step."""

    def __init__(self, path: Path, step_s: float = STEP_S) -> None:
        """Begin a new file; a CSV grows as time goes by, Parquet is written by `close`.

        Raises:
            ConfigError: as `check_place`.
            OSError: the file cannot be made.
        """
        check_place(path)
        self._path = path
        self._step_s = step_s
        self._rows: Rows = []
        self._rest = _Rest()
        self._disordered = False
        path.parent.mkdir(parents=True, exist_ok=True)
        if path.suffix == ".csv":
            with path.open("w", newline="", encoding="utf-8") as file:
                csv.writer(file).writerow(COLUMNS)

    def note(self, record: Record, dt_s: float) -> None:
        """Take the next steps of a plant, each ``dt_s`` [s] long; what does not fill a row waits for the next ones."""
        self._add(self._rest.rows(record, dt_s, self._step_s))

    def note_apart(self, record: Record, dt_s: float) -> None:
        """Take steps from another time, whole rows of them; `close` puts all rows in the order of their times."""
        self._disordered = True
        self._add(_Rest().rows(record, dt_s, self._step_s))

    def take(self, path: Path) -> None:
        """Take the rows of another truth file, a CSV, which is then removed."""
        with path.open(newline="", encoding="utf-8") as file:
            told = list(csv.reader(file))[1:]
        rows: Rows = [(row[0], *(float(text) if text else None for text in row[1:])) for row in told]
        self._disordered = True
        self._add(rows)
        path.unlink()

    def _add(self, rows: Rows) -> None:
        if self._path.suffix != ".csv":
            self._rows += rows
        elif rows:
            with self._path.open("a", newline="", encoding="utf-8") as file:
                csv.writer(file).writerows(rows)

    def close(self) -> None:
        """Write what has not been written yet."""
        if self._path.suffix == ".csv":
            if self._disordered:
                self._sort()
            return
        import pyarrow as pa  # noqa: PLC0415 (Arrow is large; only Parquet needs it)
        import pyarrow.parquet as pq  # noqa: PLC0415 (as above)

        rows = sorted(self._rows, key=_time_of)
        columns: Sequence[Sequence[object]] = list(zip(*rows, strict=True)) or [()] * len(COLUMNS)
        types = [pa.string(), *[pa.float64()] * (len(COLUMNS) - 1)]
        arrays = [pa.array(list(column), kind) for column, kind in zip(columns, types, strict=True)]
        pq.write_table(pa.Table.from_arrays(arrays, names=list(COLUMNS)), self._path)

    def _sort(self) -> None:
        lines = self._path.read_text("utf-8").splitlines(keepends=True)
        fresh = self._path.with_name(f".{self._path.name}.sorted")
        fresh.write_text("".join(lines[:1] + sorted(lines[1:])), "utf-8")
        fresh.replace(self._path)
        self._disordered = False


def _time_of(row: tuple[str | float | None, ...]) -> str:
    return str(row[0])


def check_place(path: Path) -> None:
    """Say whether a truth file has an ending that tells its form, and overwrites nothing but an earlier truth.

    Raises:
        ConfigError: it has not, or another file is there.
    """
    if path.suffix not in ENDINGS:
        raise ConfigError.single("simulate.bad_truth", file=path, known=", ".join(ENDINGS))
    if path.exists() and not _is_truth(path):
        raise ConfigError.single("simulate.truth_taken", hint="simulate.truth_taken_hint", file=path)


def _is_truth(path: Path) -> bool:
    if not path.is_file():
        return False
    if not path.stat().st_size:
        return True
    if path.suffix == ".csv":
        with path.open("rb") as file:
            return file.readline(1000).decode(errors="replace").strip() == ",".join(COLUMNS)
    import pyarrow as pa  # noqa: PLC0415 (Arrow is large; only Parquet needs it)
    import pyarrow.parquet as pq  # noqa: PLC0415 (as above)

    try:
        return tuple(pq.read_schema(path).names) == COLUMNS
    except pa.ArrowInvalid:
        return False


class _Rest:
    """Adds up steps to rows; keeps the energy and the water of a row that is not full yet."""

    def __init__(self) -> None:
        self._sums = np.zeros(len(SUMMED))
        self._seconds = 0.0

    def rows(self, record: Record, dt_s: float, step_s: float) -> Rows:
        """Return the rows that become full with the steps of a record."""
        if not len(record):
            return []
        moved = np.stack([_block(record, name) * dt_s for name in SUMMED], axis=1)
        total = np.vstack([np.zeros(len(SUMMED)), np.cumsum(moved, axis=0)]) + self._sums
        # A row ends with the step in which a multiple of the row's length is reached.
        mark = np.floor(record.times_s / step_s + 1e-6)
        before = np.concatenate([np.floor((record.times_s[:1] - dt_s) / step_s + 1e-6), mark[:-1]])
        ends = np.flatnonzero(mark > before)
        edges = np.vstack([np.zeros(len(SUMMED)), total[ends + 1]])
        seconds = np.diff(np.concatenate([[-self._seconds], (ends + 1) * dt_s]))
        self._sums = total[-1] - edges[-1]
        self._seconds = self._seconds + len(record) * dt_s if not len(ends) else (len(record) - 1 - ends[-1]) * dt_s
        return _rows_of(record, ends, np.diff(edges, axis=0), np.maximum(seconds, 1e-9))


def _block(record: Record, name: str) -> FloatArray:
    """Return a block that has one value a step; NaN where the plant has nothing of the kind."""
    block = record.blocks.get(name)
    return np.full(len(record), np.nan) if block is None else block.reshape(len(record))


def _rows_of(record: Record, ends: np.ndarray, sums: FloatArray, seconds: FloatArray) -> Rows:
    kw = np.round(sums[:, :-1] / seconds[:, None] / W_PER_KW, DECIMALS)
    parts, reuse, litres = kw[:, :-1], kw[:, -1], np.round(sums[:, -1] * L_PER_M3, DECIMALS)
    # From the rounded parts, so that a reader who adds up a row gets the same.
    utility = np.round(parts @ np.array(SIGNS), DECIMALS)
    pue = parts[:, : len(PARTS) - 1].sum(axis=1) / np.where(parts[:, 0] > 0.0, parts[:, 0], np.nan)
    states = [np.round(_state(record.blocks, name)[ends], 6) for name in STATES]
    times = [iso(round(float(time_s) * NS_PER_SECOND)) for time_s in record.times_s[ends]]
    numbers = np.column_stack([utility, parts, np.round(pue, DECIMALS), reuse, litres, *states])
    known = np.where(np.isnan(numbers), None, numbers)  # type: ignore[call-overload]  # None makes objects
    return [(at, *row) for at, row in zip(times, known.tolist(), strict=True)]


def _state(blocks: Mapping[str, FloatArray], name: str) -> FloatArray:
    """Return one column over time: the hottest inlet, the mean of anything else that there are several of."""
    block = blocks.get(STATES[name])
    if block is None:
        return np.full(len(next(iter(blocks.values()))), np.nan)
    wide = block.reshape(len(block), -1)
    if name == "inlet_max_c":
        hottest: FloatArray = wide.max(axis=1)
        return hottest
    if name == "chiller_cop":
        return _mean_of_running(wide)
    column: FloatArray = wide.mean(axis=1)
    return column


def _mean_of_running(cop: FloatArray) -> FloatArray:
    running = cop > 0.0
    total = np.where(running, cop, 0.0).sum(axis=1)
    return np.where(running.any(axis=1), total / np.maximum(running.sum(axis=1), 1), np.nan)
