"""A past that is made backwards is the past that would have been made forwards, and its registers count on."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pytest

from greendc.quantities import Kind, quantity
from simulators.front_ends.ports import Ports
from simulators.runs import pieces, registers
from simulators.runs.readings import Readings
from simulators.runs.site_state import Moment
from simulators.sites.presets import preset
from simulators.sites.simulated_site import SimulatedSite

if TYPE_CHECKING:
    from simulators.runs.pieces import Records

DAY_S = 86_400.0
NOON_S = 1_780_012_800.0 - 1_780_012_800.0 % DAY_S + 12 * 3600.0
STEP_S = 60.0
FROM_S = NOON_S - 2.5 * DAY_S


def room(start_s: float) -> SimulatedSite:
    """Return the room of the demo."""
    return SimulatedSite(preset("room", Ports(), "mqtt://127.0.0.1:1883"), seed=7, start_s=start_s)


def joined(parts: list[Records], plant: str, block: str) -> np.ndarray:
    """Return one block of all pieces, oldest first."""
    rows = np.concatenate([records[plant].blocks[block] for records in parts])
    times = np.concatenate([records[plant].times_s for records in parts])
    assert np.all(np.diff(times) == STEP_S)
    return rows


@pytest.fixture(scope="module")
def backwards() -> list[Records]:
    """Return the pieces before noon, oldest first, as they were made before a site that began at noon."""
    site = room(NOON_S)
    first = Moment(time_s=NOON_S, registers=registers.of_plants(site.plants))
    made = list(pieces.backwards(site, first, FROM_S, STEP_S))
    assert [moment.time_s for _, moment in made] == [NOON_S - (0.5 + day) * DAY_S for day in range(3)]
    return [records for records, _ in made][::-1]


@pytest.fixture(scope="module")
def onward() -> list[Records]:
    """Return the same time, lived through by plants that began with it."""
    return list(pieces.onward(room(FROM_S), NOON_S, STEP_S))


def test_both_ways_are_the_same_past(backwards: list[Records], onward: list[Records]) -> None:
    """Powers and temperatures agree, the first hour after a border aside; registers move by the same amounts."""
    for block in ("truth.utility_w", "truth.it_w", "truth.cooling_w"):
        one, other = joined(backwards, "room", block), joined(onward, "room", block)
        assert np.mean(one) == pytest.approx(np.mean(other), rel=2e-3), block
        assert np.median(np.abs(one - other) / np.maximum(other, 1.0)) < 1e-3, block
    inlet = joined(backwards, "room", "rack.inlet_c") - joined(onward, "room", "rack.inlet_c")
    assert np.quantile(np.abs(inlet), 0.95) < 0.3
    one, other = joined(backwards, "room", "utility.energy_j"), joined(onward, "room", "utility.energy_j")
    assert one[-1] - one[0] == pytest.approx(other[-1] - other[0], rel=2e-3)


def test_registers_never_step_back(backwards: list[Records]) -> None:
    """Over every border and into the present, registers are the integral of their power and nothing more."""
    site = room(NOON_S)
    present = site.plants["room"].registers()
    for plant in backwards[0]:
        for name in site.plants[plant].registers():
            if name == "truth.generation_j":
                # What a storage takes in counts against what is generated.
                continue
            values = joined(backwards, plant, name)
            assert np.all(np.diff(values, axis=0) >= -1e-3), (plant, name)
    energy = joined(backwards, "room", "utility.energy_j").ravel()
    power = joined(backwards, "room", "utility.power_w").ravel()
    assert np.diff(energy) == pytest.approx(power[1:] * STEP_S, rel=1e-6)
    assert energy[-1] == pytest.approx(present["utility.energy_j"][0], rel=1e-12)
    assert energy[0] > 0.0


def test_no_counter_of_any_device_steps_back(backwards: list[Records]) -> None:
    """Every counter that a device shows only grows from piece to piece, or starts again at its width."""
    site = room(NOON_S)
    readings = Readings(site, NOON_S)
    last: dict[tuple[str, str, str], float] = {}
    falls: dict[tuple[str, str, str], int] = {}
    for records in backwards:
        for batch in readings.batches(records, 10**7):
            index, values = np.frombuffer(batch.index, np.uint32), np.frombuffer(batch.value)
            for position, key in enumerate(batch.series):
                if quantity(key.quantity).kind is not Kind.COUNTER:
                    continue
                own = values[index == position]
                own = own[~np.isnan(own)]
                name = (key.device, key.part, key.quantity)
                steps = np.diff(np.concatenate([[last.get(name, own[0])], own]))
                falls[name] = falls.get(name, 0) + int(np.count_nonzero(steps < 0))
                last[name] = float(own[-1])
    assert len(falls) > 100
    assert {name: count for name, count in falls.items() if count > 1} == {}
    assert sum(falls.values()) < 0.1 * len(falls)


def test_pieces_end_with_the_day_and_at_cuts() -> None:
    """Pieces are cut at midnight and where a run before ended, so that they are the same pieces when made again."""
    cut_s = NOON_S - DAY_S
    ends = [
        next(iter(records.values())).times_s[-1] for records in pieces.onward(room(FROM_S), NOON_S, STEP_S, [cut_s])
    ]
    assert [(end - NOON_S) / DAY_S for end in ends] == [-2.5 + 0.0 + 1.0, -1.0, -0.5, 0.0] or len(ends) == 4
    assert cut_s in ends


def test_nothing_wanted_makes_nothing() -> None:
    """A past that is already there is not made again."""
    site = room(NOON_S)
    first = Moment(time_s=NOON_S, registers=registers.of_plants(site.plants))
    assert list(pieces.backwards(site, first, NOON_S, STEP_S)) == []
    assert list(pieces.onward(site, NOON_S, STEP_S)) == []
