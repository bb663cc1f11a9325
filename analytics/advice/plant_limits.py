"""The limits and priors that advice on the plant room rests on: dated data."""

from __future__ import annotations

from functools import cache

import msgspec

from analytics import data
from analytics.priors import Prior


class _Dated(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Where a choice comes from, and how sure it is."""

    source: str
    confidence: str


class ChilledLimits(_Dated, frozen=True, kw_only=True):
    """Steps of the set-point [K]; ``highest_c`` is the warmest that machines leave with.

    A coil dries the air where its water is ``wet_coil_k`` below the rooms' dew point. ``under_free_cooling`` is what is
    reached of a saving computed for steps in which free cooling takes a part.
    """

    most_k: float
    grain_k: float
    per_day_k: float
    highest_c: float
    wet_coil_k: float
    under_free_cooling: Prior


class CondenserLimits(_Dated, frozen=True, kw_only=True):
    """What machines take [degC], steps [K]; ``near_best`` is the share of the most saving that is enough.

    The best set-point drifts with the weather: less than ``least_share`` of the power is not followed.
    """

    least_c: float
    highest_c: float
    grain_k: float
    most_k: float
    per_day_k: float
    near_best: float
    least_share: float


class StagingLimits(_Dated, frozen=True, kw_only=True):
    """``most_load`` of a machine's capacity; less than ``least_share`` of the time is left alone."""

    most_load: float
    least_share: float


class EconomiserLimits(_Dated, frozen=True, kw_only=True):
    """Lost hours count from ``lost_share`` of the possible and ``least_share`` of all on; heat that comes in too."""

    lost_share: float
    least_share: float
    backward_share: float


class OutdoorAirLimits(_Dated, frozen=True, kw_only=True):
    """Dew points [degC] within which outdoor air is taken, ``colder_k`` below the supply air for all of the heat."""

    least_dew_c: float
    highest_dew_c: float
    colder_k: float
    damper_open: float
    lost_share: float
    least_share: float
    most_payback_years: float


class ReuseLimits(_Dated, frozen=True, kw_only=True):
    """``COP = quality T_h / (T_h - T_c)``; heat is asked for below ``cold_c`` outdoors.

    A heat pump that stands for ``idle_share`` of that time, which is ``least_share`` of all or more, is idle. A new one
    is sized for ``sized_share`` of the heat.
    """

    quality: float
    hot_c: float
    pinch_k: float
    most_cop: float
    cold_c: float
    idle_share: float
    least_share: float
    used_share: float
    sized_share: float
    most_payback_years: float


class ProjectLimits(_Dated, frozen=True, kw_only=True):
    """How many days of evidence a project rests on at least."""

    least_days: float


class CycleLimits(_Dated, frozen=True, kw_only=True):
    """``wanted`` cycles, where they save ``least_saved`` of the make-up and keep to the conductivity [S/m]."""

    wanted: float
    least_saved: float
    conductivity_s_m: float


class PlantLimits(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """The whole file."""

    schema: int
    chilled_water: ChilledLimits
    condenser_water: CondenserLimits
    staging: StagingLimits
    water_economiser: EconomiserLimits
    air_economiser: OutdoorAirLimits
    outdoor_fan: Prior
    air_cost_cny_per_kw: Prior
    heat_reuse: ReuseLimits
    heat_taken: Prior
    heat_price_cny_per_kwh: Prior
    heat_cost_cny_per_kw: Prior
    project: ProjectLimits
    water_cycles: CycleLimits
    evaporation_l_per_kwh: Prior
    cycles: Prior


@cache
def plant_limits() -> PlantLimits:
    """Return the data file of advice on the plant room."""
    return data.read("plant_advice", PlantLimits)
