"""Made-up machines with faults labelled row by row, to measure multivariate detection. No real data is in them.

Each has its own structure and its own restlessness in normal running: water that warms up for the whole run, load that
follows the day, set-points that change, readings in coarse steps, heavy tails, sensors that never move. A label is set
from the row in which a fault begins to act until the row in which it ends; what lingers afterwards is unlabelled.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import msgspec
import numpy as np
from numpy.random import Generator, default_rng
from numpy.typing import NDArray

if TYPE_CHECKING:
    from collections.abc import Iterator

FloatArray = NDArray[np.float64]
MINUTES_PER_DAY = 1440
SATURDAY = 5
BACKUP = (120, 150)
BREAKS = 15
"""A counter of the server that never moves but for its fault."""


class Machine(msgspec.Struct, frozen=True, kw_only=True):
    """Rows x sensors, the label of each row, and how many of the first rows are normal running."""

    name: str
    fault: str
    step_s: float
    train_rows: int
    values: np.ndarray
    labels: np.ndarray


def machines(seeds: range) -> Iterator[Machine]:
    """Yield every machine with every fault, for each seed."""
    for seed in seeds:
        for fault in LOOP_FAULTS:
            yield water_loop(seed, fault)
        for fault in DRIVE_FAULTS:
            yield drive(seed, fault)
        yield server(seed)
        yield server(seed, quiet=True)


def smooth(noise: FloatArray, keep: float) -> FloatArray:
    """Return first-order autoregressive noise of unit variance made from white noise."""
    out = np.empty_like(noise)
    last, gain = noise[0], np.sqrt(1.0 - keep * keep)
    for row, white in enumerate(noise):
        last = keep * last + gain * white
        out[row] = last
    return out


def episode(rows: int, start: int, end: int, rise: int) -> FloatArray:
    """Return how far a fault acts, 0..1: it comes within ``rise`` rows and goes as fast."""
    at = np.arange(rows)
    return np.clip(np.minimum((at - start) / rise, (end - at) / rise + 1.0), 0.0, 1.0)


def stepped(values: FloatArray, step: float) -> FloatArray:
    """Return what a sensor of a coarse resolution says."""
    return np.round(values / step) * step


# Changes at full strength: flow, pressure, current, vibration 1, vibration 2, water temperature; and the rows it takes.
LOOP_FAULTS: dict[str, tuple[tuple[float, ...], int]] = {
    "none": ((0, 0, 0, 0, 0, 0), 1),
    "outlet valve half closed": ((-6.0, 0.25, -0.06, 0.012, 0.008, 0), 12),
    "outlet valve a little closed": ((-1.2, 0.06, -0.01, 0.0, 0.0, 0), 12),
    "inlet valve closing": ((-4.0, -0.20, -0.12, 0.01, 0.0, 0), 40),
    "restriction": ((-2.0, 0.02, -0.03, 0.004, 0.0, 0), 120),
    "rotor imbalance": ((0, 0, 0.03, 0.02, 0.05, 0), 5),
    "slight imbalance": ((0, 0, 0, 0.006, 0.014, 0), 5),
    "leak": ((-0.8, -0.10, 0, 0, 0, 0), 20),
    "cavitation": ((-1.0, -0.05, -0.05, 0.03, 0.02, 0), 8),
    "water heats up": ((0, 0, 0, 0, 0, 6.0), 150),
}


def water_loop(seed: int, fault: str) -> Machine:
    """Return a pump that drives water round a loop, read every second: eight sensors, 400 rows to learn from."""
    change, rise = LOOP_FAULTS[fault]
    rng = default_rng([seed, list(LOOP_FAULTS).index(fault)])
    rows, train = int(rng.integers(1050, 1250)), 400
    start = int(rng.integers(520, 650))
    end = start + int(rng.integers(280, 420))
    act = rng.uniform(0.15, 1.0) * episode(rows, start, end, rise)
    flow_by, pressure_by, current_by, first_by, second_by, heat_by = (act * size for size in change)

    warming = warm_up(rng, rows) * rng.choice([0.05, 0.2, 1.0])
    speed = 1.0 + 0.002 * smooth(rng.standard_normal(rows), 0.97)
    flow = 32.0 * speed + 0.25 * smooth(rng.standard_normal(rows), 0.6) + flow_by
    shaking = 1.0 + 0.06 * smooth(rng.standard_normal(rows), 0.9)
    knocks = 0.004 * rng.exponential(1.0, rows) * rng.binomial(1, 0.03, rows)
    water = 27.0 + 2.0 * rng.random() + warming * (0.6 + rng.random()) + heat_by
    casing = 68.0 + 4.0 * rng.random() + 3.0 * rng.random() * warming + 0.10 * rng.standard_normal(rows)
    mains = 230.0 + 6.0 * rng.standard_normal(rows) + 3.0 * smooth(rng.standard_normal(rows), 0.995)
    values = np.column_stack(
        [
            0.027 * shaking + 0.0008 * rng.standard_normal(rows) + knocks + first_by,
            0.040 * shaking + 0.0012 * rng.standard_normal(rows) + second_by,
            1.30 * speed + 0.12 * rng.standard_normal(rows) + current_by,
            stepped(0.05 + 0.25 * rng.standard_normal(rows) + pressure_by, 0.327),
            casing,
            water + 0.02 * rng.standard_normal(rows),
            mains,
            stepped(flow, 0.01) if rng.integers(2) else stepped(flow, 1.0),
        ]
    )
    labels = (np.arange(rows) >= start) & (np.arange(rows) <= end) & (fault != "none")
    return Machine(name="water loop", fault=fault, step_s=1.0, train_rows=train, values=values, labels=labels)


def warm_up(rng: Generator, rows: int) -> FloatArray:
    """Return how far a machine has warmed up; sometimes it begins to do so only after a while, or turns round."""
    at = np.arange(rows) / rows
    kind = int(rng.integers(0, 4))
    curves = (
        1.0 - np.exp(-2.0 * at),
        1.5 * at,
        np.maximum(at - 0.25 - 0.2 * rng.random(), 0.0) * 2.0,
        np.sin(2.5 * np.pi * at * (0.5 + rng.random())),
    )
    return np.asarray(curves[kind] + 0.02 * np.cumsum(rng.standard_normal(rows)) / np.sqrt(rows))


DRIVE_FAULTS = ("none", "flow sensor freezes", "bearing", "fouling", "current sensor drifts", "valve stuck")


def drive(seed: int, fault: str) -> Machine:
    """Return a pump under a drive whose set-point changes all the time, read every 10 s: ten sensors."""
    rng = default_rng([seed, 100 + DRIVE_FAULTS.index(fault)])
    rows, train = 4000, 1500
    start = int(rng.integers(1900, 2600))
    end = start + int(rng.integers(250, 700))
    rise = {"fouling": 200, "current sensor drifts": 200}.get(fault, 6)
    act = (1.0 if fault == "flow sensor freezes" else rng.uniform(0.3, 1.0)) * episode(rows, start, end, rise)
    changes = np.cumsum(rng.binomial(1, 0.01, rows))
    speed = rng.uniform(0.4, 1.0, int(changes[-1]) + 1)[changes]
    for row in range(1, rows):
        speed[row] = 0.85 * speed[row - 1] + 0.15 * speed[row]
    valve = np.clip(0.55 + 0.10 * smooth(rng.standard_normal(rows), 0.99), 0.2, 1.0)
    flow = 20.0 * speed * np.sqrt(valve) * (1.0 - 0.15 * act * (fault == "fouling"))
    head = 3.0 * speed**2 * (1.2 - 0.3 * valve + 0.12 * act * (fault == "fouling"))
    power = 800.0 * speed**3 + 60.0 * flow / 20.0
    shown_valve = valve.copy()
    if fault == "valve stuck":
        shown_valve = np.where(act > 0, 0.9 * valve[start] + 0.35, valve)
    noise = rng.standard_normal((rows, 10))
    ambient = 22.0 + 2.0 * np.sin(2 * np.pi * (np.arange(rows) / 8640 + rng.random()))
    winding = np.empty(rows)
    warm = ambient[0] + power[0] / 40.0
    for row in range(rows):
        warm += 0.01 * (ambient[row] + power[row] / 40.0 - warm)
        winding[row] = warm
    shake = 1.0 + 2.0 * speed + 0.9 * act * (fault == "bearing")
    values = np.column_stack(
        [
            speed * 50.0 + 0.05 * noise[:, 0],
            power * (1.0 + 0.01 * noise[:, 1]),
            power / 700.0 * (1.0 + 0.01 * noise[:, 2]) * (1.0 + 0.15 * act * (fault == "current sensor drifts")),
            flow + 0.12 * noise[:, 3],
            head + 0.02 * noise[:, 4],
            head * 0.3 + 0.01 * noise[:, 5],
            shown_valve * 100.0 + 0.4 * noise[:, 6],
            winding + 0.15 * noise[:, 7] + 6.0 * act * (fault == "bearing"),
            ambient + 0.1 * noise[:, 8],
            shake * (1.0 + 0.08 * noise[:, 9]),
        ]
    )
    if fault == "flow sensor freezes":
        values[start:end, 3] = values[start, 3]
    labels = (np.arange(rows) >= start) & (np.arange(rows) <= end) & (fault != "none")
    return Machine(name="drive", fault=fault, step_s=10.0, train_rows=train, values=values, labels=labels)


def server(seed: int, *, quiet: bool = False) -> Machine:
    """Return a server's 38 counters, read every minute for eight days, five of them to learn from."""
    rng = default_rng([seed, 200 + quiet])
    rows, train = 8 * MINUTES_PER_DAY, 5 * MINUTES_PER_DAY
    at = np.arange(rows)
    day = at / MINUTES_PER_DAY
    load = 0.35 + 0.18 * np.sin(2 * np.pi * (day - 0.3)) + 0.05 * smooth(rng.standard_normal(rows), 0.98)
    load *= np.where(day.astype(int) % 7 == SATURDAY, 0.8, 1.0)
    load += 0.15 * episodes(rng, rows, per_day=3, lengths=(5, 40))
    load[train + MINUTES_PER_DAY :] *= 1.12
    backup = (at % MINUTES_PER_DAY > BACKUP[0]) & (at % MINUTES_PER_DAY < BACKUP[1])
    act = np.zeros((6, rows))
    labels = np.zeros(rows, dtype=bool)
    if not quiet:
        for place in range(6):
            start = train + int((place + rng.random() * 0.7) * (rows - train) / 6)
            end = start + int(rng.integers(15, 120))
            act[place] = episode(rows, start, end, int(rng.integers(1, 8)))
            labels |= act[place] > 0
    memory = 0.5 + 0.2 * ((day * 1.3 + rng.random()) % 1.0) + 0.25 * act[1]
    network = load * (1.0 - 0.9 * act[2]) + 0.03 * rng.standard_normal(rows)
    disk = 0.10 + 0.3 * load + 0.5 * backup + 0.5 * act[3] + 0.05 * np.abs(rng.standard_normal(rows))
    cpu = load + 0.1 * backup + 0.45 * act[0] + 0.02 * rng.standard_normal(rows)
    latents = np.column_stack([load, cpu, memory, network, disk, load * (1 - 0.8 * act[4])])
    columns = []
    for place in range(38):
        weight = rng.binomial(1, 0.35, 6) * rng.uniform(-0.3, 1.0, 6)
        level = latents @ weight
        if place % 6 == 0:
            column = 0.02 * rng.exponential(1.0, rows) * rng.binomial(1, 0.02, rows)
        elif place in {7, BREAKS, 31}:
            column = np.zeros(rows) + (place == BREAKS) * 0.7 * (act[5] > 0)
        elif place in {8, 21}:
            column = np.maximum(level + 0.1 * rng.standard_normal(rows), 0.0) ** 2
        else:
            column = level + rng.uniform(0.01, 0.06) * rng.standard_normal(rows)
        columns.append(np.clip(column, 0.0, None))
    name = "server, quiet" if quiet else "server"
    fault = "none" if quiet else "six of them"
    values = np.column_stack(columns)
    return Machine(name=name, fault=fault, step_s=60.0, train_rows=train, values=values, labels=labels)


def episodes(rng: Generator, rows: int, *, per_day: int, lengths: tuple[int, int]) -> FloatArray:
    """Return bursts of random place and length, 0..1."""
    out = np.zeros(rows)
    for start in rng.integers(0, rows, per_day * rows // MINUTES_PER_DAY):
        out[start : start + int(rng.integers(*lengths))] = rng.uniform(0.3, 1.0)
    return out
