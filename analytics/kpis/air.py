"""Rack cooling index of a period: Herrlin 2005, with the envelope of the site's altitude.

Worked out for every step (`Period.step_ns`) and averaged over those in which enough inlets are known.
"""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING

import numpy as np

from analytics.envelope import inlet_limits
from analytics.formulas import airflow
from analytics.inlets import inlets
from analytics.kpis.kind import Kpi, Period
from analytics.kpis.quantity import mean_of, refused
from analytics.result import Remark

if TYPE_CHECKING:
    from analytics.result import KpiResult
    from greendc.physics.kinds import FloatArray

BLOCK = 1_000
"""So many moments are looked at in one go."""
SHARE_OF_POINTS = 0.75
"""A step counts when this share of its inlets is known."""
STANDARD = "Herrlin 2005; ASHRAE TC 9.9"


def rci(key: str, period: Period) -> KpiResult:
    """Return one end of the rack cooling index as a ratio (1 is best); ``key`` is ``rci_high`` or ``rci_low``."""
    keys = [one for rack in inlets(period.history, period.site).values() for one in rack]
    if not keys:
        return refused(period, key, "1", STANDARD, "no_inlet_sensor")
    limits = inlet_limits(period.site.info.altitude_m, period.site.info.equipment_class)
    band = airflow.Band(
        recommended_low_c=limits.recommended_low_c,
        recommended_high_c=limits.recommended_high_c,
        allowable_low_c=limits.allowable_low_c,
        allowable_high_c=limits.allowable_high_c,
    )
    frame = period.means(keys)
    inlet_c = frame.to_numpy(dtype=float)
    # In blocks, as a year of many inlets takes its memory again with each step on the way.
    found = [_rows(inlet_c[at : at + BLOCK], band) for at in range(0, len(inlet_c), BLOCK)]
    remarks = [Remark(code="inlet_points", params={"n": str(len(keys)), "class": limits.equipment_class})]
    if any(rows.beyond_allowable.any() for rows in found):
        remarks.append(Remark(code="beyond_allowable"))
    ends = [rows.high if key == "rci_high" else rows.low for rows in found]
    values = np.concatenate([np.zeros(0), *ends]) / 100.0
    return mean_of(period, values, len(frame), key=key, standard=STANDARD, remarks=tuple(remarks))


def _rows(inlet_c: FloatArray, band: airflow.Band) -> airflow.RackCoolingRows:
    """Return the index of the moments at which enough inlets are known."""
    known = np.count_nonzero(~np.isnan(inlet_c), axis=1)
    return airflow.rack_cooling_rows(inlet_c[known >= SHARE_OF_POINTS * inlet_c.shape[1]], band)


RCI_HIGH = Kpi(key="rci_high", unit="1", standard=STANDARD, compute=partial(rci, "rci_high"))
RCI_LOW = Kpi(key="rci_low", unit="1", standard=STANDARD, compute=partial(rci, "rci_low"))
