"""Where each reading went, per node and UTC hour: ``sampled = stored + spooled + quarantined + dropped + lost``.

What was sampled, was dropped and still waits is what the node says of its spool at one instant, together with the
highest number it had given by then. Receipts up to that number say what was stored and what was held back. Both sides
may be read at different times: a number that was waiting and has a receipt since then counts as stored, a number given
later does not count yet.
"""

from __future__ import annotations

import logging
from itertools import groupby
from typing import TYPE_CHECKING

import msgspec

from greendc import spans, wire
from greendc.batch_spool import open_spool
from greendc.clock import NS_PER_HOUR
from greendc.errors import StoreError
from greendc.receipts import HourReceipts, KnownHour, Receipts

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence
    from pathlib import Path

    from greendc.batch_spool import BatchSpool
    from greendc.contracts import History
    from greendc.spool import Spool

NS_PER_DAY = 24 * NS_PER_HOUR
MAX_SERIES = 4000
"""So many series are counted at once."""

log = logging.getLogger("greendc.account")


class AccountRow(msgspec.Struct, frozen=True, kw_only=True):
    """One node and UTC hour, in samples.

    ``in_store`` counts the distinct readings that the store holds of the node's devices, None when no store was asked.
    ``lost`` is what is missing from the sum. The row closes when nothing is lost and what was stored is in the store.
    """

    node: str
    hour_ns: int
    sampled: int
    stored: int
    spooled: int
    quarantined: int
    dropped: dict[str, int]
    lost: int
    in_store: int | None
    closes: bool


class AccountReport(msgspec.Struct, frozen=True, kw_only=True):
    """All rows, and their sums.

    ``unreported`` counts samples that were received of a spool that nobody speaks for: a node that has not told its
    account yet, or a spool file that was replaced. They are in no row.
    """

    site: str
    rows: list[AccountRow]
    sampled: int
    stored: int
    spooled: int
    quarantined: int
    dropped: int
    lost: int
    unreported: int
    closes: bool


class _Sum:
    """What is added up for one node and hour over its epochs."""

    def __init__(self) -> None:
        self.sampled = 0
        self.stored = 0
        self.spooled = 0
        self.quarantined = 0
        self.lost = 0
        self.dropped: dict[str, int] = {}


def close_account(
    site: str,
    known: Iterable[KnownHour],
    receipts: Iterable[HourReceipts],
    in_store: Mapping[tuple[str, int], int] | None = None,
) -> AccountReport:
    """Return the account; ``in_store`` gives the store's count by node and hour. Pure."""
    by_hour = {(r.node, r.epoch, r.hour_ns): r for r in receipts}
    sums: dict[tuple[str, int], _Sum] = {}
    spoken_for: set[tuple[str, str]] = set()
    for told in known:
        spoken_for.add((told.node, told.epoch))
        receipt = by_hour.get((told.node, told.epoch, told.hour.hour_ns))
        _add(sums.setdefault((told.node, told.hour.hour_ns), _Sum()), told, receipt)
    rows = [_row(node, hour_ns, sums[node, hour_ns], in_store) for node, hour_ns in sorted(sums)]
    return AccountReport(
        site=site,
        rows=rows,
        sampled=sum(row.sampled for row in rows),
        stored=sum(row.stored for row in rows),
        spooled=sum(row.spooled for row in rows),
        quarantined=sum(row.quarantined for row in rows),
        dropped=sum(sum(row.dropped.values()) for row in rows),
        lost=sum(row.lost for row in rows),
        unreported=sum(
            spans.size(r.stored) + spans.size(r.quarantined)
            for r in by_hour.values()
            if (r.node, r.epoch) not in spoken_for
        ),
        closes=all(row.closes for row in rows),
    )


def _add(into: _Sum, told: KnownHour, receipt: HourReceipts | None) -> None:
    stored = spans.upto(receipt.stored, told.head) if receipt else []
    quarantined = spans.upto(receipt.quarantined, told.head) if receipt else []
    spooled = spans.without(spans.merged(told.hour.waiting), spans.merged([*stored, *quarantined]))
    counts = (spans.size(stored), spans.size(spooled), spans.size(quarantined))
    missing = told.hour.sampled - sum(counts) - sum(told.hour.dropped.values())
    into.sampled += told.hour.sampled
    into.stored, into.spooled, into.quarantined = (
        before + count for before, count in zip((into.stored, into.spooled, into.quarantined), counts, strict=True)
    )
    # A full spool may drop a reading that was stored while its confirmation was still on its way: count it once.
    twice = max(0, -missing)
    into.lost += max(0, missing)
    for reason, count in told.hour.dropped.items():
        into.dropped[reason] = into.dropped.get(reason, 0) + count - min(twice, count)
        twice -= min(twice, count)
    into.lost -= twice


def _row(node: str, hour_ns: int, total: _Sum, in_store: Mapping[tuple[str, int], int] | None) -> AccountRow:
    found = None if in_store is None else in_store.get((node, hour_ns), 0)
    return AccountRow(
        node=node,
        hour_ns=hour_ns,
        sampled=total.sampled,
        stored=total.stored,
        spooled=total.spooled,
        quarantined=total.quarantined,
        dropped={reason: count for reason, count in total.dropped.items() if count},
        lost=total.lost,
        in_store=found,
        closes=total.lost == 0 and (found is None or found >= total.stored),
    )


def told_by(spool: Spool | BatchSpool) -> list[KnownHour]:
    """Return what a spool says of itself at one instant.

    Raises:
        StoreError: it cannot be read.
    """
    head, tally = spool.standing()
    return [
        KnownHour(
            node=spool.node,
            epoch=spool.epoch,
            time_ns=0,
            head=head,
            hour=wire.HourReport(hour.hour_ns, hour.sampled, hour.dropped, hour.waiting),
        )
        for hour in tally
    ]


def account(site_name: str, data_dir: Path, history: History | None, since_ns: int = 0) -> AccountReport:
    """Return the account of a data directory: its own spools, and the nodes that report to it.

    Hours that began before ``since_ns`` are left out.

    Raises:
        StoreError: the receipts or the store cannot be read.
    """
    # Spools before receipts: what leaves a spool in between has its receipt by then.
    known = [told for told in _local(site_name, data_dir) if told.hour.hour_ns >= since_ns]
    received: list[HourReceipts] = []
    devices: dict[str, list[str]] = {}
    receipts = Receipts.existing(data_dir / "receipts.sqlite")
    if receipts is not None:
        try:
            received, reported = receipts.snapshot(since_ns)
            devices = receipts.devices()
        finally:
            receipts.close()
        local = {told.epoch for told in known}
        known += [told for told in reported if told.epoch not in local]
    counted = None if history is None else _counted(site_name, history, known, devices)
    return close_account(site_name, known, received, counted)


def _local(site_name: str, data_dir: Path) -> list[KnownHour]:
    known: list[KnownHour] = []
    for path in sorted((data_dir / "spool").glob("*.sqlite")):
        try:
            spool = open_spool(path)
        except StoreError as error:
            log.warning("spool %s is not in the account: %s", path.name, error)
            continue
        try:
            if spool.site == site_name:
                known += told_by(spool)
        finally:
            spool.close()
    return known


def _counted(
    site: str, history: History, known: Sequence[KnownHour], devices: Mapping[str, Sequence[str]]
) -> dict[tuple[str, int], int]:
    """Return the readings in the store by node and hour; asked for a day at once, because a year has many hours."""
    counted = {(told.node, told.hour.hour_ns): 0 for told in known}
    nodes_of: dict[str, list[str]] = {}
    for node, brought in devices.items():
        for device in brought:
            nodes_of.setdefault(device, []).append(node)
    keys = [key for key in history.series(site) if key.device in nodes_of]
    hours = sorted({hour_ns for _node, hour_ns in counted})
    for _day, of_day in groupby(hours, key=lambda hour_ns: hour_ns // NS_PER_DAY):
        wanted = list(of_day)
        for at in range(0, len(keys), MAX_SERIES):
            table = history.aggregated(keys[at : at + MAX_SERIES], wanted[0], wanted[-1] + NS_PER_HOUR, NS_PER_HOUR)
            columns = (table.column(name).to_pylist() for name in ("device", "time_ns", "count"))
            for device, hour_ns, count in zip(*columns, strict=True):
                for node in nodes_of[device]:
                    if (node, hour_ns) in counted:
                        counted[node, hour_ns] += count
    return counted
