"""Device: what did this device say, and can it be trusted."""

from __future__ import annotations

import shlex
from functools import partial
from typing import TYPE_CHECKING

import streamlit as st

from analytics.alarm_view import Beside, beside
from analytics.device_view import course_of, device_of, devices_of, marks_of, polling_of
from analytics.edge_view import covered_by
from dashboard import choice, device_cards, device_chart, exchange, place_alarms
from dashboard.frame import live, nothing, unanswered
from dashboard.maintenance import Ward, maintain
from greendc import display
from greendc.quantities import quantity
from greendc.settings import Settings
from greendc.site import CENTRE
from greendc.units import NS_PER_SECOND

if TYPE_CHECKING:
    from analytics.device_view import Course, DeviceView, Mark
    from dashboard.data import Watch
    from dashboard.markup import View
    from dashboard.span import Range
    from greendc.contracts import History, Ledger
    from greendc.model import SeriesKey
    from greendc.site import Site

KEEP_NS = 4 * NS_PER_SECOND
COURSE_NS = 15 * NS_PER_SECOND
WAIT_S = 4.0


def show(watch: Watch, lang: str) -> None:
    """Show the page, anew every few seconds."""
    live(watch, lang, _body, every_s=10)


def _body(watch: Watch, view: View) -> None:
    st.html(device_cards.STYLE)
    site = watch.read_site()
    names = devices_of(site)
    if not names:
        nothing(view.t("dashboard_device.empty.title"), [view.t("dashboard_device.empty.how")])
        return
    name = choice.menu("device", names, str, view.say("dashboard_device.pick"), names[0])
    answer = watch.of_store(("device", name), partial(_device, name), keep_ns=KEEP_NS, wait_s=WAIT_S)
    book = ("beside", name)
    found = watch.of_ledger(book, partial(_beside, name), keep_ns=KEEP_NS).value
    said = unanswered(view, answer, view.say("dashboard_device.what", device=name))
    if said:
        st.html(said)
    page = answer.value
    if page is not None and page.measurements:
        _chart(watch, view, page, found)
    first, second = st.columns([3, 2], gap="small")
    with first:
        if page is not None:
            st.html(device_cards.measurements(view, page, found))
    with second:
        if found is not None:
            st.html(place_alarms.alarms(view, found, name))
            with st.container(border=True, key="card_device_acts"):
                st.html(f"<h2>{view.t('dashboard_device.maintenance')}</h2>")
                maintain(watch, view, _ward(site, found, name), book, "device")
            if page is not None:
                exchange.record(watch, view, page)
        said_last = polling_of(Settings().data_dir, site, name)
        with st.container(border=True, key="card_device_read"):
            st.html(device_cards.read_once(view, said_last))
            if said_last.owner == CENTRE:
                st.code(f"greendc probe {shlex.quote(name)}", language="bash")
        cards = device_cards.polling(view, said_last)
        if page is not None:
            cards += device_cards.identity(view, page)
        st.html(f'<div class="g-column">{cards}</div>')


def _device(name: str, history: History, site: Site, now_ns: int) -> DeviceView:
    return device_of(history, site, now_ns, name)


def _beside(name: str, ledger: Ledger, site: Site, now_ns: int) -> Beside:
    return beside(ledger, site, now_ns, (name,))


def _ward(site: Site, found: Beside, name: str) -> Ward:
    """Return the device as what may be taken out of service; a window on what carries it ends there and not here."""
    window = found.windows.get(name)
    own = window is not None and window.node == name
    return Ward(node=name, covers=covered_by(site, name), window=window if own else None)


def _chart(watch: Watch, view: View, page: DeviceView, found: Beside | None) -> None:
    keys = {f"{one.key.part}:{one.key.quantity}": one.key for one in page.measurements}
    first = next(text for text, key in keys.items() if key == page.first)
    with st.container(border=True, key="card_device"):
        series = choice.menu(
            "series", list(keys), lambda text: _title(view, keys[text]), view.say("dashboard_device.series"), first
        )
        span = choice.time_range(view)
        key = keys[series]
        interval_ns = round((page.entry.interval_s if page.entry else 0.0) * NS_PER_SECOND)
        answer = watch.of_store(
            ("course", key, span.name), partial(_course, key, span, interval_ns), keep_ns=COURSE_NS, wait_s=WAIT_S
        )
        course = answer.value
        if course is None or not course.known:
            said = unanswered(view, answer, _title(view, key))
            st.html(said or f'<p class="g-muted">{view.t("dashboard_device.no_course")}</p>')
            return
        _drawn(view, course, found, exchange.marks_of(view, exchange.recorded(watch, page.name), course))


def _course(key: SeriesKey, span: Range, interval_ns: int, history: History, _site: Site, now_ns: int) -> Course:
    # A range that ends now goes on while its name stays.
    late_ns = 0 if span.key == "custom" else max(0, now_ns - span.end_ns)
    return course_of(history, key, span.start_ns + late_ns, span.end_ns + late_ns, interval_ns=interval_ns)


def _drawn(view: View, course: Course, found: Beside | None, exchanged: list[Mark]) -> None:
    marks = exchanged + (marks_of(found, course.start_ns, course.end_ns) if found is not None else [])
    windows = list(found.windows.values()) if found is not None else []
    title = _title(view, course.key)
    st.echarts_chart(
        device_chart.option(view, course, marks, windows, title),
        key="device_course",
        height=device_chart.HEIGHT,
        alt=view.say("dashboard_device.alt", what=title),
    )
    st.html(device_cards.beneath(view, course, device_chart.legend(course)))
    if st.toggle(view.say("dashboard_device.as_table"), key="device_as_table"):
        st.dataframe(device_chart.rows(view, course), key="device_table", hide_index=True, height=device_chart.HEIGHT)
    st.html(device_cards.events(view, course, marks))


def _title(view: View, key: SeriesKey) -> str:
    title = quantity(key.quantity).title(view.lang)
    return display.one_line(f"{title} · {key.part}" if key.part else title, 90)
