"""What `greendc doctor` examines: files, free space, the store, and what each process last said of itself."""

from __future__ import annotations

import os
import shutil
from typing import TYPE_CHECKING

import msgspec

from greendc.cli.options import site_of, site_path, store_of
from greendc.clock import SystemClock
from greendc.errors import ConfigError, StoreError
from greendc.status import (
    AnalyseStatus,
    ChannelStatus,
    CollectStatus,
    DeviceStatus,
    IngestStatus,
    NotifyStatus,
    read_status,
)
from greendc.texts import t
from greendc.units import NS_PER_SECOND

if TYPE_CHECKING:
    from greendc.settings import Settings

STALE_AFTER_S = 30
_WELL = frozenset({"ok", "pending", "off"})
LEAST_FREE_BY = 1_000_000_000


class Finding(msgspec.Struct, frozen=True, kw_only=True):
    """One examined thing; ``state`` is ok, warn or fail."""

    subject: str
    state: str
    text: str


def examine(settings: Settings) -> list[Finding]:
    """Examine everything that can be seen from this machine; never raises for what it finds."""
    findings = [_site(settings), _disk(settings), _store(settings)]
    findings += [_process(settings, name, kind) for name, kind in _PROCESSES]
    findings += _devices(settings)
    findings += _channels(settings)
    return findings


_PROCESSES: tuple[tuple[str, type[CollectStatus | IngestStatus | AnalyseStatus]], ...] = (
    ("collect", CollectStatus),
    ("ingest", IngestStatus),
    ("analyse", AnalyseStatus),
)


def _site(settings: Settings) -> Finding:
    try:
        site = site_of(settings)
    except ConfigError as error:
        first = error.problems[0].sentence()
        return Finding(subject="site", state="fail", text=first)
    said = t("cli.doctor.site", path=str(site_path(settings)), devices=len(site.devices))
    return Finding(subject="site", state="ok", text=said)


def _disk(settings: Settings) -> Finding:
    folder = settings.data_dir
    if not folder.exists():
        return Finding(subject="disk", state="warn", text=t("cli.doctor.no_data", path=str(folder)))
    if not (folder.is_dir() and os.access(folder, os.W_OK | os.X_OK)):
        return Finding(subject="disk", state="fail", text=t("cli.doctor.not_a_folder", path=str(folder)))
    free = shutil.disk_usage(folder).free
    state = "ok" if free >= LEAST_FREE_BY else "fail"
    return Finding(subject="disk", state=state, text=t("cli.doctor.disk", free=f"{free / 1e9:.1f}", path=str(folder)))


def _store(settings: Settings) -> Finding:
    try:
        store = store_of(settings)
        rows = store.count(site_of(settings).name)
        store.close()
    except (StoreError, ConfigError) as error:
        return Finding(subject="store", state="fail", text=str(error))
    return Finding(subject="store", state="ok", text=t("cli.doctor.store", url=settings.get("store"), rows=rows))


def _process(settings: Settings, name: str, kind: type[CollectStatus | IngestStatus | AnalyseStatus]) -> Finding:
    status = read_status(settings.data_dir, name, kind)
    if status is None:
        return Finding(subject=name, state="warn", text=t("cli.doctor.not_running"))
    age_s = (SystemClock().now_ns() - status.time_ns) / NS_PER_SECOND
    if age_s > STALE_AFTER_S:
        return Finding(subject=name, state="fail", text=t("cli.doctor.stale", age=f"{age_s:.0f}"))
    if isinstance(status, IngestStatus) and (trouble := troubles(status)):
        return Finding(subject=name, state="fail" if "store" in trouble else "warn", text="; ".join(trouble.values()))
    if isinstance(status, AnalyseStatus) and status.errors:
        return Finding(subject=name, state="warn", text="; ".join(sorted(set(status.errors.values()))))
    return Finding(subject=name, state="ok", text=t("cli.doctor.running", age=f"{age_s:.0f}"))


def troubles(status: IngestStatus) -> dict[str, str]:
    """Return what keeps the writer from working, as a sentence under ``store`` and ``broker``."""
    states = {"store": status.store, "broker": status.broker}
    return {what: t(f"cli.doctor.{what}_away", why=said) for what, said in states.items() if said not in _WELL}


def _devices(settings: Settings) -> list[Finding]:
    status = read_status(settings.data_dir, "collect", CollectStatus)
    devices = status.devices if status else []
    found = [_device(device, "fail", "away") for device in devices if device.state == "away"]
    return found + [_device(device, "warn", "hollow") for device in devices if device.state == "ok" and device.error]


def _channels(settings: Settings) -> list[Finding]:
    status = read_status(settings.data_dir, "notify", NotifyStatus)
    return [_channel(channel) for channel in status.channels] if status else []


def _channel(channel: ChannelStatus) -> Finding:
    subject = f"notify {channel.name}"
    if channel.error:
        said = t("notify.doctor.down", why=channel.error, waiting=channel.waiting)
        return Finding(subject=subject, state="fail", text=said)
    if channel.lost:
        return Finding(subject=subject, state="warn", text=t("notify.doctor.lost", lost=channel.lost))
    key = "ok" if channel.sent else "idle"
    return Finding(subject=subject, state="ok", text=t(f"notify.doctor.{key}", sent=channel.sent))


def _device(device: DeviceStatus, state: str, key: str) -> Finding:
    said = t(f"cli.doctor.{key}", why=device.error, name=device.name, profile=device.profile)
    return Finding(subject=device.name, state=state, text=said)
