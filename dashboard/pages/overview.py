"""Overview: is anything wrong, how efficient are we, where do the kilowatts go, what is next."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import streamlit as st

from analytics.device_view import awaited
from analytics.efficiency_view import year_to_date
from analytics.period_view import PeriodView, period_view
from dashboard import cards, chart, choice, first_run, period_cards, year_cards
from dashboard.frame import every, heading, unanswered, until
from dashboard.markup import View
from dashboard.navigation import on_wall
from dashboard.palette import palette
from dashboard.span import DAY
from dashboard.tiles import tiles
from greendc import display
from greendc.clock import NS_PER_HOUR
from greendc.units import NS_PER_SECOND

if TYPE_CHECKING:
    import datetime as dt

    from analytics.overview import Overview, Trend
    from dashboard.data import Watch
    from dashboard.shelf import Answer
    from dashboard.span import Range
    from greendc.contracts import History
    from greendc.site import Site

CARDS_EVERY = "5s"
COURSE_EVERY = "15s"
PERIOD_NS = 60 * NS_PER_SECOND
PERIOD_WAIT_S = 0.5
"""Longer than this [s] nobody waits for a period: it comes with the next tick."""


def show(watch: Watch, lang: str) -> None:
    """Show the page in parts, each anew as often as it changes; a chart is dear to send and changes slowly."""
    began = _kind(watch.overview())

    @st.fragment(run_every=every())
    def figures() -> None:
        view, page = _now(watch, lang)
        if _kind(page) != began:
            st.rerun()
        st.html(heading(view, page))
        if page.empty:
            _empty(watch, view, page)
        else:
            st.html(tiles(view, page))

    figures()
    if began[0]:
        return
    if on_wall():
        _wall(watch, lang)
    else:
        _desk(watch, lang)


def _kind(page: Overview) -> tuple[bool, bool]:
    """Return what decides which parts the page has."""
    return page.empty, page.configured


def _now(watch: Watch, lang: str) -> tuple[View, Overview]:
    page = watch.overview()
    zone: dt.tzinfo = watch.read_site().zone()
    return View(lang=lang, palette=palette(st.context.theme.type), zone=zone, now_ns=page.now_ns), page


def _desk(watch: Watch, lang: str) -> None:
    @st.fragment(run_every=CARDS_EVERY)
    def aside() -> None:
        view, page = _now(watch, lang)
        st.html(f'<div class="g-column">{cards.alarms(view, page)}{cards.advice(view, page)}</div>')

    @st.fragment(run_every=COURSE_EVERY)
    def course() -> None:
        view, page = _now(watch, lang)
        with st.container(border=True, key="course"):
            _course(watch, view, page)

    @st.fragment(run_every=CARDS_EVERY)
    def parts() -> None:
        view, page = _now(watch, lang)
        found = watch.of_ledger("year", year_to_date, keep_ns=PERIOD_NS).value
        year = year_cards.year(view, found) if found is not None else ""
        judged = f'<div class="g-column">{cards.windows(view, page)}{year}</div>'
        st.html(f'<div class="g-cards">{cards.split(view, page)}{judged}</div>')

    @st.fragment(run_every=CARDS_EVERY)
    def rest() -> None:
        view, page = _now(watch, lang)
        st.html(cards.devices(view, page) or "<span></span>")
        st.html(cards.edges(view, page) or "<span></span>")
        _rest(view, page)

    first, second = st.columns([1, 2], gap="small")
    with first:
        aside()
    with second:
        course()
        parts()
    rest()


def _wall(watch: Watch, lang: str) -> None:
    """Show what is read from afar: figures, alarms, the course of the day, edge nodes."""

    @st.fragment(run_every=every())
    def below() -> None:
        view, page = _now(watch, lang)
        first, second = st.columns([1, 2], gap="small")
        with first:
            st.html(f'<div class="g-column">{cards.alarms(view, page)}</div>')
        with second, st.container(border=True, key="course"):
            _drawn(view, page.trend, ready=page.ready, option=None)
        st.html(cards.edges(view, page) or "<span></span>")

    below()


def _course(watch: Watch, view: View, page: Overview) -> None:
    """Show the course of the chosen range; the last day is at hand, everything else is asked for."""
    span = choice.time_range(view)
    earlier = choice.compare(view, span)
    if span.key == DAY and earlier is None:
        _drawn(view, page.trend, ready=page.ready, option=None)
        if not page.ready and page.away is None:
            until(lambda: watch.overview().ready)
        return
    answers = [_period(watch, one) for one in (span, earlier) if one is not None]
    for answer in answers:
        if said := unanswered(view, answer, view.say("dashboard.chart.title")):
            st.html(said)
    now = answers[0].value
    before = answers[1].value if earlier is not None else None
    if any(answer.value is None and answer.pending for answer in answers):
        until(lambda: not any(_period(watch, one).pending for one in (span, earlier) if one is not None))
    if now is None:
        return
    shift_ns = now.start_ns - before.start_ns if before is not None else 0
    drawn = period_cards.option(view, now.trend, before.trend if before is not None else None, shift_ns)
    _drawn(view, now.trend, ready=True, option=drawn)
    if before is not None:
        st.html(period_cards.comparison(view, now, before))


def _period(watch: Watch, span: Range) -> Answer[PeriodView]:
    def make(history: History, site: Site, _now_ns: int) -> PeriodView:
        return period_view(history, site, span.start_ns, span.end_ns)

    return watch.of_store(("period", span.name), make, keep_ns=PERIOD_NS, wait_s=PERIOD_WAIT_S)


def _drawn(view: View, trend: Trend, *, ready: bool, option: chart.Option | None) -> None:
    title = view.t("dashboard.chart.title")
    if len(trend.times_ns) < 2:  # noqa: PLR2004 (one point is no line)
        key = "none" if ready else "waiting"
        st.html(f'<h2>{title}</h2><p class="g-muted">{view.t(f"dashboard.chart.{key}")}</p>')
        return
    span_ns = trend.times_ns[-1] - trend.times_ns[0] + trend.step_ns
    words = view.t("dashboard.chart.span", span=_duration(view, span_ns), step=_duration(view, trend.step_ns))
    st.html(f'<h2>{title} <span class="g-when">{words}</span></h2>')
    st.echarts_chart(
        option or chart.power_and_pue(view, trend),
        key="power_pue",
        height=chart.HEIGHT,
        alt=view.say("dashboard.chart.alt"),
    )
    if not on_wall() and st.toggle(view.say("dashboard.chart.table"), key="as_table", bind="query-params"):
        st.dataframe(chart.rows(view, trend), key="power_pue_table", hide_index=True, height=chart.HEIGHT)


def _duration(view: View, length_ns: int) -> str:
    # The newest step is still open, so a full day comes as a little less; rounding makes it read as the day it is.
    hours = round(length_ns / NS_PER_HOUR)
    return display.age((hours * NS_PER_HOUR if hours else length_ns) / NS_PER_SECOND, view.lang)


def _rest(view: View, page: Overview) -> None:
    first, second = st.columns(2, gap="small")
    with first, st.container(border=True, key="report_card"):
        st.html(cards.report(view, page.report))
        if page.report is not None and page.report.pages:
            file = Path(page.report.folder) / page.report.page(view.lang)
            st.download_button(
                view.say("dashboard.report.download"),
                data=file.read_bytes,
                file_name=f"{Path(page.report.folder).name}-{file.name}",
                mime="text/html",
                key="report",
                on_click="ignore",
            )
    with second:
        st.html(first_run.connect(view))


def _empty(watch: Watch, view: View, page: Overview) -> None:
    if page.configured:
        st.html(first_run.waiting(view, awaited(watch.data_dir, watch.read_site())))
        st.html(first_run.connect(view))
    else:
        st.html(first_run.begin(view))
