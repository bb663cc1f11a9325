"""Quantised telemetry for measuring stores: a hall of devices each 20 s, and meters each minute for a year."""

from __future__ import annotations

from enum import IntEnum
from typing import TYPE_CHECKING

import numpy as np

from greendc.model import Batch, SeriesKey

if TYPE_CHECKING:
    from collections.abc import Iterator

    from numpy.typing import NDArray

SITE = "bench"
SECOND = 10**9
DAY = 86_400 * SECOND
END_NS = 1_699_920_000 * SECOND
"""A midnight (2023-11-14): the end of the meters' year, and the beginning of the hall's day."""
POLL_NS = 20 * SECOND
POINTS = 100
JITTER_MS = 50
"""A device answers so much later than its tick, at most."""


class Kind(IntEnum):
    """What a point of a device measures."""

    POWER = 0
    ENERGY = 1
    TEMPERATURE = 2
    STATE = 3


_ENDS = {Kind.POWER: 60, Kind.ENERGY: 80, Kind.TEMPERATURE: 95, Kind.STATE: POINTS}
_QUANTITIES = ("active_power_w", "active_energy_j", "air_temperature_c", "outlet_state")


class Hall:
    """Devices of 100 points each: 60 powers, 20 energy counters, 15 temperatures, 5 states."""

    def __init__(self, series: int, seed: int = 1) -> None:
        """Start with ``series`` random walks, a multiple of 100 of them."""
        self._noise = np.random.default_rng(seed)
        self.keys = [_hall_key(number) for number in range(series)]
        self._kind = np.array([_kind(number % POINTS) for number in range(series)])
        self._value = self._noise.integers(500, 9000, series).astype(np.float64)
        self._devices = series // POINTS

    def polls(self, count: int, at_once: int) -> Iterator[Batch]:
        """Yield ``count`` polls of all devices, ``at_once`` in a batch, in the order of time."""
        for first in range(0, count, at_once):
            batch = Batch()
            for key in self.keys:
                batch.position(key)
            for poll in range(first, min(first + at_once, count)):
                self._poll(batch, poll)
            yield batch

    def _poll(self, batch: Batch, poll: int) -> None:
        size = len(self.keys)
        late = self._noise.integers(0, JITTER_MS, self._devices) * (SECOND // 1000)
        step = self._noise.integers(-20, 21, size).astype(np.float64)
        self._value += np.select(
            [self._kind == Kind.POWER, self._kind == Kind.ENERGY, self._kind == Kind.TEMPERATURE],
            [step, 3600.0 * np.abs(step), np.round(step / 20)],
            0.0,
        )
        value = np.select(
            [self._kind == Kind.TEMPERATURE, self._kind == Kind.STATE],
            [np.round(200 + self._value % 50) / 10, (self._value % 3).round()],
            self._value,
        )
        _add(batch, np.arange(size, dtype=np.uint32), END_NS + poll * POLL_NS + np.repeat(late, POINTS), value)


def meter_days(meters: int, days: int, seed: int = 2) -> Iterator[Batch]:
    """Yield the days before `END_NS`: an energy counter of each meter, once a minute."""
    noise = np.random.default_rng(seed)
    keys = meter_keys(meters)
    minutes = np.arange(1440)
    energy = np.zeros(meters)
    for day in range(-days, 0):
        batch = Batch()
        for key in keys:
            position = batch.position(key)
            joules = 3600.0 * np.cumsum(noise.integers(800, 1200, len(minutes)))
            times = END_NS + day * DAY + minutes * 60 * SECOND
            _add(batch, np.full(len(minutes), position, np.uint32), times, energy[position] + joules)
            energy[position] += joules[-1]
        yield batch


def meter_keys(meters: int) -> list[SeriesKey]:
    """Return the meters' series."""
    return [SeriesKey(SITE, f"meter-{number:02}", "", "active_energy_j") for number in range(meters)]


def _hall_key(number: int) -> SeriesKey:
    device, point = divmod(number, POINTS)
    return SeriesKey(SITE, f"pdu-{device:04}", f"outlet/{point}", _QUANTITIES[_kind(point)])


def _kind(point: int) -> Kind:
    return next(kind for kind, end in _ENDS.items() if point < end)


def _add(batch: Batch, index: NDArray[np.uint32], times: NDArray[np.int64], values: NDArray[np.float64]) -> None:
    rows = len(values)
    batch.index.frombytes(index.astype(np.uint32).tobytes())
    batch.time_ns.frombytes(times.astype(np.int64).tobytes())
    batch.value.frombytes(values.tobytes())
    batch.quality.frombytes(bytes(rows))
    batch.reason.frombytes(bytes(2 * rows))
