"""A water-cooled chiller as a generic curve, relative to one rated point."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from greendc.physics.kinds import Value


RATED_CHILLED_C = 7.0
RATED_CONDENSER_C = 29.4
EIR_PER_K_CHILLED = 0.024
EIR_PER_K_CONDENSER = 0.022
CAPACITY_PER_K_CHILLED = 0.03
CAPACITY_PER_K_CONDENSER = 0.008
LEASTPART_LOAD = 0.1

_CUBIC = np.polyfit([0.25, 0.5, 0.75, 1.0], [1.20, 0.96, 0.94, 1.0], 3)
PART_LOAD = (float(_CUBIC[0]), float(_CUBIC[1]), float(_CUBIC[2]), float(_CUBIC[3]))
"""The cubic through (0.25, 1.20), (0.5, 0.96), (0.75, 0.94) and (1, 1), highest power first."""


def part_load_factor(part_load: Value) -> Value:
    """Return the energy input ratio relative to full load at a part load [0..1].

    1.20, 0.96, 0.94 and 1 at 0.25, 0.5, 0.75 and 1: medians of 81 makers' curves in a public catalogue of chillers.
    Below a tenth the machine cycles and the factor stays.
    """
    load: Value = np.clip(part_load, LEASTPART_LOAD, 1.0)
    cubic, square, linear, constant = PART_LOAD
    return ((cubic * load + square) * load + linear) * load + constant


def temperature_factor(chilled_c: Value, condenser_c: Value) -> Value:
    """Return the energy input ratio relative to the rated temperatures.

    -2.4 % for each kelvin of warmer chilled water (quartiles 1.6 to 3.0) and -2.2 % for each kelvin of cooler
    condenser water (1.5 to 3.1), compounded: medians of the same catalogue. ``chilled_c`` leaves the evaporator,
    ``condenser_c`` enters the condenser.
    """
    chilled: Value = (1.0 - EIR_PER_K_CHILLED) ** (chilled_c - RATED_CHILLED_C)
    condenser: Value = (1.0 - EIR_PER_K_CONDENSER) ** (RATED_CONDENSER_C - condenser_c)
    return chilled * condenser


def capacity(rated_w: float, chilled_c: Value, condenser_c: Value) -> Value:
    """Return the cooling [W] that the chiller can give: +3 % per kelvin of chilled, -0.8 % of condenser water.

    Rated at 7 degC leaving and 29.4 degC entering the condenser (AHRI 550/590). Rounded figures of makers' tables.
    """
    chilled = 1.0 + CAPACITY_PER_K_CHILLED * (chilled_c - RATED_CHILLED_C)
    return rated_w * chilled * (1.0 - CAPACITY_PER_K_CONDENSER * (condenser_c - RATED_CONDENSER_C))


def chiller_power(heat_w: Value, chilled_c: Value, condenser_c: Value, *, rated_w: float, rated_cop: float) -> Value:
    """Return the electrical power [W]: ``P = Q / COP_rated x temperature factor x part-load factor``.

    The part load is taken against the capacity at these temperatures; heat above capacity is for the caller to refuse.
    """
    load = heat_w / capacity(rated_w, chilled_c, condenser_c)
    return heat_w / rated_cop * temperature_factor(chilled_c, condenser_c) * part_load_factor(load)


def tower_approach(heat_w: Value, rated_heat_w: float, speed: Value, *, rated_approach_k: float = 4.0) -> Value:
    """Return by how much [K] a cooling tower's water stays above the wet bulb.

    ``dT = dT_rated (Q / Q_rated) / f^0.8``: proportional to heat, and better with more air.
    """
    approach: Value = rated_approach_k * heat_w / rated_heat_w / speed**0.8
    return approach
