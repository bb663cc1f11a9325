"""Exchange of a meter: what was recorded, and the way to record one, checked again when written."""

from __future__ import annotations

from html import escape
from typing import TYPE_CHECKING

import streamlit as st

from analytics.alarm_view.course import AXES
from analytics.device_view import Mark
from analytics.meter_exchange import ExchangeRefused, Registers, exchanges_of, record_exchange
from dashboard.markup import card
from dashboard.navigation import link
from dashboard.person import acting
from dashboard.place_alarms import named
from dashboard.span import instant
from greendc import display
from greendc.errors import StoreError
from greendc.quantities import Kind, quantities
from greendc.units import from_stored, to_stored

if TYPE_CHECKING:
    from collections.abc import Sequence

    from analytics.device_view import Course, DeviceView
    from analytics.meter_exchange import Exchange
    from dashboard.data import Watch
    from dashboard.markup import View
    from greendc.contracts import Ledger
    from greendc.model import Principal, SeriesKey
    from greendc.site import Site

METERED = frozenset(("J", "m3"))
"""Stored units of what meters count; other counters are no meters that a person exchanges."""
BOOK = "exchanges"
SHOWN = 12
LONGEST_REASON = 400
SAID = "exchange_said"


def counters_of(page: DeviceView) -> list[SeriesKey]:
    """Return the registers of a device that a meter counts."""
    return [one.key for one in page.measurements if one.kind is Kind.COUNTER and one.unit in METERED]


def record(watch: Watch, view: View, page: DeviceView) -> None:
    """Show the exchanges of a device's meter and the form for one; nothing for a device without a register."""
    counters = counters_of(page)
    if not counters:
        return
    with st.container(border=True, key="card_device_exchange"):
        st.html(f"<h2>{view.t('dashboard_device.exchange.title')}</h2>" + listed(view, recorded(watch, page.name)))
        person = acting()
        if person is None:
            st.html(f'<p class="g-muted">{view.t("dashboard_power.act.read_only")}</p>')
            return
        with st.expander(view.say("dashboard_device.exchange.new")):
            _form(watch, view, person, page.name, counters)
        if said := st.session_state.pop(SAID, ""):
            st.html(f'<p class="g-banner" role="status">{said}</p>')


def recorded(watch: Watch, device: str = "") -> tuple[Exchange, ...]:
    """Return the exchanges of a device, or of all, the newest first."""
    return watch.of_ledger((BOOK, device), lambda ledger, _site, _now_ns: exchanges_of(ledger, device)).value or ()


def marks_of(view: View, found: Sequence[Exchange], course: Course) -> list[Mark]:
    """Return the exchanges of one register within a course as marks on its chart."""
    return [
        Mark(
            time_ns=one.time_ns, kind="exchange", alarm_id="", priority="", text=f"{_change(view, one)} · {one.reason}"
        )
        for one in found
        if one.key == course.key and course.start_ns <= one.time_ns < course.end_ns
    ]


def exchanges(view: View, found: Sequence[Exchange]) -> str:
    """Return the exchanges of all meters as a card of its own, empty without any."""
    return card(view.t("dashboard_device.exchange.title"), listed(view, found, everywhere=True)) if found else ""


def listed(view: View, found: Sequence[Exchange], *, everywhere: bool = False) -> str:
    """Return exchanges, the newest first; with ``everywhere`` each leads to its device."""
    note = f'<p class="g-when">{view.t("dashboard_device.exchange.note")}</p>'
    if not found:
        return f'<p class="g-muted">{view.t("dashboard_device.exchange.none")}</p>{note}'
    rows = "".join(_row(view, one, everywhere=everywhere) for one in found[:SHOWN])
    hidden = len(found) - SHOWN
    more = f'<p class="g-muted">{view.t("dashboard_device.more", n=hidden)}</p>' if hidden > 0 else ""
    return f'<ul class="g-list">{rows}</ul>{more}{note}'


def _row(view: View, one: Exchange, *, everywhere: bool) -> str:
    name = link("device", f"<b>{escape(one.key.device)}</b> ", device=one.key.device) if everywhere else ""
    by = view.t("dashboard_device.exchange.by", name=one.by, time=display.moment(one.noted_ns, view.zone))
    return (
        f'<li data-exchange="{escape(one.key.label())}">{name}'
        f'<span class="g-when">{display.moment(one.time_ns, view.zone)}</span> {escape(_title(view, one.key))}'
        f"<div>{escape(_change(view, one))}</div>"
        f'<div class="g-when">{named(one.reason)} · {by}</div></li>'
    )


def _change(view: View, one: Exchange) -> str:
    old, new = (_register(value, one.key) for value in (one.old_final, one.new_initial))
    return view.say("dashboard_device.exchange.registers", old=old, new=new)


def _form(watch: Watch, view: View, person: Principal, device: str, counters: list[SeriesKey]) -> None:
    # A click is about the device that it was made on.
    with st.form(f"exchange_{device}", border=False, clear_on_submit=True):
        picked = st.selectbox(
            view.say("dashboard_device.exchange.series"),
            range(len(counters)),
            format_func=lambda at: f"{_title(view, counters[at])} [{_unit(counters[at])[1]}]",
            key="exchange_series",
        )
        when = st.text_input(
            view.say("dashboard_device.exchange.when"), key="exchange_when", placeholder="2026-11-23T14:03"
        )
        old = st.number_input(
            view.say("dashboard_device.exchange.old"), value=None, min_value=0.0, key="exchange_old", format="%.3f"
        )
        new = st.number_input(
            view.say("dashboard_device.exchange.fresh"), value=None, min_value=0.0, key="exchange_new", format="%.3f"
        )
        reason = st.text_input(view.say("dashboard_power.act.reason"), key="exchange_reason", max_chars=LONGEST_REASON)
        if st.form_submit_button(view.say("dashboard_device.exchange.do"), key="exchange_do"):
            key = counters[picked]
            read = _read(view, key, when, old, new)
            st.session_state[SAID] = _done(watch, view, person, key, read, reason)
            st.rerun()


def _read(view: View, key: SeriesKey, when: str, old: float | None, new: float | None) -> Registers | None:
    """Return what was entered in stored units; no time is now. None where something is missing or is no time."""
    time_ns = instant(when, view.zone) if when.strip() else view.now_ns
    if time_ns is None or old is None or new is None:
        return None
    unit, _ = _unit(key)
    values = (to_stored(value, unit) if unit else value for value in (old, new))
    return Registers(time_ns, *values)


def _done(watch: Watch, view: View, person: Principal, key: SeriesKey, read: Registers | None, reason: str) -> str:
    """Write the record; return what to say of it."""
    if read is None:
        return view.t("dashboard_device.exchange.incomplete")
    if acting() != person:
        return view.t("dashboard_power.act.read_only")

    def do(ledger: Ledger, site: Site, now_ns: int) -> None:
        record_exchange(ledger, site, key, read, person, now_ns, reason)

    try:
        watch.act((BOOK, key.device), do)
    except ExchangeRefused as error:
        return view.t("dashboard_power.act.refused", why=error.text(view.lang))
    except StoreError as error:
        return view.t("dashboard_power.act.not_written", why=str(error))
    return view.t("dashboard_device.exchange.written", what=key.label())


def _unit(key: SeriesKey) -> tuple[str, str]:
    """Return the unit that people read a register in, empty for the stored one, and how it is written."""
    stored = quantities()[key.quantity].unit
    return AXES.get(stored, ("", stored.replace("m3", "m³")))


def _register(value: float, key: SeriesKey) -> str:
    unit, written = _unit(key)
    return f"{display.number(from_stored(value, unit) if unit else value, 3)} {written}"


def _title(view: View, key: SeriesKey) -> str:
    title = quantities()[key.quantity].title(view.lang)
    return display.one_line(f"{title} · {key.part}" if key.part else title, 90)
