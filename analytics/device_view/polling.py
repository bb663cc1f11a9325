"""How a device is read: as often as what, when it last answered, and what went wrong last."""

from __future__ import annotations

from typing import TYPE_CHECKING

import msgspec

from greendc.site import CENTRE
from greendc.status import CollectStatus, EdgeStatus, read_status

if TYPE_CHECKING:
    from pathlib import Path

    from greendc.site import Site
    from greendc.status import DeviceStatus


class Polling(msgspec.Struct, frozen=True, kw_only=True):
    """What the process that reads a device says of it. ``owner`` is `CENTRE` or an edge node.

    ``interval_s`` and ``timeout_s`` are None where the site file does not say them. ``said_ns`` is when the process
    last spoke, 0 if nothing of it can be seen from here; ``state`` is that of `DeviceStatus`, empty then.
    """

    owner: str
    interval_s: float | None = None
    timeout_s: float | None = None
    said_ns: int = 0
    state: str = ""
    last_ok_ns: int = 0
    latency_s: float | None = None
    readings: int | None = None
    error: str = ""


def polling_of(data_dir: Path, site: Site, name: str) -> Polling:
    """Return how a device is read, by the status files of this machine.

    Raises:
        KeyError: the site has no device of this name.
    """
    owner = site.owners()[name]
    entry = next((device for device in site.devices if device.name == name), None)
    status = status_of(data_dir, owner)
    said = _own(status, name)
    polling = Polling(
        owner=owner,
        interval_s=entry.interval_s if entry else None,
        timeout_s=entry.timeout_s if entry else None,
    )
    if status is None or said is None:
        return polling
    return msgspec.structs.replace(
        polling,
        said_ns=status.time_ns,
        state=said.state,
        last_ok_ns=said.last_ok_ns,
        latency_s=said.latency_s if said.last_ok_ns else None,
        readings=said.readings,
        error=said.error,
    )


def status_of(data_dir: Path, owner: str) -> CollectStatus | None:
    """Return what the process that polls for the centre or an edge node said last; None if it cannot be seen here."""
    if owner == CENTRE:
        return read_status(data_dir, "collect", CollectStatus)
    return read_status(data_dir / owner, "edge", EdgeStatus)


def _own(status: CollectStatus | None, name: str) -> DeviceStatus | None:
    return next((device for device in status.devices if device.name == name), None) if status else None
