"""GB 40879-2021: the energy ratio of data centres and its grades."""

from __future__ import annotations

from typing import TYPE_CHECKING

import msgspec

if TYPE_CHECKING:
    from collections.abc import Sequence

HOURS_OF_YEAR = 8760.0
POINTS = 5


class CharacteristicPoint(msgspec.Struct, frozen=True, kw_only=True):
    """One of the five outdoor temperatures: its share of the year, and the powers [kW] measured at it."""

    year_share: float
    total_kw: float
    it_kw: float


def characteristic_ratio(points: Sequence[CharacteristicPoint]) -> float | None:
    """Return ``RM1 = sum(T_k P_k) / sum(T_k P_k,IT)`` over the five points, the sums times 8760 h being energies.

    Raises:
        ValueError: there are not five points, or their shares are not a whole year.
    """
    if len(points) != POINTS:
        raise ValueError(f"five characteristic points are needed, not {len(points)}")
    whole = sum(point.year_share for point in points)
    if abs(whole - 1.0) > 1e-9:  # noqa: PLR2004 (rounding of five shares)
        raise ValueError(f"the shares of the year add up to {whole:g}, not 1")
    it = sum(point.year_share * point.it_kw for point in points)
    return None if it <= 0 else sum(point.year_share * point.total_kw for point in points) / it


def year_energy_kwh(shares_and_kw: Sequence[tuple[float, float]]) -> float:
    """Return ``8760 sum(T_k P_k)`` [kWh], the energy of a year made of five points."""
    return HOURS_OF_YEAR * sum(share * kw for share, kw in shares_and_kw)


def grade(ratio: float, limits: Sequence[float]) -> int:
    """Return 1, 2 or 3, or 0 above the last limit; ``limits`` ascend. The unrounded value counts (GB/T 8170)."""
    return next((i for i, limit in enumerate(limits, start=1) if ratio <= limit), 0)
