"""The alarms and maintenance windows of a place or a device, for the page that shows it."""

from __future__ import annotations

from typing import TYPE_CHECKING

import msgspec

from analytics.alarm_view.standing import Line, standing_of
from analytics.alarms.fold import Window
from analytics.topology import Topology

if TYPE_CHECKING:
    from collections.abc import Collection

    from greendc.contracts import Ledger
    from greendc.site import Site


class Beside(msgspec.Struct, frozen=True, kw_only=True):
    """The alarms about some names, in the order of work, and by name the open window that covers it."""

    alarms: tuple[Line, ...]
    windows: dict[str, Window]

    def worst(self, name: str) -> Line | None:
        """Return the most urgent alarm that was put before a person about a name, or None."""
        own = [line for line in self.alarms if line.episode.active and not line.episode.alarm.advisory]
        return next((line for line in own if line.episode.alarm.device == name), None)


def beside(ledger: Ledger, site: Site, now_ns: int, names: Collection[str]) -> Beside:
    """Return what stands about devices, racks or rooms.

    Raises:
        StoreAway: the ledger cannot be read.
    """
    page = standing_of(ledger, site, now_ns)
    topology = Topology(site) if page.windows else None
    windows: dict[str, Window] = {}
    for window in page.windows:
        if topology is not None and window.open_at(now_ns):
            windows.update(dict.fromkeys(topology.covered(window.node) & set(names), window))
    wanted = set(names)
    found = {
        line.episode.id: line
        for line in page.every()
        if not wanted.isdisjoint((line.episode.alarm.device, line.episode.alarm.place, line.episode.alarm.node))
    }
    return Beside(alarms=tuple(found.values()), windows=windows)
