"""Alarms: what needs action now, in which order, why, and what people have done about it."""

from __future__ import annotations

from typing import TYPE_CHECKING

import streamlit as st

from analytics.alarm_view import course_of, standing_of, why_of
from dashboard import alarm_cards, alarm_chart, choice
from dashboard.alarm_acts import acts
from dashboard.frame import live, unanswered
from dashboard.palette import MARKS
from greendc import display
from greendc.units import NS_PER_SECOND

if TYPE_CHECKING:
    from analytics.alarm_view import Course, Line, Standing
    from dashboard.data import Watch
    from dashboard.markup import View
    from greendc.contracts import History
    from greendc.site import Site

BOOK = "alarms"
KEEP_NS = 2 * NS_PER_SECOND
COURSE_NS = 15 * NS_PER_SECOND


def show(watch: Watch, lang: str) -> None:
    """Show the page, anew every few seconds."""
    live(watch, lang, _body, every_s=5)


def _body(watch: Watch, view: View) -> None:
    answer = watch.of_ledger(BOOK, standing_of, keep_ns=KEEP_NS)
    page = answer.value
    if page is None:
        st.html(unanswered(view, answer, view.say("dashboard_alarms.what")) or "<span></span>")
        return
    st.html(alarm_cards.counts(view, page))
    first, second = st.columns([3, 2], gap="small")
    with first:
        cards = alarm_cards.standing(view, page) + alarm_cards.kept_back(view, page)
        st.html(f'<div class="g-column">{cards}</div>')
    with second:
        _picked(watch, view, page)


def _picked(watch: Watch, view: View, page: Standing) -> None:
    """Show one alarm with its course and what may be done about it."""
    lines = {line.episode.id: line for line in page.every()}
    if not lines:
        return
    with st.container(border=True, key="alarm_card"):
        names = list(lines)
        picked = choice.menu(
            "alarm", names, lambda name: _title(view, lines[name]), view.say("dashboard_alarms.pick"), names[0]
        )
        line = lines[picked]
        alarm = line.episode.alarm
        why = why_of(alarm, view.zone, view.lang, view.now_ns)
        st.html(alarm_cards.picked(view, line, why))
        _course(watch, view, line)
        acts(watch, view, line, BOOK)
        st.html(alarm_cards.record(view, line, why))


def _title(view: View, line: Line) -> str:
    alarm = line.episode.alarm
    mark = "" if alarm.advisory else f"{MARKS[alarm.priority]} "
    return display.one_line(f"{mark}{alarm.title(view.lang)}", 90)


def _course(watch: Watch, view: View, line: Line) -> None:
    alarm = line.episode.alarm
    if not (alarm.device and alarm.quantity):
        return

    def make(history: History, site: Site, now_ns: int) -> Course | None:
        return course_of(history, site, alarm, now_ns)

    answer = watch.of_store(("alarm", alarm.id, alarm.since_ns), make, keep_ns=COURSE_NS)
    course = answer.value
    if course is None or all(value is None for value in course.values):
        said = unanswered(view, answer, view.say("dashboard_alarms.chart.what"))
        st.html(said or f'<p class="g-muted">{view.t("dashboard_alarms.chart.none")}</p>')
        return
    alt = view.say("dashboard_alarms.chart.alt", what=display.one_line(alarm.title(view.lang)))
    st.echarts_chart(alarm_chart.option(view, course), key="alarm_course", height=alarm_chart.HEIGHT, alt=alt)
