"""What `greendc doctor` and the system page examine: files, free space, the store, what each process last said."""

from __future__ import annotations

import os
import shutil
from typing import TYPE_CHECKING

import msgspec

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
    from collections.abc import Callable
    from pathlib import Path

    from greendc.contracts import History
    from greendc.site import Site

STALE_AFTER_S = 30
_WELL = frozenset({"ok", "pending", "off"})
LEAST_FREE_BY = 1_000_000_000


class Finding(msgspec.Struct, frozen=True, kw_only=True):
    """One examined thing; ``state`` is ok, warn or fail."""

    subject: str
    state: str
    text: str


def examine(
    data_dir: Path, site_file: Path, read_site: Callable[[], Site], now_ns: int, lang: str | None = None
) -> list[Finding]:
    """Examine all that can be seen from this machine without asking the store; never raises for what it finds."""
    findings = [_site(site_file, read_site, lang), _disk(data_dir, lang)]
    findings += [_process(data_dir, name, kind, now_ns, lang) for name, kind in _PROCESSES]
    findings += _devices(data_dir, lang)
    findings += _channels(data_dir, lang)
    return findings


def examine_store(
    url: str, open_store: Callable[[], History], read_site: Callable[[], Site], lang: str | None = None
) -> Finding:
    """Ask the store how much it holds; never raises for what it finds."""
    try:
        rows = open_store().count(read_site().name)
    except (StoreError, ConfigError) as error:
        return Finding(subject="store", state="fail", text=str(error))
    return Finding(subject="store", state="ok", text=t("cli.doctor.store", lang, url=url, rows=rows))


_PROCESSES: tuple[tuple[str, type[CollectStatus | IngestStatus | AnalyseStatus]], ...] = (
    ("collect", CollectStatus),
    ("ingest", IngestStatus),
    ("analyse", AnalyseStatus),
)


def _site(path: Path, read_site: Callable[[], Site], lang: str | None) -> Finding:
    try:
        site = read_site()
    except ConfigError as error:
        return Finding(subject="site", state="fail", text=error.problems[0].sentence(lang))
    said = t("cli.doctor.site", lang, path=str(path), devices=len(site.devices))
    return Finding(subject="site", state="ok", text=said)


def _disk(folder: Path, lang: str | None) -> Finding:
    if not folder.exists():
        return Finding(subject="disk", state="warn", text=t("cli.doctor.no_data", lang, path=str(folder)))
    if not (folder.is_dir() and os.access(folder, os.W_OK | os.X_OK)):
        return Finding(subject="disk", state="fail", text=t("cli.doctor.not_a_folder", lang, path=str(folder)))
    free = shutil.disk_usage(folder).free
    state = "ok" if free >= LEAST_FREE_BY else "fail"
    said = t("cli.doctor.disk", lang, free=f"{free / 1e9:.1f}", path=str(folder))
    return Finding(subject="disk", state=state, text=said)


def _process(
    data_dir: Path, name: str, kind: type[CollectStatus | IngestStatus | AnalyseStatus], now_ns: int, lang: str | None
) -> Finding:
    status = read_status(data_dir, name, kind)
    if status is None:
        return Finding(subject=name, state="warn", text=t("cli.doctor.not_running", lang))
    # A status may have been written after the clock was read.
    age_s = max(0.0, (now_ns - status.time_ns) / NS_PER_SECOND)
    if age_s > STALE_AFTER_S:
        return Finding(subject=name, state="fail", text=t("cli.doctor.stale", lang, age=f"{age_s:.0f}"))
    if isinstance(status, IngestStatus) and (trouble := troubles(status, lang)):
        return Finding(subject=name, state="fail" if "store" in trouble else "warn", text="; ".join(trouble.values()))
    if isinstance(status, AnalyseStatus) and status.errors:
        return Finding(subject=name, state="warn", text="; ".join(sorted(set(status.errors.values()))))
    return Finding(subject=name, state="ok", text=t("cli.doctor.running", lang, age=f"{age_s:.0f}"))


def troubles(status: IngestStatus, lang: str | None = None) -> dict[str, str]:
    """Return what keeps the writer from working, as a sentence under ``store`` and ``broker``."""
    states = {"store": status.store, "broker": status.broker}
    return {what: t(f"cli.doctor.{what}_away", lang, why=said) for what, said in states.items() if said not in _WELL}


def _devices(data_dir: Path, lang: str | None) -> list[Finding]:
    status = read_status(data_dir, "collect", CollectStatus)
    devices = status.devices if status else []
    found = [_device(device, "fail", "away", lang) for device in devices if device.state == "away"]
    hollow = [device for device in devices if device.state == "ok" and device.error]
    return found + [_device(device, "warn", "hollow", lang) for device in hollow]


def _channels(data_dir: Path, lang: str | None) -> list[Finding]:
    status = read_status(data_dir, "notify", NotifyStatus)
    return [_channel(channel, lang) for channel in status.channels] if status else []


def _channel(channel: ChannelStatus, lang: str | None) -> Finding:
    subject = f"notify {channel.name}"
    if channel.error:
        said = t("notify.doctor.down", lang, why=channel.error, waiting=channel.waiting)
        return Finding(subject=subject, state="fail", text=said)
    if channel.lost:
        return Finding(subject=subject, state="warn", text=t("notify.doctor.lost", lang, lost=channel.lost))
    key = "ok" if channel.sent else "idle"
    return Finding(subject=subject, state="ok", text=t(f"notify.doctor.{key}", lang, sent=channel.sent))


def _device(device: DeviceStatus, state: str, key: str, lang: str | None) -> Finding:
    said = t(f"cli.doctor.{key}", lang, why=device.error, name=device.name, profile=device.profile)
    return Finding(subject=device.name, state=state, text=said)
