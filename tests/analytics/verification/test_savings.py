"""Savings: known ones are found within their range, and nothing is claimed that the data do not show."""

from __future__ import annotations

import msgspec
import numpy as np
import pytest

from analytics.verification import Verdict, verify_savings
from tests.analytics.verification.measured_site import period, rows, use_without, weather_and_load


@pytest.mark.parametrize(("saved", "seed"), [(0.12, 1), (0.10, 2), (0.06, 3)])
def test_a_known_saving_is_verified_within_its_range(saved: float, seed: int) -> None:
    """The range holds the truth, and the estimate of a large measure is within 3 % of the use."""
    baseline, _ = period(0, 56, seed)
    reporting, truth = period(60, 28, seed + 10, saved)
    report = verify_savings(baseline, reporting, "kWh")
    assert report.verdict is Verdict.VERIFIED
    assert report.low is not None
    assert report.high is not None
    assert report.saving is not None
    assert report.expected is not None
    assert report.coverage is not None
    assert report.low <= truth * report.coverage <= report.high
    assert abs(report.saving - truth * report.coverage) < 0.03 * report.expected


def test_no_measure_is_no_saving() -> None:
    """Two like periods show none: nothing is claimed, and zero lies in the range."""
    for seed in (4, 5, 6):
        report = verify_savings(period(0, 56, seed)[0], period(60, 28, seed + 20)[0], "kWh")
        assert report.verdict is not Verdict.VERIFIED
        assert report.low is not None
        assert report.high is not None
        assert report.low < 0 < report.high


def test_ranges_hold_the_truth_nine_times_in_ten() -> None:
    """Of 20 small measures, 17 ranges at least hold what was really saved."""
    held = 0
    for seed in range(20):
        baseline, _ = period(0, 28, 100 + seed)
        reporting, truth = period(28, 14, 300 + seed, 0.02)
        report = verify_savings(baseline, reporting, "kWh")
        assert report.coverage is not None
        assert report.low is not None
        assert report.high is not None
        held += report.low <= truth * report.coverage <= report.high
    assert held >= 17


def test_a_small_saving_asks_for_more_days() -> None:
    """A measure of half a per cent cannot be told from a fortnight, and the report says what would do."""
    report = verify_savings(period(0, 28, 7)[0], period(30, 14, 27, 0.02)[0], "kWh")
    if report.verdict is Verdict.NOT_VERIFIABLE:
        assert {reason.key for reason in report.reasons} & {"days_more", "too_small"}
    assert report.verdict is not Verdict.NO_SAVING


def test_on_and_off_in_turns_shows_what_a_baseline_cannot() -> None:
    """With blocks of two days a measure of 3 % is verified although the plant drifts."""
    hours, drivers = weather_and_load(0, 28, 8)
    would = use_without(drivers, 9) + np.linspace(0, 1.5, len(hours))
    on = ((hours - hours[0]) // 48 % 2).astype(np.float64)
    saved = 0.03 * would * on
    reporting = rows(hours, would - saved, drivers, on)
    report = verify_savings(period(-30, 28, 8)[0], reporting, "kWh")
    assert report.method == "on_off"
    assert report.verdict is Verdict.VERIFIED
    assert report.low is not None
    assert report.high is not None
    assert report.low <= saved.sum() <= report.high


def test_on_off_without_turns_is_refused() -> None:
    """Once off and once on is no test: anything else may have changed meanwhile."""
    hours, drivers = weather_and_load(0, 10, 8)
    on = (hours > hours[120]).astype(np.float64)
    report = verify_savings(period(-30, 28, 8)[0], rows(hours, use_without(drivers, 9), drivers, on), "kWh")
    assert report.saving is None
    assert [reason.key for reason in report.reasons] == ["few_blocks"]


def test_conditions_that_the_baseline_never_met_are_not_judged() -> None:
    """A heat wave is beyond the baseline: what lies inside is claimed for itself, and if hardly any does, nothing."""
    baseline, _ = period(0, 42, 11)
    hours, drivers = weather_and_load(60, 21, 12)
    for warmer, judged in ((8.0, True), (40.0, False)):
        hot = drivers + np.array([0.0, warmer])
        report = verify_savings(baseline, rows(hours, use_without(hot, 13), hot), "kWh")
        keys = {reason.key for reason in report.reasons}
        assert report.coverage is not None
        assert report.coverage < 0.9
        assert (report.saving is not None) is judged
        assert ("restricted" if judged else "outside_experience") in keys


def test_too_little_data_gives_the_reason() -> None:
    """Five days are no baseline."""
    report = verify_savings(period(0, 5, 1)[0], period(6, 10, 2)[0], "kWh")
    assert report.saving is None
    assert report.verdict is Verdict.NOT_VERIFIABLE
    assert [reason.key for reason in report.reasons] == ["short_baseline"]


def test_a_constant_driver_is_left_out_and_named() -> None:
    """It can explain nothing, and the report says whose effect is unknown."""
    baseline, _ = period(0, 42, 14)
    still = msgspec.structs.replace(
        baseline, drivers=np.column_stack([baseline.drivers[:, 0], np.full(len(baseline), 20.0)])
    )
    report = verify_savings(still, period(50, 14, 15)[0], "kWh")
    assert ("constant_driver", {"name": "outdoor_c"}) in [(r.key, r.params) for r in report.reasons]


def test_another_unit_is_no_saving_of_a_thousandth() -> None:
    """A meter that suddenly counts in other units is a changed boundary."""
    baseline, _ = period(0, 42, 16)
    reporting, _ = period(50, 14, 17)
    report = verify_savings(baseline, msgspec.structs.replace(reporting, rate=reporting.rate / 1000), "kWh")
    assert report.verdict is Verdict.NOT_VERIFIABLE
    assert "boundary" in {reason.key for reason in report.reasons}


def test_a_jump_within_the_period_is_pointed_out() -> None:
    """Load that moved away in the middle is no measure's doing: the day is named."""
    baseline, _ = period(0, 42, 18)
    reporting, _ = period(50, 28, 19)
    less = np.where(np.arange(len(reporting)) < len(reporting) // 2, 0.0, 6.0)
    report = verify_savings(baseline, msgspec.structs.replace(reporting, rate=reporting.rate - less), "kWh")
    step = next(reason for reason in report.reasons if reason.key == "step")
    assert step.params["date"] == "2026-05-05"


def test_every_reason_has_words_in_both_languages() -> None:
    """No reason is a key for a person."""
    report = verify_savings(period(0, 5, 1)[0], period(6, 10, 2)[0], "kWh")
    for lang in ("zh", "en"):
        assert "5" in report.reasons[0].sentence(lang)
