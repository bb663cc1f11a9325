"""What people and alarms say about the devices of the chain: the worst open alarm, and maintenance windows."""

from __future__ import annotations

from typing import TYPE_CHECKING

import msgspec

from analytics.alarms import open_alarms
from analytics.alarms.alarm import PRIORITIES
from analytics.alarms.book import book_of
from analytics.alarms.fold import Window
from analytics.topology import Topology

if TYPE_CHECKING:
    from collections.abc import Iterable

    from greendc.contracts import Ledger
    from greendc.site import Site


class Mark(msgspec.Struct, frozen=True, kw_only=True):
    """The worst open alarm of a device: its id and priority, whether a person has seen it, and how many there are."""

    alarm: str
    priority: str
    acknowledged: bool
    count: int = 1


class Marks(msgspec.Struct, frozen=True, kw_only=True):
    """Marks by node of the topology; ``windows`` by every node that a window covers, ``open`` by its own node.

    ``covers`` says how many nodes a window on a node of the chain would cover.
    """

    alarms: dict[str, Mark] = {}
    windows: dict[str, Window] = {}
    open: dict[str, Window] = {}
    covers: dict[str, tuple[str, ...]] = {}

    def worst(self, devices: Iterable[str]) -> Mark | None:
        """Return the worst mark of devices, with the number of alarms of them all."""
        found = [self.alarms[name] for name in devices if name in self.alarms]
        if not found:
            return None
        top = min(found, key=lambda mark: (PRIORITIES.index(mark.priority), mark.acknowledged))
        return msgspec.structs.replace(top, count=sum(mark.count for mark in found))

    def window(self, devices: Iterable[str]) -> Window | None:
        """Return the window that covers all of some devices, None where one of them is in service."""
        found = [self.windows.get(name) for name in devices]
        return found[0] if found and None not in found else None


def marks_of(ledger: Ledger, site: Site, now_ns: int) -> Marks:
    """Return the marks of a site.

    Raises:
        StoreAway: the ledger cannot be read.
    """
    alarms: dict[str, Mark] = {}
    for alarm in open_alarms(ledger):
        if alarm.advisory:
            continue
        mark = Mark(alarm=alarm.id, priority=alarm.priority, acknowledged=alarm.acknowledged)
        for name in {alarm.device, alarm.node} - {""}:
            had = alarms.get(name)
            # The most urgent comes first.
            alarms[name] = mark if had is None else msgspec.structs.replace(had, count=had.count + 1)
    topology = Topology(site)
    windows = {w.node: w for w in book_of(ledger).fold().windows.values() if w.until_ns > now_ns}
    covered = {
        node: window for window in windows.values() if window.open_at(now_ns) for node in topology.covered(window.node)
    }
    ends = dict.fromkeys(end for feed in site.feeds for end in (feed.source, feed.target))
    branches = [*ends, *(rack.name for rack in site.racks)]
    covers = {name: tuple(sorted(topology.covered(name) - {name})) for name in branches if name in topology.nodes}
    return Marks(alarms=alarms, windows=covered, open=windows, covers=covers)
