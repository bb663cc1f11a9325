"""Racks with sensors whose readings look like real ones, and one fault put into each of some of them.

Nothing here is from the simulated plant: days and weeks, loads that wander and burst, noise with memory, resolution,
lost readings. Faults are those of the simulator's sensors, as it bends them, and more that only the way to the store
knows: units, sentinels, clocks.
"""

from __future__ import annotations

import zlib
from typing import TYPE_CHECKING

import msgspec
import numpy as np

from analytics.gate import Fault
from greendc.model import SeriesKey
from simulators.scenarios.kind import Stretch
from simulators.scenarios.sensor_kinds import SENSOR_FAULTS

if TYPE_CHECKING:
    from collections.abc import Callable

    from numpy.typing import NDArray

    from greendc.physics.kinds import FloatArray

START_S = 1_772_323_200
DAY_S = 86_400.0
WEEK_S = 7 * DAY_S
SERIES = (
    ("top", "air_temperature_c"),
    ("middle", "air_temperature_c"),
    ("bottom", "air_temperature_c"),
    ("", "relative_humidity_ratio"),
    ("", "active_power_w"),
    ("", "current_a"),
    ("", "voltage_v"),
    ("", "active_energy_j"),
    ("", "water_flow_m3_s"),
)
AIR, POWER, ENERGY, FLOW = 0, 4, 7, 8
LOST = 0.02
WORKDAYS = 5
J_STEP = 3600.0
AIR_S = 3600.0
QUIET_SMOOTHING = 30
BLOCK_S = 7200.0


class Kind(msgspec.Struct, frozen=True, kw_only=True):
    """A fault to put in: into which of `SERIES`, how hard, and by which findings it counts as found."""

    name: str
    series: int
    wanted: frozenset[Fault]
    severity: float = 1.0
    factor: float = 1.0
    offset: float = 0.0
    days: float = 4.0


def _kind(name: str, series: int, *wanted: Fault, severity: float = 1.0, days: float = 4.0) -> Kind:
    return Kind(name=name, series=series, wanted=frozenset(wanted), severity=severity, days=days)


def _unit(name: str, series: int, factor: float, offset: float = 0.0) -> Kind:
    return Kind(name=f"unit {name}", series=series, wanted=frozenset({Fault.UNIT}), factor=factor, offset=offset)


KINDS = (
    _kind("sensor_stuck", AIR, Fault.STUCK),
    _kind("sensor_stuck", POWER, Fault.STUCK),
    _kind("sensor_stuck", ENERGY, Fault.STUCK),
    _kind("sensor_drift", AIR, Fault.DRIFT, severity=0.5),
    _kind("sensor_drift", 3, Fault.DRIFT, severity=5.0),
    _kind("sensor_noise", AIR, Fault.NOISE, severity=0.8),
    _kind("sensor_spikes", AIR, Fault.SPIKE, severity=15.0),
    _kind("sensor_dropout", AIR, Fault.DROPOUT),
    _kind("sensor_dropout", 6, Fault.LOSSY, severity=0.5),
    _kind("meter_reset", ENERGY, Fault.RESET),
    _kind("ct_reversed", POWER, Fault.RANGE, Fault.UNIT),
    _kind("wrong_scale", POWER, Fault.UNIT, severity=10.0),
    _kind("wrong_scale", 5, Fault.UNIT, severity=0.1),
    _kind("sensors_swapped", AIR, Fault.SWAP),
    _unit("fahrenheit", AIR, 1.8, 32.0),
    _unit("kW for W", POWER, 1e-3),
    _unit("L/min for L/s", FLOW, 60.0),
    _unit("m3/h for L/s", FLOW, 3.6),
    _unit("Wh for kWh", ENERGY, 1e3),
    _kind("sentinel -127", AIR, Fault.SENTINEL, severity=-127.0, days=0.25),
    _kind("sentinel 85", AIR, Fault.SENTINEL, severity=85.0, days=0.25),
    _kind("sentinel 65535", POWER, Fault.SENTINEL, severity=65_535.0, days=0.25),
    _kind("smoothed", AIR, Fault.NOISE),
    _kind("counts back", ENERGY, Fault.BACKWARDS, severity=1e8),
    _kind("clock ahead 2 h", AIR, Fault.CLOCK, severity=7200.0, days=0.5),
    _kind("clock back 1 h", AIR, Fault.CLOCK, severity=-3600.0, days=0.04),
    _kind("block sent twice", AIR, Fault.CLOCK, severity=-BLOCK_S, days=BLOCK_S / DAY_S),
)
PLAIN = frozenset({"smoothed", "counts back"})
HEALTHY = 24
"""Devices without a fault, in which false findings are counted, too."""


class Streams:
    """All readings of some days, device by device; device *i* has the fault ``KINDS[i]`` from `onset_s` on."""

    def __init__(self, period_s: float, days: float, seed: int, onset_days: float = 4.0) -> None:
        """Make them."""
        self.period_s = period_s
        self.times_s: FloatArray = START_S + period_s * np.arange(round(days * DAY_S / period_s), dtype=np.float64)
        self.keys = [
            SeriesKey("bench", f"rack-{n:02}", part, name) for n in range(len(KINDS) + HEALTHY) for part, name in SERIES
        ]
        self._seed = seed
        self._air = _wander(np.random.default_rng((seed, 1)), self.times_s, 6 * 3600.0)
        self.onset_s = [START_S + onset_days * DAY_S + 997.0 * n for n in range(len(KINDS))]
        self.rows = np.empty((len(self.times_s), len(self.keys)))
        self._other = np.full(len(self.times_s), np.nan)
        for n in range(len(KINDS) + HEALTHY):
            columns = self._device(n)
            if n < len(KINDS):
                self._spoil(n, columns)
            self.rows[:, n * len(SERIES) : (n + 1) * len(SERIES)] = np.column_stack(columns)
        lost = np.random.default_rng((seed, 2))
        for n in range(len(KINDS) + HEALTHY):
            away = lost.random(len(self.times_s)) < LOST
            self.rows[away, n * len(SERIES) : (n + 1) * len(SERIES)] = np.nan

    def device_of(self, key: SeriesKey) -> int:
        """Return the number of a series' device."""
        return int(key.device.removeprefix("rack-"))

    def stamps(self, row: int) -> NDArray[np.int64] | None:
        """Return the times [s] that the readings of a row bear, None where all clocks are right."""
        now_s = self.times_s[row]
        found = None
        for n, kind in enumerate(KINDS):
            if kind.wanted == {Fault.CLOCK} and 0.0 <= now_s - self.onset_s[n] < kind.days * DAY_S:
                found = np.full(len(self.keys), now_s) if found is None else found
                found[n * len(SERIES) : (n + 1) * len(SERIES)] += kind.severity
        return None if found is None else found.astype(np.int64)

    def _device(self, number: int) -> list[FloatArray]:
        rng = np.random.default_rng((self._seed, 3, number))
        t = self.times_s
        turn, n = 2.0 * np.pi * t / DAY_S, len(t)
        busy = 0.5 + 0.5 * np.tanh(4.0 * np.sin(turn - 1.9))
        workday = np.where((t // DAY_S + 4) % 7 < WORKDAYS, 1.0, 0.4)
        load = 1.0 + 0.25 * rng.random() * busy * workday + 0.05 * _wander(rng, t, 1800.0) + _bursts(rng, t)
        watts = rng.uniform(300.0, 3000.0) * np.maximum(load, 0.2)
        watts = np.round(watts * (1.0 + 0.002 * rng.standard_normal(n)))
        air = 20.5 + 0.6 * self._air + rng.normal(0.0, 0.3)
        ups = 0.4 + np.array([1.6, 0.8, 0.2])
        # Air follows its load as slowly as what it blows through.
        width = max(1, round(AIR_S / self.period_s))
        warm = np.convolve(np.pad(load, (width - 1, 0), mode="edge"), np.full(width, 1.0 / width), mode="valid")
        shown = [np.round(air + up * warm + _noise(rng, n, 0.08), 1) for up in ups]
        damp = np.round(0.45 + 0.04 * self._air + rng.normal(0.0, 0.01) + _noise(rng, n, 0.003), 3)
        volts = np.round(230.0 + 2.0 * np.sin(3.0 * turn) + _noise(rng, n, 0.3), 1)
        joules = np.floor((rng.uniform(1e9, 9e9) + np.cumsum(watts * self.period_s)) / J_STEP) * J_STEP
        flow = 1e-3 * (1.0 + 0.1 * np.sin(turn + number)) * (1.0 + 0.01 * rng.standard_normal(n))
        return [*shown, damp, watts, np.round(watts / volts, 2), volts, joules, flow]

    def _spoil(self, number: int, columns: list[FloatArray]) -> None:
        kind = KINDS[number]
        begin_s = self.onset_s[number]
        rows = np.flatnonzero((self.times_s >= begin_s) & (self.times_s < begin_s + kind.days * DAY_S))
        column = columns[kind.series]
        whole = column[rows]
        if kind.name == "sensors_swapped":
            columns[0][rows], columns[2][rows] = columns[2][rows].copy(), columns[0][rows].copy()
        elif kind.name.startswith("sentinel"):
            column[rows[:: max(2, round(600.0 / self.period_s))]] = kind.severity
        elif kind.name == "smoothed":
            column[rows] = np.convolve(column, np.full(QUIET_SMOOTHING, 1.0 / QUIET_SMOOTHING))[: len(column)][rows]
        elif kind.name == "counts back":
            column[rows[0] :] -= kind.severity
        elif kind.name.startswith("unit"):
            column[rows] = whole * kind.factor + kind.offset
        elif kind.wanted != {Fault.CLOCK}:
            column[rows] = _bent(kind, whole, self.times_s[rows] - begin_s, self._seed)


def _bent(kind: Kind, values: FloatArray, since_s: FloatArray, seed: int) -> FloatArray:
    """Return what the simulator's fault of this name makes of readings."""
    bend = next(one.bend for one in SENSOR_FAULTS if one.name == kind.name)
    rng = np.random.default_rng((seed, 4, zlib.crc32(kind.name.encode())))
    stretch = Stretch(
        quantity=SERIES[kind.series][1],
        values=values,
        since_s=since_s,
        progress=np.ones(len(values)),
        chance=rng.random(len(values)),
        normal=rng.standard_normal(len(values)),
        other=np.full(len(values), np.nan),
        anchor=float(values[0]),
        width=0.0,
    )
    made: Callable[[Stretch, float], FloatArray] | None = bend
    return values if made is None else made(stretch, kind.severity)


def _noise(rng: np.random.Generator, n: int, size: float) -> FloatArray:
    """Return noise with a little memory."""
    white = rng.standard_normal(n + 1)
    return size * (0.9 * white[1:] + 0.4 * white[:-1])


def _wander(rng: np.random.Generator, times_s: FloatArray, knot_s: float) -> FloatArray:
    """Return a smooth random course of deviation 1."""
    at = (times_s - times_s[0]) / knot_s
    knots: FloatArray = rng.standard_normal(int(at[-1]) + 3)
    left = at.astype(np.int64)
    turned = 0.5 - 0.5 * np.cos(np.pi * (at - left))
    found: FloatArray = knots[left] + turned * (knots[left + 1] - knots[left])
    return found


def _bursts(rng: np.random.Generator, times_s: FloatArray) -> FloatArray:
    """Return bursts of load: about three a day, for minutes to hours."""
    found = np.zeros(len(times_s))
    days = (times_s[-1] - times_s[0]) / DAY_S
    for begin_s in times_s[0] + rng.random(rng.poisson(3.0 * days)) * (times_s[-1] - times_s[0]):
        length_s = rng.exponential(1800.0)
        found[(times_s >= begin_s) & (times_s < begin_s + length_s)] += rng.uniform(0.1, 0.6)
    return found
