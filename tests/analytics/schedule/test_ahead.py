"""From forecasts to a schedule of the next two days."""

from __future__ import annotations

import msgspec
import numpy as np
import pytest

from analytics.forecast import Forecaster, Target, train
from analytics.schedule import Refused, case_ahead, plan
from tests.analytics.forecast.made_load import load, rows_of, times
from tests.analytics.schedule.cases import battery, solved
from tests.analytics.tariff.tables import PEAK, VALLEY, table


def test_two_days_are_planned_from_a_forecast() -> None:
    """The battery makes two rounds at the spread of the tariff, and not one without a known load."""
    time_ns = times(14)
    rows = rows_of(time_ns, 1000 * load(time_ns))
    forecaster = train(rows, Target.SITE)
    assert isinstance(forecaster, Forecaster)
    ahead = forecaster.forecast(rows)
    case = case_ahead(ahead, table(), battery=battery(start_kwh=0.0))
    assert case.load_kw.mean() == pytest.approx(100, abs=10)
    assert solved(case).saving == pytest.approx(2 * 100 * (PEAK - VALLEY), rel=1e-3)
    with_sun = case_ahead(ahead, table(), sun=ahead)
    assert solved(with_sun).import_kw.max() == 0.0

    unknown = msgspec.structs.replace(ahead, p50=np.full(len(ahead.p50), np.nan))
    refused = plan(case_ahead(unknown, table()))
    assert isinstance(refused, Refused)
    assert refused.obstacles[0].code == "unknown_load"
    with pytest.raises(ValueError, match="different times"):
        case_ahead(ahead, table(), sun=msgspec.structs.replace(ahead, time_ns=ahead.time_ns + 1))
