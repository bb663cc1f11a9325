"""What each process says of itself in ``DATA/status``: whether it lives, what it counted, when its jobs ended."""

from __future__ import annotations

from typing import TYPE_CHECKING

import msgspec

from analytics.overview import State
from greendc.doctor import STALE_AFTER_S
from greendc.status import (
    AnalyseStatus,
    CollectStatus,
    EdgeStatus,
    IngestStatus,
    NotifyStatus,
    SimulateStatus,
    read_status,
)
from greendc.units import NS_PER_SECOND

if TYPE_CHECKING:
    from pathlib import Path

    from greendc.site import Site

MOST_TROUBLES = 12


class Job(msgspec.Struct, frozen=True, kw_only=True):
    """One scheduled job: when it last ended [ns, 0 for not yet], and its error if it failed."""

    name: str
    done_ns: int
    error: str = ""


class Trouble(msgspec.Struct, frozen=True, kw_only=True):
    """A device that does not answer, or answers with nothing: ``state`` is that of its `DeviceStatus`."""

    device: str
    state: str
    error: str
    last_ok_ns: int


class Process(msgspec.Struct, frozen=True, kw_only=True):
    """One process. ``counts`` are numbers since it started by the name of their text, ``ways`` its connections.

    ``state`` is missing for one that has said nothing, stale for one that hangs or is gone.
    """

    name: str
    state: State = State.MISSING
    said_ns: int = 0
    counts: tuple[tuple[str, int], ...] = ()
    ways: tuple[tuple[str, str], ...] = ()
    jobs: tuple[Job, ...] = ()
    slowest_s: float | None = None


def processes_of(data_dir: Path, site: Site, now_ns: int) -> list[Process]:
    """Return the processes of this machine; simulators and edge nodes only where they have said something."""
    found = [
        _process("collect", read_status(data_dir, "collect", CollectStatus), now_ns),
        _process("ingest", read_status(data_dir, "ingest", IngestStatus), now_ns),
        _process("analyse", read_status(data_dir, "analyse", AnalyseStatus), now_ns),
    ]
    others = [
        _process("notify", read_status(data_dir, "notify", NotifyStatus), now_ns),
        _process("simulate", read_status(data_dir, "simulate", SimulateStatus), now_ns),
        *(
            _process(node.name, read_status(data_dir / node.name, "edge", EdgeStatus), now_ns)
            for node in site.edge_nodes
        ),
    ]
    return found + [process for process in others if process.state is not State.MISSING]


def troubles_of(data_dir: Path) -> list[Trouble]:
    """Return the devices that the collector has trouble with, those that are away first, at most `MOST_TROUBLES`."""
    status = read_status(data_dir, "collect", CollectStatus)
    bad = [one for one in status.devices if one.state in {"away", "suspect"} or one.error] if status else []
    ordered = sorted(bad, key=lambda one: (one.state != "away", one.name))
    return [
        Trouble(device=one.name, state=one.state, error=one.error, last_ok_ns=one.last_ok_ns)
        for one in ordered[:MOST_TROUBLES]
    ]


Status = CollectStatus | IngestStatus | AnalyseStatus | NotifyStatus | SimulateStatus


def _process(name: str, status: Status | None, now_ns: int) -> Process:
    if status is None:
        return Process(name=name)
    old = now_ns - status.time_ns > STALE_AFTER_S * NS_PER_SECOND
    process = Process(name=name, state=State.STALE if old else State.FRESH, said_ns=status.time_ns)
    match status:
        case CollectStatus():
            return _poller(process, status)
        case IngestStatus():
            counts = (("stored", status.stored), ("waiting", status.waiting), ("quarantined", status.quarantined))
            ways = (("store", status.store), ("broker", status.broker))
            return msgspec.structs.replace(process, counts=counts, ways=ways)
        case AnalyseStatus():
            names = sorted({*status.last_done_ns, *status.errors})
            jobs = tuple(
                Job(name=job, done_ns=status.last_done_ns.get(job, 0), error=status.errors.get(job, ""))
                for job in names
            )
            return msgspec.structs.replace(process, jobs=jobs)
        case NotifyStatus():
            return _notifier(process, status)
        case SimulateStatus():
            return msgspec.structs.replace(process, counts=(("devices", status.devices),))


def _notifier(process: Process, status: NotifyStatus) -> Process:
    channels = status.channels
    counts = (
        ("sent", sum(channel.sent for channel in channels)),
        ("waiting", sum(channel.waiting for channel in channels)),
        ("lost", sum(channel.lost for channel in channels)),
    )
    ways = tuple((channel.name, channel.error or "ok") for channel in channels)
    return msgspec.structs.replace(process, counts=counts, ways=ways)


def _poller(process: Process, status: CollectStatus) -> Process:
    answering = sum(device.state == "ok" for device in status.devices)
    counts = [("devices", len(status.devices)), ("answering", answering), ("sampled", status.sampled)]
    ways: tuple[tuple[str, str], ...] = ()
    if isinstance(status, EdgeStatus):
        counts += [("waiting", status.waiting), ("confirmed", status.confirmed)]
        ways = (("broker", status.broker),)
    slowest = max((device.latency_s for device in status.devices if device.last_ok_ns), default=None)
    return msgspec.structs.replace(process, counts=tuple(counts), ways=ways, slowest_s=slowest)
