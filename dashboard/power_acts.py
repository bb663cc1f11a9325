"""Maintenance of a branch: what it would cover, and putting it into or out of service, checked again when written."""

from __future__ import annotations

from typing import TYPE_CHECKING

import streamlit as st

from analytics.alarms import Act, ActionRefused
from analytics.topology import Topology
from dashboard import choice
from dashboard.alarm_acts import LENGTHS_H
from dashboard.person import acting
from greendc import display
from greendc.clock import NS_PER_HOUR
from greendc.errors import StoreError
from greendc.units import NS_PER_SECOND

if TYPE_CHECKING:
    from collections.abc import Hashable

    from analytics.power_view import Marks
    from dashboard.data import Watch
    from dashboard.markup import View
    from greendc.contracts import Ledger
    from greendc.model import Principal
    from greendc.site import Site

SAID = "power_said"
MOST_NAMED = 8
LONGEST_REASON = 400


def acts(watch: Watch, view: View, marks: Marks, book: Hashable) -> None:
    """Show a branch, what its maintenance covers, and the way to begin or end it."""
    st.html(f"<h2>{view.t('dashboard_power.act.title')}</h2>")
    branches = list(marks.covers)
    if not branches:
        return
    node = choice.menu("branch", branches, str, view.say("dashboard_power.act.pick"), branches[0])
    window = marks.open.get(node)
    st.html(f'<p class="g-when" data-branch="{len(marks.covers[node])}">{_covers(view, marks, node)}</p>')
    if window is not None:
        said = view.t(
            "dashboard_power.act.open",
            time=display.moment(window.until_ns, view.zone),
            name=display.one_line(window.name),
            reason=display.one_line(window.reason),
        )
        st.html(f'<p class="g-banner">{said}</p>')
    person = acting()
    if person is None:
        st.html(f'<p class="g-muted">{view.t("dashboard_power.act.read_only")}</p>')
        return
    act = "start" if window is None else "end"
    with st.form(f"power_{act}", border=False, clear_on_submit=True):
        hours = _hours(view) if act == "start" else 0
        reason = st.text_input(view.say("dashboard_power.act.reason"), key="power_reason", max_chars=LONGEST_REASON)
        if st.form_submit_button(view.say(f"dashboard_power.act.{act}"), key="power_do"):
            st.session_state[SAID] = _done(watch, view, person, (node, hours, reason), book)
            st.rerun()
    if said := st.session_state.pop(SAID, ""):
        st.html(f'<p class="g-banner" role="status">{said}</p>')


def _covers(view: View, marks: Marks, node: str) -> str:
    names = marks.covers[node]
    if not names:
        return view.t("dashboard_power.act.covers_none", node=node)
    more = " …" if len(names) > MOST_NAMED else ""
    return view.t("dashboard_power.act.covers", node=node, n=len(names), names=", ".join(names[:MOST_NAMED]) + more)


def _hours(view: View) -> int:
    return st.selectbox(
        view.say("dashboard_power.act.how_long"),
        LENGTHS_H,
        format_func=lambda hours: display.age(hours * NS_PER_HOUR / NS_PER_SECOND, view.lang),
        key="power_hours",
    )


def _done(watch: Watch, view: View, person: Principal, wish: tuple[str, int, str], book: Hashable) -> str:
    """Begin maintenance for some hours, or end it for none; return what to say of it."""
    node, hours, reason = wish

    def do(ledger: Ledger, site: Site, now_ns: int) -> None:
        act = Act(ledger, person, now_ns, reason)
        if hours:
            act.maintenance(Topology(site), node, now_ns, now_ns + hours * NS_PER_HOUR)
        else:
            act.end_maintenance(node)

    if acting() != person:
        return view.t("dashboard_power.act.read_only")
    try:
        watch.act(book, do)
    except ActionRefused as error:
        return view.t("dashboard_power.act.refused", why=error.text(view.lang))
    except StoreError as error:
        return view.t("dashboard_power.act.not_written", why=str(error))
    what = view.say(f"dashboard_power.act.{'start' if hours else 'end'}")
    return view.t("dashboard_power.act.written", what=what, node=node)
