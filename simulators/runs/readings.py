"""From what plants did to what their collectors would have stored: columns of readings at an honest resolution.

Meters have a reading each minute and all else one in five minutes; what is older than thirty days has one in a quarter
of an hour. Nothing is filled in between, so that coverage says what there is.
"""

from __future__ import annotations

from array import array
from typing import TYPE_CHECKING

import numpy as np

from greendc.model import Batch, SeriesKey
from greendc.units import NS_PER_SECOND

if TYPE_CHECKING:
    from collections.abc import Collection, Iterator, Mapping

    from numpy.typing import NDArray

    from greendc.physics.kinds import FloatArray
    from simulators.devices.device import Device, WiredPoint
    from simulators.plant.record import Record
    from simulators.scenarios.troubles import NetworkTroubles
    from simulators.sites.presets import DeviceSpec
    from simulators.sites.simulated_site import SimulatedSite

    Rows = NDArray[np.intp]

METER_STEP_S = 60
OTHER_STEP_S = 300
OLD_STEP_S = 900
OLD_S = 30 * 86_400.0
BATCH_ROWS = 250_000
"""A store is busy with that many for a fraction of a second, so that live readings never wait for long."""

METER_KINDS = frozenset({"meter", "pdu", "heat_meter", "water_meter", "pv_inverter", "storage"})
METERED = ("power_w", "energy_j", "volume_m3")
"""Endings of what a meter is read for each minute, for the whole device."""
UNKNOWN = "not_available"


class Readings:
    """Turns records of a site's plants into batches of what its devices show."""

    def __init__(
        self,
        site: SimulatedSite,
        until_s: float,
        troubles: NetworkTroubles | None = None,
        *,
        minutely: Collection[str] = (),
    ) -> None:
        """Take the devices of a site; ages are counted back from ``until_s`` [s since 1970].

        ``troubles`` of the network leave gaps. Of devices of the kinds ``minutely`` every point is read each minute.
        """
        self._minutely = minutely
        self._site = site
        self._troubles = troubles
        self._old_s = until_s - OLD_S

    def batches(self, records: Mapping[str, Record], rows: int = BATCH_ROWS) -> Iterator[Batch]:
        """Yield what all devices would have been read for, in batches of at least ``rows`` readings but the last.

        The records of all plants have the same times, whole minutes.
        """
        times_s = next(iter(records.values())).times_s
        cadence = {metered: self._rows(times_s, metered=metered) for metered in (True, False)}
        columns = _Columns()
        for spec in self._site.preset.devices:
            device = self._site.devices[spec.name]
            answered = device.errors.answered(times_s)
            if self._troubles is not None:
                answered &= self._troubles.answered(spec.name, times_s)
            rows_of = {metered: chosen[answered[chosen]] for metered, chosen in cadence.items()}
            for wired in device.points:
                chosen = rows_of[_is_metered(device, wired) or device.profile.kind in self._minutely]
                times = times_s[chosen]
                true = _true(records[spec.plant], wired, chosen)
                values, qualities = device.stored(wired, true, times)
                columns.add(self._key(spec, wired), times, values, qualities)
            if columns.rows >= rows:
                yield columns.batch()
                columns = _Columns()
        if columns.rows:
            yield columns.batch()

    def _rows(self, times_s: FloatArray, *, metered: bool) -> Rows:
        seconds = np.rint(times_s).astype(np.int64)
        step_s = np.where(times_s < self._old_s, OLD_STEP_S, METER_STEP_S if metered else OTHER_STEP_S)
        return np.flatnonzero(seconds % step_s == 0)

    def _key(self, spec: DeviceSpec, wired: WiredPoint) -> SeriesKey:
        return SeriesKey(self._site.preset.site, spec.name, wired.part, wired.point.quantity)


def _is_metered(device: Device, wired: WiredPoint) -> bool:
    return not wired.part and device.profile.kind in METER_KINDS and wired.point.quantity.endswith(METERED)


def _true(record: Record, wired: WiredPoint, rows: Rows) -> FloatArray:
    return record.signal(wired.signal)[rows] if wired.signal else np.full(len(rows), wired.fixed)


class _Columns:
    """Gathers series into one batch."""

    def __init__(self) -> None:
        self.rows = 0
        self._series: list[SeriesKey] = []
        self._times: list[FloatArray] = []
        self._values: list[FloatArray] = []
        self._qualities: list[NDArray[np.uint8]] = []

    def add(self, key: SeriesKey, times_s: FloatArray, values: FloatArray, qualities: NDArray[np.uint8]) -> None:
        """Take one series."""
        self._series.append(key)
        self._times.append(times_s)
        self._values.append(values)
        self._qualities.append(qualities)
        self.rows += len(times_s)

    def batch(self) -> Batch:
        """Return what was taken."""
        batch = Batch()
        positions = [batch.position(key) for key in self._series]
        counts = [len(times) for times in self._times]
        values = np.concatenate(self._values)
        unknown = np.isnan(values)
        batch.index = array("I", np.repeat(np.array(positions, dtype=np.uint32), counts).tobytes())
        whole_s = np.rint(np.concatenate(self._times)).astype(np.int64)
        batch.time_ns = array("q", (whole_s * NS_PER_SECOND).tobytes())
        batch.value = array("d", values.astype(np.float64, copy=False).tobytes())
        batch.quality = array("B", np.concatenate(self._qualities).astype(np.uint8, copy=False).tobytes())
        batch.reasons.append(UNKNOWN)
        batch.reason = array("H", unknown.astype(np.uint16).tobytes())
        return batch
