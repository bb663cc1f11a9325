"""The cards of the device page: who it is, how it is read, what it measures, and what the chart leaves out."""

from __future__ import annotations

from html import escape
from typing import TYPE_CHECKING

from analytics.overview import State
from dashboard.header import TIMES
from dashboard.markup import View, card, figure, phrases, provenance, state_of, tag
from dashboard.navigation import link
from dashboard.place_alarms import named
from greendc import display
from greendc.model import Quality
from greendc.origins import origin
from greendc.quantities import quantity
from greendc.site import CENTRE
from greendc.texts import catalogue

if TYPE_CHECKING:
    from collections.abc import Sequence

    from analytics.alarm_view import Beside
    from analytics.device_view import Course, DeviceView, Mark, Measurement, Polling

EVENTS_SHOWN = 12
_RAW_COLUMNS = ".g-measured :is(td, th):is(:nth-child(3), :nth-child(4))"
STYLE = f"<style>@media (max-width: 640px) {{ {_RAW_COLUMNS} {{ display: none; }} }}</style>"
"""On a phone the two columns of raw values give way; they stand in the table of a wider window."""


def identity(view: View, page: DeviceView) -> str:
    """Return what the device is by its profile, and the documents that the profile was written from."""
    title = view.t("dashboard_device.identity")
    entry, known = page.entry, page.profile
    if entry is None or known is None:
        return card(title, f'<p class="g-muted">{view.t("dashboard_device.no_profile")}</p>')
    sources = "".join(f"<li>{named(source)}</li>" for source in known.sources)
    rack = link("rack", escape(entry.rack), rack=entry.rack) if entry.rack else display.UNKNOWN
    profile = f"{escape(known.name)} · {view.t('dashboard_device.version', n=known.version)}"
    rows = {
        "what": named(origin(known.title, view.lang)),
        "maker": named(known.maker),
        "profile": profile,
        "sources": f"<ul>{sources}</ul>",
        "address": f"{escape(entry.address)} · {escape(known.protocol)}",
        "rack": rack,
    }
    return card(title, _facts(view, rows))


def polling(view: View, said: Polling) -> str:
    """Return how the device is read, when it last answered, and its last error in words."""
    owner = view.t("dashboard_device.centre") if said.owner == CENTRE else escape(said.owner)
    rows = {
        "owner": owner,
        "interval": display.UNKNOWN if said.interval_s is None else f"{display.significant(said.interval_s)} s",
        "timeout": display.UNKNOWN if said.timeout_s is None else f"{display.significant(said.timeout_s)} s",
    }
    if said.said_ns:
        rows |= {
            "state": view.t(f"dashboard_device.poll.{said.state}"),
            "last_ok": _answered(view, said.last_ok_ns),
            "latency": display.UNKNOWN if said.latency_s is None else f"{display.number(1000 * said.latency_s)} ms",
            "readings": display.UNKNOWN if said.readings is None else display.number(said.readings),
            "error": named(said.error) if said.error else view.t("dashboard_device.no_error"),
        }
    note = "" if said.said_ns else f'<p class="g-muted">{view.t("dashboard_device.not_seen")}</p>'
    return card(view.t("dashboard_device.polling"), _facts(view, rows) + note)


def read_once(view: View, said: Polling) -> str:
    """Return what the last read brought, and how a person reads the device once without the pages touching it."""
    title = f"<h2>{view.t('dashboard_device.read.title')}</h2>"
    last = ""
    if said.last_ok_ns and said.latency_s is not None:
        words = view.t(
            "dashboard_device.read.last",
            state=view.say(f"dashboard_device.poll.{said.state}"),
            age=view.ago(said.last_ok_ns),
            ms=display.number(1000 * said.latency_s),
            n=display.number(said.readings or 0),
        )
        last = f"<p>{words}</p>"
    if said.owner != CENTRE:
        return f'{title}{last}<p class="g-when">{view.t("dashboard_device.read.edge", node=said.owner)}</p>'
    return f'{title}{last}<p class="g-when">{view.t("dashboard_device.read.how")}</p>'


def _answered(view: View, time_ns: int) -> str:
    if not time_ns:
        return display.UNKNOWN
    age = view.t("dashboard_shell.state.age", age=view.ago(time_ns))
    return f"{display.moment(time_ns, view.zone)} · {age}"


def _facts(view: View, rows: dict[str, str]) -> str:
    body = "".join(
        f"<tr><th>{view.t(f'dashboard_device.fact.{key}')}</th><td>{cell}</td></tr>" for key, cell in rows.items()
    )
    return f'<table class="g-table g-facts">{body}</table>'


def measurements(view: View, page: DeviceView, found: Beside | None) -> str:
    """Return everything that the device measures: as people read it, as it is stored, and as the device writes it."""
    title = f'{view.t("dashboard_device.measurements")} <span class="g-count">{len(page.measurements)}</span>'
    if not page.measurements:
        return card(title, f'<p class="g-muted">{view.t("dashboard_device.nothing_said")}</p>')
    columns = ("what", "value", "stored", "raw", "quality")
    heads = "".join(f"<th>{view.t(f'dashboard_device.column.{key}')}</th>" for key in columns)
    covered = found is not None and page.name in found.windows
    rows = "".join(_measurement(view, one, covered=covered) for one in page.measurements)
    return card(title, f'<table class="g-table g-measured"><tr>{heads}</tr>{rows}</table>')


def _measurement(view: View, one: Measurement, *, covered: bool) -> str:
    known = quantity(one.key.quantity)
    series = f"{one.key.part}:{one.key.quantity}"
    name = link("device", escape(known.title(view.lang)), device=one.key.device, series=series)
    part = f'<div class="g-when">{named(one.key.part)}</div>' if one.key.part else ""
    fact = one.figure
    state = state_of(view, State.SUPPRESSED) if covered else provenance(view, fact)
    cells = (
        f"{name}{part}",
        figure(view, fact, display.of_quantity(fact.value, known)),
        display.UNKNOWN if one.stored is None else f"{one.stored:.10g} {escape(one.unit if one.unit != '1' else '')}",
        _raw(view, one),
        f"{_quality(view, one)}<div>{state}</div>",
    )
    return f'<tr data-series="{escape(series)}">{"".join(f"<td>{cell}</td>" for cell in cells)}</tr>'


def _raw(view: View, one: Measurement) -> str:
    scale = one.scale
    if scale is None:
        return display.UNKNOWN
    unit = "" if scale.unit == "1" else f" {escape(scale.unit)}"
    if scale.varies:
        return f"{view.t('dashboard_device.varies')}{unit}"
    raw = display.UNKNOWN if scale.raw is None else f"{scale.raw:.10g}"
    return f"{raw} {TIMES} {scale.step:g}{unit}"


def _quality(view: View, one: Measurement) -> str:
    name = one.quality.name.lower()
    words = view.t(f"dashboard_device.quality.{name}")
    if one.quality is Quality.GOOD:
        return words
    state = State.ESTIMATED if one.quality is Quality.UNCERTAIN else State.MISSING
    return f"{tag(view, state, words)} {reason(view, one.reason)}"


def reason(view: View, code: str) -> str:
    """Return a reading's reason in words, the code itself where nobody has words for it."""
    key = f"collectors.reason.{code}"
    return view.t(key) if key in catalogue() else named(code)


def beneath(view: View, course: Course, legend: str) -> str:
    """Return what the chart is made of: how many readings, which of them are shaded, and where a counter began anew."""
    drawn = sum(value is not None for value in course.values)
    words = [view.t("dashboard_device.drawn", readings=display.number(course.readings), drawn=display.number(drawn))]
    if course.single_ns > course.start_ns and course.known:
        words.append(view.t("dashboard_device.coarse", time=display.moment(course.single_ns, view.zone)))
    words += [escape(legend)] if legend else []
    return f'<p class="g-when">{phrases(words)}</p>'


def events(view: View, course: Course, marks: Sequence[Mark]) -> str:
    """Return what happened in the range as a list, newest first: the words of the chart's marks."""
    title = f"<h3>{view.t('dashboard_device.events')}</h3>"
    said = [(reset.time_ns, _reset(view, course, reset.kind, reset.before, reset.after)) for reset in course.resets]
    said += [(mark.time_ns, _mark(view, mark)) for mark in marks]
    for one in course.stretches:
        words = view.t(f"dashboard_device.quality.{Quality(one.quality).name.lower()}")
        until = display.moment(one.end_ns, view.zone)
        detail = view.t("dashboard_device.stretch", n=display.number(one.readings), until=until)
        said.append((one.start_ns, f"{words} · {detail} · {reason(view, one.reason)}"))
    if not said:
        return f'{title}<p class="g-muted">{view.t("dashboard_device.no_events")}</p>'
    newest = sorted(said, reverse=True)[:EVENTS_SHOWN]
    rows = "".join(
        f'<li><span class="g-when">{display.moment(at, view.zone)}</span> {words}</li>' for at, words in newest
    )
    hidden = len(said) - len(newest) + course.hidden
    more = f'<p class="g-muted">{view.t("dashboard_device.more", n=hidden)}</p>' if hidden > 0 else ""
    return f'{title}<ul class="g-list">{rows}</ul>{more}'


def _reset(view: View, course: Course, kind: str, before: float, after: float) -> str:
    change = f"{before:.8g} → {after:.8g} {escape(course.unit)}"
    return f"{view.t(f'dashboard_device.mark.{kind}')} · {change}"


def _mark(view: View, mark: Mark) -> str:
    words = view.t(f"dashboard_device.mark.{mark.kind}")
    text = f" · {named(mark.text)}" if mark.text else ""
    if not mark.alarm_id:
        return f"{words}{text}"
    return f"{words} · {link('alarms', named(mark.alarm_id), alarm=mark.alarm_id)}{text}"
