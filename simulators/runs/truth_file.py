"""The truth file: one row a minute of what the room really did, as CSV or Parquet by the file's ending."""

from __future__ import annotations

import csv
from typing import TYPE_CHECKING

from greendc.clock import iso
from greendc.units import NS_PER_SECOND, kw

if TYPE_CHECKING:
    from pathlib import Path

    from simulators.plant.truth import Truth

COLUMNS = ("time", "utility_kw", "it_kw", "cooling_kw", "loss_kw", "other_kw", "generation_kw", "pue")
STEP_S = 60.0
Row = tuple[str, float, float, float, float, float, float, float]


class TruthFile:
    """Takes the truth at any pace and writes means over each full minute."""

    def __init__(self, path: Path) -> None:
        """Begin a new file; a CSV grows as time goes by, Parquet is written by `close`."""
        self._path = path
        self._before: Truth | None = None
        self._rows: list[Row] = []
        path.parent.mkdir(parents=True, exist_ok=True)
        if path.suffix == ".csv":
            with path.open("w", newline="", encoding="utf-8") as file:
                csv.writer(file).writerow(COLUMNS)

    def note(self, truth: Truth) -> None:
        """Take the truth of a moment; a row is complete once a minute has passed since the last one."""
        before = self._before
        if before is None:
            self._before = truth
            return
        elapsed_s = truth.time_s - before.time_s
        if elapsed_s < STEP_S - 1e-6:
            return
        self._before = truth
        row = _row(before, truth, elapsed_s)
        if self._path.suffix == ".csv":
            with self._path.open("a", newline="", encoding="utf-8") as file:
                csv.writer(file).writerow(row)
        else:
            self._rows.append(row)

    def close(self) -> None:
        """Write what has not been written yet."""
        if self._path.suffix == ".csv":
            return
        import pyarrow as pa  # noqa: PLC0415 (Arrow is large; only Parquet needs it)
        import pyarrow.parquet as pq  # noqa: PLC0415 (as above)

        columns = list(zip(*self._rows, strict=True)) or [()] * len(COLUMNS)
        table = pa.table(dict(zip(COLUMNS, map(list, columns), strict=True)))
        pq.write_table(table, self._path)


def _row(before: Truth, now: Truth, elapsed_s: float) -> Row:
    """Return the mean powers between two moments: energy over time, so that rows add up to the registers."""
    utility, it, cooling, loss, other = (
        kw((getattr(now, name) - getattr(before, name)) / elapsed_s)
        for name in ("utility_j", "it_j", "cooling_j", "loss_j", "other_j")
    )
    at = iso(round(now.time_s * NS_PER_SECOND))
    return (at, utility, it, cooling, loss, other, 0.0, utility / it)
