"""Power chain: is a feed, a UPS, a phase or a breaker near its limit, and what would the loss of a feed do."""

from __future__ import annotations

from html import escape
from pathlib import Path
from typing import TYPE_CHECKING

import streamlit as st

import dashboard
from analytics.power_view import Marks, chain_of, greyed, marks_of
from dashboard import power_cards
from dashboard.frame import live, nothing, unanswered
from dashboard.markup import image
from dashboard.navigation import href
from dashboard.one_line import one_line
from dashboard.power_acts import acts
from greendc.units import NS_PER_SECOND

if TYPE_CHECKING:
    from analytics.power_view import Chain
    from dashboard.data import Watch
    from dashboard.markup import View

BOOK = "power_marks"
KEEP_NS = 5 * NS_PER_SECOND
MARKS_NS = 2 * NS_PER_SECOND
STYLE = Path(dashboard.__file__).with_name("power.css")


def show(watch: Watch, lang: str) -> None:
    """Show the page, anew every few seconds."""
    st.html(STYLE)
    live(watch, lang, _body, every_s=5)


def _body(watch: Watch, view: View) -> None:
    answer = watch.of_store("power_chain", chain_of, keep_ns=KEEP_NS)
    marks = watch.of_ledger(BOOK, marks_of, keep_ns=MARKS_NS).value or Marks()
    said = unanswered(view, answer, view.say("dashboard_power.what"))
    if said:
        st.html(said)
    chain = answer.value
    if chain is not None and answer.away is not None:
        chain = greyed(chain)
    if chain is not None and not chain.boxes:
        nothing(view.t("dashboard_power.reason.empty_title"), [view.t("dashboard_power.reason.empty")])
        return
    if chain is not None:
        _diagram(view, chain, marks)
    first, second = st.columns([3, 2], gap="small")
    with first:
        if chain is not None:
            _racks(view, chain, marks)
    with second:
        if chain is not None:
            st.html(power_cards.ups(view, chain, marks))
        with st.container(border=True, key="power_acts"):
            acts(watch, view, marks, BOOK)


def _diagram(view: View, chain: Chain, marks: Marks) -> None:
    with st.container(border=True, key="power_card"):
        st.html(f"<h2>{view.t('dashboard_power.title')}</h2>")
        with st.container(key="power_drawn"):
            st.html(_drawn(view, chain, marks))
            words = "simple" if chain.simple else "hint"
            st.html(f'<p class="g-when">{view.t(f"dashboard_power.{words}")}</p>')
        with st.container(key="power_as_table"):
            as_table = st.toggle(view.say("dashboard_power.as_table"), key="power_table")
        with st.container(key="power_list" if as_table else "power_list_phone"):
            st.html(power_cards.listed(view, chain, marks))


def _drawn(view: View, chain: Chain, marks: Marks) -> str:
    """Return the diagram with a link over every box that is one device."""
    cells = [power_cards.cell(view, box, marks) for box in chain.boxes]
    alt = power_cards.alt(view, chain)
    made = one_line(cells, view.palette, title=view.say("dashboard_power.title"), desc=alt)
    spots = ""
    for spot in made.spots:
        box = chain.box(spot.name)
        if box is None or len(box.devices) != 1:
            continue
        at = ";".join(
            f"{side}:{100 * share:.2f}%"
            for side, share in (
                ("left", spot.left),
                ("top", spot.top),
                ("width", spot.width),
                ("height", spot.height),
            )
        )
        name = escape(power_cards.title(view, box))
        address = href("device", device=box.devices[0])
        spots += (
            f'<a class="g-spot" style="{at}" href="{address}" target="_self" aria-label="{name}" title="{name}"></a>'
        )
    return f'<div class="g-oneline">{image(made.svg, alt)}{spots}</div>'


def _racks(view: View, chain: Chain, marks: Marks) -> None:
    with st.container(border=True, key="power_racks"):
        st.html(f"<h2>{view.t('dashboard_power.rack.title')}</h2>")
        every = len(chain.racks) > power_cards.MOST_RACKS and st.toggle(
            view.say("dashboard_power.rack.all"), key="power_all_racks"
        )
        st.html(power_cards.racks(view, chain, marks, every=every))
