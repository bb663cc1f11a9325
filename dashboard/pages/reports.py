"""Reports: what one of a period would lack, building it, and the proof of those there are."""

from __future__ import annotations

from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

import streamlit as st

import dashboard
from analytics.reports import STEPS, Masking, ReportKind, Request
from analytics.reports.gathering import period_of
from analytics.reports_view import (
    TAKEN,
    history_of,
    note_taken,
    note_verified,
    packed,
    preflight_of,
    verified,
)
from dashboard import choice, report_cards
from dashboard.frame import live, unanswered
from dashboard.navigation import link
from dashboard.person import acting
from dashboard.report_desk import Order, shared_desk, why
from dashboard.span import CUSTOM, Range
from greendc import display
from greendc.errors import StoreError
from greendc.texts import LANGUAGES
from greendc.units import NS_PER_SECOND

if TYPE_CHECKING:
    from collections.abc import Hashable

    from analytics.reports_view import Preflight, ReportLine
    from dashboard.data import Watch
    from dashboard.markup import View
    from dashboard.report_desk import Desk
    from greendc.contracts import History, Ledger
    from greendc.site import Site

BOOK = "reports"
BOOK_NS = 20 * NS_PER_SECOND
CHECK_NS = 120 * NS_PER_SECOND
CHOSEN = "report"
SAID = "reports_said"
LISTED = 10
KIND, READERS, OVER = "kind", "readers", "over"
OWN, MONTH, YEAR = PERIODS = ("own", "month", "year")
MONTHLY, INTERNAL = ReportKind.MONTHLY.value, Masking.INTERNAL.value
STYLE = Path(dashboard.__file__).with_name("report.css")


def show(watch: Watch, lang: str) -> None:
    """Show the page, anew every few seconds."""
    st.html(STYLE)
    live(watch, lang, _body, every_s=3)


def _body(watch: Watch, view: View) -> None:
    desk = shared_desk(watch.data_dir, watch)
    first, second = st.columns([1, 1], gap="small")
    with first, st.container(key="card_report_new", border=True):
        _new(watch, desk, view)
    job = desk.job()
    # What was built since is looked at at once.
    book = (BOOK, job.folder if job is not None else "")
    lines = _known(watch, book)
    with second, st.container(key="card_report_one", border=True):
        st.html(f"<h2>{view.t('dashboard_reports.one')}</h2>")
        line = _picked(view, lines)
        if line is not None:
            st.html(report_cards.detail(view, line))
            _prove(watch, view, line, book)
    with first, st.container(key="card_report_history", border=True):
        count = f'<span class="g-count">{len(lines)}</span>' if lines else ""
        st.html(f"<h2>{view.t('dashboard_reports.history')} {count}</h2>")
        if not lines:
            st.html(f'<p class="g-muted">{view.t("dashboard_reports.none")}</p>')
            return
        every = len(lines) > LISTED and st.toggle(view.say("dashboard_reports.all", n=len(lines)), key="reports_all")
        listed = lines if every else lines[:LISTED]
        st.html(report_cards.history(view, listed, line.name if line is not None else ""))


def _known(watch: Watch, book: Hashable) -> tuple[ReportLine, ...]:
    def found(ledger: Ledger, _site: Site, _now_ns: int) -> tuple[ReportLine, ...]:
        return history_of(watch.data_dir, ledger)

    return watch.of_ledger(book, found, keep_ns=BOOK_NS).value or ()


def _new(watch: Watch, desk: Desk, view: View) -> None:
    """Show what a report of the chosen period would lack, and the way to build it."""
    st.html(f"<h2>{view.t('dashboard_reports.new')}</h2>")
    kind = ReportKind(choice.menu(KIND, tuple(ReportKind), partial(_named, view, "kinds"), *_of(view, "kind", MONTHLY)))
    about = view.t(f"dashboard_reports.about_kind.{kind.replace('-', '_')}")
    st.html(f'<p class="g-when">{about}</p>')
    span = _period(watch, view)
    check = partial(_check, watch.data_dir, span)
    answer = watch.of_store(("preflight", span.name), check, keep_ns=CHECK_NS)
    st.html(f"<h3>{view.t('dashboard_reports.check.title')}</h3>")
    if said := unanswered(view, answer, view.say("dashboard_reports.check.title")):
        st.html(said)
    if answer.value is not None:
        st.html(report_cards.preflight(view, answer.value))
    person = acting()
    if person is None:
        st.html(f'<p class="g-muted">{view.t("dashboard_reports.read_only")}</p>')
        return
    job = desk.job()
    busy = job is not None and not job.done
    langs = st.pills(
        view.say("dashboard_reports.languages"),
        LANGUAGES,
        selection_mode="multi",
        default=LANGUAGES,
        format_func=lambda lang: view.say(f"dashboard_reports.in_{lang}"),
        key="report_langs",
    )
    readers = choice.menu(READERS, tuple(Masking), partial(_named, view, "masks"), *_of(view, "readers", INTERNAL))
    final = st.toggle(
        view.say("dashboard_reports.final"), key="report_final", help=view.say("dashboard_reports.final_why")
    )
    asked = st.button(view.say("dashboard_reports.build"), key="report_build", disabled=busy or not langs)
    if asked and langs and acting() == person:
        request = Request(
            kind=kind,
            start_ns=span.start_ns,
            end_ns=span.end_ns,
            langs=tuple(langs),
            masking=Masking(readers),
            final=final,
        )
        desk.start(Order(request=request, by=person))
        st.rerun()
    _progress(view, desk)


def _named(view: View, group: str, name: str) -> str:
    return view.say(f"dashboard_reports.{group}.{name.replace('-', '_')}")


def _of(view: View, name: str, default: str) -> tuple[str, str]:
    return view.say(f"dashboard_reports.{name}"), default


def _period(watch: Watch, view: View) -> Range:
    """Return the period that is chosen: the last complete month or year, or the range of the pages."""
    picked = choice.pills(OVER, PERIODS, partial(_named, view, "over"), view.say("dashboard_reports.period"), OWN)
    if picked == OWN:
        return choice.time_range(view)
    kind = ReportKind.MONTHLY if picked == MONTH else ReportKind.ACCEPTANCE
    start_ns, end_ns = period_of(watch.read_site(), "last", view.now_ns, kind)
    begin, end = (display.moment(time_ns, view.zone) for time_ns in (start_ns, end_ns))
    st.html(f'<p class="g-when">{begin}{report_cards.EN_DASH}{end}</p>')
    return Range(start_ns=start_ns, end_ns=end_ns, key=CUSTOM)


def _check(data_dir: Path, span: Range, history: History, site: Site, _now_ns: int) -> Preflight:
    return preflight_of(history, site, span.start_ns, span.end_ns, data_dir)


def _progress(view: View, desk: Desk) -> None:
    """Show how far the newest order is, or what became of it."""
    job = desk.job()
    if job is None:
        return
    if not job.done:
        step = view.say(f"report_build.step.{job.step or STEPS[0]}")
        st.progress(job.share, text=view.say("dashboard_reports.building", step=step))
    elif job.error is not None:
        said = view.t("dashboard_reports.failed", why=why(job.error, view.lang))
        st.html(f'<p class="g-banner" role="alert">{said}</p>')
    elif job.broken:
        st.html(f'<p class="g-banner" role="alert">{view.t("dashboard_reports.broken")}</p>')
    else:
        shown = link("reports", view.t("dashboard_reports.show"), report=job.folder)
        said = view.t("dashboard_reports.built", name=job.folder)
        st.html(f'<p class="g-banner" role="status">{said} {shown}</p>')


def _picked(view: View, lines: tuple[ReportLine, ...]) -> ReportLine | None:
    if not lines:
        st.html(f'<p class="g-muted">{view.t("dashboard_reports.none")}</p>')
        return None
    known = {line.name: line for line in lines}
    name = choice.menu(CHOSEN, list(known), str, view.say("dashboard_reports.pick"), lines[0].name)
    return known[name]


def _prove(watch: Watch, view: View, line: ReportLine, book: Hashable) -> None:
    """Show the buttons that verify and take a report; what a person does with it is noted."""
    with st.container(horizontal=True, key="report_acts"):
        if st.button(view.say("dashboard_reports.verify.do"), key="report_verify"):
            st.session_state[SAID] = (line.name, _verified(watch, view, line.name, book))
            st.rerun()
        if st.button(view.say("dashboard_reports.verify.recompute"), key="report_recompute"):
            st.session_state[SAID] = (line.name, _verified(watch, view, line.name, book, recompute=True))
            st.rerun()
        # Nothing is packed before the browser asks for it.
        st.download_button(
            view.say("dashboard_reports.take"),
            data=partial(_taken, watch, line.name, may_note=acting() is not None),
            file_name=f"{line.name}.zip",
            mime="application/zip",
            key="report_take",
            on_click="ignore",
        )
    name, said = st.session_state.get(SAID, ("", ""))
    if name == line.name:
        st.html(said)


def _verified(watch: Watch, view: View, name: str, book: Hashable, *, recompute: bool = False) -> str:
    found = verified(watch.data_dir, name, recompute=recompute)
    person = acting()
    if person is not None:
        try:
            watch.act(
                book, lambda ledger, _site, now_ns: note_verified(ledger, watch.data_dir, name, found, person, now_ns)
            )
        except StoreError as error:
            return f'<p class="g-banner">{view.t("dashboard_reports.not_written", why=str(error))}</p>'
    return report_cards.findings(view, found)


def _taken(watch: Watch, name: str, *, may_note: bool) -> bytes:
    """Return a report as one file, and note who took it where that is known."""
    content = packed(watch.data_dir / "reports" / name)
    if may_note and (person := acting()) is not None:
        watch.act(TAKEN, lambda ledger, _site, now_ns: note_taken(ledger, watch.data_dir, name, person, now_ns))
    return content
