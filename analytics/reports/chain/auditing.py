"""Reading days again beside the store, and comparing them with the chain."""

from __future__ import annotations

import datetime as dt
from enum import StrEnum
from typing import TYPE_CHECKING

import msgspec

from analytics.reports.chain.book import book_of
from analytics.reports.chain.digest import digest_of, metered_names, name_of
from analytics.reports.chain.judging import changes_of, is_same
from analytics.reports.chain.link import Change
from analytics.reports.chain.touched import Touch

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from analytics.reports.chain.kept_file import KeptFile
    from analytics.reports.chain.link import Link
    from greendc.contracts import History, Ledger
    from greendc.site import Site


class Standing(StrEnum):
    """How a day stands to its newest link.

    ``GROWN``: it only has more readings than the link says; the chain will tell of them. ``ALTERED``: readings that
    were there changed or are gone. ``EXPIRED``: its readings are older than the store keeps them.
    """

    SAME = "same"
    GROWN = "grown"
    ALTERED = "altered"
    EXPIRED = "expired"


class AuditedDay(msgspec.Struct, frozen=True, kw_only=True):
    """One day that was read again. ``names`` gives the series behind the names in ``changes``."""

    day: dt.date
    link: int
    standing: Standing
    expected: int
    found: int
    changes: tuple[Change, ...] = ()
    names: dict[str, str] = {}


def nobody(_done: int, _of: int) -> None:
    """Tell nobody."""


def audit(
    ledger: Ledger,
    history: History,
    site: Site,
    first: dt.date,
    last: dt.date,
    *,
    file: KeptFile | None = None,
    raw_from_ns: int = 0,
    told: Callable[[int, int], None] = nobody,
) -> list[AuditedDay]:
    """Return how each day from ``first`` to ``last`` that has a link stands to the newest one.

    Unlike the service, it does not know what arrived meanwhile: what has more readings than before has grown, and what
    differs with as many or fewer is altered. Without ``file`` it says this of a day as a whole only.

    Raises:
        StoreError: ledger or store cannot be read.
    """
    chain = book_of(ledger).chain()
    wanted = [link for _, link in sorted(chain.newest.items()) if first <= link.day <= last]
    found = []
    for number, link in enumerate(wanted, 1):
        found.append(_audited(history, site, chain.salt, link, file, raw_from_ns))
        told(number, len(wanted))
    return found


def _audited(
    history: History, site: Site, salt: bytes, link: Link, file: KeptFile | None, raw_from_ns: int
) -> AuditedDay:
    if link.start_ns < raw_from_ns:
        return AuditedDay(day=link.day, link=link.n, standing=Standing.EXPIRED, expected=link.count, found=0)
    found = digest_of(history, site.name, link.start_ns, link.end_ns, salt, metered_names(site))
    changes: list[Change] = []
    names: dict[str, str] = {}
    standing = Standing.SAME
    if not is_same(link, found):
        before = None if file is None else file.marks(link.start_ns, link.kept)
        grown = found.count > link.count
        if before is not None:
            everything = Touch(since_ns=0, last_ns=0, everything=True)
            changes = changes_of(before, found.marks, everything, salt, link)
            grown = not any(one.altered for one in changes)
            names = dict(_names(salt, [one.name for one in (*before, *found.marks)], changes))
        standing = Standing.GROWN if grown else Standing.ALTERED
    return AuditedDay(
        day=link.day,
        link=link.n,
        standing=standing,
        expected=link.count,
        found=found.count,
        changes=tuple(changes),
        names=names,
    )


def _names(salt: bytes, known: list[tuple[str, str, str]], changes: list[Change]) -> Iterator[tuple[str, str]]:
    wanted = {change.series for change in changes}
    for name in known:
        masked = name_of(salt, name)
        if masked in wanted:
            yield masked, f"{name[0]}/{name[1]} {name[2]}" if name[1] else f"{name[0]} {name[2]}"
