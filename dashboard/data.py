"""One query a tick for all viewers: the first viewer of a tick asks the store, the others get the same answer."""

from __future__ import annotations

import logging
import threading
from concurrent.futures import Future, ThreadPoolExecutor, wait
from functools import partial
from typing import TYPE_CHECKING, TypeVar

from analytics.overview import Away, Background, Overview, background, greyed, nothing_known, overview
from dashboard.shelf import Answer, Shelf
from greendc.errors import StoreError
from greendc.units import NS_PER_SECOND

if TYPE_CHECKING:
    from collections.abc import Callable, Hashable
    from pathlib import Path

    from greendc.clock import Clock
    from greendc.contracts import History, Ledger, Store
    from greendc.ledger import SqliteLedger
    from greendc.site import Site

log = logging.getLogger("greendc.dashboard")

T = TypeVar("T")

TICK_NS = 2 * NS_PER_SECOND
SLOW_NS = 15 * NS_PER_SECOND
OLD_NS = 60 * NS_PER_SECOND
LEDGER_NS = 5 * NS_PER_SECOND
LEDGER_WAIT_S = 10.0
FIRST_WAIT_S = 1.0
"""How long [s] the first page waits for PUE and history before it is shown without them."""
HANGS_S = 2.0
"""A store that has not answered for this long [s] counts as away: a page opens within 3 s all the same."""


class Watch:
    """Keeps the last overview; every method may be called from any thread."""

    def __init__(
        self,
        read_site: Callable[[], Site],
        open_store: Callable[[], Store],
        ledger: SqliteLedger,
        data_dir: Path,
        clock: Clock,
    ) -> None:
        """Take the sources; the store is opened at the first tick, so that one which is down is a state of the page."""
        self.read_site = read_site
        self._open_store = open_store
        self._ledger = ledger
        self._data_dir = data_dir
        self._clock = clock
        # A long answer of the store must not hold up what the ledger has at hand.
        self._shelf, self._books = Shelf(clock), Shelf(clock)
        self._lock = threading.Lock()
        self._opening = threading.Lock()
        self._worker = ThreadPoolExecutor(max_workers=1, thread_name_prefix="background")
        self._asker = ThreadPoolExecutor(max_workers=1, thread_name_prefix="ask")
        self._asked: Future[Overview] | None = None
        self._pending: Future[Background] | None = None
        self._slow: Background | None = None
        self._slow_ns = 0
        self._made_ns = 0
        self._history: Store | None = None
        self._last: Overview | None = None
        self._hangs = False

    def overview(self) -> Overview:
        """Return an overview at most one tick old; greyed, with since-when and cause, when the store is away."""
        with self._lock:
            now_ns = self._clock.now_ns()
            if self._last is None or not 0 <= now_ns - self._last.now_ns < TICK_NS:
                self._last = self._within(now_ns)
            return self._last

    def _within(self, now_ns: int) -> Overview:
        """Return an overview soon: of a store that hangs, the last one greyed, without waiting for it twice."""
        hung = self._asked is not None
        if self._asked is None:
            self._asked = self._asker.submit(self._ask, now_ns)
        if not wait([self._asked], timeout=0.0 if hung else HANGS_S).done:
            self._hangs = True
            return self._without_store(self.read_site(), now_ns, "no answer yet")
        asked, self._asked, self._hangs = self._asked, None, False
        page = asked.result()
        # What a store says after a long while is of then.
        return self._within(now_ns) if hung and now_ns - page.now_ns >= TICK_NS else page

    def now_ns(self) -> int:
        """Return the time."""
        return self._clock.now_ns()

    @property
    def data_dir(self) -> Path:
        """Return the data directory."""
        return self._data_dir

    def of_store(
        self,
        name: Hashable,
        make: Callable[[History, Site, int], T],
        *,
        keep_ns: int = SLOW_NS,
        wait_s: float = FIRST_WAIT_S,
    ) -> Answer[T]:
        """Return what ``make`` makes of the store, the site and the time, made once for all viewers; see `Shelf.ask`.

        Raises:
            ConfigError: the site names something that does not exist.
        """

        def made() -> T:
            return make(self._opened(), self.read_site(), self.now_ns())

        if not self._hangs:
            return self._shelf.ask(name, made, keep_ns, wait_s)
        answer = self._shelf.ask(name, made, keep_ns, 0.0)
        away = self._last.away if self._last is not None else None
        return Answer(answer.value, answer.made_ns, answer.away or away, pending=answer.pending)

    def of_ledger(
        self, name: Hashable, make: Callable[[Ledger, Site, int], T], *, keep_ns: int = LEDGER_NS
    ) -> Answer[T]:
        """Return what ``make`` makes of the ledger, which answers when the store does not.

        Raises:
            ConfigError: the site names something that does not exist.
        """
        made = partial(self._of_ledger, make)
        return self._books.ask(name, made, keep_ns, LEDGER_WAIT_S)

    def act(self, name: Hashable, do: Callable[[Ledger, Site, int], None]) -> None:
        """Let a person's act reach the ledger; what pages know under ``name`` is made anew.

        Raises:
            GreendcError: whatever ``do`` raises.
        """
        do(self._ledger, self.read_site(), self.now_ns())
        self._books.forget(name)

    def work(self, do: Callable[[Store, Ledger, Site, int], T]) -> T:
        """Return what a long piece of work makes of the store and the ledger, in the thread that calls.

        Raises:
            GreendcError: whatever ``do`` raises, or the store cannot be opened.
        """
        return do(self._opened(), self._ledger, self.read_site(), self.now_ns())

    def _of_ledger(self, make: Callable[[Ledger, Site, int], T]) -> T:
        return make(self._ledger, self.read_site(), self.now_ns())

    def _opened(self) -> Store:
        with self._opening:
            if self._history is None:
                self._history = self._open_store()
            return self._history

    def _ask(self, now_ns: int) -> Overview:
        site = self.read_site()
        try:
            history = self._opened()
            slow = self._refreshed(history, site, now_ns)
            page = overview(history, site, self._ledger, self._data_dir, now_ns, slow)
        except StoreError as error:
            return self._without_store(site, now_ns, str(error))
        if self._last is not None and self._last.away is not None:
            log.info("the store answers again after %d s", (now_ns - self._last.away.since_ns) // NS_PER_SECOND)
        return page

    def _without_store(self, site: Site, now_ns: int, cause: str) -> Overview:
        last = self._last
        if last is None or last.away is None:
            log.warning("the store does not answer: %s", cause)
        since_ns = now_ns if last is None or last.away is None else last.away.since_ns
        away = Away(since_ns=since_ns, cause=cause)
        if last is None:
            return nothing_known(site, self._ledger, self._data_dir, now_ns, away)
        return greyed(last, now_ns, away)

    def _refreshed(self, history: History, site: Site, now_ns: int) -> Background:
        """Return the newest background there is, starting a new one when it is old; only the first is waited for."""
        if self._pending is None and (self._slow is None or now_ns - self._slow_ns >= SLOW_NS):
            self._pending = self._worker.submit(background, history, site, now_ns)
            self._slow_ns = now_ns
        if self._pending is not None:
            # After a time without viewers what is there is as good as nothing.
            too_old = now_ns - self._made_ns > OLD_NS
            done, _ = wait([self._pending], timeout=FIRST_WAIT_S if too_old else 0.0)
            if done:
                pending, self._pending = self._pending, None
                self._take(pending)
        return self._slow or Background.waiting()

    def _take(self, made: Future[Background]) -> None:
        try:
            self._slow = made.result()
        except StoreError as error:
            # Whether the store is away is for the query of this tick to say.
            log.info("history and PUE were not computed: %s", error)
        else:
            self._made_ns = self._slow_ns

    def close(self) -> None:
        """End the worker and let go of store and ledger."""
        for pool in (self._worker, self._asker):
            pool.shutdown(wait=True, cancel_futures=True)
        self._shelf.close()
        self._books.close()
        with self._lock:
            if self._history is not None:
                self._history.close()
            self._ledger.close()
