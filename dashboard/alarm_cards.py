"""The cards of the alarms page: what stands, what is kept back, and why one alarm stands."""

from __future__ import annotations

from html import escape
from typing import TYPE_CHECKING

from analytics.alarm_view.standing import overdue
from analytics.alarms.fold import STORM
from dashboard.markup import View, card, chip, phrases
from dashboard.navigation import link
from greendc import display

if TYPE_CHECKING:
    from collections.abc import Sequence

    from analytics.alarm_view import Line, Standing, Why
    from analytics.alarm_view.explained import Part
    from analytics.alarms.fold import Window

SHOWN = 40
CHILDREN_SHOWN = 30
LONGEST = 2000
_LEAST_WIDTH = 1.0


def counts(view: View, page: Standing) -> str:
    """Return how many there are of each sort, in one line."""
    kept = {
        "unacknowledged": page.unacknowledged,
        "standing": len(page.alarms),
        "advisory": len(page.advisory),
        "shelved": len(page.shelved),
        "out_of_service": len(page.out_of_service),
        "designed": len(page.designed),
    }
    words = [view.t(f"dashboard_alarms.count.{name}", n=n) for name, n in kept.items() if n or name == "unacknowledged"]
    return f'<p class="g-when">{phrases(words)}</p>'


def standing(view: View, page: Standing) -> str:
    """Return the alarms that are put before a person; with none, when the last one was over."""
    title = view.t("dashboard_alarms.title")
    if not page.alarms:
        said = view.t("dashboard_alarms.never")
        if page.last is not None:
            when = display.moment(page.last.cleared_ns, view.zone)
            said = view.t("dashboard_alarms.none", time=when, what=_plain(page.last.alarm.title(view.lang)))
        return card(title, f'<p class="g-muted">{said}</p>')
    return _listed(view, title, page.alarms)


def kept_back(view: View, page: Standing) -> str:
    """Return what is not put before a person: advisory, shelved, out of service, suppressed by design; and windows."""
    groups = {
        "advisory": page.advisory,
        "shelved": page.shelved,
        "out_of_service": page.out_of_service,
        "designed": page.designed,
    }
    cards = [_listed(view, view.t(f"dashboard_alarms.{name}"), lines) for name, lines in groups.items() if lines]
    if page.windows:
        cards.append(_windows(view, page.windows))
    return "".join(cards)


def _listed(view: View, title: str, lines: Sequence[Line]) -> str:
    rows = "".join(_line(view, line) for line in lines[:SHOWN])
    hidden = len(lines) - SHOWN
    more = f'<p class="g-muted">{view.t("dashboard_alarms.more", n=hidden)}</p>' if hidden > 0 else ""
    return card(f'{title} <span class="g-count">{len(lines)}</span>', f'<ul class="g-list">{rows}</ul>{more}')


def _line(view: View, line: Line) -> str:
    alarm = line.episode.alarm
    said = alarm.explanation.sentence(view.lang) if alarm.explanation else ""
    title = link("alarms", _name(alarm.title(view.lang)), lang=view.lang, alarm=alarm.id)
    body = [
        f'<div class="g-where">{title}</div>',
        f'<div class="g-what">{_name(alarm.detail(view.zone, view.lang))}</div>',
        f'<div class="g-when">{_name(said)}</div>' if said else "",
        _below(view, line),
    ]
    return f'<li data-alarm="{escape(alarm.id)}">{_mark(view, line)} {_facts(view, line)}{"".join(body)}</li>'


def _mark(view: View, line: Line) -> str:
    alarm = line.episode.alarm
    if alarm.advisory:
        return f'<span class="g-tag">{view.t("dashboard_alarms.tag.advisory")}</span>'
    quiet = line.state != "unacknowledged" or not line.episode.announced
    return chip(view, alarm.priority, "", acknowledged=quiet)


def _facts(view: View, line: Line) -> str:
    episode = line.episode
    words = [
        view.t("dashboard_alarms.since", age=view.ago(episode.alarm.since_ns)),
        view.t(f"dashboard_alarms.state.{line.state}"),
    ]
    if episode.acknowledged_by and line.state == "acknowledged":
        words.append(view.t("dashboard_alarms.by", who=_plain(episode.acknowledged_by)))
    words += [view.t(f"dashboard_alarms.tag.{tag}") for tag in _tags(view, line)]
    if episode.level:
        words.append(view.t("dashboard_alarms.level", n=episode.level))
    if episode.shelved_until_ns:
        until = display.moment(episode.shelved_until_ns, view.zone)
        words.append(view.t("dashboard_alarms.shelved_until", time=until, who=_plain(episode.shelved_by)))
    if line.window is not None:
        until = display.moment(line.window.until_ns, view.zone)
        words.append(view.t("dashboard_alarms.window_until", time=until, node=line.window.node))
    if episode.verdict:
        words.append(view.t(f"dashboard_alarms.verdict.{episode.verdict}"))
    return f'<span class="g-when">{phrases(words)}</span>'


def _tags(view: View, line: Line) -> list[str]:
    episode = line.episode
    found = {
        "overdue": overdue(line, view.now_ns),
        "chattering": episode.chattering,
        "stale": episode.stale,
        "latched": episode.active and not episode.holds,
    }
    return [name for name, holds in found.items() if holds]


def _below(view: View, line: Line) -> str:
    """Return what is filed under an alarm, folded up."""
    if not line.children:
        return ""
    key = "storm" if line.episode.alarm.rule == STORM else "below"
    rows = "".join(
        f'<li data-alarm="{escape(child.episode.id)}">{_mark(view, child)} {_facts(view, child)}'
        f'<div class="g-what">{_name(child.episode.alarm.title(view.lang))}</div></li>'
        for child in line.children[:CHILDREN_SHOWN]
    )
    hidden = len(line.children) - CHILDREN_SHOWN
    more = f'<p class="g-muted">{view.t("dashboard_alarms.more", n=hidden)}</p>' if hidden > 0 else ""
    head = view.t(f"dashboard_alarms.{key}", n=len(line.children))
    return f'<details class="g-below"><summary>{head}</summary><ul class="g-list">{rows}</ul>{more}</details>'


def _windows(view: View, windows: Sequence[Window]) -> str:
    rows = []
    for window in windows:
        start, end = (display.moment(at_ns, view.zone) for at_ns in (window.start_ns, window.until_ns))
        key = "open" if window.open_at(view.now_ns) else "planned"
        reason = f"<div>{_name(window.reason)}</div>" if window.reason else ""
        rows.append(
            f'<li><b>{escape(window.node)}</b> <span class="g-tag">{view.t(f"dashboard_alarms.window.{key}")}</span> '
            f'<span class="g-when">{view.t("dashboard_alarms.window.span", start=start, end=end)} · '
            f"{_name(window.name)}</span>{reason}</li>"
        )
    return card(view.t("dashboard_alarms.windows"), f'<ul class="g-list">{"".join(rows)}</ul>')


def picked(view: View, line: Line, why: Why) -> str:
    """Return what one alarm is and what to do about it."""
    alarm = line.episode.alarm
    sentence = f'<p class="g-what">{_name(why.sentence)}</p>' if why.sentence else ""
    return (
        f'{_mark(view, line)} {_facts(view, line)}<div class="g-where">{_name(alarm.title(view.lang))}</div>'
        f'<p class="g-what">{_name(alarm.detail(view.zone, view.lang))}</p>{sentence}'
        f'<h3>{view.t("dashboard_alarms.to_do")}</h3><p class="g-what">{escape(alarm.action(view.lang))}</p>'
        f"{_checks(why)}"
    )


def record(view: View, line: Line, why: Why) -> str:
    """Return everything else that the record of one alarm says: shares, facts, and notes with the newest first."""
    facts = "".join(
        f"<tr><th>{view.t(f'dashboard_alarms.fact.{code}')}</th><td>{_name(text)}</td></tr>" for code, text in why.facts
    )
    notes = "".join(
        f'<li class="g-when">{display.moment(note.time_ns, view.zone)} · {_name(note.name)}: {_name(note.text)}</li>'
        for note in reversed(line.episode.notes)
    )
    said = f"<h3>{view.t('dashboard_alarms.notes')}</h3><ul>{notes}</ul>" if notes else ""
    return (
        f"{said}{_parts(view, why.parts)}"
        f'<h3>{view.t("dashboard_alarms.facts")}</h3><table class="g-table g-facts">{facts}</table>'
    )


def _checks(why: Why) -> str:
    rows = "".join(f"<li>{escape(check)}</li>" for check in why.checks)
    return f'<ul class="g-checks">{rows}</ul>' if rows else ""


def _parts(view: View, parts: Sequence[Part]) -> str:
    """Return the shares of each kind as bars, the greatest first."""
    cards = []
    for kind in dict.fromkeys(part.kind for part in parts):
        rows = "".join(
            f'<div class="g-part"><div>{_name(part.name)}</div><div class="g-right">'
            f"{escape(' · '.join(word for word in (part.amount, str(display.percent(part.ratio, 0))) if word))}</div>"
            f'<div class="g-track"><span style="width:{max(_LEAST_WIDTH, 100 * part.ratio):.0f}%"></span></div></div>'
            for part in parts
            if part.kind == kind
        )
        cards.append(f"<h3>{view.t(f'dashboard_alarms.part.{kind}')}</h3>{rows}")
    return "".join(cards)


def _plain(text: str) -> str:
    return display.one_line(text)


def _name(text: str) -> str:
    """Return a text that may hold names from outside: escaped, and kept from turning what stands around it."""
    return f"<bdi>{escape(display.one_line(text, LONGEST))}</bdi>"
