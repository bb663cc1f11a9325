"""Air management: rack cooling and return temperature indices, supply and return heat indices.

Herrlin 2005 and 2008; Sharma, Bash and Patel 2002. Temperatures in degC, flows and powers in any one unit.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import msgspec
import numpy as np
from numpy.typing import NDArray

from greendc.physics.kinds import FloatArray

if TYPE_CHECKING:
    from collections.abc import Sequence


class Band(msgspec.Struct, frozen=True, kw_only=True):
    """The recommended and allowable range [degC] of a class of equipment."""

    recommended_low_c: float
    recommended_high_c: float
    allowable_low_c: float
    allowable_high_c: float


class RackCooling(msgspec.Struct, frozen=True, kw_only=True):
    """RCI [%] at the high and the low end: 100 is best, below 0 is possible and not hidden.

    ``beyond_allowable`` tells that at least one inlet is outside the allowable range.
    """

    high: float
    low: float
    beyond_allowable: bool
    points: int


class RackCoolingRows(msgspec.Struct, frozen=True, kw_only=True):
    """RCI [%] of several moments."""

    high: FloatArray
    low: FloatArray
    beyond_allowable: NDArray[np.bool_]


def rack_cooling_index(inlets_c: Sequence[float], band: Band) -> RackCooling | None:
    """Return both ends of the rack cooling index of inlets, None without any."""
    if not len(inlets_c):
        return None
    rows = rack_cooling_rows(np.array([inlets_c], dtype=np.float64), band)
    return RackCooling(
        high=float(rows.high[0]),
        low=float(rows.low[0]),
        beyond_allowable=bool(rows.beyond_allowable[0]),
        points=len(inlets_c),
    )


def rack_cooling_rows(inlets_c: FloatArray, band: Band) -> RackCoolingRows:
    """Return both ends of the rack cooling index for rows of inlets [moments, points]; NaN points do not count.

    ``RCI_HI = 100 (1 - sum(max(0, T_i - T_rec,max)) / (n (T_all,max - T_rec,max)))`` and its mirror image; one-sided,
    so that a cold rack does not make up for a hot one.
    """
    n = np.count_nonzero(~np.isnan(inlets_c), axis=1)
    over = np.nansum(np.maximum(0.0, inlets_c - band.recommended_high_c), axis=1)
    under = np.nansum(np.maximum(0.0, band.recommended_low_c - inlets_c), axis=1)
    outside = (inlets_c < band.allowable_low_c) | (inlets_c > band.allowable_high_c)
    return RackCoolingRows(
        high=100.0 * (1.0 - over / (n * (band.allowable_high_c - band.recommended_high_c))),
        low=100.0 * (1.0 - under / (n * (band.recommended_low_c - band.allowable_low_c))),
        beyond_allowable=np.asarray(outside.any(axis=1), dtype=np.bool_),
    )


def equipment_rise(power_and_rise: Sequence[tuple[float, float]]) -> float | None:
    """Return the airflow-weighted temperature rise [K] of equipment, ``sum(P) / sum(P / dT)``.

    Airflow is proportional to P / dT. A rise of 0 or less is a sensor's fault and is left out; None without any.
    """
    rows = np.array(power_and_rise, dtype=np.float64).reshape(1, -1, 2)
    found = float(equipment_rise_rows(rows[:, :, 0], rows[:, :, 1])[0])
    return None if np.isnan(found) else found


def equipment_rise_rows(power: FloatArray, rise_k: FloatArray) -> FloatArray:
    """Return `equipment_rise` for rows of powers and rises [moments, equipment], NaN where there is none."""
    with np.errstate(invalid="ignore", divide="ignore"):
        usable = (rise_k > 0) & (power > 0)
        flow = np.where(usable, power / rise_k, 0.0).sum(axis=1)
        whole = np.where(usable, power, 0.0).sum(axis=1)
        return np.where(flow > 0, whole / flow, np.nan)


def return_temperature_index(supply_c: float, return_c: float, rise_k: float) -> float | None:
    """Return RTI [%], ``100 (T_return - T_supply) / dT_equipment``: above 100 recirculation, below 100 bypass."""
    return 100.0 * (return_c - supply_c) / rise_k if rise_k > 0 else None


def supply_heat_index(flow_inlet_outlet: Sequence[tuple[float, float, float]], reference_c: float) -> float | None:
    """Return SHI [0..1], ``sum m (T_in - T_ref) / sum m (T_out - T_ref)``; the return heat index is 1 - SHI.

    Each entry is (air mass flow, inlet, outlet); the reference is the supply temperature. 0 is ideal.
    """
    warmed = sum(flow * (inlet - reference_c) for flow, inlet, _ in flow_inlet_outlet)
    whole = sum(flow * (outlet - reference_c) for flow, _, outlet in flow_inlet_outlet)
    return warmed / whole if whole > 0 else None
