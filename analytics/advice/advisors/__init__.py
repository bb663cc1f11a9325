"""The advisors, one file each; one line in `ADVISORS` adds a kind.

Their order is that in which their advice is carried out and simulated together: load, airflow, temperature, plant,
electrical, tariff.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from analytics.advice.advisors.supply_air import ADVISOR as SUPPLY_AIR

if TYPE_CHECKING:
    from analytics.advice.advisor import Advisor

ADVISORS: tuple[Advisor, ...] = (
    # Load
    # Airflow
    # Temperature
    SUPPLY_AIR,
    # Plant
    # Electrical
    # Tariff
)
