"""PUE and its family: ISO/IEC 30134 and EN 50600-4, and The Green Grid's ERE.

Every function returns None where the ratio does not exist (nothing was used, or a meter is missing or swapped), never a
plausible number.
"""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

import msgspec

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence


def pue(facility: float, it: float) -> float | None:
    """Return ``E_DC / E_IT`` (ISO/IEC 30134-2, EN 50600-4-2).

    At most 1 means a missing meter, a wrong multiplier or swapped channels, and is None.
    """
    return None if it <= 0 or facility <= it else facility / it


def pue_of_sites(sites: Sequence[tuple[float, float]]) -> float | None:
    """Return the PUE of sites together, ``sum(E_DC) / sum(E_IT)``; a mean of the sites' ratios is no PUE."""
    return pue(sum(facility for facility, _ in sites), sum(it for _, it in sites))


def pue_weighted_by_facility(sites: Sequence[tuple[float, float]]) -> float | None:
    """Return the mean of the sites' PUE weighted by E_DC: the public average of Regulation (EU) 2024/1364, annex IV."""
    values = [(facility, pue(facility, it)) for facility, it in sites]
    weight = sum(facility for facility, value in values if value is not None)
    if weight <= 0 or any(value is None for _, value in values):
        return None
    return sum(facility * value for facility, value in values if value is not None) / weight


class Boundary(msgspec.Struct, frozen=True, kw_only=True):
    """What crosses the boundary of a data centre, in kWh.

    ``fuels`` and ``cooling`` are energies of carriers metered at an input inside the boundary or at a supplier's
    hand-over, already in kWh. ``generation`` counts what on-site plant metered at its output hands to the centre.
    """

    imported: float
    generation: float = 0.0
    exported: float = 0.0
    fuels: float = 0.0
    cooling: float = 0.0
    non_dc: float = 0.0


def facility_energy(boundary: Boundary) -> float:
    """Return E_DC [kWh] = import + on-site generation - export + fuels + cooling - what is not the data centre's.

    On-site generation does not lower PUE; heat given away is never subtracted (EN 50600-4-2, and ERF for the heat).
    """
    b = boundary
    return b.imported + b.generation - b.exported + b.fuels + b.cooling - b.non_dc


def carrier_energy(amounts: Mapping[str, float], factors: Mapping[str, float]) -> float:
    """Return kWh of carriers: each amount times its factor, kWh per unit (energy content) or a source weight.

    Raises:
        KeyError: a carrier has no factor in this set. The two sets are never mixed.
    """
    return sum(amount * factors[carrier] for carrier, amount in amounts.items())


def partial_pue(part: float, it: float) -> float | None:
    """Return pPUE of a named part x, ``(E_x + E_IT) / E_IT``. A full split gives ``PUE = 1 + sum(pPUE_x - 1)``."""
    return None if it <= 0 or part < 0 else (part + it) / it


def renewable_factor(renewable: float, facility: float) -> float | None:
    """Return REF, ``E_ren / E_DC``, at most 1 (ISO/IEC 30134-3).

    ``renewable`` counts only energy whose attributes the centre owns and has retired.
    """
    return None if facility <= 0 or renewable < 0 else min(1.0, renewable / facility)


def reuse_factor(handed_off: float, used_inside: float, facility: float) -> float | None:
    """Return ERF, ``(handed off - used inside) / E_DC`` (ISO/IEC 30134-6): what cools the centre does not count."""
    reused = handed_off - used_inside
    return None if facility <= 0 or reused < 0 or reused > facility else reused / facility


def reuse_effectiveness(pue_value: float, erf: float) -> float:
    """Return ERE, ``PUE (1 - ERF)`` = (E_DC - E_reuse) / E_IT. The Green Grid, not ISO; it may be below 1."""
    return pue_value * (1.0 - erf)


def cooling_efficiency(heat_removed: float, cooling: float) -> float | None:
    """Return CER, ``Q_removed / E_cooling`` in kWh of heat per kWh of electricity (ISO/IEC 30134-7)."""
    return None if cooling <= 0 or heat_removed < 0 else heat_removed / cooling


def carbon_effectiveness(kg_co2: float, it_kwh: float) -> float | None:
    """Return CUE, ``m_CO2 / E_IT`` in kg/kWh (ISO/IEC 30134-8)."""
    return None if it_kwh <= 0 or kg_co2 < 0 else kg_co2 / it_kwh


def water_effectiveness(litres: float, it_kwh: float) -> float | None:
    """Return WUE, ``W / E_IT`` in L/kWh, which equals m3/MWh (ISO/IEC 30134-9)."""
    return None if it_kwh <= 0 or litres < 0 else litres / it_kwh


def ratio_uncertainty(*relative: float) -> float:
    """Return the relative uncertainty of a ratio or product of independent measurements, ``sqrt(sum(u_i^2))``."""
    return math.hypot(*relative)
