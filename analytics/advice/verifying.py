"""Whether a measure saved what was promised: from the day it was carried out on, the plant's own meters are asked.

The baseline is what came before the recommendation was accepted, at most a year of it and not before another measure
was carried out; what is reported begins when the plan's steps are through (IPMVP, options B and C).
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import msgspec
import numpy as np

from analytics.advice.evidence import Drift, Evidence, Saved
from analytics.advice.life import DRIFTED, State, lives_of
from analytics.advice.measuring import drivers_of, rows_of, target_w, was_on
from analytics.advice.recommendation import Plan
from analytics.advice.worth import LEAST_PRICED, Prices
from analytics.alarms.transition import event
from analytics.site_model import gather
from analytics.verification import SavingsReport, Verdict, verify_savings
from analytics.verification.report import Reason
from greendc.clock import NS_PER_HOUR

if TYPE_CHECKING:
    from collections.abc import Iterable

    from analytics.advice.life import Case
    from analytics.counters import Floats
    from analytics.site_model import PlantFrame
    from greendc.contracts import Event, History, Ledger
    from greendc.site import Site

DAY_NS = 24 * NS_PER_HOUR
LONGEST_NS = 365 * DAY_NS
GIVEN_UP_NS = 180 * DAY_NS
"""What could not be verified in this time will not be."""
LEAST_BASELINE_NS = 10 * DAY_NS
DRIFT_NS = 14 * DAY_NS
DRIFT_RATIO = 0.5
"""A saving of which the last days show less than this share, and surely not all, has gone."""
_HOPELESS = frozenset(("too_small", "boundary"))
_NOT_MEASURED = frozenset(("no_target", "pays_in_money", "pays_in_water", "pays_in_reserve"))
_USUAL = Plan(option="C", method="baseline", target="site")
_STATES = {Verdict.VERIFIED: State.VERIFIED, Verdict.NO_SAVING: State.NO_SAVING}


class Verifier:
    """Measures what was carried out, once a day each. What it found stands in the ledger."""

    def __init__(self, site: Site, ledger: Ledger) -> None:
        """Take what it is about."""
        self._site = site
        self._ledger = ledger
        self._prices = Prices(site)
        self._watched_ns: dict[tuple[str, int], int] = {}

    def run(self, history: History, now_ns: int) -> list[Event]:
        """Measure what is due, write and return what changed.

        Raises:
            StoreAway, StoreRefused: store or ledger cannot be used.
        """
        cases = lives_of(self._ledger).every()
        due = [case for case in cases if self._due(case, now_ns)]
        windows = {case.id: _windows(case, cases, now_ns) for case in due}
        asked = [windows[case.id] for case in due if _measurable(windows[case.id])]
        frame = None
        if asked:
            first_ns = min(window.baseline_from_ns for window in asked)
            frame = gather(history, self._site, first_ns, now_ns, step_ns=NS_PER_HOUR)
        found = []
        for case in due:
            made = self._judged(case, windows[case.id], frame, now_ns)
            if made is not None:
                self._ledger.append(made)
                found.append(made)
        return found

    def _due(self, case: Case, now_ns: int) -> bool:
        if case.state is State.DONE:
            return True
        if case.state is State.VERIFYING:
            return case.evidence is None or now_ns - case.evidence.to_ns >= DAY_NS
        last_ns = self._watched_ns.get(_episode(case), 0)
        verified = case.evidence is not None and now_ns - case.evidence.from_ns >= DRIFT_NS
        return case.state is State.VERIFIED and verified and now_ns - last_ns >= DAY_NS

    def _judged(self, case: Case, window: Evidence, frame: PlantFrame | None, now_ns: int) -> Event | None:
        if case.state is State.VERIFIED:
            self._watched_ns[_episode(case)] = now_ns
            drift = None if frame is None else drift_of(case, frame, now_ns)
            return None if drift is None else event(DRIFTED, case.id, now_ns, drift)
        if case.advice.pays_in != "energy":
            reason = Reason(key=f"pays_in_{case.advice.pays_in}")
            evidence = msgspec.structs.replace(window, reasons=(*window.reasons, reason))
        else:
            evidence = window if frame is None or not _measurable(window) else self._measured(case, window, frame)
        state = state_of(evidence, now_ns)
        return event(state.kind, case.id, now_ns, evidence)

    def _measured(self, case: Case, window: Evidence, frame: PlantFrame) -> Evidence:
        plan = case.advice.plan or _USUAL
        before = _before(frame, window)
        after = _between(frame, window.from_ns, window.to_ns)
        on = was_on(after, case.advice) if plan.method == "on_off" else None
        drivers = drivers_of(before, plan)
        baseline = rows_of(before, plan, drivers)
        reporting = rows_of(after, plan, {name: getattr(after, name) for name in drivers}, on)
        if baseline is None or reporting is None:
            reason = Reason(key="no_target")
            return msgspec.structs.replace(window, reasons=(*window.reasons, reason))
        report = verify_savings(baseline, reporting, "kWh")
        weight = target_w(after, plan.target) if on is None else np.where(on > 0, target_w(after, plan.target), 0.0)
        factors = self._prices.factors(after.time_ns)
        return msgspec.structs.replace(
            window,
            days=reporting.days,
            report=report,
            money=_priced(report, weight, self._prices.per_kwh(after.time_ns, after.step_ns)),
            currency=self._prices.currency,
            carbon_kg=_priced(report, weight, factors.location),
            carbon_source=factors.source,
        )


def state_of(evidence: Evidence, now_ns: int) -> State:
    """Return what is to be said of a measure by what was measured so far."""
    ended = evidence.to_ns < now_ns - DAY_NS
    given_up = ended or now_ns - evidence.from_ns > GIVEN_UP_NS
    planned = now_ns - evidence.from_ns >= evidence.days_needed * DAY_NS
    report = evidence.report
    if report is None:
        silent = planned and any(reason.key in _NOT_MEASURED for reason in evidence.reasons)
        return State.NOT_VERIFIABLE if given_up or silent else State.VERIFYING
    if evidence.days >= evidence.days_needed or ended:
        state = _STATES.get(report.verdict)
        if state is not None:
            return state
        given_up = given_up or any(reason.key in _HOPELESS for reason in report.reasons)
    return State.NOT_VERIFIABLE if given_up else State.VERIFYING


def drift_of(case: Case, frame: PlantFrame, now_ns: int) -> Drift | None:
    """Return how a verified saving stands in the last days, None when that is as it was known or cannot be said."""
    evidence, plan = case.evidence, case.advice.plan or _USUAL
    if evidence is None or evidence.report is None or not evidence.report.saving_ratio:
        return None
    before = _before(frame, evidence)
    after = _between(frame, now_ns - DRIFT_NS, now_ns)
    drivers = drivers_of(before, plan)
    baseline = rows_of(before, plan, drivers)
    recent = rows_of(after, plan, {name: getattr(after, name) for name in drivers})
    if baseline is None or recent is None:
        return None
    report = verify_savings(baseline, recent, "kWh")
    if report.saving_ratio is None or report.low is None or report.high is None or not report.expected:
        return None
    verified = evidence.report.saving_ratio
    high = report.high / report.expected
    gone = report.saving_ratio < DRIFT_RATIO * verified and high < verified
    if (case.drift is None or case.drift.holds) != gone:
        return None
    return Drift(
        holds=not gone,
        verified_ratio=verified,
        recent_ratio=report.saving_ratio,
        recent_low=report.low / report.expected,
        recent_high=high,
        from_ns=now_ns - DRIFT_NS,
        to_ns=now_ns,
    )


def _windows(case: Case, cases: Iterable[Case], now_ns: int) -> Evidence:
    """Return which time is compared with which, before anything is measured."""
    plan = case.advice.plan or _USUAL
    evidence = case.evidence
    if case.state is State.VERIFIED and evidence is not None:
        return evidence
    accepted, done = case.last(State.ACCEPTED), case.last(State.DONE)
    accepted_ns = accepted.time_ns if accepted is not None else case.since_ns
    done_ns = done.time_ns if done is not None else case.since_ns
    start_ns = max(done_ns, done_ns + (len(case.advice.steps) - 1) * DAY_NS)
    first_ns, reasons = accepted_ns - LONGEST_NS, []
    turns = [(time_ns, one) for one in cases if _episode(one) != _episode(case) for time_ns in _turns(one)]
    for time_ns, one in turns:
        if first_ns < time_ns <= done_ns:
            if accepted_ns - time_ns >= LEAST_BASELINE_NS:
                first_ns = time_ns
            else:
                reasons.append(Reason(key="other_before", params={"other": one.id}))
    later = [(time_ns, one.id) for time_ns, one in turns if time_ns > done_ns]
    end_ns, other = min(later, default=(now_ns, ""))
    if other:
        reasons.append(Reason(key="other_after", params={"other": other}))
    return Evidence(
        option=plan.option,
        target=plan.target,
        baseline_from_ns=first_ns,
        baseline_to_ns=accepted_ns,
        from_ns=start_ns,
        to_ns=max(start_ns, min(end_ns, now_ns)),
        days=0.0,
        days_needed=float(plan.days),
        reasons=tuple(reasons),
    )


def _turns(case: Case) -> list[int]:
    """Return when a measure came and when it went."""
    return [step.time_ns for step in case.steps if step.state in {State.DONE, State.ROLLED_BACK}]


def _measurable(window: Evidence) -> bool:
    return window.to_ns - window.from_ns >= 2 * NS_PER_HOUR


def _before(frame: PlantFrame, evidence: Evidence) -> PlantFrame:
    """Return the baseline's rows from the first on that tells the target: the time before any reading is no gap."""
    rows = _between(frame, evidence.baseline_from_ns, evidence.baseline_to_ns)
    known = np.flatnonzero(np.isfinite(target_w(rows, evidence.target)))
    return rows.rows(slice(int(known[0]) if len(known) else 0, None))


def _between(frame: PlantFrame, start_ns: int, end_ns: int) -> PlantFrame:
    inside = (frame.time_ns >= start_ns) & (frame.time_ns + frame.step_ns <= end_ns)
    return frame.rows(np.flatnonzero(inside))


def _priced(report: SavingsReport, weight: Floats, price: Floats | None) -> Saved | None:
    """Return a saving at the mean price of the hours it was made in, weighed with what was used in each."""
    if price is None or report.saving is None or report.low is None or report.high is None:
        return None
    known = np.isfinite(price) & np.isfinite(weight)
    used = float(np.nansum(weight))
    if used <= 0 or float(weight[known].sum()) < LEAST_PRICED * used:
        return None
    mean = float((price[known] * weight[known]).sum() / weight[known].sum())
    return Saved(value=report.saving * mean, low=report.low * mean, high=report.high * mean)


def _episode(case: Case) -> tuple[str, int]:
    return case.id, case.steps[0].time_ns
