"""The advisors, one file each; one line in `ADVISORS` adds a kind.

Their order is that in which their advice is carried out and simulated together: load, airflow, temperature, plant,
electrical, tariff.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from analytics.advice.advisors.air_economiser import ADVISOR as AIR_ECONOMISER
from analytics.advice.advisors.air_separation import ADVISOR as AIR_SEPARATION
from analytics.advice.advisors.auxiliaries import ADVISOR as AUXILIARIES
from analytics.advice.advisors.battery_schedule import ADVISOR as BATTERY_SCHEDULE
from analytics.advice.advisors.chilled_water import ADVISOR as CHILLED_WATER
from analytics.advice.advisors.chiller_staging import ADVISOR as CHILLER_STAGING
from analytics.advice.advisors.condenser_water import ADVISOR as CONDENSER_WATER
from analytics.advice.advisors.contract import ADVISOR as CONTRACT
from analytics.advice.advisors.deferrable_load import ADVISOR as DEFERRABLE_LOAD
from analytics.advice.advisors.fan_speed import ADVISOR as FAN_SPEED
from analytics.advice.advisors.heat_reuse import ADVISOR as HEAT_REUSE
from analytics.advice.advisors.humidity_band import ADVISOR as HUMIDITY_BAND
from analytics.advice.advisors.idle_servers import ADVISOR as IDLE_SERVERS
from analytics.advice.advisors.maintenance import ADVISOR as MAINTENANCE
from analytics.advice.advisors.phase_balance import ADVISOR as PHASE_BALANCE
from analytics.advice.advisors.pv_self_use import ADVISOR as PV_SELF_USE
from analytics.advice.advisors.supply_air import ADVISOR as SUPPLY_AIR
from analytics.advice.advisors.ups_mode import ADVISOR as UPS_MODE
from analytics.advice.advisors.water_cycles import ADVISOR as WATER_CYCLES
from analytics.advice.advisors.water_economiser import ADVISOR as WATER_ECONOMISER

if TYPE_CHECKING:
    from analytics.advice.advisor import Advisor

ADVISORS: tuple[Advisor, ...] = (
    # Load
    IDLE_SERVERS,
    # Airflow
    AIR_SEPARATION,
    FAN_SPEED,
    # Temperature
    HUMIDITY_BAND,
    SUPPLY_AIR,
    # Plant
    CHILLED_WATER,
    CONDENSER_WATER,
    CHILLER_STAGING,
    WATER_ECONOMISER,
    AIR_ECONOMISER,
    HEAT_REUSE,
    WATER_CYCLES,
    MAINTENANCE,
    # Electrical
    PHASE_BALANCE,
    UPS_MODE,
    AUXILIARIES,
    # Tariff
    PV_SELF_USE,
    BATTERY_SCHEDULE,
    DEFERRABLE_LOAD,
    CONTRACT,
)
