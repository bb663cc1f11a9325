"""Rack cooling index of a period: Herrlin 2005, with the envelope of the site's altitude.

Worked out for every step of 15 minutes from step means, and averaged over the steps in which enough inlets are known.
"""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING

from analytics.envelope import inlet_limits
from analytics.formulas import airflow
from analytics.frame import mean_frame
from analytics.inlets import inlets
from analytics.kpis.kind import Kpi, Period
from analytics.kpis.quantity import mean_of, refused
from analytics.result import Remark
from greendc.units import NS_PER_SECOND

if TYPE_CHECKING:
    from analytics.result import KpiResult

STEP_NS = 900 * NS_PER_SECOND
SHARE_OF_POINTS = 0.75
"""A step counts when this share of its inlets is known."""
STANDARD = "Herrlin 2005; ASHRAE TC 9.9"


def rci(key: str, period: Period) -> KpiResult:
    """Return one end of the rack cooling index as a ratio (1 is best); ``key`` is ``rci_high`` or ``rci_low``."""
    keys = [one for rack in inlets(period.history, period.site).values() for one in rack]
    if not keys:
        return refused(period, key, "1", STANDARD, "no_inlet_sensor")
    limits = inlet_limits(period.site.info.altitude_m)
    band = airflow.Band(
        recommended_low_c=limits.recommended_low_c,
        recommended_high_c=limits.recommended_high_c,
        allowable_low_c=limits.allowable_low_c,
        allowable_high_c=limits.allowable_high_c,
    )
    step_ns = min(STEP_NS, period.end_ns - period.start_ns)
    frame = mean_frame(period.history, {one.label(): one for one in keys}, period.start_ns, period.end_ns, step_ns)
    rows = frame.to_numpy(dtype=float)[frame.notna().sum(axis=1).to_numpy() >= SHARE_OF_POINTS * len(keys)]
    found = airflow.rack_cooling_rows(rows, band)
    remarks = [Remark(code="inlet_points", params={"n": str(len(keys)), "class": limits.equipment_class})]
    if found.beyond_allowable.any():
        remarks.append(Remark(code="beyond_allowable"))
    values = (found.high if key == "rci_high" else found.low) / 100.0
    return mean_of(period, values, len(frame), key=key, standard=STANDARD, remarks=tuple(remarks))


RCI_HIGH = Kpi(key="rci_high", unit="1", standard=STANDARD, compute=partial(rci, "rci_high"))
RCI_LOW = Kpi(key="rci_low", unit="1", standard=STANDARD, compute=partial(rci, "rci_low"))
