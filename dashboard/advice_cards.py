"""The cards of the advice page: what waits for a decision, what is measured and proved, and what was found in order."""

from __future__ import annotations

from html import escape
from typing import TYPE_CHECKING

from analytics.advice.life import State
from analytics.advice_view.wording import amounts, drift_text, name_of, saved_amounts
from dashboard.cards import CHECKS
from dashboard.markup import card, phrases
from dashboard.navigation import link
from greendc import display

if TYPE_CHECKING:
    from collections.abc import Sequence

    from analytics.advice.recommendation import Recommendation, Refusal, Spread
    from analytics.advice_view import AdviceStanding, Line, Silence
    from analytics.advice_view.wording import Amount
    from dashboard.markup import View

LONGEST = 1500
LEADS = 2
"""How many amounts a line of the list shows; the rest stands beside the chosen one."""


def summary(view: View, page: AdviceStanding) -> str:
    """Return what all of it comes to: what is open, all of it together, and what was verified."""
    words = [view.t("dashboard_advice.count.open", n=len(page.open))]
    if page.measuring:
        words.append(view.t("dashboard_advice.count.measuring", n=len(page.measuring)))
    if page.silence is not None:
        words.append(view.t("dashboard_advice.looked", age=view.ago(page.silence.time_ns)))
    cells = []
    if page.together is not None:
        cells.append(_sum(view, "together", _range(page.together)))
    if page.verified is not None:
        one = page.verified
        cells.append(_sum(view, "verified", (one.value, one.low, one.high)))
    sums = f'<div class="g-strip">{"".join(cells)}</div>' if cells else ""
    return f'<div class="g-column"><p class="g-when">{phrases(words)}</p>{sums}</div>'


def lists(view: View, page: AdviceStanding) -> str:
    """Return every piece by what is to be done about it; without any, why there is none."""
    groups = {
        "accepted": page.accepted,
        "proposed": page.proposed,
        "measuring": page.measuring,
        "proved": page.proved,
    }
    found = [_listed(view, view.t(f"dashboard_advice.{name}"), lines) for name, lines in groups.items() if lines]
    if not page.open:
        key = "none" if page.silence is not None else "never"
        words = f'<p class="g-muted">{view.t(f"dashboard_advice.{key}")}</p>'
        found.insert(0, card(view.t("dashboard_advice.proposed"), words))
    return "".join(found)


def past(view: View, page: AdviceStanding) -> str:
    """Return what ended otherwise, folded up."""
    if not page.past:
        return ""
    rows = "".join(_line(view, line) for line in page.past)
    head = view.t("dashboard_advice.past", n=len(page.past))
    body = f'<details class="g-below"><summary>{head}</summary><ul class="g-list">{rows}</ul></details>'
    return card(view.t("dashboard_advice.over"), body)


def silence(view: View, found: Silence | None) -> str:
    """Return what was looked at and found in order, and what could not be looked at for want of telemetry."""
    if found is None:
        return ""
    parts = []
    if found.in_order:
        parts.append(_refusals(view, "in_order", found.in_order))
    if found.blind:
        parts.append(_refusals(view, "blind", found.blind))
    return card(view.t("dashboard_advice.silence"), "".join(parts)) if parts else ""


def state_tag(view: View, line: Line) -> str:
    """Return the state of an episode as a word in a frame."""
    state = State.EXPIRED if line.case.aged(view.now_ns) else line.case.state
    return f'<span class="g-tag">{view.t(f"advice.life.state.{state.code}")}</span>'


def amount_rows(view: View, found: Sequence[Amount], *, measured: bool = False) -> str:
    """Return amounts as rows of a table, each with its range: estimates of a year, or what was ``measured``."""
    area, limits = ("saved", "between") if measured else ("amount", "range")
    lead = "" if measured else '<span class="g-approx">≈</span>'
    rows = "".join(
        f"<tr><td>{view.t(f'advice.view.{area}.{one.code}')}</td>"
        f'<td class="g-right">{lead}<b>{escape(one.value)}</b> {escape(one.unit)}</td>'
        f'<td class="g-when g-spread">{view.t(f"dashboard_advice.{limits}", low=one.low, high=one.high)}</td></tr>'
        for one in found
    )
    kind = "" if measured else " g-estimates"
    return f'<table class="g-table g-amounts{kind}">{rows}</table>' if rows else ""


def plain(text: str) -> str:
    """Return a text that may hold names from outside: escaped, and kept from turning what stands around it."""
    return f"<bdi>{escape(display.one_line(text, LONGEST))}</bdi>"


def _listed(view: View, title: str, lines: Sequence[Line]) -> str:
    rows = "".join(_line(view, line) for line in lines)
    return card(f'{title} <span class="g-count">{len(lines)}</span>', f'<ul class="g-list">{rows}</ul>')


def _line(view: View, line: Line) -> str:
    case, advice = line.case, line.case.advice
    title = link("advice", plain(advice.title(view.lang)), lang=view.lang, advice=case.id)
    since = view.t("dashboard_advice.since", age=view.ago(case.since_ns))
    facts = [since, view.t("dashboard_advice.effort", level=view.say(f"advice.view.level.{advice.effort}"))]
    facts.append(view.t("dashboard_advice.risk", level=view.say(f"advice.view.level.{advice.risk}")))
    shown = _proof(view, line) or _worth(view, amounts(advice, view.lang)[:LEADS])
    drift = f'<div class="g-banner">{plain(drift_text(case.drift, view.lang))}</div>' if case.drift is not None else ""
    rails = f'<div class="g-when">{_rails(view, advice)}</div>' if case.state is State.PROPOSED else ""
    return (
        f'<li data-advice="{escape(case.id)}">{state_tag(view, line)} <span class="g-when">{phrases(facts)}</span>'
        f'<div class="g-where">{title}</div><div class="g-what">{plain(advice.proposal(view.lang))}</div>'
        f"{shown}{rails}{drift}</li>"
    )


def _worth(view: View, found: Sequence[Amount]) -> str:
    words = []
    for one in found:
        name = view.t(f"dashboard_advice.short.{one.code}")
        limits = view.t("dashboard_advice.range", low=one.low, high=one.high)
        words.append(f'{name} <b><span class="g-approx">≈</span>{escape(one.value)} {escape(one.unit)}</b> {limits}')
    return f'<div class="g-line">{phrases(words)}</div>'


def _proof(view: View, line: Line) -> str:
    """Return what was measured so far, empty before there is any."""
    evidence = line.case.evidence
    found = saved_amounts(evidence) if evidence is not None else []
    words = [
        f"{view.t(f'advice.view.saved.{one.code}')} <b>{escape(one.value)} {escape(one.unit)}</b> "
        f"{view.t('dashboard_advice.between', low=one.low, high=one.high)}"
        for one in found[:LEADS]
    ]
    return f'<div class="g-line">{phrases(words)}</div>' if words else ""


def _rails(view: View, advice: Recommendation) -> str:
    """Return how many guard rails hold, fail and are not known, and whether that keeps it from being accepted."""
    checks = (*advice.preconditions, *advice.guards)
    words = [
        f'<span class="g-mark">{CHECKS[status]}</span>{view.t(f"dashboard_advice.rails.{status}", n=count)}'
        for status in ("passed", "failed", "not_evaluable")
        if (count := sum(check.status == status for check in checks))
    ]
    if not advice.acceptable:
        words.append(f"<b>{view.t('dashboard_advice.blocked')}</b>")
    return phrases(words)


def _refusals(view: View, name: str, refusals: Sequence[Refusal]) -> str:
    rows = "".join(
        f"<tr><td>{escape(name_of(one.advisor, view.lang))}</td>"
        f'<td class="g-when">{escape(one.text(view.lang).strip())}</td></tr>'
        for one in refusals
    )
    head = view.t(f"dashboard_advice.{name}")
    return f'<h3>{head} <span class="g-count">{len(refusals)}</span></h3><table class="g-table">{rows}</table>'


def _range(spread: Spread) -> tuple[float, float, float]:
    return spread.p50, spread.p10, spread.p90


def _sum(view: View, name: str, numbers: tuple[float, float, float]) -> str:
    value, low, high = (display.significant(number) for number in numbers)
    limits = view.t("dashboard_advice.range" if name == "together" else "dashboard_advice.between", low=low, high=high)
    lead = '<span class="g-approx">≈</span>' if name == "together" else ""
    return (
        f'<div class="g-cell" data-sum="{name}"><div class="g-when">{view.t(f"dashboard_advice.sum.{name}")}</div>'
        f'<div class="g-amount">{lead}{escape(value)}<span class="g-unit">kWh</span></div>'
        f'<div class="g-when">{limits}</div></div>'
    )
