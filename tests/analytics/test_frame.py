"""Aligned frames."""

from __future__ import annotations

import numpy as np
import pytest

from analytics.frame import mean_frame, power_frame
from greendc.site import Role
from greendc.units import J_PER_KWH
from tests.analytics import plant
from tests.analytics.memory_history import MemoryHistory
from tests.analytics.plant import HOUR, MINUTE, START


def test_columns_share_one_grid_and_gaps_stay_gaps() -> None:
    """A series that was silent for ten minutes has no values there; the other one does."""
    history = MemoryHistory()
    minutes = [*range(20), *range(30, 60)]
    history.add(plant.power_key("a"), [START + i * MINUTE for i in minutes], [1.0] * len(minutes))
    plant.add_power(history, "b", 2.0)
    frame = mean_frame(history, {"a": plant.power_key("a"), "b": plant.power_key("b")}, START, START + HOUR, 5 * MINUTE)
    assert len(frame) == 12
    assert frame["a"].isna().sum() == 2
    assert frame["b"].notna().all()
    assert mean_frame(history, {}, START, START + HOUR, MINUTE).empty


def test_power_is_that_of_all_meters_of_a_group_together() -> None:
    """Two registers of 6 and 12 kWh an hour are 18 kW in each step, and unknown where one of them is."""
    history = MemoryHistory()
    plant.add_register(history, "a", 6.0)
    plant.add_register(history, "b", 6.0, length_ns=HOUR // 2)
    meters = [plant.meter(Role.PDU_OUTPUT, "a"), plant.meter(Role.PDU_OUTPUT, "b")]
    frame = power_frame(history, plant.site(*meters), {"it_w": meters, "none": []}, START, START + HOUR, 10 * MINUTE)
    assert frame["it_w"].to_numpy()[:3] == pytest.approx([18_000.0] * 3)
    assert frame["it_w"].isna().to_numpy().tolist() == [False, False, False, True, True, True]
    assert frame["none"].isna().all()


def test_a_register_too_coarse_for_the_step_gives_way_to_power() -> None:
    """A register of whole kWh is right over a day and useless for a minute: there power is taken."""
    history = MemoryHistory()
    times = [START + i * MINUTE for i in range(24 * 60 + 1)]
    history.add(plant.energy_key("m"), times, [J_PER_KWH * np.floor(i * 10 / 60) for i in range(len(times))])
    history.add(plant.power_key("m"), times, [10_000.0] * len(times))
    meters = [plant.meter(Role.FACILITY_INPUT, "m")]
    frame = power_frame(history, plant.site(*meters), {"w": meters}, START, START + 24 * HOUR, MINUTE)
    assert frame["w"].to_numpy() == pytest.approx([10_000.0] * len(frame))


def test_a_year_of_steps_keeps_its_last_one() -> None:
    """The grid of a long window has every whole step in it."""
    for step, count in ((HOUR, 365 * 24), (15 * MINUTE, 365 * 96)):
        frame = mean_frame(MemoryHistory(), {}, START + 1, START + count * step, step)
        assert len(frame) == count - 1
        assert int(frame.index[-1]) == START + (count - 1) * step
