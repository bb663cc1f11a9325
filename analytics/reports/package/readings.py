"""The file of a package's register readings: rows of a fixed order in Parquet, written and read with nothing implied.

The file is neither compressed nor otherwise folded: so a small hostile one cannot become a big one in memory, and
`analytics.reports.package.columns` can read it without the trust that a general reader needs.
"""

from __future__ import annotations

import io
from itertools import groupby
from typing import TYPE_CHECKING, Any

import msgspec
import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
from numpy.typing import NDArray

from analytics.counters import Floats, Step, Times
from analytics.reports.package.columns import BOOLEAN, DOUBLE, INT64, TEXT, LayoutError, columns_of
from greendc.model import SeriesKey
from greendc.quantities import quantities

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping, Sequence

    from analytics.reports.package.columns import Column

REGISTERS = "registers.parquet"
REGISTER, INTEGRATED, BOUNDARY = "register", "integrated", "boundary"
MOST_BYTES = 192 * 2**20
MOST_ROWS = 2_000_000
MOST_RUNS = 50_000
"""Several for each of as many meters as a package may have."""
_IDENTITY = ("device", "part", "quantity", "roles", "unit", "kind")
_LATEST_NS = 2**62
_STEPS = {step.name.lower(): step for step in Step}
FIRST = -1
"""The step of a row that has no row before it, and of each row of integrated power."""
_TYPES: dict[str, tuple[pa.DataType, int]] = {
    **dict.fromkeys(_IDENTITY, (pa.string(), TEXT)),
    "time_ns": (pa.int64(), INT64),
    "value": (pa.float64(), DOUBLE),
    "exact": (pa.bool_(), BOOLEAN),
    "step": (pa.string(), TEXT),
    "known": (pa.bool_(), BOOLEAN),
    "gap": (pa.bool_(), BOOLEAN),
    "modulus": (pa.float64(), DOUBLE),
}
_SCHEMA = pa.schema([pa.field(name, kind, nullable=False) for name, (kind, _) in _TYPES.items()])
_PHYSICAL = {name: kind for name, (_, kind) in _TYPES.items()}

Flags = NDArray[np.bool_]


class RowsError(ValueError):
    """A file of readings cannot be used; the message is a code of `report_package.rows.*`."""


class Run(msgspec.Struct, frozen=True, kw_only=True):
    """The readings of one series, in the order of time.

    ``values`` are as read, in the quantity's stored unit and before any factor. ``kind`` is ``REGISTER`` for the rows
    that figures are computed from, ``BOUNDARY`` for the readings beside the ends of the period and of its months at
    their own time, ``INTEGRATED`` for power over time since the first row [J, m3, kg]. ``exact`` rows stand at the
    reading's own time, others at the edge of the store's step (15 minutes, an hour) that they were the first or the
    last reading of. ``step`` says what became of the counter since the row before (`Step`), ``known`` whether the
    energy since then is known, ``gap`` whether nothing was read in between, ``modulus`` where a wrap began anew (NaN
    elsewhere).
    """

    device: str
    part: str
    quantity: str
    roles: str
    kind: str
    time_ns: Times
    values: Floats
    exact: Flags
    step: NDArray[np.int8]
    known: Flags
    gap: Flags
    modulus: Floats

    @property
    def unit(self) -> str:
        """Return the unit of the values."""
        unit = quantities()[self.quantity].unit
        # A rate integrated over time counts what its register would.
        return unit if self.kind != INTEGRATED else {"W": "J", "m3/s": "m3", "kg/s": "kg"}.get(unit, f"{unit}.s")

    def key(self, site: str) -> SeriesKey:
        """Return the series."""
        return SeriesKey(site, self.device, self.part, self.quantity)

    def label(self) -> str:
        """Return ``device/part quantity``."""
        return self.key("").label()


def encoded(runs: Iterable[Run]) -> bytes:
    """Return the file of readings; the same runs give the same bytes."""
    ordered = sorted(runs, key=lambda run: (run.device, run.part, run.quantity, run.kind))
    parts = [_table(run) for run in ordered]
    table = pa.concat_tables(parts) if parts else _SCHEMA.empty_table()
    target = io.BytesIO()
    pq.write_table(
        table,
        target,
        compression="none",
        use_dictionary=False,
        data_page_version="1.0",
        write_statistics=False,
        store_schema=False,
        row_group_size=MOST_ROWS,
    )
    return target.getvalue()


def _table(run: Run) -> pa.Table:
    rows = len(run.time_ns)
    named = {"device": run.device, "part": run.part, "quantity": run.quantity}
    named |= {"roles": run.roles, "unit": run.unit, "kind": run.kind}
    columns: dict[str, Any] = {name: pa.repeat(pa.scalar(value, pa.string()), rows) for name, value in named.items()}
    names = {FIRST: "", **{int(step): name for name, step in _STEPS.items()}}
    columns |= {
        "time_ns": run.time_ns,
        "value": run.values,
        "exact": run.exact,
        "step": [names[code] for code in run.step.tolist()],
        "known": run.known,
        "gap": run.gap,
        "modulus": run.modulus,
    }
    return pa.table(columns, schema=_SCHEMA)


def decoded(content: bytes) -> list[Run]:
    """Return the runs of a file that may have been written by anyone.

    Raises:
        RowsError: it is no such file, is too big, or says what no reading says.
    """
    if len(content) > MOST_BYTES:
        raise RowsError("too_big")
    try:
        columns = columns_of(content, _PHYSICAL, MOST_ROWS)
    except LayoutError as error:
        raise RowsError(str(error)) from error
    return list(_runs(columns))


def _runs(columns: Mapping[str, Column]) -> Iterator[Run]:
    time_ns = np.asarray(columns["time_ns"], dtype=np.int64)
    if not np.isfinite(np.asarray(columns["value"], dtype=np.float64)).all():
        raise RowsError("not_a_number")
    if ((time_ns < 0) | (time_ns >= _LATEST_NS)).any():
        raise RowsError("times")
    seen: set[tuple[object, ...]] = set()
    start = 0
    for identity, rows in groupby(zip(*(columns[name] for name in _IDENTITY), strict=True)):
        end = start + sum(1 for _ in rows)
        device, part, quantity, _, _, kind = identity
        # Of two runs of one series, one would serve no figure, whatever roles they name.
        if (device, part, quantity, kind) in seen:
            raise RowsError("other_columns")
        if len(seen) >= MOST_RUNS:
            raise RowsError("too_big")
        seen.add((device, part, quantity, kind))
        yield _run(columns, start, end)
        start = end


def _run(columns: Mapping[str, Column], start: int, end: int) -> Run:
    device, part, quantity, roles, unit, kind = (str(columns[name][start]) for name in _IDENTITY)
    if quantity not in quantities() or kind not in {REGISTER, INTEGRATED, BOUNDARY}:
        raise RowsError("unknown_quantity")
    time_ns = np.asarray(columns["time_ns"][start:end], dtype=np.int64)
    if (np.diff(time_ns) <= 0).any():
        raise RowsError("times")
    run = Run(
        device=device,
        part=part,
        quantity=quantity,
        roles=roles,
        kind=kind,
        time_ns=time_ns,
        values=np.asarray(columns["value"][start:end], dtype=np.float64),
        exact=np.asarray(columns["exact"][start:end], dtype=np.bool_),
        step=_codes([str(name) for name in columns["step"][start:end]]),
        known=np.asarray(columns["known"][start:end], dtype=np.bool_),
        gap=np.asarray(columns["gap"][start:end], dtype=np.bool_),
        modulus=np.asarray(columns["modulus"][start:end], dtype=np.float64),
    )
    if run.unit != unit:
        raise RowsError("other_columns")
    return run


def _codes(names: Sequence[str]) -> NDArray[np.int8]:
    known = {"": FIRST, **{name: int(step) for name, step in _STEPS.items()}}
    if any(name not in known for name in names):
        raise RowsError("other_columns")
    return np.array([known[name] for name in names], dtype=np.int8)
