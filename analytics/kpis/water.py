"""Water usage effectiveness: ISO/IEC 30134-9, EN 50600-4-9."""

from __future__ import annotations

from analytics.formulas.energy_ratios import water_effectiveness
from analytics.kpis.ratio import Ratio, kpi
from analytics.kpis.side import IT, WATER
from greendc.units import J_PER_KWH

LITRES_PER_M3 = 1000.0


def wue(water_m3: float, it_j: float) -> float | None:
    """Return WUE [L/kWh, which is m3/MWh] of water [m3] and IT energy [J]."""
    return water_effectiveness(water_m3 * LITRES_PER_M3, it_j / J_PER_KWH)


WUE = kpi(Ratio(key="wue", unit="L/kW.h", standard="ISO/IEC 30134-9, EN 50600-4-9", above=WATER, below=IT, formula=wue))
