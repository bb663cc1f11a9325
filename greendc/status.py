"""What each process says of itself: one small JSON file per process under ``DATA/status/``, replaced as a whole.

Pages, ``greendc doctor`` and the supervisor read them; a file whose ``time_ns`` is old belongs to a process that
hangs or is gone.
"""

from __future__ import annotations

import errno
import logging
import os
from typing import TYPE_CHECKING, TypeVar

import msgspec

if TYPE_CHECKING:
    from pathlib import Path

S = TypeVar("S", bound=msgspec.Struct)

log = logging.getLogger("greendc.status")

_FULL = frozenset({errno.ENOSPC, errno.EDQUOT})


class DeviceStatus(msgspec.Struct, frozen=True, kw_only=True):
    """How one device fares. ``state`` is ok, suspect, away or pending (not asked yet); ``error`` is empty when ok.

    ``latency_s`` is the duration of the last read in seconds.
    """

    name: str
    profile: str = ""
    state: str = "pending"
    last_ok_ns: int = 0
    error: str = ""
    readings: int = 0
    latency_s: float = 0.0


class CollectStatus(msgspec.Struct, frozen=True, kw_only=True):
    """The poller of one process."""

    time_ns: int
    devices: list[DeviceStatus] = []
    sampled: int = 0
    spooled: int = 0


class EdgeStatus(CollectStatus, frozen=True, kw_only=True):
    """An edge node: its poller, its link to the centre, and how many readings are not confirmed yet (``waiting``)."""

    broker: str = "pending"
    waiting: int = 0
    confirmed: int = 0
    software: str = ""


class NodeHeard(msgspec.Struct, frozen=True, kw_only=True):
    """When the writer last got a message of an edge node, by the centre's clock.

    ``ahead_s`` is how far the node's clock is ahead of the centre's [s], less the time that the fastest of its last
    messages took: the true offset is never less. None until the node has told its time.
    """

    name: str
    heard_ns: int
    ahead_s: float | None = None


class IngestStatus(msgspec.Struct, frozen=True, kw_only=True):
    """The writer. ``store`` and ``broker`` are ``ok`` or say what is wrong; counts are since the process started."""

    time_ns: int
    stored: int = 0
    first_stored_ns: int = 0
    quarantined: int = 0
    waiting: int = 0
    store: str = "pending"
    broker: str = "pending"
    nodes: list[NodeHeard] = []


class SimulateStatus(msgspec.Struct, frozen=True, kw_only=True):
    """The simulators. Of the wanted history, ``queued_ratio`` is made and ``backfilled_ratio`` is stored, 0..1."""

    time_ns: int
    ready: bool = False
    devices: int = 0
    backfilled_ratio: float = 0.0
    queued_ratio: float = 0.0
    backfill_from_ns: int = 0


class AnalyseStatus(msgspec.Struct, frozen=True, kw_only=True):
    """The scheduled analytics: when each job last ended, and its error if it failed."""

    time_ns: int
    last_done_ns: dict[str, int] = {}
    errors: dict[str, str] = {}


class ChannelStatus(msgspec.Struct, frozen=True, kw_only=True):
    """A channel of notifications: ``error`` is empty when it works; ``sent`` and ``lost`` count for good."""

    name: str
    error: str = ""
    waiting: int = 0
    sent: int = 0
    lost: int = 0


class NotifyStatus(msgspec.Struct, frozen=True, kw_only=True):
    """The notifications that the scheduled analytics send."""

    time_ns: int
    channels: list[ChannelStatus] = []


def write_status(data_dir: Path, name: str, status: msgspec.Struct) -> None:
    """Replace the status file ``name``; readers see the old or the new one, never half of it.

    On a full disk the old one stays, and grows old: what a process holds in memory is worth more than its status.
    """
    folder = data_dir / "status"
    fresh = folder / f".{name}.{os.getpid()}"
    try:
        folder.mkdir(parents=True, exist_ok=True)
        fresh.write_bytes(msgspec.json.encode(status))
        fresh.replace(folder / f"{name}.json")
    except OSError as error:
        if error.errno not in _FULL:
            raise
        log.debug("no room for the status of %s", name)
        fresh.unlink(missing_ok=True)


def read_status(data_dir: Path, name: str, into: type[S]) -> S | None:
    """Return the status of a process, or None when it has not said anything or nothing that can be read."""
    try:
        return msgspec.json.decode((data_dir / "status" / f"{name}.json").read_bytes(), type=into)
    except (OSError, msgspec.DecodeError):
        return None
