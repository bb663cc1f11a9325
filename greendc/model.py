"""The words everyone uses: readings, series and batches of them."""

from __future__ import annotations

import math
from array import array
from enum import IntEnum

import msgspec


class Quality(IntEnum):
    """How far a value can be trusted. Only good and uncertain readings carry a value."""

    GOOD = 0
    UNCERTAIN = 1
    BAD = 2


class SeriesKey(msgspec.Struct, frozen=True, order=True):
    """What a series of readings is about: one quantity of one part of one device at one site."""

    site: str
    device: str
    part: str
    quantity: str

    def label(self) -> str:
        """Return ``device/part quantity`` for a person."""
        where = f"{self.device}/{self.part}" if self.part else self.device
        return f"{where} {self.quantity}"


class Reading(msgspec.Struct, frozen=True, kw_only=True):
    """One quantity of one part of one device at one instant.

    ``time_ns`` is UTC. ``value`` is in the quantity's stored unit and is None when it is not known; it is then never 0.
    ``reason`` is a short code (``no_answer``, ``not_available``, ``out_of_range`` ...) and is empty for a good reading.
    Identity is (site, device, part, quantity, time_ns): writing the same reading twice is harmless.
    """

    time_ns: int
    site: str
    device: str
    part: str
    quantity: str
    value: float | None
    quality: Quality = Quality.GOOD
    reason: str = ""

    def __post_init__(self) -> None:
        """Refuse what no store could keep."""
        if self.value is not None and not math.isfinite(self.value):
            message = f"a value is finite or None, not {self.value!r}"
            raise ValueError(message)
        if self.value is None and self.quality is Quality.GOOD:
            message = "a reading without a value cannot be good"
            raise ValueError(message)

    @property
    def key(self) -> SeriesKey:
        """Return the series that the reading belongs to."""
        return SeriesKey(self.site, self.device, self.part, self.quantity)


class Batch:
    """Readings in columns, for backfill, import and whatever must be fast.

    ``series`` lists each series once; row *i* belongs to ``series[index[i]]``. ``value`` holds NaN where the value is
    not known; ``reason[i]`` is a position in ``reasons`` (0 is the empty reason). The arrays have one length and can
    be wrapped by numpy without a copy.
    """

    def __init__(self) -> None:
        """Make an empty batch."""
        self.series: list[SeriesKey] = []
        self.reasons: list[str] = [""]
        self.index = array("I")
        self.time_ns = array("q")
        self.value = array("d")
        self.quality = array("B")
        self.reason = array("H")
        self._positions: dict[SeriesKey, int] = {}

    def __len__(self) -> int:
        """Return the number of readings."""
        return len(self.time_ns)

    def position(self, key: SeriesKey) -> int:
        """Return the position of a series, adding it when it is new."""
        found = self._positions.get(key)
        if found is None:
            found = self._positions[key] = len(self.series)
            self.series.append(key)
        return found

    def append(self, reading: Reading) -> None:
        """Add one reading."""
        self.index.append(self.position(reading.key))
        self.time_ns.append(reading.time_ns)
        self.value.append(math.nan if reading.value is None else reading.value)
        self.quality.append(reading.quality)
        if reading.reason not in self.reasons:
            self.reasons.append(reading.reason)
        self.reason.append(self.reasons.index(reading.reason))

    def reading(self, row: int) -> Reading:
        """Return one row as a reading."""
        key = self.series[self.index[row]]
        value = self.value[row]
        return Reading(
            time_ns=self.time_ns[row],
            site=key.site,
            device=key.device,
            part=key.part,
            quantity=key.quantity,
            value=None if math.isnan(value) else value,
            quality=Quality(self.quality[row]),
            reason=self.reasons[self.reason[row]],
        )


class DeviceIdentity(msgspec.Struct, frozen=True, kw_only=True):
    """Who a device says it is; empty where it does not say."""

    object_id: str = ""
    description: str = ""
    name: str = ""
    maker: str = ""
    model: str = ""
    serial: str = ""
    firmware: str = ""


class Principal(msgspec.Struct, frozen=True, kw_only=True):
    """Who acts, and in which role (``operator``, ``evaluator``, ``system``)."""

    name: str
    role: str
