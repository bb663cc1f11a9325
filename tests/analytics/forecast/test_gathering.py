"""Targets read from a store by the roles of meters."""

from __future__ import annotations

import datetime as dt

import msgspec
import numpy as np

from analytics.forecast import Observed, Target, Untrained, gather
from greendc.model import SeriesKey
from greendc.site import Role
from tests.analytics.memory_history import MemoryHistory
from tests.analytics.plant import HOUR, MINUTE, START, meter, power_key, site
from tests.analytics.room import inlet, room

STEP = 5 * MINUTE
ROWS = 3 * 288


def with_power(history: MemoryHistory, device: str, power_w: np.ndarray) -> None:
    """Add a power each 5 min from START on."""
    times = [START + i * STEP for i in range(len(power_w))]
    history.add(power_key(device), times, power_w.tolist())


def values(found: Observed | Untrained) -> np.ndarray:
    """Return the rows that were gathered."""
    assert isinstance(found, Observed)
    return found.values


def test_each_target_is_read_by_its_roles() -> None:
    """The site is its supply and its own generation; a backup set is no sun; a meter that was replaced goes on."""
    history = MemoryHistory()
    for device, power_w in (("main", 1000.0), ("sun", 200.0), ("it-old", 600.0), ("it-new", 700.0), ("cool", 150.0)):
        with_power(history, device, np.full(ROWS, power_w))
    change = dt.date(2026, 3, 2)
    meters = [
        meter(Role.FACILITY_INPUT, "main"),
        meter(Role.GENERATION, "sun"),
        msgspec.structs.replace(meter(Role.GENERATION, "diesel"), kind="backup"),
        meter(Role.IT_INPUT, "it-old", valid_to=change),
        meter(Role.IT_INPUT, "it-new", valid_from=change),
        meter(Role.COOLING, "cool"),
    ]
    end = START + 2 * 24 * HOUR
    known = site(*(m for m in meters if m.device != "diesel"))
    assert np.nanmax(np.abs(values(gather(history, known, Target.SITE, START, end)) - 1200)) < 1e-6
    assert np.nanmax(np.abs(values(gather(history, known, Target.COOLING, START, end)) - 150)) < 1e-6
    assert np.nanmax(np.abs(values(gather(history, site(*meters), Target.PV, START, end)) - 200)) < 1e-6
    of_it = values(gather(history, known, Target.IT, START, end))
    assert len(of_it) == 192
    np.testing.assert_allclose(of_it[[0, 90, 100, 190]], [600, 600, 700, 700])
    none = gather(history, site(meters[0]), Target.COOLING, START, end)
    assert isinstance(none, Untrained)
    assert none.code == "no_series"


def test_the_hottest_inlet_and_the_weather() -> None:
    """The hottest of all racks in each row, with the outdoor temperature beside it; a silent time is unknown."""
    history = MemoryHistory()
    times = [START + i * STEP for i in range(288)]
    for rack, offset in (("r01", 0.0), ("r02", 2.0)):
        history.add(
            inlet(rack), times[: 288 if rack == "r01" else 144], [20.0 + offset] * (288 if offset == 0 else 144)
        )
    history.add(SeriesKey(inlet("r01").site, "weather", "outdoor", "outdoor_temperature_c"), times, [12.0] * 288)
    found = gather(history, room(), Target.INLET, START, START + 24 * HOUR + HOUR)
    np.testing.assert_allclose(values(found)[[0, 40, 60, 90]], [22, 22, 20, 20])
    assert isinstance(found, Observed)
    assert np.isnan(found.values[-1])
    np.testing.assert_allclose(found.weather["outdoor_temperature_c"][:90], 12.0)
    assert isinstance(gather(MemoryHistory(), room(), Target.INLET, START, START + HOUR), Untrained)
