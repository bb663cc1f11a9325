"""KPI lineage: where does this number come from; formula, boundary, meters, registers, hashes, versions."""

from __future__ import annotations

from typing import TYPE_CHECKING

import msgspec
import streamlit as st

from analytics.figures.period import Window
from analytics.kpis import KPIS
from analytics.lineage_view import Choice, Origin, choices, kept_origin, rolling_origin, window_choices
from dashboard import choice, lineage_cards
from dashboard.frame import live, nothing, unanswered
from greendc.units import NS_PER_SECOND

if TYPE_CHECKING:
    from dashboard.data import Watch
    from dashboard.markup import View

KEEP_NS = 60 * NS_PER_SECOND
CHOICES_NS = 30 * NS_PER_SECOND
WINDOWS = frozenset(window.value for window in Window)


def show(watch: Watch, lang: str) -> None:
    """Show the page: a rolling figure is computed with its lineage, one of a closed period comes from the ledger."""
    live(watch, lang, _body, every_s=60)


def _body(watch: Watch, view: View) -> None:
    first, second = st.columns(2, gap="small")
    with first:
        kpi = choice.menu(
            "kpi",
            [known.key for known in KPIS],
            lambda key: view.say(f"kpis.{key}.title"),
            view.say("dashboard_lineage.figure"),
            KPIS[0].key,
        )
    with second:
        known = _choices(watch)
        period = choice.menu(
            "period",
            list(known),
            lambda name: view.say(f"dashboard_lineage.kind.{known[name].kind}", name=known[name].label),
            view.say("dashboard_lineage.period"),
            Window.DAY.value,
        )
    _shown(watch, view, kpi, period)


def _choices(watch: Watch) -> dict[str, Choice]:
    known = watch.of_ledger("periods", lambda ledger, _site, _now_ns: choices(ledger), keep_ns=CHOICES_NS).value
    return {one.name: one for one in known or window_choices()}


def _shown(watch: Watch, view: View, kpi: str, period: str) -> None:
    if period in WINDOWS:
        window = Window(period)
        answer = watch.of_store(
            ("lineage", kpi, period),
            lambda history, site, now_ns: rolling_origin(history, site, kpi, window, now_ns),
            keep_ns=KEEP_NS,
            wait_s=8.0,
        )
    else:
        answer = watch.of_ledger(
            ("lineage", kpi, period), lambda ledger, _site, _now_ns: kept_origin(ledger, kpi, period)
        )
    said = unanswered(view, answer, view.say("dashboard_lineage.what"))
    if said:
        st.html(said)
    if answer.value is None:
        return
    if not answer.value:
        nothing(view.t("dashboard_lineage.what"), [view.t("dashboard_lineage.none")])
    for i, origin in enumerate(answer.value):
        _origin(view, origin, rolling=period in WINDOWS, number=i)


def _origin(view: View, origin: Origin, *, rolling: bool, number: int) -> None:
    first, second = st.columns([1, 2], gap="small")
    with first:
        cards = (
            lineage_cards.result(view, origin, rolling=rolling),
            lineage_cards.equation(view, origin),
            lineage_cards.versions(view, origin),
        )
        st.html(f'<div class="g-column">{"".join(cards)}</div>')
        with st.expander(view.say("dashboard_lineage.configuration"), key=f"configuration_{number}"):
            st.html(lineage_cards.configuration(view, origin))
        st.download_button(
            view.say("dashboard_lineage.download"),
            data=lambda: msgspec.json.format(msgspec.json.encode(origin), indent=1),
            file_name=lineage_cards.as_json_name(origin),
            mime="application/json",
            key=f"lineage_{number}",
            on_click="ignore",
        )
    with second:
        st.html(lineage_cards.boundary(view, origin))
