"""Power usage effectiveness and its relatives: ISO/IEC 30134-2, EN 50600-4-2, GB/T 32910.3."""

from __future__ import annotations

from analytics.formulas.energy_ratios import partial_pue, pue
from analytics.kpis.ratio import YEAR_NS, Ratio, kpi
from analytics.kpis.side import ALL_COOLING, COOLING, FACILITY, IT, POWER_CHAIN

STANDARD = "ISO/IEC 30134-2, EN 50600-4-2"


def label(length_ns: int) -> str:
    """Return PUE for a year or more, iPUE for less."""
    return "PUE" if length_ns >= YEAR_NS else "iPUE"


PUE = kpi(
    Ratio(
        key="pue",
        unit="1",
        standard=STANDARD,
        above=FACILITY,
        below=IT,
        formula=pue,
        invalid="not_above_one",
        label=label,
    )
)
COOLING_PPUE = kpi(
    Ratio(key="ppue_cooling", unit="1", standard=STANDARD, above=ALL_COOLING, below=IT, formula=partial_pue)
)
POWER_PPUE = kpi(
    Ratio(
        key="ppue_power",
        unit="1",
        standard=STANDARD,
        above=POWER_CHAIN,
        below=IT,
        formula=pue,
        invalid="not_above_one",
        also=(COOLING,),
    )
)
EEUE = kpi(
    Ratio(
        key="eeue",
        unit="1",
        standard="GB/T 32910.3-2016",
        above=FACILITY,
        below=IT,
        formula=pue,
        invalid="not_above_one",
        least_ns=YEAR_NS,
    )
)
