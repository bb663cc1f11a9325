"""How the chain grows: a link for each day that has settled, another one when something came to a day or changed it."""

from __future__ import annotations

import bisect
import datetime as dt
import logging
from typing import TYPE_CHECKING

import msgspec

from analytics.energy import midnight_ns
from analytics.kpis.calendar import local_day
from analytics.reports.chain.book import book_of
from analytics.reports.chain.digest import digest_of, metered_names
from analytics.reports.chain.judging import changes_of, is_same, kind_as_a_whole, kind_of, named
from analytics.reports.chain.link import FIRST, Link, LinkKind
from analytics.reports.chain.touched import Touch, Touched
from greendc.clock import NS_PER_HOUR
from greendc.errors import StoreRefused

if TYPE_CHECKING:
    from collections.abc import Sequence

    from analytics.reports.chain.book import Chain
    from analytics.reports.chain.digest import DayDigest, SeriesMarks
    from analytics.reports.chain.kept_file import KeptFile
    from greendc.contracts import Arrivals, History, Ledger
    from greendc.site import Site

log = logging.getLogger("greendc.chain")

DAY = dt.timedelta(days=1)
DAYS_AT_ONCE = 5
"""So many days are read in one round at most."""
SETTLED_NS = NS_PER_HOUR
"""A day has settled this long after its end: its last readings may be on their way until then."""
QUIET_NS = NS_PER_HOUR
PATIENCE_NS = 24 * NS_PER_HOUR
"""A day to which readings come is looked at once nothing came for `QUIET_NS`, and after `PATIENCE_NS` at the latest."""
BACK = 2 * 366 * DAY
"""A chain begins at most this long ago: a reading from 1970 does not make fifty years of empty days."""
PAGES = 100
PAGE = 50_000
"""So many pages of arrivals are looked at in one round: some seconds when a long history is told the first time."""
_NEVER = 0


class Growth:
    """The chain of one site, kept up with what the store has."""

    def __init__(self, site: Site, ledger: Ledger, file: KeptFile, *, raw_kept_ns: int = _NEVER) -> None:
        """Take the site; readings older than ``raw_kept_ns`` are no longer in the store (0: all are)."""
        self._site = site
        self._book = book_of(ledger)
        self._file = file
        self._raw_kept_ns = raw_kept_ns
        self._cursor = file.cursor
        self._first_ns = file.first_ns
        self._touched = Touched()

    def extend(self, history: History, now_ns: int) -> bool:
        """Look at what came and make the links that are due, a few at once; tell whether none is left to make.

        Raises:
            StoreError: store, ledger or file cannot be used; what was made until then holds.
        """
        if not self.look(history, now_ns):
            return False
        left = DAYS_AT_ONCE
        while left and self._next_day(history, now_ns):
            left -= 1
        for start_ns in self._due(now_ns)[:left]:
            left -= 1
            self._again(history, start_ns, now_ns)
        self._note()
        return left > 0

    def look(self, history: History, now_ns: int) -> bool:
        """Take note of what arrived for days that have a link; tell whether all of it was seen."""
        days = _Days(self._site, self._book.chain())
        for _ in range(PAGES):
            answer = self._arrived(history)
            self._cursor = answer.cursor
            if answer.windows:
                earliest = min(window.start_ns for window in answer.windows)
                self._first_ns = earliest if self._first_ns is None else min(self._first_ns, earliest)
                if days.known:
                    self._touched.take(answer.windows, days.of, now_ns)
            if len(answer.windows) < PAGE:
                return True
        self._note()
        return False

    def scrub(self, history: History, turn: int, now_ns: int) -> None:
        """Read one day again that has a link, and see that it is what the link says. Each turn has another day.

        Raises:
            StoreError: as `extend`.
        """
        newest = self._book.chain().newest
        known = [
            start_ns
            for start_ns, link in sorted(newest.items())
            if start_ns not in self._touched.days and self._is_kept(link, now_ns)
        ]
        if known:
            self._again(history, known[turn % len(known)], now_ns)

    def _next_day(self, history: History, now_ns: int) -> bool:
        """Make the next day's link; tell whether there was one to make."""
        last = self._book.chain().last
        if last is not None:
            start_ns = last.end_ns
        elif self._first_ns is not None:
            first = local_day(self._site, self._first_ns)
            start_ns = midnight_ns(max(first, local_day(self._site, now_ns) - BACK), self._site)
        else:
            return False
        day = local_day(self._site, start_ns)
        end_ns = midnight_ns(day + DAY, self._site)
        if now_ns < end_ns + SETTLED_NS:
            return False
        self._link(_blank(day, start_ns, end_ns), self._digest(history, start_ns, end_ns, now_ns), now_ns)
        return True

    def _again(self, history: History, start_ns: int, now_ns: int) -> None:
        """Read a day again, and make a link when it is not what its newest link says."""
        known = self._book.chain().newest.get(start_ns)
        if known is None:
            # A day from before the chain began.
            day = local_day(self._site, start_ns)
            known = _blank(day, start_ns, midnight_ns(day + DAY, self._site))
        if not self._is_kept(known, now_ns):
            self._touched.pop(start_ns)
            return
        found = self._digest(history, start_ns, known.end_ns, now_ns)
        if known.hash and is_same(known, found):
            self._touched.pop(start_ns)
            return
        # What came while the day was read is told by now, and is not taken for an alteration.
        if not self.look(history, now_ns):
            return
        touch = self._touched.pop(start_ns)
        if known.hash or found.count:
            self._judge(known, found, touch, now_ns)

    def _judge(self, known: Link, found: DayDigest, touch: Touch | None, now_ns: int) -> None:
        before: Sequence[SeriesMarks] | None = self._file.marks(known.start_ns, known.kept)
        if not known.hash:
            # Nothing was said of this day, so nothing of it can have changed.
            before, touch = [], Touch(since_ns=now_ns, last_ns=now_ns, everything=True)
        if before is None:
            link = msgspec.structs.replace(known, changes=(), unnamed=0)
            kind = kind_as_a_whole(known, found, touch)
        else:
            changes = changes_of(before, found.marks, touch, self._book.salted(now_ns), known)
            kind = kind_of(changes)
            listed, unnamed = named(changes)
            link = msgspec.structs.replace(known, changes=listed, unnamed=unnamed)
        self._link(link, found, now_ns, kind)

    def _digest(self, history: History, start_ns: int, end_ns: int, now_ns: int) -> DayDigest:
        salt = self._book.salted(now_ns)
        return digest_of(history, self._site.name, start_ns, end_ns, salt, metered_names(self._site))

    def _link(self, blank: Link, found: DayDigest, now_ns: int, kind: LinkKind = LinkKind.DAY) -> None:
        kept = self._file.keep(blank.start_ns, found.marks)
        made = self._book.append(
            Link(
                n=0,
                kind=kind,
                day=blank.day,
                start_ns=blank.start_ns,
                end_ns=blank.end_ns,
                made_ns=now_ns,
                previous=FIRST,
                salt="",
                digest=found.digest,
                count=found.count,
                metered=found.metered,
                metered_count=found.metered_count,
                kept=kept,
                changes=blank.changes,
                unnamed=blank.unnamed,
            )
        )
        self._file.keep_only(blank.start_ns, kept)
        if kind is LinkKind.ALTERATION:
            log.warning("readings of %s that were there changed or are gone: link %d of the chain", made.day, made.n)
        else:
            log.info("link %d of the chain: %s of %s, %d readings", made.n, kind.value, made.day, made.count)

    def _due(self, now_ns: int) -> list[int]:
        days = self._touched.days.items()
        return sorted(
            start_ns
            for start_ns, touch in days
            if now_ns - touch.last_ns >= QUIET_NS or now_ns - touch.since_ns >= PATIENCE_NS
        )

    def _is_kept(self, link: Link, now_ns: int) -> bool:
        return not self._raw_kept_ns or link.start_ns >= now_ns - self._raw_kept_ns

    def _note(self) -> None:
        """Keep the cursor once nothing before it is waiting, so that a restart forgets nothing."""
        if not self._touched.days and self._cursor != self._file.cursor:
            self._file.note(self._cursor, self._first_ns)

    def _arrived(self, history: History) -> Arrivals:
        try:
            return history.arrived(self._site.name, self._cursor, PAGE)
        except StoreRefused:
            if not self._cursor:
                raise
            # The cursor is another store's: everything is told anew.
            return history.arrived(self._site.name, "", PAGE)


class _Days:
    """Which day an hour belongs to."""

    def __init__(self, site: Site, chain: Chain) -> None:
        self._site = site
        self._newest = chain.newest
        self._starts = sorted(chain.newest)
        self._first_ns = None if chain.first is None else chain.first.start_ns
        self.known = bool(chain.newest)

    def of(self, at_ns: int) -> int | None:
        """Return the start of a day that has a link or lies before the chain, None for any other."""
        if self._first_ns is None:
            return None
        if at_ns < self._first_ns:
            return midnight_ns(local_day(self._site, at_ns), self._site)
        start_ns = self._starts[bisect.bisect_right(self._starts, at_ns) - 1]
        return start_ns if at_ns < self._newest[start_ns].end_ns else None


def extend(ledger: Ledger, history: History, site: Site, now_ns: int, file: KeptFile) -> bool:
    """Look at what came and make the links that are due, as `Growth.extend`."""
    return Growth(site, ledger, file).extend(history, now_ns)


def _blank(day: dt.date, start_ns: int, end_ns: int) -> Link:
    """Return a link about a day of which nothing is known."""
    return Link(
        n=0,
        kind=LinkKind.DAY,
        day=day,
        start_ns=start_ns,
        end_ns=end_ns,
        made_ns=0,
        previous=FIRST,
        salt="",
        digest="",
        count=0,
        metered="",
        metered_count=0,
        kept="",
    )
