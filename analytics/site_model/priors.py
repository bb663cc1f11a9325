"""What is believed of a plant before its data are looked at: dated triangles from two data files."""

from __future__ import annotations

from functools import cache
from typing import TYPE_CHECKING

import msgspec

from analytics import data
from analytics.priors import Prior, cooling_response
from analytics.site_model.parameter import Parameter

if TYPE_CHECKING:
    from analytics.priors import CoolingResponse


class SitePriors(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """The data file of the site model."""

    schema: int
    fan_fixed: Prior
    fan_exponent: Prior
    pump_fixed: Prior
    pump_exponent: Prior
    tower_fixed: Prior
    tower_exponent: Prior
    fan_follows: Prior
    supply_on_rise: Prior
    envelope: Prior
    air_margin: Prior
    bypass: Prior
    coil_water: Prior
    coil_air: Prior
    chiller_cop: Prior
    chiller_condenser: Prior
    part_load_slope: Prior
    part_load_curve: Prior
    tower_law: Prior
    exchanger: Prior
    tower_approach: Prior
    economiser_head: Prior
    economiser_margin: Prior
    ups_no_load: Prior
    ups_linear: Prior
    ups_square: Prior
    ups_eco: Prior
    server_fan_gain: Prior
    realisation: Prior


@cache
def site_priors() -> SitePriors:
    """Return the data file of the site model."""
    return data.read("site_model", SitePriors)


def as_parameter(name: str, prior: Prior, reason: str, unit: str = "1") -> Parameter:
    """Return a triangle as a parameter: its mean, its standard deviation, and its ends as bounds."""
    low, mode, high = prior.low, prior.mode, prior.high
    spread = ((low * low + mode * mode + high * high - low * mode - low * high - mode * high) / 18.0) ** 0.5
    return Parameter(
        name=name,
        value=(low + mode + high) / 3.0,
        error=spread,
        low=low,
        high=high,
        unit=unit,
        reason=reason,
        evidence=prior.source,
    )


def responses() -> CoolingResponse:
    """Return the data file of cooling responses, which advice uses too."""
    return cooling_response()
