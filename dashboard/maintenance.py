"""Maintenance of a thing: what it would cover, and taking it out of service or back, checked again when written."""

from __future__ import annotations

from typing import TYPE_CHECKING

import msgspec
import streamlit as st

from analytics.alarms import Act, ActionRefused
from analytics.alarms.fold import Window
from analytics.topology import Topology
from dashboard.alarm_acts import LENGTHS_H
from dashboard.person import acting
from greendc import display
from greendc.clock import NS_PER_HOUR
from greendc.errors import StoreError
from greendc.units import NS_PER_SECOND

if TYPE_CHECKING:
    from collections.abc import Hashable

    from dashboard.data import Watch
    from dashboard.markup import View
    from greendc.contracts import Ledger
    from greendc.model import Principal
    from greendc.site import Site

MOST_NAMED = 8
LONGEST_REASON = 400


class Ward(msgspec.Struct, frozen=True, kw_only=True):
    """What may be taken out of service: its name, what that covers besides itself, and the window that is open."""

    node: str
    covers: tuple[str, ...]
    window: Window | None = None


def maintain(watch: Watch, view: View, ward: Ward, book: Hashable, page: str) -> None:
    """Show what maintenance covers and the way to begin or end it; ``page`` begins the names of its widgets."""
    said_key = f"{page}_said"
    st.html(f'<p class="g-when" data-branch="{len(ward.covers)}">{_covers(view, ward)}</p>')
    if ward.window is not None:
        said = view.t(
            "dashboard_power.act.open",
            time=display.moment(ward.window.until_ns, view.zone),
            name=display.one_line(ward.window.name),
            reason=display.one_line(ward.window.reason),
        )
        st.html(f'<p class="g-banner">{said}</p>')
    person = acting()
    if person is None:
        st.html(f'<p class="g-muted">{view.t("dashboard_power.act.read_only")}</p>')
        return
    act = "start" if ward.window is None else "end"
    # A click is about what it was made on, whatever the page shows by then.
    with st.form(f"{page}_{act}_{ward.node}", border=False, clear_on_submit=True):
        hours = _hours(view, page) if act == "start" else 0
        reason = st.text_input(view.say("dashboard_power.act.reason"), key=f"{page}_reason", max_chars=LONGEST_REASON)
        if st.form_submit_button(view.say(f"dashboard_power.act.{act}"), key=f"{page}_do"):
            st.session_state[said_key] = _done(watch, view, person, (ward.node, hours, reason), book)
            st.rerun()
    if said := st.session_state.pop(said_key, ""):
        st.html(f'<p class="g-banner" role="status">{said}</p>')


def _covers(view: View, ward: Ward) -> str:
    names = ward.covers
    if not names:
        return view.t("dashboard_power.act.covers_none", node=ward.node)
    more = " …" if len(names) > MOST_NAMED else ""
    listed = ", ".join(names[:MOST_NAMED]) + more
    return view.t("dashboard_power.act.covers", node=ward.node, n=len(names), names=listed)


def _hours(view: View, page: str) -> int:
    return st.selectbox(
        view.say("dashboard_power.act.how_long"),
        LENGTHS_H,
        format_func=lambda hours: display.age(hours * NS_PER_HOUR / NS_PER_SECOND, view.lang),
        key=f"{page}_hours",
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
