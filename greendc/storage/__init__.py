"""Where readings are kept: an embedded store, or InfluxDB. Both answer alike; see `greendc.contracts.Store`."""

from __future__ import annotations

from typing import TYPE_CHECKING

from greendc.settings import Secret
from greendc.storage.retention import FOREVER, Retention

if TYPE_CHECKING:
    from pathlib import Path

    from greendc.contracts import Store

EMBEDDED = "embedded"
NO_TOKEN = Secret("")


def check_address(url: str) -> None:
    """Say whether an address is that of a store, before anything is started that needs one.

    Raises:
        ConfigError: the address does not fit.
    """
    if url != EMBEDDED:
        from greendc.storage.influx.address import parse_address  # noqa: PLC0415 - each store loads only what it needs

        parse_address(url)


def open_store(
    url: str,
    data_dir: Path,
    *,
    token: Secret = NO_TOKEN,
    read_only: bool = False,
    retention: Retention = FOREVER,
) -> Store:
    """Open the store that ``url`` names: ``embedded``, or ``influxdb://HOST:PORT/DATABASE`` (``influxdbs://`` for TLS).

    An InfluxDB is not asked before the first read or write, so that a store which is down at the start is only away.

    Raises:
        ConfigError: the address does not fit.
        StoreError: the embedded store's file cannot be used.
    """
    if url == EMBEDDED:
        from greendc.storage.embedded import EmbeddedStore  # noqa: PLC0415 - each store loads only what it needs

        return EmbeddedStore(data_dir / "store" / "readings.sqlite", read_only=read_only, retention=retention)
    from greendc.storage.influx.address import parse_address  # noqa: PLC0415 - as above
    from greendc.storage.influx.store import InfluxStore  # noqa: PLC0415 - each store loads only what it needs

    return InfluxStore(parse_address(url), token=token, read_only=read_only, retention=retention)
