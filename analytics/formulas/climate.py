"""Outdoor climate and standard coal."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable

CDD_BASE_C = 21.0
CDD_THRESHOLD_C = 24.0
COAL_KGCE_PER_KWH = 0.1229
"""Equivalent value of electricity, GB/T 2589-2020 (3600 / 29 307.6, rounded up); its generation value is another."""


def cooling_degree_days(
    daily_means_c: Iterable[float], base_c: float = CDD_BASE_C, threshold_c: float = CDD_THRESHOLD_C
) -> float:
    """Return cooling degree days [K d]: ``T_m - 21`` on each day whose mean reaches 24 degC (Eurostat's method)."""
    return sum(mean - base_c for mean in daily_means_c if mean >= threshold_c)


def magnus_dew_point(temperature_c: float, relative_humidity: float) -> float:
    """Return the dew point [degC] at a dry bulb [degC] and a humidity (0..1] by the Magnus form, constants of WMO.

    ``g = ln(RH) + 17.62 T / (243.12 + T)``, ``T_d = 243.12 g / (17.62 - g)``: for figures whose standard names it;
    everything else uses `greendc.physics.air.dew_point`.
    """
    slope, origin_c = 17.62, 243.12
    g = math.log(relative_humidity) + slope * temperature_c / (origin_c + temperature_c)
    return origin_c * g / (slope - g)


def standard_coal_kg(kwh: float) -> float:
    """Return the standard coal [kgce] of electricity at its equivalent value."""
    return kwh * COAL_KGCE_PER_KWH
