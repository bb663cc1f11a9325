"""Forecasts of loads whose pattern is known, and what every forecast keeps."""

from __future__ import annotations

import time

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from analytics.forecast import Forecast, Forecaster, Target, Untrained, observed, train
from analytics.forecast.backtest import score
from analytics.forecast.features import every, features
from analytics.forecast.observed import KINDS
from analytics.wall_clock import NS_PER_MINUTE
from tests.analytics.forecast.made_load import CN, QUARTER, SHANGHAI, load, rows_of, slow, times

DAY = 96


def trained(rows: object, target: Target = Target.SITE) -> Forecaster:
    """Return a forecaster that could be trained."""
    found = train(rows, target)  # type: ignore[arg-type]  # rows of the tests
    assert isinstance(found, Forecaster), found
    return found


def test_a_year_is_learnt_in_seconds_and_beats_yesterday() -> None:
    """On a year of 15-min rows the whole ladder is judged and fitted in less than 10 s of one thread."""
    time_ns = times(365)
    rows = rows_of(time_ns, load(time_ns), CN)
    began = time.process_time()
    found = trained(rows)
    assert time.process_time() - began < 10
    assert set(found.trust.scores) == {"naive_day", "naive_week", "ridge", "boosted"}
    assert found.trust.skill > 0.25
    assert 0.74 < found.trust.score.coverage < 0.86
    skills = [lead.skill for lead in found.trust.leads]
    assert skills[0] > 0.6
    assert skills[0] == max(skills)
    ahead = found.forecast(rows)
    check(ahead)
    assert [remark.code for remark in ahead.remarks] == ["no_weather"]
    assert ahead.time_ns[0] == time_ns[-1] + QUARTER
    assert len(ahead.time_ns) == 48 * 4


def check(found: Forecast) -> None:
    """Assert that quantiles are in order and remarks have texts."""
    known = np.isfinite(found.p50)
    assert (found.p10[known] <= found.p50[known]).all()
    assert (found.p50[known] <= found.p90[known]).all()
    assert all(remark.text(lang) for remark in found.remarks for lang in ("zh", "en"))


def test_the_range_holds_on_times_that_nobody_has_seen() -> None:
    """Of what came after training, about four fifths lie within P10 to P90."""
    time_ns = times(110)
    values = load(time_ns, seed=7)
    rows = rows_of(time_ns, values)
    found = trained(rows.until(80 * DAY))
    inside = []
    for origin in range(80 * DAY, 107 * DAY, 61):
        ahead = found.forecast(rows.until(origin))
        came = values[origin : origin + len(ahead.p50)]
        inside.append(((came >= ahead.p10) & (came <= ahead.p90)).mean())
    assert 0.68 < float(np.mean(inside)) < 0.92


def test_what_cannot_be_bettered_keeps_the_simplest_model() -> None:
    """On pure repetition the same hour before is as good as it gets: it is taken, and no skill is claimed."""
    time_ns = times(30)
    hours = (time_ns - time_ns[0]) / (60 * NS_PER_MINUTE)
    found = trained(rows_of(time_ns, 50 + 10 * np.sin(2 * np.pi * hours / 24)))
    assert found.trust.model == "naive_day"
    assert found.trust.skill == 0.0


def test_weather_forecasts_are_used_and_measured_weather_is_no_forecast() -> None:
    """Cooling that follows the outdoors is forecast far better with a weather forecast; without one, it is said."""
    time_ns = times(70)
    ahead_ns = times(72)
    outdoor = 22 + 5 * slow(len(ahead_ns), 3, stays=0.997) + 4 * np.sin(np.arange(len(ahead_ns)) * 2 * np.pi / DAY)
    cooling = 20 + 3 * np.maximum(outdoor - 20, 0) + np.random.default_rng(5).normal(0, 0.5, len(ahead_ns))
    past = cooling[: len(time_ns)]
    issued = outdoor + np.random.default_rng(6).normal(0, 0.7, len(outdoor))

    blind = trained(rows_of(time_ns, past, weather={"outdoor": outdoor[: len(time_ns)]}), Target.COOLING)
    rows = rows_of(
        time_ns, past, weather={"outdoor": outdoor[: len(time_ns)]}, expected={"outdoor": (ahead_ns, issued)}
    )
    seeing = trained(rows, Target.COOLING)
    assert seeing.trust.score.mae < 0.5 * blind.trust.score.mae
    assert seeing.trust.model == "boosted"
    assert np.abs(seeing.forecast(rows).p50 - cooling[len(time_ns) :]).mean() < 0.5 * blind.trust.score.mae

    ends = rows_of(time_ns, past, expected={"outdoor": (time_ns, issued[: len(time_ns)])})
    without = seeing.forecast(ends)
    assert [remark.code for remark in without.remarks] == ["no_weather", "weather_unknown"]
    assert without.trust.model == "ridge"
    assert (without.p90 - without.p10).mean() > 1.5 * (seeing.forecast(rows).p90 - seeing.forecast(rows).p10).mean()


def test_the_sun_gives_nothing_at_night_and_never_less() -> None:
    """All quantiles of the sun are 0 in the dark, and none is below 0 by day."""
    time_ns = times(40)
    hour = (np.arange(len(time_ns)) % DAY) / 4
    clear = np.clip(np.sin((hour - 6) / 12 * np.pi), 0, None) * ((hour > 6) & (hour < 18))
    sun = 5000 * clear * np.clip(0.7 + 0.25 * slow(len(time_ns), 4), 0.05, 1)
    rows = rows_of(time_ns, sun)
    ahead = trained(rows, Target.PV).forecast(rows)
    check(ahead)
    night = clear[:DAY] == 0
    assert ahead.p90[:DAY][night].max() == 0.0
    assert ahead.p90[:DAY][~night].max() > 1000
    assert ahead.p10.min() >= 0.0


def test_holidays_are_like_holidays() -> None:
    """On 30 September the calendar knows that tomorrow is off, and the load is forecast as that of a holiday."""
    time_ns = times(269)
    kinds = np.array([str(kind) for kind in KINDS])[rows_of(time_ns, np.ones(len(time_ns)), CN).kind]
    assert set(kinds[268 * DAY : 269 * DAY]) == {"workday"}
    assert set(kinds[269 * DAY :]) == {"holiday"}
    usual = np.select([kinds == "holiday", kinds == "weekend"], [60.0, 80.0], 100.0)[: len(time_ns)]
    rows = rows_of(time_ns, usual + np.random.default_rng(1).normal(0, 1, len(usual)), CN)
    ahead = trained(rows).forecast(rows)
    assert float(np.abs(ahead.p50 - 60.0).mean()) < 8.0


def test_too_little_and_gaps_are_refused_with_the_cure() -> None:
    """A few days give no forecast but the days that lack; rows that are all unknown give none either."""
    time_ns = times(6)
    found = train(rows_of(time_ns, load(time_ns)), Target.IT)
    assert isinstance(found, Untrained)
    assert (found.code, found.params["more"]) == ("short", "4")
    assert all(found.text(lang) for lang in ("zh", "en"))
    time_ns = times(40)
    values = load(time_ns)
    values[15 * DAY :] = np.nan
    gone = train(rows_of(time_ns, values), Target.IT)
    assert isinstance(gone, Untrained)
    assert gone.code == "gaps"


def test_gaps_are_unknown_and_never_zero() -> None:
    """Hours without data are neither learnt nor forecast as 0, and a silent last hour is told."""
    time_ns = times(40)
    values = load(time_ns)
    values[np.random.default_rng(2).random(len(values)) < 0.1] = np.nan
    values[-6:] = np.nan
    rows = rows_of(time_ns, values)
    ahead = trained(rows).forecast(rows)
    check(ahead)
    assert "stale" in [remark.code for remark in ahead.remarks]
    assert np.nanmin(ahead.p50) > 70


@settings(max_examples=25, deadline=None)
@given(st.integers(10 * DAY, 13 * DAY), st.integers(0, 2**32 - 1))
def test_nothing_of_the_future_is_looked_at(origin: int, seed: int) -> None:
    """Whatever comes after an origin, the features of a forecast from it stay the same."""
    time_ns = times(15)
    values = load(time_ns)
    rows = rows_of(time_ns, values, weather={"outdoor": values * 0.3})
    other = values.copy()
    other[origin + 1 :] = np.random.default_rng(seed).normal(0, 1e3, len(values) - origin - 1)
    changed = rows_of(time_ns, other, weather={"outdoor": other * 0.3})
    samples = every(np.array([origin]), np.arange(1, 193))
    np.testing.assert_array_equal(features(rows, samples, DAY), features(changed, samples, DAY))


def test_rows_of_an_hour_and_uneven_ones() -> None:
    """Hourly rows work too; rows that fit no hour are refused."""
    time_ns = times(60, 4 * QUARTER)
    rows = rows_of(time_ns, load(time_ns))
    assert len(trained(rows).forecast(rows).p50) == 48
    with pytest.raises(ValueError, match="hour"):
        observed(np.array([0, 7 * NS_PER_MINUTE, 14 * NS_PER_MINUTE]), np.ones(3), SHANGHAI, CN)
    with pytest.raises(ValueError, match="fewer"):
        observed(np.array([0]), np.ones(1), SHANGHAI, CN)


def test_scores_by_hand() -> None:
    """Loss, error and coverage of three forecasts agree with a sheet of paper."""
    quantiles = np.array([[8.0, 10.0, 12.0]] * 3)
    found = score(quantiles, np.array([10.0, 13.0, np.nan]))
    assert found.mae == pytest.approx(1.5)
    assert found.coverage == pytest.approx(0.5)
    assert found.pinball == pytest.approx(((0.1 * 2 + 0.1 * 5) + (0 + 0.5 * 3) + (0.1 * 2 + 0.9 * 1)) / 6)
