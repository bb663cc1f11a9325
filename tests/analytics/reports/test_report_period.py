"""The period that a report is asked for, in the site's own calendar."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from analytics.reports.gathering import period_of
from analytics.reports.request import ReportKind
from greendc.clock import NS_PER_HOUR, from_iso
from greendc.errors import ConfigError
from tests.analytics.plant import site

SHANGHAI, BERLIN = site(timezone="Asia/Shanghai"), site(timezone="Europe/Berlin")
NOW = from_iso("2026-11-23T12:00:00Z")


@pytest.mark.parametrize(
    ("text", "start", "end"),
    [
        ("2026", "2025-12-31T16:00:00Z", "2026-12-31T16:00:00Z"),
        ("2026-10", "2026-09-30T16:00:00Z", "2026-10-31T16:00:00Z"),
        ("2026-10-05", "2026-10-04T16:00:00Z", "2026-10-05T16:00:00Z"),
        ("2026-01-01/2026-03-31", "2025-12-31T16:00:00Z", "2026-03-31T16:00:00Z"),
        ("2026-03-05/2026-03-05", "2026-03-04T16:00:00Z", "2026-03-05T16:00:00Z"),
        (" 2026-03-01T06:00+08:00 / 2026-03-01T12:30:00Z ", "2026-02-28T22:00:00Z", "2026-03-01T12:30:00Z"),
        ("2026-03-01T00:00:00Z/2026-03-02", "2026-03-01T00:00:00Z", "2026-03-02T16:00:00Z"),
        ("last", "2024-12-31T16:00:00Z", "2025-12-31T16:00:00Z"),
    ],
)
def test_a_period_is_cut_at_the_midnights_of_the_site(text: str, start: str, end: str) -> None:
    """Years, months and days are those of the site; of two days both count."""
    assert period_of(SHANGHAI, text, NOW) == (from_iso(start), from_iso(end))


def test_the_last_period_of_a_monthly_report_is_a_month() -> None:
    """It is the last that is over, also in January and in the first hours of a month."""
    october = from_iso("2026-09-30T16:00:00Z"), from_iso("2026-10-31T16:00:00Z")
    assert period_of(SHANGHAI, "last", NOW, ReportKind.MONTHLY) == october
    assert period_of(SHANGHAI, "last", october[1], ReportKind.MONTHLY) == october
    december = from_iso("2025-11-30T16:00:00Z"), from_iso("2025-12-31T16:00:00Z")
    assert period_of(SHANGHAI, "last", december[1] + NS_PER_HOUR, ReportKind.MONTHLY) == december


def test_a_day_on_which_clocks_change_has_its_own_length() -> None:
    """The last Sunday of March has 23 hours in Berlin."""
    start, end = period_of(BERLIN, "2026-03-29", NOW)
    assert end - start == 23 * NS_PER_HOUR


@pytest.mark.parametrize(
    ("text", "code"),
    [
        ("", "period"),
        ("yesterday", "period"),
        ("2026-13", "period"),
        ("2026-02-30", "period"),
        ("0001", "period"),
        ("2026/", "period"),
        ("2026-01-01/2026-02-01/2026-03-01", "period"),
        ("2026-01-01T00:00/2026-02-01", "period"),
        ("2026-03-02/2026-03-01", "period_order"),
        ("2026-03-01T00:00Z/2026-03-01T00:00Z", "period_order"),
        ("2027", "period_future"),
    ],
)
def test_what_is_no_period_is_refused(text: str, code: str) -> None:
    """Each is told for what it is; a time of day without an offset is nobody's."""
    with pytest.raises(ConfigError) as caught:
        period_of(SHANGHAI, text, NOW)
    assert [one.key for one in caught.value.problems] == [f"report_files.{code}"]


@given(
    text=st.text(max_size=30) | st.from_regex(r"[0-9]{4}(-[0-9]{2}){0,2}(/[0-9]{4}-[0-9]{2}-[0-9]{2})?", fullmatch=True)
)
def test_any_text_is_a_period_or_refused(text: str) -> None:
    """Nothing else than a refusal comes of what a person may type."""
    try:
        start, end = period_of(BERLIN, text, NOW)
    except ConfigError:
        return
    assert start < end
    assert start < NOW
