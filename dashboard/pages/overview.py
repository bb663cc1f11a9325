"""Overview: is anything wrong, how efficient are we, where do the kilowatts go, what is next."""

from __future__ import annotations

from html import escape
from pathlib import Path
from typing import TYPE_CHECKING

import streamlit as st

from dashboard import cards, chart
from dashboard.header import header
from dashboard.markup import View, card
from dashboard.palette import palette
from dashboard.tiles import tiles
from greendc import display
from greendc.clock import NS_PER_HOUR
from greendc.units import NS_PER_SECOND

if TYPE_CHECKING:
    import datetime as dt

    from analytics.overview import Overview
    from dashboard.data import Watch


def show(watch: Watch, lang: str) -> None:
    """Show the page, and show it anew every tick; only what has changed travels to the browser."""

    @st.fragment(run_every="2s")
    def live() -> None:
        page = watch.overview()
        zone: dt.tzinfo = watch.read_site().zone()
        _body(View(lang=lang, palette=palette(st.context.theme.type), zone=zone, now_ns=page.now_ns), page)

    live()


def _body(view: View, page: Overview) -> None:
    st.html(header(view, page))
    if page.empty:
        _empty(view, page)
        return
    st.html(tiles(view, page))
    first, second = st.columns([1, 2], gap="small")
    with first:
        st.html(f'<div class="g-column">{cards.alarms(view, page)}{cards.advice(view, page)}</div>')
    with second:
        _course(view, page)
        st.html(f'<div class="g-cards">{cards.split(view, page)}{cards.windows(view, page)}</div>')
    st.html(cards.devices(view, page) or "<span></span>")
    st.html(cards.edges(view, page) or "<span></span>")
    _rest(view, page)


def _course(view: View, page: Overview) -> None:
    trend = page.trend
    title = view.t("dashboard.chart.title")
    with st.container(border=True, key="course"):
        if len(trend.times_ns) < 2:  # noqa: PLR2004 (one point is no line)
            key = "none" if page.ready else "waiting"
            st.html(f'<h2>{title}</h2><p class="g-muted">{view.t(f"dashboard.chart.{key}")}</p>')
            return
        span_ns = trend.times_ns[-1] - trend.times_ns[0] + trend.step_ns
        words = view.t(
            "dashboard.chart.span",
            span=_duration(view, span_ns),
            step=_duration(view, trend.step_ns),
        )
        st.html(f'<h2>{title} <span class="g-when">{words}</span></h2>')
        st.echarts_chart(
            chart.power_and_pue(view, trend), key="power_pue", height=chart.HEIGHT, alt=view.say("dashboard.chart.alt")
        )
        if st.toggle(view.say("dashboard.chart.table"), key="as_table", bind="query-params"):
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
        st.html(cards.connect(view))


def _empty(view: View, page: Overview) -> None:
    waiting = view.t("dashboard.empty.waiting", n=page.health.devices)
    words = waiting if page.configured else view.t("dashboard.empty.no_devices")
    st.html(
        card(
            view.t("dashboard.empty.title"),
            f'<p>{words}</p><p class="g-muted">{escape(view.say("dashboard.empty.demo"))}</p>',
            kind="g-empty",
        )
    )
    st.html(cards.connect(view))
