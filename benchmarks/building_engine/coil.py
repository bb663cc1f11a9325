"""The coil's design point that the engine wants, from a conductance."""

from __future__ import annotations

import math


def leaving_c(conductance: float, air_w_per_k: float, water_w_per_k: float, air_c: float, water_c: float) -> float:
    """Return the air that leaves a dry counter-flow coil [degC]."""
    least, most = sorted((air_w_per_k, water_w_per_k))
    ratio, units = least / most, conductance / least
    left = math.exp(-units * (1.0 - ratio))
    effect = units / (1.0 + units) if math.isclose(ratio, 1.0) else (1.0 - left) / (1.0 - ratio * left)
    return air_c - effect * least / air_w_per_k * (air_c - water_c)
