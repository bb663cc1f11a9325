"""Efficiency: how do PUE and its relatives stand, over each rolling window and against the site's standards."""

from __future__ import annotations

from typing import TYPE_CHECKING

import streamlit as st

from analytics.efficiency_view import Span, course, efficiency, fresh_figures, grouped
from analytics.figures.period import Window
from analytics.overview import State
from dashboard import chart, choice, efficiency_cards
from dashboard.frame import live, nothing, unanswered
from greendc.texts import t
from greendc.units import NS_PER_SECOND

if TYPE_CHECKING:
    from analytics.efficiency_view import Course, WindowFigures
    from dashboard.data import Watch
    from dashboard.markup import View

ASKED = "asked_windows"
FRESH_NS = 60 * NS_PER_SECOND
WAIT_S = 4.0


def show(watch: Watch, lang: str) -> None:
    """Show the page; its figures come from the ledger, so that it opens at once and without the store."""
    live(watch, lang, _body, every_s=5)


def _body(watch: Watch, view: View) -> None:
    page = watch.of_ledger("efficiency", efficiency).value
    if page is None:
        nothing(view.t("dashboard_efficiency.empty.title"), [])
        return
    if page.empty:
        words = [view.t(f"dashboard_efficiency.empty.{key}") for key in ("schedule", "ask")]
        nothing(view.t("dashboard_efficiency.empty.title"), words)
    else:
        st.html(efficiency_cards.tiles(view, page))
    _course(watch, view)
    names = [window.value for window in Window]
    window = Window(
        choice.pills(
            "window",
            names,
            lambda name: t(f"dashboard_efficiency.window.{name}", view.lang),
            view.say("dashboard_efficiency.window_label"),
            Window.DAY.value,
        )
    )
    _figures(watch, view, page.window(window), page.standards)


def _figures(watch: Watch, view: View, kept: WindowFigures, standards: str) -> None:
    asked = _asked(view, kept)
    shown = kept
    if asked:
        name = ("efficiency", kept.window)
        answer = watch.of_store(
            name,
            lambda history, site, now_ns: fresh_figures(history, site, kept.window, now_ns),
            keep_ns=FRESH_NS,
            wait_s=WAIT_S,
        )
        shown = answer.value or kept
        st.html(unanswered(view, answer, view.say("dashboard_efficiency.what")) or "<span></span>")
    st.html(efficiency_cards.about(view, shown, standards, asked=shown is not kept))
    if shown.state is State.MISSING:
        return
    st.html(efficiency_cards.groups(view, grouped(shown.figures), kept.window.value))
    st.download_button(
        view.say("dashboard_efficiency.download"),
        data=lambda: efficiency_cards.as_csv(shown, view.lang),
        file_name=f"efficiency-{kept.window}.csv",
        mime="text/csv",
        key=f"csv_{kept.window}",
        on_click="ignore",
    )


def _asked(view: View, kept: WindowFigures) -> bool:
    """Show the button that computes figures now; return whether this viewer pressed it for this window."""
    asked: set[str] = st.session_state.setdefault(ASKED, set())
    if st.button(view.say("dashboard_efficiency.now"), key="compute_now"):
        asked.add(kept.window.value)
    return kept.window.value in asked


def _course(watch: Watch, view: View) -> None:
    with st.container(border=True, key="course"):
        title = view.t("dashboard_efficiency.course.title")
        st.html(f"<h2>{title}</h2>")
        span = Span(
            choice.pills(
                "steps",
                [one.value for one in Span],
                lambda name: t(f"dashboard_efficiency.course.{name}", view.lang),
                view.say("dashboard_efficiency.course.label"),
                Span.DAYS.value,
            )
        )
        answer = watch.of_store(
            ("course", span),
            lambda history, site, now_ns: course(history, site, span, now_ns),
            keep_ns=FRESH_NS,
            wait_s=WAIT_S,
        )
        said = unanswered(view, answer, view.say("dashboard_efficiency.course.title"))
        if said:
            st.html(said)
        if answer.value is not None:
            _drawn(view, answer.value)


def _drawn(view: View, known: Course) -> None:
    if not known.known:
        reason = f"kpis.reason.{known.reason}" if known.reason else "dashboard_efficiency.course.none"
        st.html(f'<p class="g-muted">{view.t(reason)}</p>')
        return
    category = (
        view.say(f"kpis.category.{known.category}")
        if known.category
        else view.say("dashboard_efficiency.course.no_category")
    )
    st.html(f'<p class="g-when">{view.t("dashboard_efficiency.course.said", category=category)}</p>')
    st.echarts_chart(
        chart.pue_course(view, known),
        key="pue_course",
        height=chart.COURSE_HEIGHT,
        alt=view.say("dashboard_efficiency.course.alt"),
    )
    if st.toggle(view.say("dashboard_efficiency.course.table"), key="course_as_table"):
        st.dataframe(chart.course_rows(view, known), key="course_table", hide_index=True, height=chart.COURSE_HEIGHT)
