"""Schedules under a tariff, and carbon factors hour by hour."""

from __future__ import annotations

from typing import TYPE_CHECKING

import msgspec
import numpy as np
import pytest

from analytics.schedule import Refused, TariffReplay, factors_at, plan, priced, read_factors, replay
from greendc.clock import NS_PER_HOUR, from_iso
from greendc.errors import ConfigError
from tests.analytics.schedule.cases import START, battery, case, solved
from tests.analytics.tariff.tables import EXAMPLE, PEAK, SHANGHAI, TWO_TIERS, VALLEY, table

if TYPE_CHECKING:
    from pathlib import Path

DEMAND = TWO_TIERS + "[[demand]]\nper_kw_month = 40\nwindow_min = 60\n"


def test_the_plan_of_a_day_under_a_tariff() -> None:
    """One charge at night and one use by day save the spread of what is usable."""
    found = solved(priced(case(np.full(24, 60.0), np.zeros(24), battery=battery(start_kwh=0.0)), table()))
    assert found.saving == pytest.approx(100 * (PEAK - VALLEY))


def test_the_bill_without_and_with() -> None:
    """Over two months the replayed bills differ by what the schedules promised, and by nothing else."""
    n = 59 * 24
    load = 80 + 30 * np.sin(np.arange(n) * 2 * np.pi / 24)
    given = case(load, np.zeros(n), battery=battery(start_kwh=20.0, reserve_kwh=20.0, wear_per_kwh=0.01))
    found = replay(given, table(DEMAND))
    assert isinstance(found, TariffReplay)
    assert [len(schedule.import_kw) for schedule in found.schedules] == [31 * 24, 28 * 24]
    promised = sum(schedule.saving for schedule in found.schedules[:1])
    march = sum(i.amount for i in found.bills.before.items if i.month == "2026-03") - sum(
        i.amount for i in found.bills.after.items if i.month == "2026-03"
    )
    assert march - found.schedules[0].after.wear == pytest.approx(promised)
    assert found.saving > 0
    assert found.bills.by_kind()["demand"] > 0
    assert all(schedule.stored_kwh.min() >= 20 - 1e-6 for schedule in found.schedules)


def test_a_replay_that_cannot_be_says_why() -> None:
    """Outside the validity of a tariff there is no price and no replay."""
    early = msgspec.structs.replace(case([1.0], [0.0]), start_ns=np.array([from_iso("2020-01-01")]))
    found = replay(early, table(EXAMPLE))
    assert isinstance(found, Refused)
    assert found.obstacles[0].code == "unknown_buy"
    assert isinstance(replay(case([], []), table()), Refused)


def test_hourly_factors_count_where_they_are_given(tmp_path: Path) -> None:
    """An hour with a factor has it, any other hour the region's; a market-based factor is never made up."""
    file = tmp_path / "carbon.csv"
    file.write_text("time,location_kg_per_kwh,market_kg_per_kwh\n2026-02-28T16:00Z,0.4,0\n2026-02-28T18:00Z,0.2,\n")
    times = START + np.arange(4, dtype=np.int64) * NS_PER_HOUR
    found = factors_at(times, "CN-YN", SHANGHAI, read_factors(file))
    np.testing.assert_allclose(found.location, [0.4, 0.1073, 0.2, 0.1073])
    np.testing.assert_allclose(found.market, [0.0, np.nan, np.nan, np.nan])
    assert found.hourly_share == 0.5
    assert "provincial" in found.source
    assert np.isnan(factors_at(times, "XX", SHANGHAI).location).all()


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("time,kg\n", "schedule.factors.column"),
        ("time,location_kg_per_kwh\nnow,0.3\n", "schedule.factors.row"),
        ("time,location_kg_per_kwh\n2026-01-01,530\n", "schedule.factors.size"),
    ],
)
def test_a_broken_file_of_factors_is_refused(tmp_path: Path, text: str, said: str) -> None:
    """A missing column, an unreadable line and grams are named."""
    file = tmp_path / "carbon.csv"
    file.write_text(text)
    with pytest.raises(ConfigError) as raised:
        read_factors(file)
    assert [problem.key for problem in raised.value.problems] == [said]


def test_no_schedule_without_a_price() -> None:
    """A schedule asks for prices, it does not take them for 0."""
    assert isinstance(plan(case([1.0], [np.nan])), Refused)
