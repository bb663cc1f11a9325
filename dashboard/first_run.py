"""What stands on the overview before there is a reading: what to do, with which command, and what to expect then."""

from __future__ import annotations

from html import escape
from typing import TYPE_CHECKING

from analytics.overview import State
from dashboard.markup import card, tag
from dashboard.navigation import link
from dashboard.place_alarms import named
from greendc.site import CENTRE

if TYPE_CHECKING:
    from collections.abc import Sequence

    from analytics.device_view import Awaited
    from dashboard.markup import View

STEPS = (
    ("step1", "greendc init"),
    ("step2", "export GREENDC_SNMP_COMMUNITY=…\ngreendc probe snmp://ADDRESS --as-toml >> site.toml"),
    ("step3", "greendc check && greendc up"),
)
MOST_SHOWN = 12
_STATES = {"ok": State.FRESH, "pending": State.MISSING, "": State.MISSING}


def connect(view: View) -> str:
    """Return the three steps that bring a person's own device onto the page."""
    rows = "".join(f"<li>{_command(view, name, line)}</li>" for name, line in STEPS)
    return card(view.t("dashboard.connect.title"), f'<ol class="g-steps">{rows}</ol>')


def begin(view: View) -> str:
    """Return the steps to the first device, each with what is to be seen after it."""
    rows = "".join(
        f"<li>{_command(view, name, line)}"
        f'<p class="g-when">{view.t("dashboard.empty.then", what=view.say(f"dashboard.empty.{name}"))}</p></li>'
        for name, line in STEPS
    )
    words = (
        f'<p>{view.t("dashboard.empty.no_devices")}</p><ol class="g-steps">{rows}</ol>'
        f'<p class="g-muted">{view.t("dashboard.empty.demo")}<code>greendc demo</code></p>'
    )
    return card(view.t("dashboard.empty.title"), words, kind="g-lead")


def waiting(view: View, devices: Sequence[Awaited]) -> str:
    """Return what is waited for: every device of the site file, how it fares, and the command that says more of it."""
    seen = any(device.state for device in devices)
    command = "greendc doctor" if seen else "greendc up"
    key = "waiting" if seen else "nobody"
    rows = "".join(_row(view, device) for device in devices[:MOST_SHOWN])
    hidden = len(devices) - MOST_SHOWN
    more = f'<p class="g-muted">{view.t("dashboard.empty.more", n=hidden)}</p>' if hidden > 0 else ""
    words = (
        f"<p>{view.t(f'dashboard.empty.{key}', n=len(devices))}<code>{command}</code></p>"
        f'<p class="g-when">{view.t("dashboard.empty.soon")}</p>'
        f'<table class="g-table">{rows}</table>{more}'
    )
    return card(view.t("dashboard.empty.title"), words, kind="g-lead")


def _command(view: View, name: str, line: str) -> str:
    return f"{view.t(f'dashboard.connect.{name}')}<code>{escape(line)}</code>"


def _row(view: View, device: Awaited) -> str:
    name = link("device", f"<b>{escape(device.name)}</b>", device=device.name)
    own = device.owner == CENTRE
    owner = view.t("dashboard_device.centre") if own else escape(device.owner)
    state = _STATES.get(device.state, State.STALE)
    words = (
        view.t(f"dashboard_device.poll.{device.state}")
        if device.state
        else view.t(f"dashboard.empty.{'unread' if own else 'unheard'}")
    )
    shown = words if state is State.FRESH else tag(view, state, words)
    error = f'<div class="g-when">{named(device.error)}</div>' if device.error else ""
    probe = f"<code>greendc probe {escape(device.name)}</code>" if device.error and own else ""
    return (
        f'<tr data-awaited="{escape(device.name)}"><td>{name}<div class="g-when">{owner}</div></td>'
        f"<td>{shown}{error}{probe}</td></tr>"
    )
