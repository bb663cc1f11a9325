"""The advisors, one file each; one line in `ADVISORS` adds a kind.

Their order is that in which their advice is carried out and simulated together: load, airflow, temperature, plant,
electrical, tariff.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from analytics.advice.advisors.air_separation import ADVISOR as AIR_SEPARATION
from analytics.advice.advisors.auxiliaries import ADVISOR as AUXILIARIES
from analytics.advice.advisors.fan_speed import ADVISOR as FAN_SPEED
from analytics.advice.advisors.humidity_band import ADVISOR as HUMIDITY_BAND
from analytics.advice.advisors.idle_servers import ADVISOR as IDLE_SERVERS
from analytics.advice.advisors.supply_air import ADVISOR as SUPPLY_AIR
from analytics.advice.advisors.ups_mode import ADVISOR as UPS_MODE

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
    # Electrical
    UPS_MODE,
    AUXILIARIES,
    # Tariff
)
