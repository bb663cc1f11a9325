"""A room without what a room may do without: one zone, one chiller, no PV, storage or heat recovery."""

from __future__ import annotations

from typing import TYPE_CHECKING

import msgspec

from simulators.plant.heat_recovery import HeatRecoveryParameters
from simulators.plant.pv import PvParameters
from simulators.plant.sizes import scaled
from simulators.plant.storage import StorageParameters

if TYPE_CHECKING:
    from simulators.plant.parameters import PlantParameters


def small_room() -> PlantParameters:
    """Return a room of six racks."""
    return msgspec.structs.replace(
        scaled(6, zones=1, chillers=1),
        pv=PvParameters(rated_w=0.0, inverter_w=0.0),
        storage=StorageParameters(power_w=0.0),
        heat_recovery=HeatRecoveryParameters(rated_w=0.0),
    )
