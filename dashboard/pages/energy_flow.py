"""Energy flow: where the electricity of a period comes from and goes to, and what of it is lost or untracked."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import streamlit as st

import dashboard
from analytics.flow_view import Unit, compared, flow_of
from dashboard import choice, flow_cards, flow_chart
from dashboard.flow_words import titles
from dashboard.frame import live, nothing, unanswered
from greendc.units import NS_PER_SECOND

if TYPE_CHECKING:
    from analytics.flow_view import Flow, Node
    from dashboard.data import Watch
    from dashboard.markup import View
    from dashboard.shelf import Answer
    from dashboard.span import Range

KEEP_NS = 60 * NS_PER_SECOND
WAIT_S = 4.0
NODE, CLICKED = "node", "flow_clicked"
STYLE = Path(dashboard.__file__).with_name("flow.css")


def show(watch: Watch, lang: str) -> None:
    """Show the page, anew twice a minute."""
    st.html(STYLE)
    live(watch, lang, _body, every_s=30)


def _body(watch: Watch, view: View) -> None:
    period = choice.time_range(view)
    earlier = choice.compare(view, period)
    unit = Unit(
        choice.pills(
            "unit",
            [one.value for one in Unit],
            lambda name: view.say(f"dashboard_flow.unit.{name}"),
            view.say("dashboard_flow.unit_label"),
            Unit.ENERGY.value,
        )
    )
    answer = _asked(watch, period)
    said = unanswered(view, answer, view.say("dashboard_flow.what"))
    if said:
        st.html(said)
    flow = answer.value
    if flow is None:
        return
    if flow.reason:
        nothing(view.t("dashboard_flow.reason.title"), [view.t(f"dashboard_flow.reason.{flow.reason}")])
        return
    if earlier is not None:
        before = _asked(watch, earlier).value
        flow = flow if before is None or before.reason else compared(flow, before)
    _drawn(view, flow, unit, stale=answer.away is not None)
    left, right = st.columns([3, 2], gap="small")
    with left:
        _meters(view, flow)
    with right:
        st.html(flow_cards.notes(view, flow))


def _asked(watch: Watch, period: Range) -> Answer[Flow]:
    return watch.of_store(
        ("flow", period.name),
        lambda history, site, _now_ns: flow_of(history, site, period.start_ns, period.end_ns),
        keep_ns=KEEP_NS,
        wait_s=WAIT_S,
    )


def _drawn(view: View, flow: Flow, unit: Unit, *, stale: bool) -> None:
    with st.container(border=True, key="flow_card_stale" if stale else "flow_card"):
        st.html(f"<h2>{view.t('dashboard_flow.title')}</h2>{flow_cards.caption(view, flow, unit)}")
        if lacks := flow.lacks(unit):
            st.html(f'<p class="g-banner">{view.t(f"dashboard_flow.reason.{lacks}")}</p>')
            return
        with st.container(key="flow_drawn"):
            event = st.echarts_chart(
                flow_chart.sankey(view, flow, unit),
                key=f"flow_{unit.value}",
                height=flow_chart.HEIGHT,
                on_select="rerun",
                alt=flow_cards.alt(view, flow, unit),
            )
            _follow(flow_chart.drawn(flow, unit), event)
            st.html(f'<p class="g-when">{view.t("dashboard_flow.hint")}</p>')
        with st.container(key="flow_as_table"):
            as_table = st.toggle(view.say("dashboard_flow.as_table"), key="flow_table")
        with st.container(key="flow_rows" if as_table else "flow_rows_phone"):
            st.html(flow_cards.ribbons(view, flow, unit))
        st.download_button(
            view.say("dashboard_flow.download"),
            data=lambda: flow_cards.as_csv(flow),
            file_name="energy-flow.csv",
            mime="text/csv",
            key="flow_csv",
            on_click="ignore",
        )


def _follow(nodes: list[Node], event: object) -> None:
    """Let a click on a node choose it, once for each click."""
    groups = getattr(getattr(event, "selection", None), "selected", None) or []
    picked = [i for group in groups if group.get("data_type") == "node" for i in group["data_indices"]]
    clicked = nodes[picked[-1]].name if picked and picked[-1] < len(nodes) else ""
    if clicked and clicked != st.session_state.get(CLICKED):
        st.session_state[f"choice_{NODE}"] = clicked
    st.session_state[CLICKED] = clicked


def _meters(view: View, flow: Flow) -> None:
    names = titles(view, flow)
    with st.container(border=True, key="flow_meters"):
        st.html(f"<h2>{view.t('dashboard_flow.meters.title')}</h2>")
        options = [node.name for node in flow.nodes]
        if not options:
            return
        picked = choice.menu(
            NODE, options, lambda name: names.get(name, name), view.say("dashboard_flow.meters.pick"), options[0]
        )
        node = flow.node(picked)
        if node is not None:
            st.html(flow_cards.meters(view, node))
