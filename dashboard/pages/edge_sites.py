"""Edge sites: which nodes are silent, behind or drifting, and where the readings of each went."""

from __future__ import annotations

from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

import streamlit as st

import dashboard
from analytics.edge_view import covered_by, edge_view, greyed, pasted, seen_of, told_of
from analytics.power_view import Marks, marks_of
from dashboard import choice, edge_cards
from dashboard.frame import live, nothing, unanswered
from dashboard.maintenance import Ward, maintain
from greendc import display
from greendc.units import NS_PER_SECOND

if TYPE_CHECKING:
    from analytics.edge_view import EdgeView, NodeLine, Told
    from dashboard.data import Watch
    from dashboard.markup import View
    from greendc.contracts import Ledger
    from greendc.site import Site

BOOK = "edge_marks"
KEEP_NS = 5 * NS_PER_SECOND
MARKS_NS = 2 * NS_PER_SECOND
TOLD_NS = 10 * NS_PER_SECOND
CHOSEN = "node"
STYLE = Path(dashboard.__file__).with_name("edge.css")


def show(watch: Watch, lang: str) -> None:
    """Show the page, anew every few seconds."""
    st.html(STYLE)
    live(watch, lang, _body, every_s=5)


def _body(watch: Watch, view: View) -> None:
    site = watch.read_site()
    if not site.edge_nodes:
        nothing(view.t("dashboard_edge.empty.title"), [view.t("dashboard_edge.empty.words")])
        return
    seen = watch.of_store("edge_seen", seen_of, keep_ns=KEEP_NS)
    told = watch.of_ledger("edge_told", partial(_told, watch.data_dir), keep_ns=TOLD_NS)
    marks = watch.of_ledger(BOOK, marks_of, keep_ns=MARKS_NS).value or Marks()
    if said := unanswered(view, seen, view.say("dashboard_edge.what")):
        st.html(said)
    if said := unanswered(view, told, view.say("dashboard_edge.account.title")):
        st.html(said)
    page = edge_view(site, seen.value, told.value, marks.windows, view.now_ns if seen.away is None else seen.made_ns)
    page = page if seen.away is None else greyed(page)
    with st.container(key="card_edge_nodes", border=True):
        st.html(f"<h2>{view.t('dashboard_edge.title')}</h2>{edge_cards.summary(view, page)}")
        worst = {node.name: marks.worst((node.name, *node.devices)) for node in site.edge_nodes}
        st.html(edge_cards.table(view, page, worst))
    _picked(watch, view, page, marks)


def _told(data_dir: Path, _ledger: Ledger, site: Site, now_ns: int) -> dict[str, Told]:
    return told_of(data_dir, site, now_ns)


def _picked(watch: Watch, view: View, page: EdgeView, marks: Marks) -> None:
    """Show the node that the address names, else the one that needs a person first."""
    lines = {line.name: line for line in page.nodes}
    first, second = st.columns([3, 2], gap="small")
    with first, st.container(key="card_edge_node", border=True):
        name = choice.menu(
            CHOSEN, list(lines), partial(_title, view, lines), view.say("dashboard_edge.pick"), page.nodes[0].name
        )
        st.html(edge_cards.detail(view, lines[name], view.now_ns))
    with second:
        cards = (edge_cards.account(view, lines[name]), edge_cards.refused(view, lines[name]))
        st.html(f'<div class="g-column">{"".join(cards)}</div>')
        with st.container(key="card_edge_acts", border=True):
            st.html(f"<h2>{view.t('dashboard_edge.maintenance')}</h2>")
            ward = Ward(node=name, covers=covered_by(watch.read_site(), name), window=marks.open.get(name))
            maintain(watch, view, ward, BOOK, "edge")
    with first:
        st.html(edge_cards.members(view, lines[name]) or "<span></span>")
        with st.container(key="card_edge_paste", border=True):
            st.html(
                f'<h2>{view.t("dashboard_edge.paste")}</h2><p class="g-when">{view.t("dashboard_edge.paste_hint")}</p>'
            )
            st.code(pasted(lines[name], view.now_ns), language=None, wrap_lines=True)


def _title(view: View, lines: dict[str, NodeLine], name: str) -> str:
    """Return what a node is called in the list; the name keeps two of one title apart."""
    title = display.one_line(lines[name].title(view.lang), 60)
    return f"{title} · {name}" if title != name else name
