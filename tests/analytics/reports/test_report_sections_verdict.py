"""The verdict on a promise: met only with enough coverage, the whole error on the good side, and a whole year."""

from __future__ import annotations

import datetime as dt

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from analytics.limits import YEAR_NS
from analytics.reports.commitments import Target
from analytics.reports.facts import Comparison
from analytics.reports.sections.verdict import Promise, Verdict, promise
from analytics.result import KpiResult, Remark
from tests.analytics.reports import report_facts

DAY = dt.date(2026, 12, 31)


USUAL = KpiResult(
    kpi="pue",
    label="PUE",
    value=1.4,
    unit="1",
    start_ns=0,
    end_ns=YEAR_NS,
    coverage=0.99,
    uncertainty=0.01,
    category=2,
)


def result(value: float | None = 1.4, **fields: object) -> KpiResult:
    """Return a PUE of a year with an error of 1 %, with other fields where they are given."""
    return msgspec.structs.replace(USUAL, value=value, **fields)


def judged(
    figure: KpiResult, before: KpiResult | None = None, most: float | None = None, least: float | None = None
) -> Promise:
    """Return the promise ``PUE <= 1.5`` or other bounds, judged."""
    baseline = Comparison(start=DAY, end=DAY, figures=(before,) if before is not None else ())
    facts = msgspec.structs.replace(report_facts.poor_facts(), figures=(figure,), baseline=baseline)
    usual = 1.5 if most is None and least is None else most
    target = Target(kpi=figure.kpi, by=DAY, author="a", date=DAY, most=usual, least=least)
    return promise(target, facts)


@pytest.mark.parametrize(
    ("figure", "verdict", "why"),
    [
        (result(), Verdict.MET, ""),
        (result(1.49), Verdict.PARTLY, "within_error"),
        (result(1.51), Verdict.PARTLY, "within_error"),
        (result(end_ns=YEAR_NS // 2), Verdict.PARTLY, "short_period"),
        (result(1.7), Verdict.MISSED, ""),
        (result(provisional=True, coverage=0.9), Verdict.NOT_MEASURED, "coverage"),
        (result(coverage=0.949), Verdict.NOT_MEASURED, "coverage"),
        (result(None, reason="coverage"), Verdict.NOT_MEASURED, "no_value"),
        (result(method="declared"), Verdict.NOT_MEASURED, "declared"),
        (result(remarks=(Remark(code="nothing_renewable_declared"),)), Verdict.NOT_MEASURED, "assumed"),
    ],
)
def test_each_verdict_has_its_reason(figure: KpiResult, verdict: Verdict, why: str) -> None:
    """The unrounded value decides, and what stands in the way is said."""
    found = judged(figure)
    assert (found.verdict, found.why) == (verdict, why)


def test_partly_needs_a_measured_baseline_of_the_same_kind() -> None:
    """Better than before counts only against a proven baseline of the same category and length."""
    now = result(1.7)
    assert judged(now, result(1.9)).verdict is Verdict.PARTLY
    for before in (
        result(1.9, category=1),
        result(1.9, end_ns=YEAR_NS // 12),
        result(1.9, provisional=True, coverage=0.8),
        result(1.71),
        result(1.6),
    ):
        assert judged(now, before).verdict is Verdict.MISSED


def test_targets_are_in_the_printed_unit() -> None:
    """A share of 64 % keeps a promise of at least 60 and misses one of at least 70; a band needs both sides."""
    share = result(0.64, kpi="rack_occupancy", category=0, uncertainty=None)
    assert judged(share, least=60.0).verdict is Verdict.MET
    assert judged(share, least=70.0).verdict is Verdict.MISSED
    assert judged(share, least=60.0, most=63.0).verdict is Verdict.MISSED
    energy = result(2 * 3.6e6 * 1000, kpi="it_energy", unit="J", uncertainty=0.0)
    assert judged(energy, most=2000.0).verdict is Verdict.MET


def test_a_promise_of_an_unknown_figure_is_not_measured() -> None:
    """A figure that the site does not have keeps no promise."""
    facts = msgspec.structs.replace(report_facts.poor_facts(), figures=())
    found = promise(Target(kpi="pue", by=DAY, author="a", date=DAY, most=9.0), facts)
    assert (found.verdict, found.why) == (Verdict.NOT_MEASURED, "unknown")


@given(
    st.floats(min_value=1.0, max_value=3.0),
    st.floats(min_value=0.0, max_value=1.0),
    st.floats(min_value=0.0, max_value=0.5),
    st.floats(min_value=1.0, max_value=3.0),
)
def test_met_is_always_proven(value: float, coverage: float, error: float, most: float) -> None:
    """Whatever the numbers are, met means covered, within the target with its whole error."""
    found = judged(result(value, coverage=coverage, uncertainty=error), most=most)
    if found.verdict is Verdict.MET:
        assert coverage >= 0.95
        assert value * (1 + error) <= most
