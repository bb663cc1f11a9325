"""One piece of advice on its page: all that a person must see before accepting it, and what came of it."""

from __future__ import annotations

from html import escape
from typing import TYPE_CHECKING

from analytics.advice.life import State
from analytics.advice_view.wording import EN_DASH, amounts, one_off_text, progress_text, reasons_of, saved_amounts
from dashboard.advice_cards import amount_rows, plain, state_tag
from dashboard.cards import CHECKS
from dashboard.chart import Option, over_time
from dashboard.markup import phrases
from greendc import display
from greendc.origins import confidence, origin

if TYPE_CHECKING:
    from analytics.advice.evidence import Evidence
    from analytics.advice.recommendation import Coefficient, Recommendation
    from analytics.advice_view import Line
    from analytics.verification import SavingsReport
    from dashboard.markup import View

HEIGHT = 200


def proposal(view: View, line: Line) -> str:
    """Return what to do, and where that stands."""
    case, advice = line.case, line.case.advice
    since = view.t("dashboard_advice.since", age=view.ago(case.since_ns))
    return (
        f'{state_tag(view, line)} <span class="g-when">{since}</span>'
        f'<div class="g-where">{plain(advice.title(view.lang))}</div>'
        f'<p class="g-what">{plain(advice.proposal(view.lang))}</p>'
    )


def worth(view: View, line: Line) -> str:
    """Return what it is worth and what must hold."""
    advice = line.case.advice
    rails = "".join(
        f'<li><span class="g-check">{CHECKS[check.status]}</span>{plain(check.text(view.lang))}</li>'
        for check in (*advice.preconditions, *advice.guards)
    )
    waits = line.case.state is State.PROPOSED and not advice.acceptable
    blocked = f'<div class="g-banner">{view.t("dashboard_advice.blocked")}</div>' if waits else ""
    off = ""
    if advice.one_off is not None:
        head = view.t("dashboard_advice.one_off")
        off = f'<h3>{head}</h3><p class="g-what">{plain(one_off_text(advice.one_off, view.lang))}</p>'
    return (
        f"<h3>{view.t('dashboard_advice.worth')}</h3>{amount_rows(view, amounts(advice, view.lang))}"
        f'<p class="g-when">{view.t("dashboard_advice.note")}</p>{off}'
        f'<h3>{view.t("dashboard_advice.guards")}</h3><ul class="g-rails">{rails}</ul>{blocked}'
    )


def proof(view: View, line: Line) -> str:
    """Return what was measured since it was carried out, empty before."""
    evidence = line.case.evidence
    if evidence is None:
        return ""
    reasons = "".join(f"<li>{plain(reason)}</li>" for reason in reasons_of(evidence, view.lang))
    figures = _figures(view, evidence.report) if evidence.report is not None else ""
    return (
        f"<h3>{view.t('dashboard_advice.proof')}</h3>"
        f'<p class="g-what">{plain(progress_text(evidence, view.zone, view.lang))}</p>'
        f"{amount_rows(view, saved_amounts(evidence), measured=True)}{figures}"
        f"{f'<ul class=g-checks>{reasons}</ul>' if reasons else ''}"
    )


def basis(view: View, line: Line) -> str:
    """Return what it rests on, how it will be verified, and how it came to its state."""
    advice = line.case.advice
    plan = ""
    if advice.plan is not None:
        head = view.t("dashboard_advice.plan")
        plan = f'<h3>{head}</h3><p class="g-what">{plain(advice.plan.text(view.lang))}</p>'
    steps = "".join(
        f'<li class="g-when">{display.moment(step.time_ns, view.zone)} · '
        f"{view.t(f'advice.life.state.{step.state.code}')} · {plain(step.name)}"
        f"{f': {plain(step.reason)}' if step.reason else ''}</li>"
        for step in reversed(line.case.steps)
    )
    before = f'<p class="g-when">{view.t("dashboard_advice.before", n=line.before)}</p>' if line.before else ""
    return (
        f"{plan}<h3>{view.t('dashboard_advice.facts')}</h3>{_facts(view, advice)}{_coefficients(view, advice)}"
        f"<h3>{view.t('dashboard_advice.steps')}</h3><ul>{steps}</ul>{before}"
    )


def cumulative(view: View, evidence: Evidence) -> Option | None:
    """Return the chart of the saving summed up day by day, None before there are two days of it."""
    report = evidence.report
    if report is None or len(report.cumulative) < 2:  # noqa: PLR2004 (one day is no course)
        return None
    colours = view.palette
    label: Option = {"color": colours.muted}
    return {
        **over_time(view, top=28, right=12),
        "color": [colours.line],
        "yAxis": {
            "type": "value",
            "name": report.unit,
            "nameTextStyle": label,
            "axisLabel": label,
            "splitLine": {"lineStyle": {"color": colours.edge}},
        },
        "series": [
            {
                "type": "line",
                "name": view.say("dashboard_advice.cusum"),
                "data": [[day, round(value, 2)] for day, value in report.cumulative],
                "symbol": "none",
                "lineStyle": {"width": 2},
                "emphasis": {"disabled": True},
            }
        ],
    }


def _figures(view: View, report: SavingsReport) -> str:
    words = [
        view.t(f"savings.method.{report.method}"),
        escape(report.model),
        *(
            view.t(f"dashboard_advice.figure.{name}", value=str(display.percent(value)))
            for name, value in (
                ("ratio", report.saving_ratio),
                ("cv_rmse", report.cv_rmse),
                ("uncertainty", report.uncertainty_ratio),
                ("coverage", report.coverage),
            )
            if value is not None
        ),
        view.t("dashboard_advice.figure.level", value=str(display.percent(report.level, 0))),
    ]
    return f'<p class="g-when">{phrases(words)}</p>'


def _facts(view: View, advice: Recommendation) -> str:
    start, end = (display.moment(at_ns, view.zone) for at_ns in (advice.evidence_from_ns, advice.evidence_to_ns))
    facts = {
        "place": advice.actuator,
        "evidence": f"{start}{EN_DASH}{end}",
        "coverage": str(display.percent(advice.evidence_coverage)),
        "effort": view.say(f"advice.view.level.{advice.effort}"),
        "risk": view.say(f"advice.view.level.{advice.risk}"),
        "method": advice.method(view.lang),
        "carbon": origin(advice.carbon_source, view.lang),
        "until": display.moment(advice.expires_ns, view.zone) if advice.expires_ns else "",
    }
    rows = "".join(
        f"<tr><th>{view.t(f'dashboard_advice.fact.{name}')}</th><td>{plain(text)}</td></tr>"
        for name, text in facts.items()
        if text
    )
    return f'<table class="g-table g-facts">{rows}</table>'


def _coefficients(view: View, advice: Recommendation) -> str:
    if not advice.coefficients:
        return ""
    heads = "".join(
        f"<th>{view.t(f'dashboard_advice.coefficient.{name}')}</th>" for name in ("name", "value", "source")
    )
    rows = "".join(_coefficient(view, one) for one in advice.coefficients)
    head = view.t("dashboard_advice.coefficients", n=len(advice.coefficients))
    return (
        f'<details class="g-below"><summary>{head}</summary>'
        f'<table class="g-table g-coefficients"><tr>{heads}</tr>{rows}</table></details>'
    )


def _coefficient(view: View, one: Coefficient) -> str:
    value = f"{one.mode:.4g} ({one.low:.4g}{EN_DASH}{one.high:.4g})"
    told = f"{confidence(one.confidence, view.lang)} · {origin(one.source, view.lang)}"
    return f'<tr><td>{plain(one.name)}</td><td>{escape(value)}</td><td class="g-when">{plain(told)}</td></tr>'
