"""Data quality: which gaps, faults and stuck values are behind the figures of a day, and what to do about them."""

from __future__ import annotations

import datetime as dt
from typing import TYPE_CHECKING

import streamlit as st

from analytics.quality import QualityDay, QualityNote, quality_of, quality_of_day
from analytics.quality_view import QualityView, days_shown, device_series, newest_note, view_of
from dashboard import choice, exchange, quality_cards
from dashboard.frame import live, nothing, unanswered
from greendc.units import NS_PER_SECOND

if TYPE_CHECKING:
    from dashboard.data import Watch
    from dashboard.markup import View
    from dashboard.shelf import Answer
    from greendc.contracts import History
    from greendc.site import Site

ASKED = "asked_days"
KEEP_NS = 300 * NS_PER_SECOND
NONE = "-"


def show(watch: Watch, lang: str) -> None:
    """Show the page; a day comes from the ledger, and is judged anew only when a person asks."""
    live(watch, lang, _body, every_s=30)


def _body(watch: Watch, view: View) -> None:
    days = days_shown(watch.read_site(), view.now_ns)
    newest = watch.of_ledger("quality", lambda ledger, _site, _now_ns: newest_note(ledger, days)).value
    names = [day.isoformat() for day in days]
    first = newest.date if newest is not None and newest.date in names else names[0]
    picked = choice.menu("day", names, str, view.say("dashboard_quality.day"), first)
    answer = _asked(watch, view, picked)
    note = newest if newest is not None and newest.date == picked else _noted(watch, picked)
    judged = answer.value if answer is not None else None
    if answer is not None:
        st.html(unanswered(view, answer, view.say("dashboard_quality.what")) or "<span></span>")
    known = judged or note
    if known is None:
        nothing(view.t("dashboard_quality.empty.title"), [view.t("dashboard_quality.empty.words")])
        return
    _day(view, view_of(known, view.now_ns if answer is None else answer.made_ns))
    st.html(exchange.exchanges(view, exchange.recorded(watch)) or "<span></span>")
    if judged is not None:
        _series(view, judged)


def _noted(watch: Watch, date: str) -> QualityNote | None:
    return watch.of_ledger(("quality", date), lambda ledger, _site, _now_ns: quality_of(ledger, date)).value


def _asked(watch: Watch, view: View, date: str) -> Answer[QualityDay] | None:
    """Show the button that judges a day now; return the answer when this viewer pressed it for this day."""
    asked: set[str] = st.session_state.setdefault(ASKED, set())
    if st.button(view.say("dashboard_quality.now"), key="judge_now"):
        asked.add(date)
    if date not in asked:
        return None

    def judge(history: History, site: Site, now_ns: int) -> QualityDay:
        return quality_of_day(history, site, dt.date.fromisoformat(date), now_ns)

    return watch.of_store(("quality", date), judge, keep_ns=KEEP_NS, wait_s=8.0)


def _day(view: View, page: QualityView) -> None:
    st.html(quality_cards.about(view, page))
    if not page.note.series and not page.findings:
        nothing(view.t("dashboard_quality.empty.silent"), [])
        return
    st.html(quality_cards.dimensions(view, page))
    first, second = st.columns([1, 1], gap="small")
    with first:
        every = False
        if len(page.findings) > quality_cards.FINDINGS_SHOWN:
            every = st.toggle(view.say("dashboard_quality.every"), key="every_finding")
        st.html(quality_cards.findings(view, page, every=every))
    with second:
        cards = (
            quality_cards.balances(view, page),
            quality_cards.devices(view, page.devices),
            quality_cards.legend(view, page),
        )
        st.html(f'<div class="g-column">{"".join(cards)}</div>')


def _series(view: View, day: QualityDay) -> None:
    with st.container(border=True, key="series_card"):
        st.html(f"<h2>{view.t('dashboard_quality.series')}</h2>")
        devices = [NONE, *sorted({one.key.device for one in day.series})]
        none = view.say("dashboard_quality.pick_none")
        device = choice.menu(
            "device",
            devices,
            lambda name: none if name == NONE else name,
            view.say("dashboard_quality.pick"),
            NONE,
        )
        if device != NONE:
            st.html(quality_cards.series(view, device_series(day, device)))
