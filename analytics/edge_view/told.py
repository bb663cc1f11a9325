"""What nodes told the centre besides readings: their loss account, their clock, what of theirs was refused.

All of it stands in files of the data directory, so it is known when the store is away.
"""

from __future__ import annotations

from collections import defaultdict
from typing import TYPE_CHECKING

import msgspec

from greendc.account import account
from greendc.clock import NS_PER_HOUR, from_iso, hour_of
from greendc.status import EdgeStatus, IngestStatus, read_status
from greendc.units import NS_PER_SECOND

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator
    from pathlib import Path

    from greendc.account import AccountRow
    from greendc.site import Site

STATUS_NS = 60 * NS_PER_SECOND
"""A status file older than this belongs to a process that is gone."""
DAY_NS = 24 * NS_PER_HOUR
MONTH_NS = 31 * DAY_NS
"""So far back the account is looked at: years of many nodes would hold up every page."""
HELD_FILES = ("held.old.jsonl", "held.jsonl")
LAST_BYTES = 1024 * 1024
"""So much of the end of a file of refused readings is looked at."""
REFUSALS = 12


class Account(msgspec.Struct, frozen=True, kw_only=True):
    """Where the samples of a time went; ``sampled = stored + spooled + quarantined + dropped + lost``."""

    sampled: int = 0
    stored: int = 0
    spooled: int = 0
    quarantined: int = 0
    dropped: dict[str, int] = {}
    lost: int = 0

    @property
    def closes(self) -> bool:
        """Tell whether nothing is missing from the sum."""
        return self.lost == 0


class Refusal(msgspec.Struct, frozen=True, kw_only=True):
    """Readings or messages of a node that were refused for one reason: how many, the newest and what it said."""

    reason: str
    count: int
    newest_ns: int
    detail: str


class Told(msgspec.Struct, frozen=True, kw_only=True):
    """What is known of one node without the store; times are 0 and numbers None where nothing was told.

    ``link`` is what the node says of its way to the broker when its status can be read here, else empty. ``refused``
    is of the newest part of the log alone.
    """

    heard_ns: int = 0
    ahead_s: float | None = None
    waiting: int | None = None
    link: str = ""
    software: str = ""
    day: Account | None = None
    month: Account | None = None
    open_hours_ns: tuple[int, ...] = ()
    refused: tuple[Refusal, ...] = ()


class _Held(msgspec.Struct, frozen=True):
    """What the page needs of a line of the quarantine's log; other fields are left alone."""

    time: str = ""
    node: str = ""
    reason: str = ""
    detail: str = ""


def told_of(data_dir: Path, site: Site, now_ns: int) -> dict[str, Told]:
    """Return what each node of the site told, by name.

    Raises:
        StoreError: the account of the nodes cannot be read.
    """
    ingest = read_status(data_dir, "ingest", IngestStatus)
    lives = ingest is not None and now_ns - ingest.time_ns <= STATUS_NS
    heard = {one.name: one for one in ingest.nodes} if ingest is not None and lives else {}
    rows: dict[str, list[AccountRow]] = defaultdict(list)
    for row in account(site.name, data_dir, None, hour_of(now_ns - MONTH_NS)).rows:
        rows[row.node].append(row)
    refused = _refusals(data_dir)
    found = {}
    for node in site.edge_nodes:
        own, said = _own(data_dir / node.name, now_ns), heard.get(node.name)
        month = _sum(rows[node.name])
        waiting = month.spooled if month is not None else None
        found[node.name] = Told(
            heard_ns=said.heard_ns if said else 0,
            ahead_s=said.ahead_s if said else None,
            waiting=own.waiting if own is not None else waiting,
            link=own.broker if own is not None else "",
            software=own.software if own is not None else "",
            day=_sum(row for row in rows[node.name] if row.hour_ns >= hour_of(now_ns - DAY_NS)),
            month=month,
            open_hours_ns=tuple(row.hour_ns for row in rows[node.name] if row.lost),
            refused=refused.get(node.name, ()),
        )
    return found


def _own(folder: Path, now_ns: int) -> EdgeStatus | None:
    """Return what a node that runs on this machine says of itself, None when it is old or elsewhere."""
    status = read_status(folder, "edge", EdgeStatus)
    return status if status is not None and now_ns - status.time_ns <= STATUS_NS else None


def _sum(rows: Iterable[AccountRow]) -> Account | None:
    """Return the sums of rows, None without any."""
    rows = list(rows)
    if not rows:
        return None
    dropped: dict[str, int] = defaultdict(int)
    for row in rows:
        for reason, count in row.dropped.items():
            dropped[reason] += count
    return Account(
        sampled=sum(row.sampled for row in rows),
        stored=sum(row.stored for row in rows),
        spooled=sum(row.spooled for row in rows),
        quarantined=sum(row.quarantined for row in rows),
        dropped=dict(dropped),
        lost=sum(row.lost for row in rows),
    )


def _refusals(data_dir: Path) -> dict[str, tuple[Refusal, ...]]:
    """Return what was refused of each node by reason, the most frequent first."""
    grouped: dict[tuple[str, str], list[_Held]] = defaultdict(list)
    for name in HELD_FILES:
        for held in _held(data_dir / "quarantine" / name):
            grouped[held.node, held.reason].append(held)
    found: dict[str, list[Refusal]] = defaultdict(list)
    for (node, reason), all_held in sorted(grouped.items(), key=lambda item: -len(item[1])):
        newest = max(all_held, key=lambda held: held.time)
        if len(found[node]) < REFUSALS:
            found[node].append(
                Refusal(reason=reason, count=len(all_held), newest_ns=_time(newest.time), detail=newest.detail)
            )
    return {node: tuple(refusals) for node, refusals in found.items()}


def _held(path: Path) -> Iterator[_Held]:
    """Yield the lines at the end of a log; one that was cut off is left out."""
    try:
        with path.open("rb") as file:
            file.seek(max(0, path.stat().st_size - LAST_BYTES))
            lines = file.read(LAST_BYTES).splitlines()
    except OSError:
        return
    for line in lines:
        try:
            yield msgspec.json.decode(line, type=_Held)
        except msgspec.DecodeError:
            continue


def _time(text: str) -> int:
    try:
        return from_iso(text)
    except ValueError:
        return 0
