"""A battery that is charged does not spoil a PUE, one that gives does not flatter it, and its losses count."""

from __future__ import annotations

import pytest

from analytics.kpis import compute
from greendc.model import SeriesKey
from greendc.site import Role, Site
from greendc.units import J_PER_KWH
from tests.analytics import plant
from tests.analytics.memory_history import MemoryHistory
from tests.analytics.plant import HOUR, MINUTE, SITE, START

LIFE_KWH = 10_000.0
EFFICIENCY = 0.81


def _storage(history: MemoryHistory, given_kwh: float, taken_kwh: float) -> None:
    """Add both registers of a storage that has lived long enough to tell its efficiency."""
    for name, life, now in (
        ("active_energy_j", LIFE_KWH * EFFICIENCY, given_kwh),
        ("exported_energy_j", LIFE_KWH, taken_kwh),
    ):
        times = [START + i * MINUTE for i in range(61)]
        history.add(SeriesKey(SITE, "cells", "", name), times, [(life + now * i / 60) * J_PER_KWH for i in range(61)])


def _pue(imported_kwh: float, given_kwh: float, taken_kwh: float) -> float | None:
    history = MemoryHistory()
    plant.add_register(history, "in", imported_kwh)
    plant.add_register(history, "it", 100.0)
    _storage(history, given_kwh, taken_kwh)
    (found,) = compute(history, _site(), START, START + HOUR, {"pue"})
    return found.value


def _site() -> Site:
    roles = {Role.FACILITY_INPUT: "in", Role.IT_INPUT: "it", Role.STORAGE: "cells"}
    return plant.site(*(plant.meter(role, device) for role, device in roles.items()))


def test_charging_is_no_use() -> None:
    """130 kWh are used; 20 more go into a storage of which 0.9 on each way arrive, so 2 are lost."""
    assert _pue(150.0, 0.0, 20.0) == pytest.approx(1.32, rel=1e-3)


def test_what_it_gives_was_used() -> None:
    """130 kWh are used, 18 of them from a storage whose cells gave 20."""
    assert _pue(112.0, 18.0, 0.0) == pytest.approx(1.32, rel=1e-3)


def test_a_full_cycle_leaves_its_losses() -> None:
    """Taken 20 and given back 16.2: the 3.8 kWh between are energy of the centre, and nothing else changes."""
    assert _pue(130.0 + 20.0 - 16.2, 16.2, 20.0) == pytest.approx(1.338, rel=1e-3)


def test_a_storage_without_registers_leaves_the_figure_open() -> None:
    """While what a storage did is not known, E_DC is not known."""
    history = MemoryHistory()
    plant.add_register(history, "in", 130.0)
    plant.add_register(history, "it", 100.0)
    (found,) = compute(history, _site(), START, START + HOUR, {"pue"})
    assert (found.value, found.reason) == (None, "no_readings")
