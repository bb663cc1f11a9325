"""What a residual or peer model says, as a finding."""

from __future__ import annotations

from typing import TYPE_CHECKING

from analytics.alarms.explanation import DETECTOR, TERM, Change, Explanation, Peers, shares_of
from analytics.detection.change import ChangePoint
from analytics.detection.finding import NONE, Finding
from greendc.units import NS_PER_SECOND

if TYPE_CHECKING:
    from analytics.models.verdict import ModelVerdict

RULE = "learned"
MOST_SURPRISE = 9.0
"""No tail is known beyond one in a thousand million."""


def finding_of(verdict: ModelVerdict) -> Finding:
    """Return a finding with the verdict's own band, terms and shares."""
    shift = verdict.shift
    terms = {one.term: one.value for one in verdict.contributions} | {"unexplained": verdict.unexplained}
    explanation = Explanation(
        series=verdict.series.label(),
        value=verdict.value,
        unit=verdict.unit,
        expected=verdict.expected,
        low=verdict.low,
        high=verdict.high,
        level=verdict.level,
        one_in=10.0 ** min(verdict.surprise, MOST_SURPRISE),
        held_s=(verdict.time_ns - verdict.since_ns) / NS_PER_SECOND,
        shares=(*shares_of(DETECTOR, dict(verdict.shares)), *shares_of(TERM, terms, verdict.unit)),
        peers=Peers(median=verdict.expected, count=verdict.peers) if verdict.peers else None,
        change=Change(time_ns=shift.time_ns, before=shift.before, after=shift.after, cost_kwh_day=shift.cost_kwh_day)
        if shift is not None
        else None,
        checks=verdict.checks,
        data_quality="good",
        provisional=verdict.provisional,
        model=verdict.model,
    )
    return Finding(
        rule=RULE,
        kind="model",
        series=verdict.series,
        group=verdict.key,
        since_ns=verdict.since_ns,
        time_ns=verdict.time_ns,
        value=verdict.value,
        unit=verdict.unit,
        surprise=min(verdict.surprise, MOST_SURPRISE),
        devices=(verdict.series.device,),
        direction=verdict.direction,
        harmful=verdict.direction if verdict.harmful else NONE,
        explanation=explanation,
    )


def change_of(verdict: ModelVerdict) -> ChangePoint | None:
    """Return the change of level that a verdict tells of, if any."""
    shift = verdict.shift
    if shift is None:
        return None
    return ChangePoint(
        series=verdict.series,
        time_ns=shift.time_ns,
        before=shift.before,
        after=shift.after,
        unit=verdict.unit,
        cost_kwh_day=shift.cost_kwh_day,
    )
