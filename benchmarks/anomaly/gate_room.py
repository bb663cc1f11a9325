"""The readings of a simulated room in rows of a minute, straight from its devices, with what its scenario did."""

from __future__ import annotations

import csv
import datetime as dt
from pathlib import Path
from typing import TYPE_CHECKING

import msgspec
import numpy as np

from benchmarks.anomaly.simulated_room import site_of
from greendc.units import NS_PER_SECOND
from simulators.runs import pieces
from simulators.runs.plan import Plan
from simulators.runs.readings import Readings

if TYPE_CHECKING:
    from collections.abc import Iterator

    from greendc.model import Batch, SeriesKey
    from greendc.physics.kinds import FloatArray

PRESET = "room"
START_S = 1_783_036_800.0
"""2026-07-03T00:00Z."""
DAY_S = 86_400.0
STEP_S = 60
ROWS = 10**9


class Event(msgspec.Struct, frozen=True, kw_only=True):
    """One event of the scenario: its kind, its target as the scenario writes it, and when it began [s since 1970].

    ``visible``: what the device shows differs from what it would have shown by more than its resolution and noise.
    """

    kind: str
    target: str
    onset_s: float
    visible: bool

    def concerns(self, key: SeriesKey) -> bool:
        """Tell whether a series is of the event's device, and of its part where one is named."""
        device, *rest = self.target.split()
        named = [word for word in rest if "/" in word]
        if key.device != device or (named and named[0] != key.part and self.kind != "sensors_swapped"):
            return False
        return all(word in {key.part, key.quantity} for word in rest) or bool(named)


class Room:
    """All readings of some days."""

    def __init__(self, folder: str, seed: int, days: float, scenario: str) -> None:
        """Simulate them."""
        plan = Plan(preset=PRESET, data_dir=folder, seed=seed, scenario=scenario)
        simulated = plan.built(START_S)
        end_s = START_S + days * DAY_S
        play = plan.played(simulated, START_S, end_s)
        self.site = site_of(simulated, Path(folder))
        self.devices = len(simulated.devices)
        readings = Readings(simulated, end_s, play.troubles if play is not None else None)
        columns: dict[SeriesKey, list[tuple[np.ndarray, np.ndarray]]] = {}
        for records in pieces.onward(simulated, end_s, float(STEP_S), (), play):
            for batch in readings.batches(records, ROWS):
                _take(batch, columns)
        self.keys = sorted(columns)
        self._rows = np.full((round(days * DAY_S / STEP_S) + 1, len(self.keys)), np.nan, dtype=np.float64)
        for at, key in enumerate(self.keys):
            for time_ns, values in columns[key]:
                self._rows[((time_ns / NS_PER_SECOND - START_S) // STEP_S).astype(np.int64), at] = values
        self.events: list[Event] = []
        if play is not None:
            play.truth.write(Path(folder) / "truth.csv")
            self.events = _events(Path(folder) / "truth.events.csv")

    def steps(self, loss: float, seed: int) -> Iterator[tuple[float, FloatArray]]:
        """Yield time and readings of each minute; a share of all polls of a device is lost."""
        rng = np.random.default_rng(seed)
        names = sorted({key.device for key in self.keys})
        device = np.array([names.index(key.device) for key in self.keys])
        for at, row in enumerate(self._rows):
            away = (rng.random(len(names)) < loss)[device] if loss else np.zeros(len(row), dtype=np.bool_)
            yield START_S + at * STEP_S, np.where(away, np.nan, row)


def _take(batch: Batch, columns: dict[SeriesKey, list[tuple[np.ndarray, np.ndarray]]]) -> None:
    index = np.frombuffer(batch.index, dtype=np.uint32)
    time_ns = np.frombuffer(batch.time_ns, dtype=np.int64)
    values = np.frombuffer(batch.value, dtype=np.float64)
    edges = np.flatnonzero(np.diff(index)) + 1
    for rows in np.split(np.arange(len(index)), edges):
        if len(rows):
            columns.setdefault(batch.series[index[rows[0]]], []).append((time_ns[rows], values[rows].copy()))


def _events(path: Path) -> list[Event]:
    with path.open(encoding="utf-8", newline="") as file:
        rows = list(csv.DictReader(file))
    return [
        Event(
            kind=row["kind"],
            target=row["target"],
            onset_s=dt.datetime.fromisoformat(row["onset"]).timestamp(),
            visible=bool(row["first_visible"]),
        )
        for row in rows
        if row["onset"] and row["number"] != "0"
    ]
