"""The rules: one file and one line here for each. What each is judged by stands in `analytics/data/alarm_limits.toml`.

Rules see readings only, found by quantity and by the kind of the device's profile; they know no device by name.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from analytics.alarms.inlet_silent import INLET_SILENT
from analytics.alarms.rack_inlet import RACK_INLET
from analytics.alarms.rules.board import Board, Memory
from analytics.alarms.rules.device_fault import DEVICE_FAULT
from analytics.alarms.rules.learned import LEARNED
from analytics.alarms.rules.load_state import LOAD_STATE
from analytics.alarms.rules.ups_battery import UPS_BATTERY
from analytics.alarms.rules.ups_load import UPS_LOAD
from analytics.alarms.rules.ups_runtime import UPS_RUNTIME
from analytics.alarms.rules.ups_source import UPS_SOURCE

if TYPE_CHECKING:
    from analytics.alarms.need import Need
    from analytics.alarms.rule import Rule

__all__ = ["NEEDS", "RULES", "Board", "Memory"]

RULES: tuple[Rule, ...] = (
    RACK_INLET,
    INLET_SILENT,
    UPS_SOURCE,
    UPS_BATTERY,
    UPS_RUNTIME,
    UPS_LOAD,
    LOAD_STATE,
    DEVICE_FAULT,
    LEARNED,
)

NEEDS: tuple[Need, ...] = tuple(need for rule in RULES for need in rule.needs)
"""What all rules look at, read at once."""
