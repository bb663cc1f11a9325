"""The room in the engine's own words (epJSON): one zone, one air loop, chilled water, condenser water."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from benchmarks.building_engine.air_loop import air_loop, coil
from benchmarks.building_engine.building import loads, run, zone
from benchmarks.building_engine.chilled_water import chilled_loop, chiller
from benchmarks.building_engine.condenser_water import condenser_loop
from benchmarks.building_engine.objects import COLUMNS, merged

if TYPE_CHECKING:
    from benchmarks.building_engine.objects import Model
    from benchmarks.building_engine.room import Room

PARTS = (run, zone, loads, air_loop, coil, chilled_loop, chiller, condenser_loop)


def schedule_text(room: Room) -> str:
    """Return the hourly schedules of the room as a CSV with one header row."""
    servers = room.servers_w / room.servers_w.max()
    other = room.room_other_w / room.room_other_w.max()
    rows = np.stack([servers, other, room.tower_set_c, room.economising], axis=1)
    return "\n".join([",".join(COLUMNS), *(",".join(f"{value:.5f}" for value in row) for row in rows)]) + "\n"


def build(room: Room) -> Model:
    """Return the whole model."""
    return merged(*(part(room) for part in PARTS))
