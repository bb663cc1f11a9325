"""Which channel is told of what, and when: priorities, nodes, advisory alarms, quiet hours."""

from __future__ import annotations

import datetime as dt
from typing import TYPE_CHECKING

from analytics.notify.notice import STORM
from analytics.topology import Topology
from greendc.units import NS_PER_SECOND

if TYPE_CHECKING:
    from analytics.notify.notice import Notice
    from greendc.notifier import Notifier
    from greendc.site import Site


class Selection:
    """What one channel is told."""

    def __init__(self, notifier: Notifier, site: Site) -> None:
        """Find out which nodes the channel is about."""
        self._notifier = notifier
        self._zone = site.zone()
        topology = Topology(site)
        below = [topology.covered(name) for name in notifier.nodes if name in topology.nodes]
        self._nodes = frozenset[str]().union(*below) if notifier.nodes else None

    def wants(self, notice: Notice) -> bool:
        """Tell whether the channel is told of this."""
        alarm = notice.alarm
        if notice.transition not in self._notifier.transitions:
            return False
        if alarm is None:
            return True
        if alarm.priority not in self._notifier.priorities or (alarm.advisory and not self._notifier.advisory):
            return False
        if notice.transition == STORM:
            return True
        return self._nodes is None or bool(self._nodes & {alarm.node, alarm.place, alarm.device})

    def due_ns(self, notice: Notice, now_ns: int) -> int:
        """Return when a message may go: now, or at the end of quiet hours."""
        quiet = self._notifier.quiet_minutes()
        if quiet is None or notice.alarm is None or notice.alarm.priority not in self._notifier.quiet_priorities:
            return now_ns
        begin, end = quiet
        now = dt.datetime.fromtimestamp(now_ns // NS_PER_SECOND, tz=self._zone)
        minute = 60 * now.hour + now.minute
        within = begin <= minute < end if begin < end else minute >= begin or minute < end
        if not within:
            return now_ns
        over = now.replace(hour=end // 60, minute=end % 60, second=0, microsecond=0)
        if over <= now:
            over = (over.replace(tzinfo=None) + dt.timedelta(days=1)).replace(tzinfo=self._zone)
        return int(over.timestamp()) * NS_PER_SECOND
