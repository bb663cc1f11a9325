"""Heat that others use, and how well the rest is removed: ISO/IEC 30134-6 and -7, The Green Grid's ERE."""

from __future__ import annotations

from analytics.formulas.energy_ratios import cooling_efficiency, reuse_factor
from analytics.kpis.ratio import Ratio, kpi
from analytics.kpis.side import COOLING, FACILITY, HEAT_REMOVED, IT, KEPT, REUSE


def _erf(reused: float, facility: float) -> float | None:
    # The meter of this role stands where heat is handed off; what cools the centre is another meter's.
    return reuse_factor(reused, 0.0, facility)


def _ere(kept: float, it: float) -> float | None:
    return kept / it if it > 0 and kept > 0 else None


ERF = kpi(
    Ratio(
        key="erf",
        unit="1",
        standard="ISO/IEC 30134-6, EN 50600-4-6",
        above=REUSE,
        below=(FACILITY,),
        formula=_erf,
        invalid="reuse_above_facility",
    )
)
ERE = kpi(Ratio(key="ere", unit="1", standard="The Green Grid", above=KEPT, below=IT, formula=_ere, also=(REUSE,)))
CER = kpi(
    Ratio(
        key="cer",
        unit="1",
        standard="ISO/IEC 30134-7, EN 50600-4-7",
        above=HEAT_REMOVED,
        below=(COOLING,),
        formula=cooling_efficiency,
    )
)
