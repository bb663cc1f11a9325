"""Where each level of an InfluxDB store lives, and how it gets there: a 1.x retention policy, else a bucket of its own.

Levels are ``raw``, the rollups ``1m``, ``15m``, ``1h``, and ``arrivals``: what came in when. InfluxDB 2.x and 3 map the
database and retention policy of an InfluxQL request to the bucket ``DATABASE/POLICY``.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import msgspec

from greendc.storage.retention import LEVELS, NS_PER_DAY, RAW, Retention
from greendc.units import NS_PER_SECOND

if TYPE_CHECKING:
    from greendc.storage.influx.server import InfluxServer

ARRIVALS = "arrivals"
ARRIVALS_DAYS = 30
"""Who asks what arrived must ask within this time."""

EVERY_LEVEL = (RAW, *LEVELS, ARRIVALS)


class _Org(msgspec.Struct, frozen=True):
    id: str


class _Orgs(msgspec.Struct, frozen=True):
    orgs: list[_Org] = []


class _Rule(msgspec.Struct, frozen=True, rename="camel"):
    every_seconds: int = 0


class _Bucket(msgspec.Struct, frozen=True, rename="camel"):
    id: str = ""
    retention_rules: list[_Rule] = []


class _Buckets(msgspec.Struct, frozen=True):
    buckets: list[_Bucket] = []


def duration_ns(level: str, retention: Retention) -> int:
    """Return how long a level is kept [ns]; 0 is for ever."""
    return ARRIVALS_DAYS * NS_PER_DAY if level == ARRIVALS else retention.of(level)


def make_levels(server: InfluxServer, retention: Retention) -> None:
    """Make what is missing and set how long each level is kept. Doing it again changes nothing.

    Raises:
        StoreAway: ask again later.
        StoreRefused: the token may not.
    """
    make = {"1": _make_policy, "2": _make_bucket, "3": _make_database}[server.generation()]
    if server.generation() == "1":
        server.command(f'CREATE DATABASE "{server.address.database}"')
    for level in EVERY_LEVEL:
        make(server, level, duration_ns(level, retention) // NS_PER_SECOND)


def _make_policy(server: InfluxServer, level: str, seconds: int) -> None:
    # The database's name was checked against an allow-list when the address was read; the others are constants.
    where = f'ON "{server.address.database}"'
    length = f"{seconds}s" if seconds else "INF"
    # 1.x keeps raw readings in its default policy, which comes with the database.
    name = "autogen" if level == RAW else level
    if level != RAW:
        shard = "168h" if level in {"1m", ARRIVALS} else "672h"
        server.command(
            f'CREATE RETENTION POLICY "{name}" {where} DURATION {length} REPLICATION 1 SHARD DURATION {shard}',
            tolerate="already exists",
        )
    server.command(f'ALTER RETENTION POLICY "{name}" {where} DURATION {length}')


def _make_bucket(server: InfluxServer, level: str, seconds: int) -> None:
    name = server.bucket(level)
    rules = [{"type": "expire", "everySeconds": seconds}] if seconds else []
    found = server.api("GET", "/api/v2/buckets", query={"name": name}, missing_ok=True)
    buckets = msgspec.json.decode(found, type=_Buckets).buckets if found else []
    if not buckets:
        orgs = msgspec.json.decode(server.api("GET", "/api/v2/orgs", query={"org": server.address.org}), type=_Orgs)
        org = orgs.orgs[0].id if orgs.orgs else ""
        body: dict[str, object] = {"orgID": org, "name": name, "retentionRules": rules}
        server.api("POST", "/api/v2/buckets", body=body)
    elif [rule.every_seconds for rule in buckets[0].retention_rules] != ([seconds] if seconds else []):
        changed = {"name": name, "retentionRules": rules}
        server.api("PATCH", f"/api/v2/buckets/{buckets[0].id}", body=changed)


def _make_database(server: InfluxServer, level: str, seconds: int) -> None:
    body: dict[str, object] = {"db": server.bucket(level)}
    if seconds:
        body["retention_period"] = f"{seconds}s"
    server.api("POST", "/api/v3/configure/database", body=body, conflict_ok=True)
