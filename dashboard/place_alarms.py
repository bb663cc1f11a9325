"""The alarms and the maintenance window of what a page shows: a rack, a device."""

from __future__ import annotations

from html import escape
from typing import TYPE_CHECKING

from dashboard.markup import View, card, chip, wrench
from dashboard.navigation import link
from greendc import display

if TYPE_CHECKING:
    from analytics.alarm_view import Beside, Line

SHOWN = 6
LONGEST = 200


def alarms(view: View, found: Beside, name: str) -> str:
    """Return a card of the alarms about a place, and whether it is in maintenance; ``name`` is what it is about."""
    title = view.t("dashboard_rack.alarms.title")
    window = found.windows.get(name)
    lead = ""
    if window is not None:
        until = display.moment(window.until_ns, view.zone)
        lead = f"<p>{wrench(view)}{view.t('dashboard_shell.state.until', time=until)} · {named(window.reason)}</p>"
    if not found.alarms:
        return card(title, f'{lead}<p class="g-muted">{view.t("dashboard_rack.alarms.none")}</p>')
    rows = "".join(_row(view, line) for line in found.alarms[:SHOWN])
    hidden = len(found.alarms) - SHOWN
    more = f'<p class="g-muted">{view.t("dashboard_rack.alarms.more", n=hidden)}</p>' if hidden > 0 else ""
    count = f'<span class="g-count">{len(found.alarms)}</span>'
    return card(f"{title} {count}", f'{lead}<ul class="g-list">{rows}</ul>{more}')


def _row(view: View, line: Line) -> str:
    alarm = line.episode.alarm
    if alarm.advisory:
        mark = f'<span class="g-tag">{view.t("dashboard_alarms.tag.advisory")}</span>'
    else:
        quiet = line.state != "unacknowledged" or not line.episode.announced
        mark = chip(view, alarm.priority, "", acknowledged=quiet)
    since = view.t("dashboard_alarms.since", age=view.ago(alarm.since_ns))
    return (
        f'<li data-alarm="{escape(alarm.id)}">{mark} <span class="g-when">{since}</span> '
        f'<div class="g-where">{link("alarms", named(alarm.title(view.lang)), alarm=alarm.id)}</div></li>'
    )


def named(text: str) -> str:
    """Return a text that may hold names from outside: escaped, and kept from turning what stands around it."""
    return f"<bdi>{escape(display.one_line(text, LONGEST))}</bdi>"
