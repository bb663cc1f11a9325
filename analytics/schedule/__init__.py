"""When to store, to give and to work: schedules of battery, sun and work that may wait, by linear programming."""

from __future__ import annotations

from analytics.schedule.ahead import case_ahead
from analytics.schedule.battery import Battery
from analytics.schedule.carbon_factors import Factors, HourlyFactors, factors_at, read_factors
from analytics.schedule.case import Case, DemandPrice, Job, Objective
from analytics.schedule.declared import declared_battery, flexible_problems, hourly_factors
from analytics.schedule.obstacle import Obstacle, Refused
from analytics.schedule.plan import Costs, Schedule, plan, resting
from analytics.schedule.under_tariff import TariffReplay, priced, replay

__all__ = [
    "Battery",
    "Case",
    "Costs",
    "DemandPrice",
    "Factors",
    "HourlyFactors",
    "Job",
    "Objective",
    "Obstacle",
    "Refused",
    "Schedule",
    "TariffReplay",
    "case_ahead",
    "declared_battery",
    "factors_at",
    "flexible_problems",
    "hourly_factors",
    "plan",
    "priced",
    "read_factors",
    "replay",
    "resting",
]
