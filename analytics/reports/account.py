"""The loss account of a report's period: it is kept by hour, a report shows one line per node."""

from __future__ import annotations

from typing import TYPE_CHECKING

import msgspec

from greendc.account import account
from greendc.clock import hour_of

if TYPE_CHECKING:
    from pathlib import Path


class AccountLine(msgspec.Struct, frozen=True, kw_only=True):
    """One line of the edge account, in readings."""

    node: str
    sampled: int
    stored: int
    spooled: int
    quarantined: int
    dropped: int
    lost: int


def account_lines(site_name: str, data_dir: Path, start_ns: int, end_ns: int) -> list[AccountLine]:
    """Return one line per node with the sums of the whole hours that a period touches.

    Raises:
        StoreError: the receipts cannot be read.
    """
    known = account(site_name, data_dir, None, hour_of(start_ns))
    rows = [row for row in known.rows if row.hour_ns < end_ns]
    lines = []
    for node in sorted({row.node for row in rows}):
        own = [row for row in rows if row.node == node]
        lines.append(
            AccountLine(
                node=node,
                sampled=sum(row.sampled for row in own),
                stored=sum(row.stored for row in own),
                spooled=sum(row.spooled for row in own),
                quarantined=sum(row.quarantined for row in own),
                dropped=sum(sum(row.dropped.values()) for row in own),
                lost=sum(row.lost for row in own),
            )
        )
    return lines
