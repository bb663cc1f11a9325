"""Alarm performance: does the alarm system itself do its work, and which alarms make it worse."""

from __future__ import annotations

from typing import TYPE_CHECKING

import streamlit as st

from analytics.alarm_view import performance_of
from analytics.alarms.performance import NOT_WATCHED
from dashboard import choice, performance_cards
from dashboard.frame import live, nothing, unanswered
from greendc.clock import NS_PER_HOUR
from greendc.units import NS_PER_SECOND

if TYPE_CHECKING:
    from analytics.alarm_view import Performance
    from dashboard.data import Watch
    from dashboard.markup import View
    from greendc.contracts import Ledger
    from greendc.site import Site

DAYS = {"day": 1, "week": 7, "month": 30}
KEEP_NS = 30 * NS_PER_SECOND


def show(watch: Watch, lang: str) -> None:
    """Show the page."""
    live(watch, lang, _body, every_s=30)


def _body(watch: Watch, view: View) -> None:
    span = choice.pills(
        "span",
        list(DAYS),
        lambda name: view.say(f"dashboard_alarm_performance.span.{name}"),
        view.say("dashboard_alarm_performance.span_label"),
        "month",
    )

    def make(ledger: Ledger, _site: Site, now_ns: int) -> Performance:
        return performance_of(ledger, now_ns - DAYS[span] * 24 * NS_PER_HOUR, now_ns)

    answer = watch.of_ledger(("alarm_performance", span), make, keep_ns=KEEP_NS)
    page = answer.value
    if page is None:
        st.html(unanswered(view, answer, view.say("dashboard_alarm_performance.what")) or "<span></span>")
        return
    if page.figures.reason == NOT_WATCHED and not page.not_evaluated:
        nothing(view.t("dashboard_alarm_performance.empty"), [view.t("dashboard_alarm_performance.empty_words")])
        return
    st.html(performance_cards.about(view, page))
    first, second = st.columns([3, 2], gap="small")
    with first:
        _column(performance_cards.gauges(view, page), performance_cards.gaps(view, page))
    with second:
        _column(
            performance_cards.top(view, page),
            performance_cards.priorities(view, page),
            performance_cards.rules(view, page),
            performance_cards.kept_back(view, page),
        )


def _column(*cards: str) -> None:
    st.html(f'<div class="g-column">{"".join(cards)}</div>')
