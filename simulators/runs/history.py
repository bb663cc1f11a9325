"""The past of a simulated site: run quickly before it goes live, then written as its collectors would have read it."""

from __future__ import annotations

import math
from array import array
from typing import TYPE_CHECKING

import numpy as np

from greendc.model import Batch, SeriesKey
from greendc.units import NS_PER_SECOND

if TYPE_CHECKING:
    from collections.abc import Iterator

    from greendc.physics.kinds import FloatArray
    from simulators.devices.device import WiredPoint
    from simulators.devices.registers import Qualities
    from simulators.runs.truth_file import TruthFile
    from simulators.sites.presets import DeviceSpec
    from simulators.sites.simulated_site import SimulatedSite

METER_STEP_S = 60
OTHER_STEP_S = 300
CHUNK_S = 3600
METERED = frozenset({"active_power_w", "active_energy_j"})
METER_PREFIXES = ("meter-", "pdu-")


class History:
    """Every signal of every plant at each minute of the past."""

    def __init__(self, site: SimulatedSite, since_s: float = 0.0) -> None:
        """Prepare to record a site from ``since_s`` [s since 1970]."""
        self._site = site
        self._since_s = since_s
        self._times: list[int] = []
        self._rows: dict[str, list[FloatArray]] = {name: [] for name in site.plants}
        self._positions = {name: plant.blocks.positions() for name, plant in site.plants.items()}

    def run(self, until_s: float, truth: TruthFile | None = None) -> None:
        """Step the site to ``until_s`` [s since 1970], recording each full minute, and the truth if wanted."""
        while self._site.time_s < until_s - 0.5:
            minute = math.floor(self._site.time_s / METER_STEP_S + 1.0) * METER_STEP_S
            self._site.advance(min(minute, until_s) - self._site.time_s)
            if self._since_s <= minute <= until_s:
                self._times.append(minute)
                if truth is not None:
                    truth.note(self._site.truth())
                for name, plant in self._site.plants.items():
                    self._rows[name].append(plant.blocks.vector())

    def __len__(self) -> int:
        """Return the number of minutes recorded."""
        return len(self._times)

    def batches(self) -> Iterator[Batch]:
        """Yield the readings hour by hour, the newest hour first."""
        times = np.array(self._times, dtype=np.int64)
        if not len(times):
            return
        tables = {name: np.array(rows) for name, rows in self._rows.items()}
        hours = np.unique(times // CHUNK_S)
        for hour in hours[::-1]:
            rows = np.flatnonzero(times // CHUNK_S == hour)
            yield self._batch(times[rows], {name: table[rows] for name, table in tables.items()})

    def _batch(self, times: np.ndarray, tables: dict[str, FloatArray]) -> Batch:
        batch = Batch()
        for spec in self._site.preset.devices:
            device = self._site.devices[spec.name]
            answered = device.errors.answered(times.astype(np.float64))
            for wired in device.points:
                seconds = METER_STEP_S if _is_meter(spec, wired) else OTHER_STEP_S
                rows = np.flatnonzero((times % seconds == 0) & answered)
                true = self._true(spec, wired, tables[spec.plant][rows])
                stored, qualities = device.stored(wired, true, times[rows].astype(np.float64))
                key = SeriesKey(self._site.preset.site, spec.name, wired.part, wired.point.quantity)
                _extend(batch, key, times[rows] * NS_PER_SECOND, stored, qualities)
        return batch

    def _true(self, spec: DeviceSpec, wired: WiredPoint, table: FloatArray) -> FloatArray:
        if wired.signal:
            column: FloatArray = table[:, self._positions[spec.plant][wired.signal]]
            return column
        return np.full(len(table), wired.wire if isinstance(wired.wire, float) else 0.0)


def _is_meter(spec: DeviceSpec, wired: WiredPoint) -> bool:
    return not wired.part and wired.point.quantity in METERED and spec.name.startswith(METER_PREFIXES)


def _extend(batch: Batch, key: SeriesKey, times_ns: np.ndarray, values: FloatArray, qualities: Qualities) -> None:
    rows = len(times_ns)
    batch.index.extend(array("I", [batch.position(key)]) * rows)
    batch.time_ns.frombytes(times_ns.astype(np.int64).tobytes())
    batch.value.frombytes(values.astype(np.float64).tobytes())
    batch.quality.frombytes(qualities.tobytes())
    batch.reason.extend(array("H", [0]) * rows)
