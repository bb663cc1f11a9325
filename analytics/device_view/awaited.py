"""What a site waits for on its first run: every device of the site file, and how the process that reads it fares."""

from __future__ import annotations

from typing import TYPE_CHECKING

import msgspec

from analytics.device_view.polling import status_of

if TYPE_CHECKING:
    from pathlib import Path

    from greendc.site import Site

_FAILING = ("away", "suspect")


class Awaited(msgspec.Struct, frozen=True, kw_only=True):
    """A device that is expected to speak. ``owner`` is `CENTRE` of `greendc.site` or an edge node.

    ``state`` and ``error`` are those of `DeviceStatus`; both are empty where no process that reads it can be seen.
    """

    name: str
    owner: str
    state: str = ""
    error: str = ""


def awaited(data_dir: Path, site: Site) -> tuple[Awaited, ...]:
    """Return every device of a site, those that fail first, by the status files of this machine."""
    nodes = {node.name for node in site.edge_nodes}
    owners = {name: owner for name, owner in site.owners().items() if name not in nodes}
    told = {owner: status_of(data_dir, owner) for owner in set(owners.values())}
    said = {(owner, one.name): one for owner, status in told.items() if status is not None for one in status.devices}
    found = [
        Awaited(name=name, owner=owner)
        if (status := said.get((owner, name))) is None
        else Awaited(name=name, owner=owner, state=status.state, error=status.error)
        for name, owner in owners.items()
    ]
    return tuple(sorted(found, key=lambda one: one.state not in _FAILING))
