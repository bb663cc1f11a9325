"""Limits are data with dates, and a figure is judged with its uncertainty."""

from __future__ import annotations

import datetime as dt

import pytest

from analytics.limits import Limit, Verdict, judge, judgements, limits_of, profile_names, profile_of
from analytics.result import KpiResult
from greendc.errors import ConfigError
from greendc.site import Rack, Site, SiteInfo

DAY = dt.date(2026, 6, 1)
YEAR_NS = 366 * 86_400 * 10**9


def _pue(value: float | None, uncertainty: float | None = 0.001, length_ns: int = YEAR_NS) -> KpiResult:
    return KpiResult(
        kpi="pue", label="PUE", value=value, unit="1", start_ns=0, end_ns=length_ns, uncertainty=uncertainty
    )


def _gb() -> Limit:
    return next(limit for limit in limits_of("cn-yunnan", DAY) if limit.key == "gb40879")


def test_every_profile_names_known_limits_only() -> None:
    """Each profile's limits exist, and each limit bounds something and has a source."""
    assert {"cn-yunnan", "eu", "iso"} <= set(profile_names())
    for name in profile_names():
        for limit in limits_of(name, DAY):
            assert limit.grades or limit.most is not None or limit.least is not None
            assert limit.source
            assert limit.confidence in {"confirmed", "secondary", "general"}
    with pytest.raises(KeyError):
        limits_of("nowhere", DAY)


def test_limits_have_dates() -> None:
    """Before it was in force a limit is not there."""
    assert "gb40879" not in {limit.key for limit in limits_of("cn-yunnan", dt.date(2022, 10, 31))}
    assert "gb40879" in {limit.key for limit in limits_of("cn-yunnan", dt.date(2022, 11, 1))}


def test_a_grade_by_the_unrounded_value() -> None:
    """1.3001 is grade 3 and above 1.5 there is none."""
    found = [judge(_pue(value, 0.0), _gb(), 2000).grade for value in (1.2, 1.3001, 1.5001)]
    assert found == [1, 3, 0]
    assert judge(_pue(1.5001, 0.0), _gb(), 2000).verdict is Verdict.MISSED


def test_within_error_of_a_limit() -> None:
    """A limit inside the value's uncertainty is neither met nor missed."""
    assert judge(_pue(1.295, 0.011), _gb(), 2000).verdict is Verdict.WITHIN_ERROR
    assert judge(_pue(1.25, 0.011), _gb(), 2000).verdict is Verdict.MET


def test_edge_sites_are_never_graded_and_months_are_an_outlook() -> None:
    """A hundred racks and fewer have no grade; a month is no year; nothing known is unknown."""
    assert judge(_pue(1.1), _gb(), 100).verdict is Verdict.NOT_APPLICABLE
    assert judge(_pue(1.1, length_ns=YEAR_NS // 12), _gb(), 2000).verdict is Verdict.OUTLOOK
    assert judge(_pue(None, None), _gb(), 2000).verdict is Verdict.UNKNOWN


def _site(region: str = "", standards: str = "", racks: int = 3) -> Site:
    return Site(
        info=SiteInfo(name="x", region=region, standards=standards), racks=[Rack(name=f"r{i}") for i in range(racks)]
    )


@pytest.mark.parametrize(
    ("region", "standards", "profile"),
    [
        ("CN-YN", "", "cn-yunnan"),
        ("DE", "", "eu"),
        ("DE-BY", "", "eu"),
        ("US", "", "iso"),
        ("", "", "iso"),
        ("CN-YN", "eu", "eu"),
    ],
)
def test_a_site_picks_its_profile(region: str, standards: str, profile: str) -> None:
    """The profile is named or comes from the region."""
    assert profile_of(_site(region, standards)) == profile


def test_an_unknown_profile_is_refused() -> None:
    """A profile that does not exist is named, with those that do."""
    with pytest.raises(ConfigError, match="mars"):
        profile_of(_site(standards="mars"))


def test_figures_are_judged_by_their_own_limits_only() -> None:
    """A PUE of Yunnan has its three limits, an edge site no grade, and a site elsewhere none."""
    found = judgements(_pue(1.28), _site("CN-YN", racks=101), DAY)
    assert {one.limit.key: one.verdict for one in found} == {
        "gb40879": Verdict.MET,
        "green_centre_2025": Verdict.MET,
        "action_plan_2024": Verdict.MISSED,
    }
    edge = judgements(_pue(1.28), _site("CN-YN", racks=100), DAY)
    assert edge[0].verdict is Verdict.NOT_APPLICABLE
    assert judgements(_pue(1.28), _site(), DAY) == ()
