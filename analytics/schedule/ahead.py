"""The next two days as a case: what the load and the sun are expected to be, under the tariff."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from analytics.schedule.case import Case
from analytics.schedule.under_tariff import priced
from greendc.units import W_PER_KW

if TYPE_CHECKING:
    from collections.abc import Mapping

    from analytics.forecast import Forecast
    from analytics.schedule.battery import Battery
    from analytics.schedule.case import Job
    from analytics.tariff.price_table import PriceTable


def case_ahead(
    load: Forecast,
    table: PriceTable,
    *,
    sun: Forecast | None = None,
    battery: Battery | None = None,
    jobs: tuple[Job, ...] = (),
    export_limit_kw: float = 0.0,
    reached_kw: Mapping[tuple[int, int], float] | None = None,
) -> Case:
    """Return the case of the rows ahead by the medians of forecasts; what they do not know stays unknown.

    ``load`` is what the site uses, its own generation not taken off. ``reached_kw`` is the demand that months
    (year, month) reached before.

    Raises:
        ValueError: the forecasts are of different times.
    """
    if sun is not None and not np.array_equal(load.time_ns, sun.time_ns):
        message = "the forecasts of load and sun are of different times"
        raise ValueError(message)
    case = Case(
        start_ns=load.time_ns,
        step_ns=load.step_ns,
        load_kw=load.p50 / W_PER_KW,
        pv_kw=None if sun is None else sun.p50 / W_PER_KW,
        buy=np.full(len(load.time_ns), np.nan),
        battery=battery,
        jobs=jobs,
        export_limit_kw=export_limit_kw,
    )
    return priced(case, table, reached_kw)
