"""The tier and the price of any time, on the clock of the site."""

from __future__ import annotations

import datetime as dt

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from analytics.day_types import DayType, calendar, calendar_of
from analytics.tariff import NO_TIER, TIERS, PriceTable, Tier, flat_table, load_tariff
from analytics.wall_clock import NS_PER_MINUTE
from greendc.clock import NS_PER_HOUR, from_iso
from greendc.site import Tariff
from greendc.toml_source import TomlSource
from tests.analytics.tariff.tables import BERLIN, EXAMPLE, PEAK, SHANGHAI, TWO_TIERS, VALLEY, table


def at(*times: str) -> np.ndarray:
    """Return times of a list."""
    return np.array([from_iso(time) for time in times], dtype=np.int64)


def test_the_price_follows_the_local_clock() -> None:
    """The peak starts at 8 o'clock local time, to the minute."""
    times = at("2026-03-02T07:59:59+08:00", "2026-03-02T08:00:00+08:00", "2026-03-02T22:00:00+08:00")
    np.testing.assert_allclose(table().price(times), [VALLEY, PEAK, VALLEY])
    np.testing.assert_allclose(table().export_price(times), 0.3)


def test_the_change_of_the_clock_moves_the_tier() -> None:
    """In a zone with summer time, 8 o'clock is another time of UTC in summer; a short day has as many peak hours."""
    found = table(zone=BERLIN).price(at("2026-03-28T06:30Z", "2026-03-29T06:30Z"))
    np.testing.assert_allclose(found, [VALLEY, PEAK])
    for day, valley_hours in (("2026-03-28T23:00Z", 9), ("2026-10-24T22:00Z", 11)):
        times = from_iso(day) + np.arange(valley_hours + 14) * NS_PER_HOUR
        tiers = table(zone=BERLIN).tier(times)
        assert (tiers == TIERS.index(Tier.PEAK)).sum() == 14
        assert (tiers == TIERS.index(Tier.VALLEY)).sum() == valley_hours


def test_a_summer_time_of_long_ago_counts() -> None:
    """Shanghai had summer time in 1986: 8 o'clock was an hour earlier in UTC."""
    np.testing.assert_allclose(table().price(at("1986-07-01T06:59Z", "1986-06-30T23:30Z")), [PEAK, PEAK])
    np.testing.assert_allclose(table().price(at("2026-06-30T23:30Z")), VALLEY)


def test_holidays_and_make_up_days_have_their_own_hours() -> None:
    """On the national day noon is deep valley; a Saturday that is worked is a workday."""
    found = table(EXAMPLE)
    tiers = found.tier(at("2026-10-01T12:30:00+08:00", "2026-10-10T12:30:00+08:00", "2026-07-15T19:30:00+08:00"))
    assert [TIERS[i] for i in tiers] == [Tier.DEEP_VALLEY, Tier.FLAT, Tier.SHARP]
    assert found.day_types(at("2026-10-10T00:00+08:00", "2026-10-11T00:00+08:00")) == ["workday", "weekend"]


def test_where_no_prices_hold_the_price_is_unknown() -> None:
    """Outside the validity there is no tier and no price, and never 0."""
    found = table(EXAMPLE)
    times = at("2025-12-31T23:59+08:00", "2026-01-01T00:00+08:00")
    assert np.isnan(found.price(times)).tolist() == [True, False]
    assert (found.tier(times) == NO_TIER).tolist() == [True, False]


def test_a_step_across_a_change_costs_the_mean() -> None:
    """An hour from 7:30 to 8:30 costs half of each."""
    found = table().mean_price(at("2026-03-02T07:30+08:00"), NS_PER_HOUR)
    assert found[0] == pytest.approx((PEAK + VALLEY) / 2)


def test_the_flat_price_is_a_table_too() -> None:
    """A site without a file pays its one price at every time."""
    found = flat_table(Tariff(price_per_kwh=0.45), SHANGHAI)
    np.testing.assert_allclose(found.price(at("1999-01-01", "2026-03-02", "2199-01-01")), 0.45)


cuts = st.lists(st.integers(1, 95), min_size=1, max_size=6, unique=True).map(sorted)


@settings(max_examples=40, deadline=None)
@given(cuts, st.lists(st.sampled_from(TIERS), min_size=7, max_size=7), st.integers(270_000, 600_000))
def test_every_minute_has_exactly_one_tier(edges: list[int], tiers: list[Tier], first_hour: int) -> None:
    """However a day is cut into periods, a file without a complaint gives each time the tier that was written."""
    bounds = [*edges, edges[0] + 96]
    written: dict[Tier, list[str]] = {}
    expected = np.empty(96, dtype=np.int64)
    for i in range(len(edges)):
        a, b = bounds[i], bounds[i + 1]
        written.setdefault(tiers[i], []).append(f"{_clock(a)}-{_clock(b)}")
        expected[np.arange(a, b) % 96] = TIERS.index(tiers[i])
    if len(edges) == 1:
        written = {tiers[0]: ["00:00-24:00"]}
    plan = "\n".join(f"{tier} = {hours}".replace("'", '"') for tier, hours in written.items())
    prices = ", ".join(f"{tier} = 0.5" for tier in TIERS)
    text = f'schema = 1\ncurrency = "CNY"\n[[days]]\n{plan}\n[[prices]]\nper_kwh = {{ {prices} }}\n'
    tariff, problems = load_tariff(TomlSource("t", text))
    assert problems == []
    assert tariff is not None
    times = first_hour * NS_PER_HOUR + np.arange(96, dtype=np.int64) * 15 * NS_PER_MINUTE
    local = (times // (15 * NS_PER_MINUTE) + 32) % 96
    np.testing.assert_array_equal(PriceTable(tariff, SHANGHAI).tier(times), expected[local])


def _clock(quarter: int) -> str:
    return f"{quarter % 96 // 4:02}:{quarter % 4 * 15:02}"


def test_the_calendar_is_consistent() -> None:
    """Days that are worked in exchange are weekend days, no day is both, and every year starts with a holiday."""
    found = calendar("cn")
    assert all(day.weekday() >= 5 for day in found.workdays)
    assert not found.workdays & found.holidays
    assert {day.year for day in found.holidays} == found.years
    assert all(found.day_type(dt.date(year, 1, 1)) is DayType.HOLIDAY for year in found.years)
    assert calendar_of("CN-YN") == found
    assert calendar_of("DE").day_type(dt.date(2026, 10, 1)) is DayType.WORKDAY
    with pytest.raises(KeyError):
        calendar("mars")


def test_own_days_count_before_the_calendar() -> None:
    """A holiday that the user calls a workday is one."""
    own = TWO_TIERS.replace('"CNY"', '"CNY"\ncalendar = "cn"\nworkdays = [2026-10-01]\nholidays = [2026-10-10]')
    found = table(own)
    assert found.day_types(at("2026-10-01T08:00+08:00", "2026-10-10T08:00+08:00")) == ["workday", "holiday"]
