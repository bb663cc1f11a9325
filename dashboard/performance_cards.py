"""The cards of the alarm performance page: figures against targets, sources, priorities, rules, what is not judged."""

from __future__ import annotations

from html import escape
from typing import TYPE_CHECKING

from analytics.alarm_view.performance import ENOUGH_DAYS, Verdict
from dashboard.markup import View, card, chip, phrases
from greendc import display
from greendc.origins import origin
from greendc.texts import catalogue

if TYPE_CHECKING:
    from analytics.alarm_view.performance import Gauge, Performance, Source
    from analytics.alarms.performance import Judged

GAPS_SHOWN = 40
_MARKS = {Verdict.KEPT: "✓", Verdict.ATTENTION: "!", Verdict.MISSED: "✗", Verdict.OPEN: "·"}
_AREAS = ("alarms", "alarm_rules")


def about(view: View, page: Performance) -> str:
    """Return which time is shown, how much of it the ledger knows, and what that is good for."""
    figures = page.figures
    start, end = (display.moment(at_ns, view.zone) for at_ns in (figures.start_ns, figures.end_ns))
    words = [
        view.t("dashboard_alarm_performance.period", start=start, end=end),
        view.t("dashboard_alarm_performance.known", days=display.number(page.days, 1)),
        view.t("dashboard_alarm_performance.shown", n=figures.announced or 0, advisory=figures.advisory or 0),
    ]
    short = ""
    if page.days < ENOUGH_DAYS:
        short = f'<p class="g-muted">{view.t("dashboard_alarm_performance.short", days=ENOUGH_DAYS)}</p>'
    return f'<p class="g-when">{phrases(words)}</p>{short}'


def gauges(view: View, page: Performance) -> str:
    """Return each figure beside its target."""
    rows = "".join(_gauge(view, gauge) for gauge in page.gauges)
    return card(view.t("dashboard_alarm_performance.gauges"), f'<div class="g-rows">{rows}</div>')


def _gauge(view: View, gauge: Gauge) -> str:
    state = "g-missing" if gauge.value is None else "g-fresh"
    name = view.t(f"alarm_performance.gauge.{gauge.code}")
    target = gauge.target
    bound = view.t("dashboard_alarm_performance.target", bound=gauge.bound()) if target else ""
    source = f'<div class="g-when">{escape(origin(target.source, view.lang))}</div>' if target else ""
    verdict = view.t(f"alarm_performance.verdict.{gauge.verdict}") if target else ""
    mark = f'<span class="g-mark" aria-hidden="true">{_MARKS[gauge.verdict]}</span> ' if target else ""
    return (
        f'<div class="g-row" data-gauge="{gauge.code}"><div class="g-name">{name}</div>'
        f'<div class="g-amount"><span class="g-value {state}"><span class="g-number">{escape(gauge.shown())}</span>'
        f'</span></div><div class="g-about">{bound}{source}</div><div class="g-notes">{mark}{verdict}</div></div>'
    )


def top(view: View, page: Performance) -> str:
    """Return the alarms that came most often."""
    title = view.t("dashboard_alarm_performance.top")
    if not page.top:
        return card(title, f'<p class="g-muted">{view.t("dashboard_alarm_performance.nothing")}</p>')
    return card(title, "".join(_source(view, source) for source in page.top))


def _source(view: View, source: Source) -> str:
    alarm = source.alarm
    words = phrases(
        [
            view.t(f"dashboard.priority.{alarm.priority}"),
            view.t("dashboard_alarm_performance.times", n=source.count),
            escape(str(display.percent(source.ratio))),
        ]
    )
    name = escape(display.one_line(alarm.title(view.lang)))
    return _bar(f"<bdi>{name}</bdi>", words, source.ratio)


def _bar(name: str, words: str, ratio: float) -> str:
    return (
        f'<div class="g-part"><div>{name}</div><div class="g-right g-when">{words}</div>'
        f'<div class="g-track"><span style="width:{max(1.0, 100 * ratio):.0f}%"></span></div></div>'
    )


def priorities(view: View, page: Performance) -> str:
    """Return how the alarms spread over the priorities, beside how they should."""
    rows = "".join(
        f"<tr><td>{chip(view, name, '', acknowledged=True)}</td>"
        f'<td class="g-right">{escape(str(display.percent(ratio)))}</td>'
        f'<td class="g-right">{escape(str(display.percent(wished, 0)))}</td></tr>'
        for name, ratio, wished in page.priorities
    )
    heads = "".join(
        f'<th class="g-right">{view.t(f"dashboard_alarm_performance.head.{name}")}</th>' for name in ("share", "wished")
    )
    table = f'<table class="g-table"><tr><th></th>{heads}</tr>{rows}</table>'
    return card(view.t("dashboard_alarm_performance.priorities"), table)


def rules(view: View, page: Performance) -> str:
    """Return what people said of the alarms of each rule, the worst first."""
    title = view.t("dashboard_alarm_performance.rules")
    if not page.rules:
        return card(title, f'<p class="g-muted">{view.t("dashboard_alarm_performance.nothing")}</p>')
    heads = "".join(
        f'<th class="g-right">{view.t(f"dashboard_alarm_performance.head.{name}")}</th>'
        for name in ("episodes", "judged", "nuisance")
    )
    rows = "".join(_rule(view, rule, judged) for rule, judged in page.rules)
    note = f'<p class="g-when">{view.t("dashboard_alarm_performance.rules_note")}</p>'
    return card(title, f'<table class="g-table"><tr><th></th>{heads}</tr>{rows}</table>{note}')


def _rule(view: View, rule: str, judged: Judged) -> str:
    said = judged.real + judged.nuisance + judged.test
    return (
        f"<tr><td>{_rule_name(view, rule)}</td>"
        f'<td class="g-right">{judged.announced}</td><td class="g-right">{said}</td>'
        f'<td class="g-right">{escape(str(display.percent(judged.nuisance_ratio, 0)))}</td></tr>'
    )


def _rule_name(view: View, rule: str) -> str:
    key = next((f"{area}.{rule}.title" for area in _AREAS if f"{area}.{rule}.title" in catalogue()), "")
    return view.t(key) if key else escape(rule)


def kept_back(view: View, page: Performance) -> str:
    """Return how many alarms nobody was shown on their own, by reason: every suppression is counted."""
    title = view.t("dashboard_alarm_performance.kept_back")
    rows = "".join(
        f'<tr><td>{view.t(f"alarm_performance.kept.{why}")}</td><td class="g-right">{count}</td></tr>'
        for why, count in page.kept_back
    )
    nothing = f'<p class="g-muted">{view.t("dashboard_alarm_performance.nothing")}</p>'
    return card(title, f'<table class="g-table">{rows}</table>' if rows else nothing)


def gaps(view: View, page: Performance) -> str:
    """Return which rules cannot judge which nodes, and what is missing there."""
    title = view.t("dashboard_alarm_performance.gaps")
    if not page.not_evaluated:
        return card(title, f'<p class="g-muted">{view.t("dashboard_alarm_performance.no_gaps")}</p>')
    rows = "".join(
        f"<tr><td>{_rule_name(view, gap.rule)}</td><td>{escape(gap.node)}</td>"
        f"<td>{escape(', '.join(_quantity(view, name) for name in gap.missing))}</td></tr>"
        for gap in page.not_evaluated[:GAPS_SHOWN]
    )
    hidden = len(page.not_evaluated) - GAPS_SHOWN
    more = f'<p class="g-muted">{view.t("dashboard_alarms.more", n=hidden)}</p>' if hidden > 0 else ""
    heads = "".join(
        f"<th>{view.t(f'dashboard_alarm_performance.head.{name}')}</th>" for name in ("rule", "node", "missing")
    )
    count = f'<span class="g-count">{len(page.not_evaluated)}</span>'
    return card(f"{title} {count}", f'<table class="g-table"><tr>{heads}</tr>{rows}</table>{more}')


def _quantity(view: View, name: str) -> str:
    key = f"quantities.{name}"
    return view.say(key) if key in catalogue() else name
