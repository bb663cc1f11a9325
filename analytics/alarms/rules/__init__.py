"""The rules: one file and one line here for each. What each is judged by stands in `analytics/data/alarm_limits.toml`.

Rules see readings only, found by quantity and by the kind of the device's profile; they know no device by name.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from analytics.alarms.device_silent import DEVICE_SILENT
from analytics.alarms.inlet_silent import INLET_SILENT
from analytics.alarms.rack_inlet import RACK_INLET
from analytics.alarms.rules.air_bypass import AIR_BYPASS
from analytics.alarms.rules.aisle_warm import AISLE_WARM
from analytics.alarms.rules.battery_aged import BATTERY_AGED
from analytics.alarms.rules.board import Board, Memory
from analytics.alarms.rules.breaker_load import BREAKER_LOAD
from analytics.alarms.rules.chilled_delta_t import CHILLED_DELTA_T
from analytics.alarms.rules.chiller_power import CHILLER_POWER
from analytics.alarms.rules.coil_fouling import COIL_FOULING
from analytics.alarms.rules.component_heat import COMPONENT_HEAT
from analytics.alarms.rules.control_hunting import CONTROL_HUNTING
from analytics.alarms.rules.cooling_redundancy import COOLING_REDUNDANCY
from analytics.alarms.rules.data_fault import DATA_FAULT, DATA_GAP
from analytics.alarms.rules.device_fault import DEVICE_FAULT
from analytics.alarms.rules.drive_power import DRIVE_POWER
from analytics.alarms.rules.economiser_open import ECONOMISER_OPEN
from analytics.alarms.rules.feed_lost import FEED_LOST
from analytics.alarms.rules.feed_redundancy import FEED_REDUNDANCY
from analytics.alarms.rules.filter_clog import FILTER_CLOG
from analytics.alarms.rules.free_cooling_lost import FREE_COOLING_LOST
from analytics.alarms.rules.fuel import FUEL_LOW
from analytics.alarms.rules.heat_recovery import HEAT_RECOVERY
from analytics.alarms.rules.humidity_fight import HUMIDITY_FIGHT
from analytics.alarms.rules.leak import LEAK
from analytics.alarms.rules.learned import LEARNED
from analytics.alarms.rules.load_state import LOAD_STATE
from analytics.alarms.rules.mains import MAINS_FAILED
from analytics.alarms.rules.outlet_dead import OUTLET_DEAD
from analytics.alarms.rules.phase_imbalance import PHASE_IMBALANCE
from analytics.alarms.rules.pump_flow import PUMP_FLOW
from analytics.alarms.rules.pv_yield import PV_YIELD
from analytics.alarms.rules.rack_outlet import RACK_OUTLET
from analytics.alarms.rules.rack_power import RACK_POWER
from analytics.alarms.rules.recirculation import RECIRCULATION
from analytics.alarms.rules.room_moisture import ROOM_MOISTURE
from analytics.alarms.rules.storage_aged import STORAGE_AGED
from analytics.alarms.rules.supply_air import SUPPLY_AIR
from analytics.alarms.rules.tower_approach import TOWER_APPROACH
from analytics.alarms.rules.unit_air import UNIT_AIR
from analytics.alarms.rules.ups_battery import UPS_BATTERY
from analytics.alarms.rules.ups_load import UPS_LOAD
from analytics.alarms.rules.ups_loss import UPS_LOSS
from analytics.alarms.rules.ups_modules import UPS_MODULES
from analytics.alarms.rules.ups_redundancy import UPS_REDUNDANCY
from analytics.alarms.rules.ups_runtime import UPS_RUNTIME
from analytics.alarms.rules.ups_source import UPS_SOURCE
from analytics.alarms.rules.valve_leak import VALVE_LEAK
from analytics.alarms.rules.water_balance import WATER_BALANCE
from analytics.alarms.rules.water_cycles import WATER_CYCLES
from analytics.alarms.rules.water_margin import WATER_MARGIN

if TYPE_CHECKING:
    from analytics.alarms.need import Need
    from analytics.alarms.rule import Rule

__all__ = ["NEEDS", "RULES", "Board", "Memory"]

RULES: tuple[Rule, ...] = (
    DEVICE_SILENT,
    RACK_INLET,
    INLET_SILENT,
    BREAKER_LOAD,
    FEED_REDUNDANCY,
    RACK_POWER,
    ROOM_MOISTURE,
    WATER_MARGIN,
    RACK_OUTLET,
    COMPONENT_HEAT,
    MAINS_FAILED,
    FUEL_LOW,
    LEAK,
    UPS_REDUNDANCY,
    COOLING_REDUNDANCY,
    UPS_SOURCE,
    UPS_BATTERY,
    UPS_RUNTIME,
    UPS_LOAD,
    UPS_MODULES,
    UPS_LOSS,
    BATTERY_AGED,
    STORAGE_AGED,
    LOAD_STATE,
    PHASE_IMBALANCE,
    FEED_LOST,
    OUTLET_DEAD,
    PV_YIELD,
    UNIT_AIR,
    SUPPLY_AIR,
    VALVE_LEAK,
    COIL_FOULING,
    FILTER_CLOG,
    HUMIDITY_FIGHT,
    RECIRCULATION,
    AISLE_WARM,
    AIR_BYPASS,
    CONTROL_HUNTING,
    CHILLED_DELTA_T,
    CHILLER_POWER,
    TOWER_APPROACH,
    DRIVE_POWER,
    PUMP_FLOW,
    FREE_COOLING_LOST,
    ECONOMISER_OPEN,
    WATER_BALANCE,
    WATER_CYCLES,
    HEAT_RECOVERY,
    DEVICE_FAULT,
    DATA_GAP,
    DATA_FAULT,
    LEARNED,
)

NEEDS: tuple[Need, ...] = tuple(need for rule in RULES for need in rule.needs)
"""What all rules look at, read at once."""
