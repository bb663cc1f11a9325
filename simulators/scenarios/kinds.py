"""Every kind of event, in one table."""

from __future__ import annotations

from simulators.scenarios.measures import MEASURES
from simulators.scenarios.network_kinds import NETWORK_TROUBLES
from simulators.scenarios.plant_faults import FAULTS
from simulators.scenarios.sensor_kinds import SENSOR_FAULTS

KINDS = {kind.name: kind for kind in (*FAULTS, *SENSOR_FAULTS, *NETWORK_TROUBLES, *MEASURES)}
