"""Emission factors of electricity by region and year."""

from __future__ import annotations

from functools import cache

import msgspec

from analytics import data


class GridFactor(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """One published factor: ``kg_per_kwh`` is kg CO2 for each kWh of electricity used in ``year``."""

    regions: list[str]
    year: int
    kg_per_kwh: float
    source: str
    confidence: str


class _Factors(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    schema: int
    factors: list[GridFactor]


@cache
def _factors() -> _Factors:
    return data.read("grid_factors", _Factors)


def grid_factor(region: str, year: int) -> GridFactor | None:
    """Return the factor of a region for a year, the latest earlier one when that year has none, else None."""
    known = [f for f in _factors().factors if region in f.regions and f.year <= year]
    return max(known, key=lambda factor: factor.year, default=None)


def has_region(region: str) -> bool:
    """Tell whether any year of a region has a factor."""
    return any(region in factor.regions for factor in _factors().factors)
