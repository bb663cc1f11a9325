"""Time ranges."""

from __future__ import annotations

import datetime as dt
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dashboard import span
from greendc.clock import NS_PER_HOUR, from_iso, iso

ZONE = ZoneInfo("Asia/Shanghai")
NOW_NS = from_iso("2026-11-23T04:00:00Z")


@pytest.mark.parametrize("key", span.KEYS)
def test_named_ranges_end_now(key: str) -> None:
    """Each name is a range that ends now and keeps its name as time goes on."""
    found = span.named(key, NOW_NS, ZONE)
    assert found.end_ns == NOW_NS
    assert found.length_ns > 0
    assert found.name == span.named(key, NOW_NS + NS_PER_HOUR, ZONE).name


def test_a_month_begins_in_the_site_s_zone() -> None:
    """The month of Shanghai begins eight hours before that of Greenwich."""
    assert iso(span.named(span.MONTH, NOW_NS, ZONE).start_ns).startswith("2026-10-31T16:00:00")


def test_texts_are_read_in_the_site_s_zone_unless_they_name_one() -> None:
    """A plain text is local time; one with an offset is what it says; no end is now."""
    found = span.between("2026-11-22T08:00", "2026-11-22T02:00:00Z", NOW_NS, ZONE)
    assert found is not None
    assert (iso(found.start_ns)[:16], iso(found.end_ns)[:16]) == ("2026-11-22T00:00", "2026-11-22T02:00")
    open_end = span.between("2026-11-22", "", NOW_NS, ZONE)
    assert open_end is not None
    assert open_end.end_ns == NOW_NS


@pytest.mark.parametrize(
    ("start", "end"),
    [
        ("", ""),
        ("yesterday", ""),
        ("2026-11-23", "2026-11-22"),
        ("2026-11-24", ""),
        ("0001-01-01", "9999-12-31"),
        ("2000-01-01", "2026-11-22"),
        ("2026-11-22", "<script>alert(1)</script>"),
        ("2026-11-22T10:00" + " " * 100, ""),
    ],
)
def test_what_makes_no_range_is_none(start: str, end: str) -> None:
    """Wrong, reversed, coming, endless or hostile texts are no range, and no error."""
    assert span.between(start, end, NOW_NS, ZONE) is None


@given(st.text(max_size=50), st.text(max_size=50))
def test_any_text_is_read_or_refused(start: str, end: str) -> None:
    """Nothing that stands in an address raises; what is read lies within what a store is asked for."""
    found = span.between(start, end, NOW_NS, dt.UTC)
    assert found is None or span.SHORTEST_NS <= found.length_ns <= span.LONGEST_NS


@given(st.integers(from_iso("2001-01-01T00:00:00Z"), from_iso("2100-01-01T00:00:00Z")), st.sampled_from(span.KEYS))
def test_the_period_before_ends_no_later_than_the_range_begins(now_ns: int, key: str) -> None:
    """Both periods never overlap and are equally long, unless the month before is shorter."""
    found = span.named(key, now_ns, ZONE)
    earlier = span.before(found, ZONE)
    assert earlier.end_ns <= found.start_ns
    assert earlier.length_ns <= found.length_ns
    assert earlier.name != found.name


def test_written_is_what_is_read() -> None:
    """A range of one's own begins as the text says that the page writes."""
    assert span.instant(span.written(NOW_NS, ZONE), ZONE) == NOW_NS
