"""The cards of the reports page: what a report would lack, the reports there are, and one of them with its proof."""

from __future__ import annotations

from html import escape
from typing import TYPE_CHECKING

from analytics.alarms.transition import SYSTEM
from analytics.efficiency_view import wording
from analytics.reports.request import Masking
from analytics.reports_view import Seal
from dashboard.markup import phrases
from dashboard.navigation import link
from dashboard.place_alarms import named
from greendc import display

if TYPE_CHECKING:
    from collections.abc import Sequence

    from analytics.reports import Finding
    from analytics.reports_view import Preflight, ReportLine
    from analytics.result import KpiResult
    from dashboard.markup import View

MARKS = {Seal.SOUND: "\u2713", Seal.UNNOTED: "\u2713", Seal.FOREIGN: "!", Seal.BROKEN: "\u2717", Seal.UNSIGNED: "!"}
HASH_SHOWN = 12
LISTED = 14
EN_DASH = "\u2009\u2013\u2009"


def preflight(view: View, found: Preflight) -> str:
    """Return the list of what the report would say and what it would not, worst first."""
    rows = [*_grave(view, found)]
    rows += [
        _check(view, "\u2717", "refused", found.refused, with_reason=True),
        _check(view, "!", "low", found.low, with_coverage=True),
        _check(view, "\u2013", "unmetered", found.unmetered),
        _check(view, "\u2713", "ready", found.ready),
    ]
    return f'<ul class="g-list g-checks" data-preflight="{len(found.ready)}">{"".join(rows)}</ul>'


def _grave(view: View, found: Preflight) -> list[str]:
    rows = []
    if found.no_facility:
        rows.append(_row("\u2717", view.t("dashboard_reports.check.no_facility"), "no_facility"))
    if found.first_ns is None:
        rows.append(_row("\u2717", view.t("dashboard_reports.check.no_data"), "no_data"))
    elif found.first_ns > found.start_ns:
        said = view.t("dashboard_reports.check.begins", time=display.moment(found.first_ns, view.zone))
        rows.append(_row("!", said, "begins"))
    for line in found.lossy:
        said = view.t("dashboard_reports.check.lossy", node=line.node, n=display.number(line.lost))
        rows.append(_row("!", said, "lossy"))
    if found.simulated:
        rows.append(_row("!", view.t("dashboard_reports.check.simulated"), "simulated"))
    return rows


def _row(mark: str, body: str, code: str) -> str:
    return f'<li data-check="{code}"><span class="g-mark" aria-hidden="true">{mark}</span> {body}</li>'


def _check(
    view: View,
    mark: str,
    code: str,
    figures: Sequence[KpiResult],
    *,
    with_reason: bool = False,
    with_coverage: bool = False,
) -> str:
    """Return one group of figures; empty for none."""
    if not figures:
        return ""
    names = []
    for one in figures:
        words = escape(wording.title(one, view.lang))
        if with_coverage:
            words += f" {escape(str(display.percent(one.coverage)))}"
        if with_reason and one.reason:
            words += f" ({escape(wording.reason(one, view.lang))})"
        names.append(f'<span class="g-phrase-wide">{words}</span>')
    lead = view.t(f"dashboard_reports.check.{code}", n=len(figures))
    more = f" \u00b7 \u2026 {len(names) - LISTED}" if len(names) > LISTED else ""
    listed = " \u00b7 ".join(names[:LISTED])
    return _row(mark, f'<b>{lead}</b><div class="g-when">{listed}{more}</div>', code)


def history(view: View, lines: Sequence[ReportLine], chosen: str) -> str:
    """Return the reports, the newest first: period, when and by whom built, what they are, and their seal."""
    heads = "".join(
        f"<th>{view.t(f'dashboard_reports.column.{name}')}</th>" for name in ("period", "built", "state", "seal")
    )
    rows = "".join(_report(view, line, chosen=line.name == chosen) for line in lines)
    return f'<table class="g-table g-reports"><tr class="g-heads">{heads}</tr>{rows}</table>'


def _report(view: View, line: ReportLine, *, chosen: bool) -> str:
    mark = ' class="g-chosen"' if chosen else ""
    name = link("reports", f"<b>{period(view, line)}</b>", report=line.name)
    by = named(line.by) if line.by else view.t("dashboard_reports.not_noted")
    return (
        f'<tr data-report="{escape(line.name)}" data-seal="{line.seal}"{mark}><td>{name}'
        f'<div class="g-when">{escape(line.name)}</div></td>'
        f'<td>{display.moment(line.built_ns, view.zone)}<div class="g-when">{by}</div></td>'
        f"<td>{_status(view, line)}</td>"
        f'<td>{seal(view, line)}<div class="g-when">{line.manifest_sha256[:HASH_SHOWN]}…</div></td></tr>'
    )


def period(view: View, line: ReportLine) -> str:
    """Return the period of a report, its folder where the manifest does not say it."""
    if not line.end_ns:
        return escape(line.name)
    start, end = (display.moment(at_ns, view.zone) for at_ns in (line.start_ns, line.end_ns))
    return f"{start}{EN_DASH}{end}"


def _status(view: View, line: ReportLine) -> str:
    words = [view.t(f"dashboard_reports.kinds.{line.kind.replace('-', '_')}")] if line.kind else []
    words.append(view.t(f"dashboard_reports.status.{'final' if line.status == 'final' else 'draft'}"))
    if line.version:
        words.append(view.t("dashboard_reports.version", n=line.version))
    if line.masking and line.masking != Masking.INTERNAL:
        words.append(view.t(f"dashboard_reports.masks.{line.masking}"))
    if line.simulated:
        words.append(view.t("dashboard_reports.status.simulated"))
    return phrases(words)


def seal(view: View, line: ReportLine) -> str:
    """Return what verification says, as mark and word."""
    return (
        f'<span class="g-tag g-seal-{line.seal}"><span aria-hidden="true">{MARKS[line.seal]}</span> '
        f"{view.t(f'dashboard_reports.seal.{line.seal}')}</span>"
    )


def detail(view: View, line: ReportLine) -> str:
    """Return one report: what verification found, its files with their hashes, and how to check it elsewhere."""
    facts = phrases(
        [
            escape(line.software),
            view.t("dashboard_reports.inputs", n=line.inputs),
            _asked(view, line),
        ]
    )
    rows = "".join(
        f'<tr><td>{named(one.name)}<div class="g-when g-hash">{escape(one.sha256)}</div></td>'
        f'<td class="g-right">{_size(one.size_by)}</td></tr>'
        for one in line.files
    )
    heads = f"<tr><th>{view.t('dashboard_reports.file')}</th><th></th></tr>"
    note = view.t("dashboard_reports.elsewhere")
    return (
        f"<p>{seal(view, line)} {view.t(f'dashboard_reports.about.{line.seal}')}</p>"
        f'<p class="g-when">{facts}</p><p class="g-when g-hash">manifest.json {escape(line.manifest_sha256)}</p>'
        f'<table class="g-table g-files">{heads}{rows}</table><p class="g-when">{note}</p>'
        f"<code>{escape(f'greendc verify DATA/reports/{line.name}')}</code>"
    )


def _asked(view: View, line: ReportLine) -> str:
    """Return who asked for a report, empty when the ledger does not know it."""
    if line.role == SYSTEM.role:
        return view.t("dashboard_reports.scheduled")
    return view.t("dashboard_reports.asked", name=line.by, role=line.role) if line.by else ""


def findings(view: View, found: Sequence[Finding]) -> str:
    """Return what a verification that a person asked for found, each in a sentence."""
    bad = [one for one in found if one.level == "error"]
    head = view.t(f"dashboard_reports.verify.{'bad' if bad else 'good'}", n=len(bad))
    rows = "".join(f"<li>{escape(display.one_line(one.sentence(view.lang)))}</li>" for one in found)
    return f'<div class="g-banner" role="status"><b>{head}</b><ul>{rows}</ul></div>'


def _size(amount_by: int | None) -> str:
    if amount_by is None:
        return display.UNKNOWN
    return f"{display.number(amount_by)}{display.SPACE}B"
