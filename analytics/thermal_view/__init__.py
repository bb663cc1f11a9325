"""What the thermal page shows: the racks on their floor, the air before and behind them, now and in the last day."""

from __future__ import annotations

from analytics.thermal_view.day import BACK_STEPS, STEP_NS, Sensor, ThermalDay, air_figures, thermal_day
from analytics.thermal_view.field import Cell, Field, Layer, Level, Zone, field_of
from analytics.thermal_view.plan import Lane, RoomPlan, lanes_of

__all__ = [
    "BACK_STEPS",
    "STEP_NS",
    "Cell",
    "Field",
    "Lane",
    "Layer",
    "Level",
    "RoomPlan",
    "Sensor",
    "ThermalDay",
    "Zone",
    "air_figures",
    "field_of",
    "lanes_of",
    "thermal_day",
]
