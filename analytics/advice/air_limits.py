"""The limits and priors that advice on air rests on: dated data."""

from __future__ import annotations

from functools import cache

import msgspec

from analytics import data
from analytics.priors import Prior


class _Dated(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Where a choice comes from, and how sure it is."""

    source: str
    confidence: str


class Supply(_Dated, frozen=True, kw_only=True):
    """``least_rci`` is the rack cooling index [0..1] needed first, ``least_coverage`` the share of known steps.

    ``under_free_cooling`` is what is reached of a saving computed for steps in which free cooling takes a part.
    """

    least_rci: float
    least_coverage: float
    under_free_cooling: Prior


class Fans(_Dated, frozen=True, kw_only=True):
    """Speeds [0..1]: the ``floor``, the ``grain`` of a step, the ``most`` of all steps, both relative to now.

    ``margin`` is air over what servers blow, ``per_day`` the change of speed in a day, ``inlet_rise_k`` the most [K]
    that any rack may become warmer by.
    """

    floor: float
    margin: float
    grain: float
    most: float
    per_day: float
    inlet_rise_k: float


class Separation(_Dated, frozen=True, kw_only=True):
    """Supply heat indices: what is ``good`` for a rack, by how much it ``stands_out``, and a ``leak`` of a whole room.

    ``excess`` is air of the units over what servers blow at which a room should have no leak, ``most_k`` the most
    kelvins of set-points that a cure is credited with, ``cured`` the share of recirculation that it takes away.
    """

    good: float
    stands_out: float
    leak: float
    excess: float
    most_k: float
    cured: Prior
    cost_cny: Prior


class Humidity(_Dated, frozen=True, kw_only=True):
    """The least relative humidity, the margin [K] to the least dew point, the least power [W] worth a word."""

    least_humidity: float
    margin_k: float
    least_w: float
    steam_kwh_per_kg: float


class AirLimits(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """The data file of advice on air."""

    schema: int
    supply: Supply
    fans: Fans
    separation: Separation
    humidity: Humidity


@cache
def air_limits() -> AirLimits:
    """Return the data file of advice on air."""
    return data.read("air_advice", AirLimits)
