"""Advice as ``greendc advise`` lists it: rows for programs, sentences for people."""

from __future__ import annotations

from typing import TYPE_CHECKING

import msgspec

from greendc.clock import iso
from greendc.display import significant
from greendc.origins import confidence, origin
from greendc.texts import LANGUAGES, language, t

if TYPE_CHECKING:
    import datetime as dt
    from collections.abc import Sequence

    from analytics.advice.life import Case
    from analytics.advice.recommendation import Recommendation, Refusal
    from greendc.cli.output import Output
    from greendc.contracts import Ledger

MARKS = {"passed": "✓", "failed": "✗", "not_evaluable": "?"}
LIST_MARK = " · "


class StepRow(msgspec.Struct, frozen=True, kw_only=True):
    """A change of state; the time is ISO 8601 in UTC."""

    state: str
    time: str
    by: str
    role: str
    reason: str


class CaseRow(msgspec.Struct, frozen=True, kw_only=True):
    """One episode in full: the recommendation as it was proposed, its way, and what was measured. Texts by language."""

    id: str
    state: str
    title: dict[str, str]
    proposal: dict[str, str]
    method: dict[str, str]
    checks: dict[str, list[str]]
    acceptable: bool
    acts: tuple[str, ...]
    steps: list[StepRow]
    recommendation: object
    evidence: object = None
    drift: object = None
    before: tuple[CaseRow, ...] = ()


class RefusalRow(msgspec.Struct, frozen=True, kw_only=True):
    """Why an advisor says nothing."""

    advisor: str
    reason: str
    missing: tuple[str, ...]
    undecided: bool
    text: dict[str, str]


class Listing(msgspec.Struct, frozen=True, kw_only=True):
    """What ``greendc advise --json`` gives as ``data``: the open recommendations in full, in the order of their work.

    ``cases`` tell how each of them, and each that is being measured or was proved, came to its state.
    ``together_kwh`` is the year's saving of all open ones at once, ``verified_kwh`` the sum of what was verified.
    """

    recommendations: list[object]
    cases: list[CaseRow]
    refusals: list[RefusalRow]
    together_kwh: object
    verified_kwh: object
    looked: str


def listing(ledger: Ledger, now_ns: int) -> Listing:
    """Return all advice as it stands.

    Raises:
        StoreAway: the ledger cannot be read.
    """
    from analytics.advice_view import standing_of

    found = standing_of(ledger, None, now_ns)
    waiting = (*found.proposed, *found.accepted)
    silence = found.silence
    refusals = (*silence.in_order, *silence.blind) if silence is not None else ()
    return Listing(
        recommendations=[line.case.advice for line in waiting],
        cases=[case_row((line.case,)) for line in (*waiting, *found.measuring, *found.proved)],
        refusals=[_refusal(refusal) for refusal in refusals],
        together_kwh=found.together,
        verified_kwh=found.verified,
        looked=iso(silence.time_ns) if silence is not None else "",
    )


def case_row(episodes: Sequence[Case]) -> CaseRow:
    """Return the newest of some episodes with those before it."""
    from analytics.advice.acts import acts_of

    *before, case = episodes
    advice = case.advice
    return CaseRow(
        id=case.id,
        state=case.state.value,
        title={lang: advice.title(lang) for lang in LANGUAGES},
        proposal={lang: advice.proposal(lang) for lang in LANGUAGES},
        method={lang: advice.method(lang) for lang in LANGUAGES},
        checks={lang: advice.checks(lang) for lang in LANGUAGES},
        acceptable=advice.acceptable,
        acts=acts_of(case),
        steps=[
            StepRow(state=s.state.value, time=iso(s.time_ns), by=s.name, role=s.role, reason=s.reason)
            for s in case.steps
        ],
        recommendation=advice,
        evidence=case.evidence,
        drift=case.drift,
        before=tuple(case_row((one,)) for one in before),
    )


def say_listing(out: Output, found: Listing) -> None:
    """Say what is open, each with its worth and its guard rails, and why the others were silent."""
    from analytics.advice.recommendation import Recommendation

    waiting = [one for one in found.recommendations if isinstance(one, Recommendation)]
    out.say(t("advise.cli.head", n=str(len(waiting))) if waiting else t("advise.cli.none"))
    for advice in waiting:
        out.say("")
        _say_advice(out, advice)
    if found.together_kwh is not None and len(waiting) > 1:
        low, middle, high = (significant(getattr(found.together_kwh, name)) for name in ("p10", "p50", "p90"))
        out.say("")
        out.say(t("advise.cli.together", value=middle, low=low, high=high))
    others = [row for row in found.cases if row.state not in {"proposed", "accepted"}]
    if others:
        out.say("")
        out.say(t("advise.cli.running"))
        for row in others:
            out.say(f"  {row.id}{LIST_MARK}{_state(row.state)}{LIST_MARK}{row.title[language()]}")
    if found.refusals:
        out.say("")
        out.say(t("advise.cli.silent"))
        same: dict[str, list[str]] = {}
        for refusal in found.refusals:
            same.setdefault(refusal.text[language()], []).append(_name(refusal.advisor))
        for text, names in same.items():
            every = len(names) == len(found.refusals) > 1
            out.say(f"  {t('advise.cli.every') if every else ', '.join(names)}: {text}")


def say_case(out: Output, episodes: Sequence[Case], zone: dt.tzinfo) -> None:
    """Say everything about one piece of advice."""
    from analytics.advice_view.wording import drift_text, progress_text, reasons_of, saved_amounts

    case = episodes[-1]
    _say_advice(out, case.advice)
    out.say(t("advise.cli.method", method=case.advice.method()))
    if case.advice.coefficients:
        out.say(t("advise.cli.coefficients"))
    for one in case.advice.coefficients:
        numbers = f"{one.mode:.4g} ({one.low:.4g} … {one.high:.4g})"
        out.say(
            LIST_MARK.join(
                (f"  {one.name} {numbers}", confidence(one.confidence, language()), origin(one.source, language()))
            )
        )
    if case.advice.plan is not None:
        out.say(case.advice.plan.text())
    for number, episode in enumerate(episodes, start=1):
        out.say(t("advise.cli.episode", n=str(number)))
        for step in episode.steps:
            why = f": {step.reason}" if step.reason else ""
            out.say(f"  {iso(step.time_ns)} {_state(step.state.value)}{LIST_MARK}{step.name}{why}")
        if episode.evidence is None:
            continue
        out.say(f"  {progress_text(episode.evidence, zone)}")
        for amount in saved_amounts(episode.evidence):
            out.say(f"  {t(f'advice.view.saved.{amount.code}')}: {amount.sentence()}")
        for reason in reasons_of(episode.evidence):
            out.say(f"  - {reason}")
        if episode.drift is not None:
            out.say(f"  {drift_text(episode.drift)}")


def _say_advice(out: Output, advice: Recommendation) -> None:
    from analytics.advice_view.wording import amounts, one_off_text

    out.say(f"{advice.id}{LIST_MARK}{advice.title()}{LIST_MARK}{_state(advice.state)}")
    out.say(f"  {advice.proposal()}")
    for amount in amounts(advice):
        out.say(f"  {t(f'advice.view.amount.{amount.code}')}: {amount.sentence()}")
    for check in (*advice.preconditions, *advice.guards):
        out.say(f"  {MARKS[check.status]} {check.text()}")
    if advice.one_off is not None and not any(check.key == "one_unit_off" for check in advice.guards):
        out.say(f"  {one_off_text(advice.one_off)}")
    if advice.obstacles:
        out.say(f"  {t('advise.cli.blocked')}")


def _refusal(refusal: Refusal) -> RefusalRow:
    return RefusalRow(
        advisor=refusal.advisor,
        reason=refusal.reason,
        missing=refusal.missing,
        undecided=refusal.undecided,
        text={lang: refusal.text(lang).strip() for lang in LANGUAGES},
    )


def _name(advisor: str) -> str:
    from analytics.advice_view.wording import name_of

    return name_of(advisor)


def _state(state: str) -> str:
    return t(f"advice.life.state.{state.replace(' ', '_')}")
