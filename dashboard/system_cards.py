"""The cards of the system page: findings of the doctor, processes and jobs, the store, settings, what people did."""

from __future__ import annotations

from html import escape
from typing import TYPE_CHECKING

from analytics.overview import State
from dashboard.markup import card, phrases, state_of
from dashboard.place_alarms import named
from greendc import display
from greendc.settings import MASK, Origin
from greendc.storage.retention import NS_PER_DAY
from greendc.texts import catalogue
from greendc.units import NS_PER_SECOND, from_stored

if TYPE_CHECKING:
    from collections.abc import Sequence

    from analytics.system_view import Deed, Job, Process, SiteFileNote, StoreNote, Trouble
    from dashboard.markup import View
    from greendc.doctor import Finding
    from greendc.settings import InForce

MARKS = {"ok": "\u2713", "warn": "!", "fail": "\u2717"}
DEEDS_SHOWN = 25
HASH_SHOWN = 16
LONGEST = 300
FOREVER = "0"


def versions(view: View, found: Sequence[tuple[str, str]]) -> str:
    """Return what runs here, by version."""
    rows = "".join(
        f'<tr><td>{escape(name)}</td><td class="g-right">{escape(number)}</td></tr>' for name, number in found
    )
    return card(view.t("dashboard_system.versions"), f'<table class="g-table">{rows}</table>')


def doctor(view: View, findings: Sequence[Finding]) -> str:
    """Return what the doctor finds, failures first."""
    order = ("fail", "warn", "ok")
    listed = sorted(findings, key=lambda one: order.index(one.state))
    rows = "".join(
        f'<tr data-finding="{escape(one.state)}"><td class="g-verdict"><span class="g-tag g-{one.state}-tag">'
        f'<span aria-hidden="true">{MARKS[one.state]}</span> {view.t(f"dashboard_system.doctor.{one.state}")}</span>'
        f"</td><td><b>{named(one.subject)}</b><div>{escape(display.one_line(one.text, LONGEST))}</div></td></tr>"
        for one in listed
    )
    bad = sum(one.state != "ok" for one in findings)
    said = view.t("dashboard_system.doctor.bad", n=bad) if bad else view.t("dashboard_system.doctor.well")
    title = f'{view.t("dashboard_system.doctor.title")} <span class="g-when">greendc doctor</span>'
    return card(title, f'<p class="g-when">{said}</p><table class="g-table g-doctor">{rows}</table>')


def processes(view: View, found: Sequence[Process]) -> str:
    """Return the processes, each with what it counted since it started."""
    rows = "".join(_process(view, process) for process in found)
    title = view.t("dashboard_system.process.title")
    return card(title, f'<ul class="g-list">{rows}</ul>')


def _process(view: View, process: Process) -> str:
    state = state_of(view, process.state, time_ns=process.said_ns)
    if process.state is State.MISSING:
        state += f' <span class="g-when">{view.t("dashboard_system.process.quiet")}</span>'
    counts = [f"{view.t(f'dashboard_system.count.{name}')} {display.number(count)}" for name, count in process.counts]
    if process.slowest_s is not None:
        slowest = escape(str(display.stored(process.slowest_s, "s")))
        counts.append(f"{view.t('dashboard_system.count.slowest')} {slowest}")
    ways = [
        f"{named(name)}: {view.t('dashboard_system.way.ok') if said == 'ok' else named(said)}"
        for name, said in process.ways
    ]
    return (
        f'<li data-process="{escape(process.name)}"><b>{escape(process.name)}</b> {state}'
        f'<div class="g-when">{phrases(counts)}</div><div class="g-when">{phrases(ways)}</div></li>'
    )


def jobs(view: View, found: Sequence[Job]) -> str:
    """Return the scheduled jobs, those that failed first."""
    title = view.t("dashboard_system.job.title")
    if not found:
        return card(title, f'<p class="g-muted">{view.t("dashboard_system.job.none")}</p>')
    listed = sorted(found, key=lambda job: (not job.error, job.name))
    rows = "".join(
        f"<tr><td>{_worded(view, 'job_name', job.name)}</td>"
        f'<td class="g-right">{view.t("dashboard_shell.state.age", age=view.ago(job.done_ns)) if job.done_ns else ""}'
        f"{_failed(view, job)}</td></tr>"
        for job in listed
    )
    return card(title, f'<table class="g-table">{rows}</table>')


def _failed(view: View, job: Job) -> str:
    if not job.error:
        return ""
    word = view.t("dashboard_system.job.failed")
    return f'<div><span class="g-tag">{MARKS["fail"]} {word}</span> {named(job.error)}</div>'


def troubles(view: View, found: Sequence[Trouble]) -> str:
    """Return the devices that the collector has trouble with; empty when there are none."""
    if not found:
        return ""
    rows = "".join(
        f'<li><b>{named(one.device)}</b> <span class="g-tag">{_worded(view, "device", one.state)}</span> '
        f'<span class="g-when">{_answered(view, one)}</span><div class="g-when">{named(one.error)}</div></li>'
        for one in found
    )
    return card(view.t("dashboard_system.device.title"), f'<ul class="g-list">{rows}</ul>')


def _answered(view: View, one: Trouble) -> str:
    if not one.last_ok_ns:
        return view.t("dashboard_system.device.never")
    return view.t("dashboard_system.device.answered", age=view.ago(one.last_ok_ns))


def store(view: View, note: StoreNote) -> str:
    """Return what the store is, what it holds, how long it keeps it, and the space that is left."""
    stats = note.stats
    rows = [
        ("url", escape(stats.url)),
        ("product", escape(f"{stats.product} {stats.version}".strip())),
        ("holds", view.t("dashboard_system.store.held", n=display.number(stats.readings), m=stats.series)),
        ("newest", display.moment(stats.newest_ns, view.zone) if stats.newest_ns else display.UNKNOWN),
        ("size", _size(stats.bytes_on_disk) if stats.bytes_on_disk else _elsewhere(view)),
        ("free", f"{_size(note.free_by)} / {_size(note.total_by)}"),
    ]
    rows += [(f"kept_{level}", _kept(view, days)) for level, days in stats.retention_days.items()]
    body = "".join(
        f'<tr><td>{view.t(f"dashboard_system.store.{name}")}</td><td class="g-right">{value}</td></tr>'
        for name, value in rows
    )
    tried = ""
    if stats.tried != "own":
        known = ", ".join(stats.tried_versions)
        tried = f'<p class="g-when">{view.t(f"store.stats.{stats.tried}", versions=known)}</p>'
    return card(view.t("dashboard_system.store.title"), f'{tried}<table class="g-table">{body}</table>')


def _size(amount_by: int) -> str:
    gigabytes = from_stored(float(amount_by), "GBy")
    if gigabytes < 1:
        return f"{display.significant(from_stored(float(amount_by), 'MBy'))}{display.SPACE}MB"
    return f"{display.significant(gigabytes)}{display.SPACE}GB"


def _elsewhere(view: View) -> str:
    return f'<span class="g-muted">{view.t("dashboard_system.store.elsewhere")}</span>'


def _kept(view: View, days: int) -> str:
    if not days:
        return view.t("dashboard_system.store.forever")
    return escape(display.age(days * NS_PER_DAY / NS_PER_SECOND, view.lang))


def settings(view: View, found: Sequence[InForce]) -> str:
    """Return every setting in force with its origin; a secret only says whether it is set."""
    rows = "".join(
        f'<tr><td><b>{escape(one.name)}</b><div class="g-when">{view.t(f"settings.{one.name}")}</div></td>'
        f"<td>{_value(view, one)}</td><td>{_origin(view, one)}</td></tr>"
        for one in found
    )
    heads = "".join(f"<th>{view.t(f'dashboard_system.setting.{name}')}</th>" for name in ("name", "value", "origin"))
    note = f'<p class="g-when">{view.t("dashboard_system.setting.note")}</p>'
    body = f'{note}<table class="g-table g-settings"><tr>{heads}</tr>{rows}</table>'
    return card(view.t("dashboard_system.setting.title"), body)


def _value(view: View, one: InForce) -> str:
    if one.secret:
        return MASK if one.is_set else f'<span class="g-muted">{view.t("dashboard_system.setting.unset")}</span>'
    if not one.value:
        return f'<span class="g-muted">{view.t("dashboard_system.setting.empty")}</span>'
    if one.name.startswith("retention") and one.value == FOREVER:
        return f"{escape(one.value)} · {view.t('dashboard_system.store.forever')}"
    return escape(one.value)


def _origin(view: View, one: InForce) -> str:
    said = view.t(f"dashboard_system.origin.{one.origin.value}")
    if one.origin in {Origin.ENVIRONMENT, Origin.FILE}:
        return f'{said}<div class="g-when">{escape(one.variable)}</div>'
    return f'<span class="g-muted">{said}</span>'


def site_file(view: View, note: SiteFileNote) -> str:
    """Return the site file with its hash, and each value of its head with the line it stands in."""
    rows = "".join(
        f"<tr><td>{escape(one.path)}</td><td>{escape(display.one_line(one.value, LONGEST)) or display.UNKNOWN}</td>"
        f"<td>{_line(view, one.line)}</td></tr>"
        for one in note.entries
    )
    heads = "".join(f"<th>{view.t(f'dashboard_system.setting.{name}')}</th>" for name in ("name", "value", "origin"))
    facts = [
        escape(note.file),
        view.t("dashboard_system.file.changed", time=display.moment(note.changed_ns, view.zone)),
        f"SHA-256 {note.sha256[:HASH_SHOWN]}…" if note.sha256 else "",
        *(f"{escape(name)} {count}" for name, count in note.counts if count),
    ]
    broken = ""
    if not note.as_used:
        broken = f'<p class="g-banner">{view.t("dashboard_system.file.broken")}</p>'
    table = f'<table class="g-table g-settings"><tr>{heads}</tr>{rows}</table>'
    return card(view.t("dashboard_system.file.title"), f'{broken}<p class="g-when">{phrases(facts)}</p>{table}')


def _line(view: View, line: int) -> str:
    if line:
        return view.t("dashboard_system.file.line", n=line)
    return f'<span class="g-muted">{view.t("dashboard_system.origin.default")}</span>'


def audit(view: View, deeds: Sequence[Deed], *, every: bool) -> str:
    """Return what people did, the newest first: who in which role, when, what, about what, why."""
    if not deeds:
        return f'<p class="g-muted">{view.t("dashboard_system.audit.none")}</p>'
    listed = deeds if every else deeds[:DEEDS_SHOWN]
    rows = "".join(
        f'<tr data-deed="{one.seq}">'
        f'<td>{display.moment(one.time_ns, view.zone)}<div class="g-when">#{one.seq}</div></td>'
        f'<td>{named(one.name)}<div class="g-when">{named(one.role)}</div></td>'
        f'<td>{_worded(view, "kind", one.kind)}<div class="g-when">{named(one.subject)}</div></td>'
        f"<td>{named(one.reason) if one.reason else display.UNKNOWN}</td></tr>"
        for one in listed
    )
    heads = "".join(f"<th>{view.t(f'dashboard_system.audit.{name}')}</th>" for name in ("when", "who", "what", "why"))
    return f'<table class="g-table g-audit"><tr>{heads}</tr>{rows}</table>'


def _worded(view: View, group: str, code: str) -> str:
    """Return what a code means; one that another version wrote is shown as it is."""
    key = f"dashboard_system.{group}.{code.replace('.', '_')}"
    return view.t(key) if key in catalogue() else named(code)


def people(view: View, key: str) -> str:
    """Return who looks and who may act; ``key`` is operator or reader."""
    who, note = view.t(f"dashboard_shell.who.{key}"), view.t("dashboard_system.who")
    return card(view.t("dashboard_system.people"), f'<p><b>{who}</b></p><p class="g-when">{note}</p>')
