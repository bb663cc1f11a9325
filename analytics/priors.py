"""Prior distributions of what a set-point is worth: dated data, drawn as triangles."""

from __future__ import annotations

from functools import cache
from typing import TYPE_CHECKING

import msgspec

from analytics import data

if TYPE_CHECKING:
    import numpy as np

    from analytics.counters import Floats


class Prior(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A triangular prior; ``from_c`` and ``short_days`` say where it starts to count."""

    low: float
    mode: float
    high: float
    source: str
    confidence: str
    from_c: float = 0.0
    short_days: float = 0.0

    def draw(self, random: np.random.Generator, count: int) -> Floats:
        """Return ``count`` values."""
        return random.triangular(self.low, self.mode, self.high, count)


class StepRules(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """How far and how fast a set-point may be moved [K], and the margin to a limit [K]."""

    margin_k: float
    most_k: float
    grain_k: float
    per_day_k: float
    source: str
    confidence: str


class CoolingResponse(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """The data file of cooling responses."""

    schema: int
    chiller_water_cooled: Prior
    chiller_air_cooled: Prior
    chilled_water_follows: Prior
    chiller_share: Prior
    it_response: Prior
    inlet_follows: Prior
    year: Prior
    step: StepRules


@cache
def cooling_response() -> CoolingResponse:
    """Return the data file of cooling responses."""
    return data.read("cooling_response", CoolingResponse)


class Flexibility(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """The data file of schedules, contracts and the sun."""

    schema: int
    realised: Prior
    demand_growth: Prior
    performance_ratio: Prior
    pv_cost_cny_per_kw: Prior


@cache
def flexibility() -> Flexibility:
    """Return the data file of schedules, contracts and the sun."""
    return data.read("flexibility", Flexibility)
