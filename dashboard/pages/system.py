"""System: versions, what the doctor finds, settings and where they come from, processes, the store, who did what."""

from __future__ import annotations

from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

import streamlit as st

import dashboard
from analytics.system_view import (
    audit_of,
    doctor_of,
    processes_of,
    site_file_of,
    store_of,
    troubles_of,
    versions,
)
from dashboard import choice, system_cards
from dashboard.frame import live, unanswered
from dashboard.person import acting
from greendc.doctor import Finding
from greendc.settings import Settings
from greendc.units import NS_PER_SECOND

if TYPE_CHECKING:
    from collections.abc import Sequence

    from analytics.system_view import Deed, StoreNote
    from dashboard.data import Watch
    from dashboard.markup import View
    from dashboard.shelf import Answer
    from greendc.contracts import History, Ledger
    from greendc.site import Site

HEALTH_NS = 15 * NS_PER_SECOND
STORE_NS = 60 * NS_PER_SECOND
AUDIT_NS = 2 * NS_PER_SECOND
EVERY = "-"
STYLE = Path(dashboard.__file__).with_name("system.css")


def show(watch: Watch, lang: str) -> None:
    """Show the page, anew every few seconds."""
    st.html(STYLE)
    live(watch, lang, _body, every_s=10)


def _body(watch: Watch, view: View) -> None:
    settings = Settings()
    held = watch.of_store("system_store", partial(_store, settings), keep_ns=STORE_NS)
    if said := unanswered(view, held, view.say("dashboard_system.store.title")):
        st.html(said)
    found = watch.of_ledger(("doctor", view.lang), partial(_doctor, settings, view.lang), keep_ns=HEALTH_NS).value
    running = processes_of(watch.data_dir, watch.read_site(), view.now_ns)
    first, second = st.columns([3, 2], gap="small")
    with first:
        findings = [*(found or ()), *_stored(view, settings, held)]
        jobs = [job for process in running for job in process.jobs]
        cards = (
            system_cards.doctor(view, findings),
            system_cards.processes(view, running),
            system_cards.troubles(view, troubles_of(watch.data_dir)),
            system_cards.jobs(view, jobs),
        )
        st.html(f'<div class="g-column">{"".join(cards)}</div>')
    with second:
        known = system_cards.store(view, held.value) if held.value is not None else ""
        st.html(f'<div class="g-column">{known}{_people(view)}{system_cards.versions(view, versions())}</div>')
    _audit(watch, view)
    left, right = st.columns([1, 1], gap="small")
    with left:
        st.html(system_cards.settings(view, settings.in_force()))
    with right:
        st.html(system_cards.site_file(view, site_file_of(Path(settings.get("site")), watch.read_site())))


def _store(settings: Settings, store: History, site: Site, _now_ns: int) -> StoreNote:
    return store_of(store, site.name, settings)


def _doctor(settings: Settings, lang: str, _ledger: Ledger, _site: Site, now_ns: int) -> list[Finding]:
    return doctor_of(settings, now_ns, lang)


def _stored(view: View, settings: Settings, held: Answer[StoreNote]) -> list[Finding]:
    """Return what the doctor says of the store, by the answer that the page has already."""
    if held.away is not None:
        return [Finding(subject="store", state="fail", text=held.away.cause)]
    if held.value is None:
        return []
    said = view.say("cli.doctor.store", url=settings.get("store"), rows=held.value.stats.readings)
    return [Finding(subject="store", state="ok", text=said)]


def _people(view: View) -> str:
    """Return who may act from here."""
    key = "operator" if acting() else "reader"
    return system_cards.people(view, key)


def _audit(watch: Watch, view: View) -> None:
    deeds: Sequence[Deed] = watch.of_ledger("audit", _deeds, keep_ns=AUDIT_NS).value or ()
    with st.container(key="card_audit", border=True):
        st.html(
            f'<h2>{view.t("dashboard_system.audit.title")} <span class="g-count">{len(deeds)}</span> '
            f'<span class="g-when">{view.t("dashboard_system.audit.note")}</span></h2>'
        )
        names = sorted({deed.name for deed in deeds})
        if len(names) > 1:
            every = view.say("dashboard_system.audit.everyone")
            who = choice.menu(
                "who",
                [EVERY, *names],
                lambda name: every if name == EVERY else name,
                view.say("dashboard_system.audit.who"),
                EVERY,
            )
            deeds = [deed for deed in deeds if who in {EVERY, deed.name}]
        more = len(deeds) > system_cards.DEEDS_SHOWN
        whole = more and st.toggle(view.say("dashboard_system.audit.all", n=len(deeds)), key="audit_all")
        st.html(system_cards.audit(view, deeds, every=whole))


def _deeds(ledger: Ledger, _site: Site, _now_ns: int) -> tuple[Deed, ...]:
    return audit_of(ledger)
