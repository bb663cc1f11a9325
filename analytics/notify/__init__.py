"""Notifications: what happens to alarms is told over MQTT, by e-mail and by webhook."""

from __future__ import annotations

from typing import TYPE_CHECKING

from analytics.notify.build import Configured
from analytics.notify.channel import ChannelError
from analytics.notify.check import notify_problems
from analytics.notify.notice import TEST, Notice
from analytics.notify.office import Office

if TYPE_CHECKING:
    from greendc.clock import Clock
    from greendc.notifier import Notifier
    from greendc.site import Site

__all__ = ["Office", "notify_problems", "send_test"]


def send_test(notifier: Notifier, site: Site, clock: Clock) -> str:
    """Send a test message at once, past the outbox; return what went wrong, or nothing."""
    now_ns = clock.now_ns()
    notice = Notice(id=f"{site.name}-test-{now_ns}", site=site.name, transition=TEST, time_ns=now_ns)
    try:
        Configured(notifier, site, clock).send(notice)
    except ChannelError as error:
        return str(error)
    return ""
