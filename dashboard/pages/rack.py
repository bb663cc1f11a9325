"""Rack: what is in it, what does it draw, how warm is each height, and how much of it is free."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING

import streamlit as st

from analytics.alarm_view import beside
from analytics.rack_view import rack_of
from dashboard import choice, place_alarms, rack_cards
from dashboard.frame import live, nothing, unanswered
from greendc.units import NS_PER_SECOND

if TYPE_CHECKING:
    from collections.abc import Collection

    from analytics.alarm_view import Beside
    from analytics.rack_view import RackView
    from dashboard.data import Watch
    from dashboard.markup import View
    from greendc.contracts import History, Ledger
    from greendc.site import Site

KEEP_NS = 4 * NS_PER_SECOND
WAIT_S = 3.0


def show(watch: Watch, lang: str) -> None:
    """Show the page, anew every few seconds."""
    live(watch, lang, _body, every_s=5)


def _body(watch: Watch, view: View) -> None:
    st.html(rack_cards.style())
    names = [rack.name for rack in watch.read_site().racks]
    if not names:
        nothing(view.t("dashboard_rack.empty.title"), [view.t("dashboard_rack.empty.how")])
        return
    with st.container(key="rack_choice"):
        name = choice.menu("rack", names, str, view.say("dashboard_rack.pick"), names[0])
    answer = watch.of_store(("rack", name), partial(_rack, name), keep_ns=KEEP_NS, wait_s=WAIT_S)
    said = unanswered(view, answer, view.say("dashboard_rack.what", rack=name))
    if said:
        st.html(said)
    page = answer.value
    if page is None:
        return
    found = watch.of_ledger(("beside", name), partial(_beside, page.names()), keep_ns=KEEP_NS).value
    _shown(view, page, found)


def _rack(name: str, history: History, site: Site, now_ns: int) -> RackView:
    return rack_of(history, site, now_ns, name)


def _beside(names: Collection[str], ledger: Ledger, site: Site, now_ns: int) -> Beside:
    return beside(ledger, site, now_ns, names)


def _shown(view: View, page: RackView, found: Beside | None) -> None:
    st.html(rack_cards.head(view, page))
    st.html(rack_cards.tiles(view, page))
    first, second = st.columns([1, 1], gap="small")
    with first:
        st.html(rack_cards.sides(view, page, found))
    with second:
        cards = rack_cards.heights(view, page) + rack_cards.phases(view, page.phases)
        if found is not None:
            cards = place_alarms.alarms(view, found, page.rack.name) + cards
        st.html(f'<div class="g-column">{cards}</div>')
    st.html(rack_cards.contents(view, page, found))
