"""Thermal field: where is it too hot, too cold, or recirculating, now and in the last day."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING

import streamlit as st

from analytics.thermal_view import Layer, Level, ThermalDay, air_figures, field_of, thermal_day
from dashboard import choice, thermal_cards, thermal_chart
from dashboard.frame import live, nothing, unanswered
from dashboard.thermal_scrubber import scrubber
from greendc.units import NS_PER_SECOND

if TYPE_CHECKING:
    from analytics.result import KpiResult
    from analytics.thermal_view import Field, RoomPlan
    from dashboard.data import Watch
    from dashboard.markup import View
    from greendc.contracts import History
    from greendc.site import Site

KEEP_NS = 10 * NS_PER_SECOND
FIGURES_NS = 300 * NS_PER_SECOND
WAIT_S = 3.0


def show(watch: Watch, lang: str) -> None:
    """Show the page; its readings are asked for once for all viewers, and a choice asks the store for nothing."""
    live(watch, lang, _body, every_s=10)


def _body(watch: Watch, view: View) -> None:
    answer = watch.of_store("thermal", thermal_day, keep_ns=KEEP_NS, wait_s=WAIT_S)
    said = unanswered(view, answer, view.say("dashboard_thermal.what"))
    if said:
        st.html(said)
    site, day = watch.read_site(), answer.value
    if not site.racks:
        words = [view.t(f"dashboard_thermal.empty.{key}") for key in ("racks", "how")]
        nothing(view.t("dashboard_thermal.empty.title"), words)
        return
    if day is None:
        return
    if not day.sensors:
        nothing(view.t("dashboard_thermal.empty.title"), [view.t("dashboard_thermal.empty.sensors")])
    with st.container(border=True, key="card_thermal"):
        field = _chosen(view, day, site)
        end_ns = day.moments()[-1] if field.live else field.at_ns
        figures = watch.of_store(("air", end_ns), partial(_figures, end_ns), keep_ns=FIGURES_NS, wait_s=WAIT_S).value
        st.html(thermal_cards.caption(view, field, figures or ()))
        for plan in field.rooms:
            _room(view, field, plan)
        st.html(thermal_cards.legend(view, field))
        if st.toggle(view.say("dashboard_thermal.as_table"), key="thermal_as_table"):
            st.html(thermal_cards.table(view, field))
    _beside(view, day, site, field)


def _figures(end_ns: int, history: History, site: Site, _now_ns: int) -> tuple[KpiResult, ...]:
    return air_figures(history, site, end_ns)


def _chosen(view: View, day: ThermalDay, site: Site) -> Field:
    layers, levels = [layer.value for layer in Layer], [level.value for level in Level]
    with st.container(horizontal=True, key="thermal_choice"):
        layer = choice.pills(
            "layer",
            layers,
            lambda name: view.say(f"dashboard_thermal.layer.{name}"),
            view.say("dashboard_thermal.layer_label"),
            Layer.INLET.value,
        )
        level = choice.pills(
            "level",
            levels,
            lambda name: view.say(f"dashboard_thermal.level.{name}"),
            view.say("dashboard_thermal.level_label"),
            Level.HOTTEST.value,
        )
    at_ns = scrubber(view, day.moments())
    return field_of(day, site, Layer(layer), Level(level), at_ns)


def _room(view: View, field: Field, plan: RoomPlan) -> None:
    shown = f"{view.t(f'dashboard_thermal.layer.{field.layer}')} · {thermal_chart.UNITS[field.layer]}"
    title = view.t("dashboard_thermal.room", room=plan.room)
    st.html(f'<h2>{title} <span class="g-when">{shown}</span></h2>')
    alt = view.say(
        "dashboard_thermal.alt",
        room=plan.room,
        layer=view.say(f"dashboard_thermal.layer.{field.layer}"),
        racks=sum(len(lane.racks) for lane in plan.lanes),
    )
    state = st.echarts_chart(
        thermal_chart.option(view, field, plan),
        key=f"thermal_{plan.room}",
        height=thermal_chart.height(plan),
        on_select="rerun",
        alt=alt,
    )
    chosen = [index for series in state.selection.selected for index in series["data_indices"]]
    rack = thermal_chart.rack_at(plan, chosen[0]) if chosen else ""
    before = st.session_state.get(f"thermal_seen_{plan.room}", "")
    if rack != before:
        # The newest click decides; a choice that a menu made later stays.
        st.session_state[f"thermal_seen_{plan.room}"] = rack
        if rack:
            st.query_params["rack"] = rack


def _beside(view: View, day: ThermalDay, site: Site, field: Field) -> None:
    first, second = st.columns([1, 1], gap="small")
    with first:
        st.html(thermal_cards.worst(view, field))
    with second:
        names = [rack.name for rack in site.racks]
        hottest = field.worst[0].rack if field.worst else names[0]
        rack = choice.menu("rack", names, str, view.say("dashboard_thermal.pick"), hottest)
        cards = thermal_cards.picked(view, day, rack) + thermal_cards.unplaced(view, field)
        st.html(f'<div class="g-column">{cards}</div>')
