"""A history that keeps step means in arrays, and simulated rooms in it: weeks of a room in seconds."""

from __future__ import annotations

from typing import TYPE_CHECKING, TypeAlias

import numpy as np
import pyarrow as pa

from greendc.site import read_site
from greendc.units import NS_PER_SECOND
from simulators.front_ends.ports import Ports
from simulators.runs import pieces
from simulators.runs.readings import Readings
from simulators.scenarios.scenario_file import Run
from simulators.sites.play import Play
from simulators.sites.presets import preset
from simulators.sites.simulated_site import SimulatedSite
from tests.analytics.memory_history import MemoryHistory

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from greendc.model import Batch, SeriesKey
    from greendc.site import Site

STEP_S = 300
STEP_NS = STEP_S * NS_PER_SECOND
DAY_S = 86_400.0
WARM_UP_S = 7200.0
SCENARIO = 'schema = 1\nname = "test"\ntitle_zh = "test"\ntitle_en = "test"\n\n[[events]]\n'


Columns: TypeAlias = "tuple[np.ndarray, np.ndarray, np.ndarray, np.ndarray]"
"""Step numbers, sums, known values and readings."""


class StepHistory(MemoryHistory):
    """Sum, known and count of each step of each series; it answers `series` and `aggregated`."""

    def __init__(self) -> None:
        """Start empty."""
        super().__init__()
        self._parts: dict[SeriesKey, list[Columns]] = {}
        self._steps: dict[SeriesKey, Columns] = {}

    def put(self, key: SeriesKey, start_ns: int, means: Sequence[float] | np.ndarray) -> None:
        """Keep one reading in each step from ``start_ns`` on; NaN is a reading without a value."""
        values = np.asarray(means, dtype=np.float64)
        at = start_ns // STEP_NS + np.arange(len(values))
        known = np.isfinite(values)
        self._keep(key, at, np.where(known, values, 0.0), known.astype(float), np.ones(len(values)))

    def take(self, batch: Batch) -> None:
        """Keep the readings of a batch."""
        index, values = np.frombuffer(batch.index, dtype=np.uint32), np.frombuffer(batch.value)
        at = np.frombuffer(batch.time_ns, dtype=np.int64) // STEP_NS
        order = np.argsort(index, kind="stable")
        cuts = np.searchsorted(index[order], np.arange(len(batch.series) + 1))
        for i, key in enumerate(batch.series):
            rows = order[cuts[i] : cuts[i + 1]]
            if len(rows) == 0:
                continue
            steps, place = np.unique(at[rows], return_inverse=True)
            known = np.isfinite(values[rows])
            sums = np.bincount(place, np.where(known, values[rows], 0.0))
            self._keep(key, steps, sums, np.bincount(place, known), np.bincount(place).astype(float))

    def _keep(self, key: SeriesKey, at: np.ndarray, sums: np.ndarray, known: np.ndarray, count: np.ndarray) -> None:
        self._parts.setdefault(key, []).append((at, sums, known, count))
        self._steps.pop(key, None)

    def _series_steps(self, key: SeriesKey) -> Columns:
        if key not in self._steps:
            at, sums, known, count = (np.concatenate(columns) for columns in zip(*self._parts[key], strict=True))
            steps, place = np.unique(at, return_inverse=True)
            self._steps[key] = (
                steps,
                np.bincount(place, sums),
                np.bincount(place, known),
                np.bincount(place, count),
            )
        return self._steps[key]

    def series(self, site: str, *, device: str | None = None, quantity: str | None = None) -> Sequence[SeriesKey]:
        """Return the series that exist, sorted."""
        return sorted(
            key
            for key in self._parts
            if key.site == site and device in {None, key.device} and quantity in {None, key.quantity}
        )

    def aggregated(self, keys: Sequence[SeriesKey], start_ns: int, end_ns: int, step_ns: int) -> pa.Table:
        """Return what models read of each step: count, known and mean."""
        assert step_ns == STEP_NS
        found = [(key, *self._window(key, start_ns, end_ns)) for key in sorted(set(keys) & self._parts.keys())]
        which = np.repeat(np.arange(len(found)), [len(steps) for _, steps, _, _, _ in found])
        names = {
            name: pa.array([getattr(key, name) for key, *_ in found], type=pa.string()).take(which)
            for name in ("device", "part", "quantity")
        }
        steps, sums, known, count = (
            np.concatenate([columns[i] for columns in found]) if found else np.zeros(0) for i in range(1, 5)
        )
        return pa.table(
            {
                **names,
                "time_ns": pa.array((steps * STEP_NS).astype(np.int64)),
                "count": pa.array(count.astype(np.int64)),
                "known": pa.array(known.astype(np.int64)),
                "mean": pa.array(np.where(known > 0, sums / np.maximum(known, 1.0), np.nan)),
            }
        )

    def _window(self, key: SeriesKey, start_ns: int, end_ns: int) -> Columns:
        columns = self._series_steps(key)
        a, b = np.searchsorted(columns[0], [start_ns // STEP_NS, -(-end_ns // STEP_NS)])
        return columns[0][a:b], columns[1][a:b], columns[2][a:b], columns[3][a:b]


def room(folder: Path) -> Site:
    """Return the site of the simulated room."""
    chosen = preset("room", Ports(), "mqtt://127.0.0.1:1883")
    (folder / "site.toml").write_text(chosen.files["site.toml"], "utf-8")
    return read_site(folder / "site.toml")


def simulated(folder: Path, seed: int, start_s: float, days: float, event: str = "") -> StepHistory:
    """Return what a simulated room shows from ``start_s`` [s since 1970] on, with one ``event`` (lines of TOML)."""
    site = SimulatedSite(preset("room", Ports(), "mqtt://127.0.0.1:1883"), seed=seed, start_s=start_s - WARM_UP_S)
    site.advance(WARM_UP_S)
    if event:
        file = folder / "scenario.toml"
        file.write_text(SCENARIO + event, "utf-8")
        Play.of_file(site, str(file), Run(start_s=start_s, seed=seed))
    history = StepHistory()
    # Nothing is old: a reading in five minutes throughout.
    readings = Readings(site, start_s)
    for records in pieces.onward(site, start_s + days * DAY_S, 60.0):
        for batch in readings.batches(records):
            history.take(batch)
    return history
