"""Small cases for schedules, in hours."""

from __future__ import annotations

from typing import Any

import numpy as np

from analytics.schedule import Battery, Case, Schedule, plan
from greendc.clock import NS_PER_HOUR, from_iso

START = from_iso("2026-02-28T16:00Z")
"""Midnight of 1 March in Shanghai."""


def case(load: list[float] | np.ndarray, buy: list[float] | np.ndarray, **more: Any) -> Case:  # noqa: ANN401 (fields of the case)
    """Return a case of hours."""
    times = START + np.arange(len(load), dtype=np.int64) * NS_PER_HOUR
    arrays: dict[str, Any] = {
        name: np.asarray(value, dtype=np.float64) if name in {"sell", "pv_kw", "carbon"} else value
        for name, value in more.items()
    }
    return Case(
        start_ns=times,
        step_ns=NS_PER_HOUR,
        load_kw=np.asarray(load, dtype=np.float64),
        buy=np.asarray(buy, dtype=np.float64),
        **arrays,
    )


def battery(**more: Any) -> Battery:  # noqa: ANN401 (fields of the battery)
    """Return a battery without losses of 100 kWh and 50 kW, half full."""
    fields: dict[str, Any] = {
        "capacity_kwh": 100.0,
        "charge_kw": 50.0,
        "discharge_kw": 50.0,
        "start_kwh": 50.0,
        "charge_efficiency": 1.0,
        "discharge_efficiency": 1.0,
        "least_share": 0.0,
        "most_share": 1.0,
    }
    return Battery(**(fields | more))


def solved(given: Case) -> Schedule:
    """Return the schedule of a case that has one."""
    found = plan(given)
    assert isinstance(found, Schedule), found
    return found
