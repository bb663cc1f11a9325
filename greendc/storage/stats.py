"""What a store is and what it holds of a site."""

from __future__ import annotations

from typing import TYPE_CHECKING

import msgspec

from greendc.storage import EMBEDDED
from greendc.storage.retention import LEVELS, NS_PER_DAY, RAW
from greendc.storage.tried import is_tried, tried

if TYPE_CHECKING:
    from pathlib import Path

    from greendc.contracts import History
    from greendc.storage.retention import Retention


class StoreStats(msgspec.Struct, frozen=True, kw_only=True):
    """One answer of ``greendc store stats``. ``tried`` is ``tried``, ``untried`` or ``own``."""

    url: str
    product: str
    version: str
    tried: str
    tried_versions: list[str]
    untried: list[str]
    series: int
    readings: int
    newest_ns: int
    bytes_on_disk: int
    retention_days: dict[str, int]


def stats_of(store: History, site: str, url: str, data_dir: Path, retention: Retention) -> StoreStats:
    """Ask a store.

    Raises:
        StoreError: it does not answer.
    """
    product, version, state, size = "SQLite", "", "own", 0
    if url == EMBEDDED:
        import sqlite3  # noqa: PLC0415 - the module's version is asked for one of the stores only

        version = sqlite3.sqlite_version
        size = sum(file.stat().st_size for file in (data_dir / "store").glob("readings.sqlite*") if file.is_file())
    else:
        from greendc.storage.influx.store import InfluxStore  # noqa: PLC0415 - each store loads only what it needs

        if isinstance(store, InfluxStore):
            product, version = "InfluxDB", store.server.version()
            state = "tried" if is_tried(version) else "untried"
    keys = store.series(site)
    newest = max((reading.time_ns for reading in store.latest(keys).values()), default=0)
    return StoreStats(
        url=url,
        product=product,
        version=version,
        tried=state,
        tried_versions=tried().influxdb,
        untried=tried().untried,
        series=len(keys),
        readings=store.count(site),
        newest_ns=newest,
        bytes_on_disk=size,
        retention_days={level: retention.of(level) // NS_PER_DAY for level in (RAW, *LEVELS)},
    )
