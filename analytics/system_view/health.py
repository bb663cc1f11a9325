"""What `greendc doctor` finds, and what the store holds and keeps."""

from __future__ import annotations

import shutil
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

import msgspec

from greendc.doctor import Finding, examine
from greendc.site import read_site
from greendc.storage.retention import retention_of
from greendc.storage.stats import StoreStats, stats_of

if TYPE_CHECKING:
    from greendc.contracts import History
    from greendc.settings import Settings


class StoreNote(msgspec.Struct, frozen=True, kw_only=True):
    """What the store holds, and the space [By] that is free and there is on the disk of the data directory."""

    stats: StoreStats
    free_by: int
    total_by: int


def doctor_of(settings: Settings, now_ns: int, lang: str) -> list[Finding]:
    """Return what the doctor finds without asking the store, in a language."""
    path = Path(settings.get("site"))
    return examine(settings.data_dir, path, partial(read_site, path), now_ns, lang)


def store_of(store: History, site: str, settings: Settings) -> StoreNote:
    """Return what the store holds of a site.

    Raises:
        StoreError: it does not answer.
        ConfigError: a retention is no number of days.
    """
    folder = settings.data_dir
    usage = shutil.disk_usage(folder)
    stats = stats_of(store, site, settings.get("store"), folder, retention_of(settings))
    return StoreNote(stats=stats, free_by=usage.free, total_by=usage.total)
