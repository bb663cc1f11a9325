"""What a person may do with an alarm, and doing it: each act is checked again before it is written."""

from __future__ import annotations

from typing import TYPE_CHECKING

import msgspec
import streamlit as st

from analytics.alarm_view.standing import (
    ACKNOWLEDGE,
    MAINTENANCE,
    MAINTENANCE_OVER,
    NOTE,
    SHELVE,
    UNSHELVE,
    VERDICT,
)
from analytics.alarms import Act, ActionRefused
from analytics.alarms.transition import VERDICTS
from analytics.topology import Topology
from dashboard import choice
from dashboard.person import acting
from greendc import display
from greendc.clock import NS_PER_HOUR
from greendc.errors import StoreError
from greendc.units import NS_PER_SECOND

if TYPE_CHECKING:
    from collections.abc import Callable, Hashable

    from analytics.alarm_view import Line
    from dashboard.data import Watch
    from dashboard.markup import View
    from greendc.contracts import Ledger
    from greendc.model import Principal
    from greendc.site import Site

SAID = "act_said"
LENGTHS_H = (1, 4, 8, 24, 72)


class Wish(msgspec.Struct, frozen=True, kw_only=True):
    """What a person asks for."""

    act: str
    alarm: str
    node: str
    hours: int
    verdict: str
    reason: str


def acts(watch: Watch, view: View, line: Line, book: Hashable) -> None:
    """Show what may be done; without the right to act, a sentence that says where it can be done."""
    person = acting()
    st.html(f"<h3>{view.t('dashboard_alarms.act')}</h3>")
    if person is None:
        st.html(f'<p class="g-muted">{view.t("dashboard_alarms.read_only")}</p>')
        return
    act = choice.pills(
        "act",
        line.acts,
        lambda name: view.say(f"dashboard_alarms.do.{name}"),
        view.say("dashboard_alarms.act"),
        line.acts[0],
    )
    with st.form(f"act_{act}", border=False, clear_on_submit=True):
        wish = _wish(view, line, act)
        if st.form_submit_button(view.say(f"dashboard_alarms.do.{act}"), key="do_it"):
            st.session_state[SAID] = _done(watch, view, person, wish, book)
            st.rerun()
    if said := st.session_state.pop(SAID, ""):
        st.html(f'<p class="g-banner" role="status">{said}</p>')


def _wish(view: View, line: Line, act: str) -> Wish:
    """Show what an act needs to know, and return what is filled in."""
    node, hours, verdict = line.episode.alarm.node, 0, ""
    if act == VERDICT:
        verdict = st.selectbox(
            view.say("dashboard_alarms.verdict.ask"),
            VERDICTS,
            format_func=lambda name: view.say(f"dashboard_alarms.verdict.{name}"),
            key="verdict",
        )
    if act == MAINTENANCE:
        st.html(f'<p class="g-when">{view.t("dashboard_alarms.covers", node=node)}</p>')
    if act in {SHELVE, MAINTENANCE}:
        longest_h = line.longest_shelf_s * NS_PER_SECOND / NS_PER_HOUR if act == SHELVE else LENGTHS_H[-1]
        hours = st.selectbox(
            view.say("dashboard_alarms.how_long"),
            [length for length in LENGTHS_H if length <= longest_h],
            format_func=lambda length: display.age(length * NS_PER_HOUR / NS_PER_SECOND, view.lang),
            key=f"hours_{act}",
        )
    key = "needed" if act in {SHELVE, MAINTENANCE, NOTE} else "free"
    reason = st.text_input(view.say(f"dashboard_alarms.reason.{key}"), key="reason", max_chars=400)
    return Wish(act=act, alarm=line.episode.id, node=node, hours=hours, verdict=verdict, reason=reason)


def _done(watch: Watch, view: View, person: Principal, wish: Wish, book: Hashable) -> str:
    """Do what a person asked for, and return what to say of it."""

    def do(ledger: Ledger, site: Site, now_ns: int) -> None:
        _DO[wish.act](Act(ledger, person, now_ns, wish.reason), wish, site, now_ns)

    if acting() != person:
        return view.t("dashboard_alarms.read_only")
    try:
        watch.act(book, do)
    except ActionRefused as error:
        return view.t("dashboard_alarms.refused", why=error.text(view.lang))
    except StoreError as error:
        return view.t("dashboard_alarms.not_written", why=str(error))
    return view.t("dashboard_alarms.written", what=view.say(f"dashboard_alarms.do.{wish.act}"))


def _shelve(act: Act, wish: Wish, _site: Site, now_ns: int) -> None:
    act.shelve(wish.alarm, now_ns + wish.hours * NS_PER_HOUR)


def _maintain(act: Act, wish: Wish, site: Site, now_ns: int) -> None:
    act.maintenance(Topology(site), wish.node, now_ns, now_ns + wish.hours * NS_PER_HOUR)


_DO: dict[str, Callable[[Act, Wish, Site, int], None]] = {
    ACKNOWLEDGE: lambda act, wish, _site, _now_ns: act.acknowledge(wish.alarm),
    SHELVE: _shelve,
    UNSHELVE: lambda act, wish, _site, _now_ns: act.unshelve(wish.alarm),
    MAINTENANCE: _maintain,
    MAINTENANCE_OVER: lambda act, wish, _site, _now_ns: act.end_maintenance(wish.node),
    VERDICT: lambda act, wish, _site, _now_ns: act.verdict(wish.alarm, wish.verdict),
    NOTE: lambda act, wish, _site, _now_ns: act.note(wish.alarm),
}
