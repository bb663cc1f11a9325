"""Dear answers, made once for all viewers by one worker and kept until they are old."""

from __future__ import annotations

import threading
from concurrent.futures import Future, ThreadPoolExecutor, wait
from typing import TYPE_CHECKING, Generic, TypeVar, cast

from analytics.overview import Away
from greendc.errors import StoreError
from greendc.units import NS_PER_SECOND

if TYPE_CHECKING:
    from collections.abc import Callable, Hashable

    from greendc.clock import Clock

T = TypeVar("T")

MOST_KEPT = 64
RETRY_NS = 5 * NS_PER_SECOND
"""After a store did not answer it is asked again this much later."""


class Answer(Generic[T]):
    """What is known: ``value`` (None at first), when it was made, whether a newer one is on its way, and why not."""

    def __init__(self, value: T | None, made_ns: int, away: Away | None, *, pending: bool) -> None:
        """Take what is known."""
        self.value = value
        self.made_ns = made_ns
        self.away = away
        self.pending = pending


class _Kept:
    def __init__(self) -> None:
        self.value: object = None
        self.made_ns = 0
        self.asked_ns: int | None = None
        self.away: Away | None = None
        self.coming: Future[object] | None = None


class Shelf:
    """Keeps answers by name; every method may be called from any thread."""

    def __init__(self, clock: Clock) -> None:
        """Start with nothing."""
        self._clock = clock
        self._lock = threading.Lock()
        self._worker = ThreadPoolExecutor(max_workers=1, thread_name_prefix="shelf")
        self._kept: dict[Hashable, _Kept] = {}

    def ask(self, name: Hashable, make: Callable[[], T], keep_ns: int, wait_s: float) -> Answer[T]:
        """Return the newest answer of a name, waiting at most ``wait_s`` for one that is on its way.

        One older than ``keep_ns`` is made anew behind the scenes; when the store does not answer, the last one stays.

        Raises:
            ConfigError: whatever else ``make`` raises is raised here.
        """
        with self._lock:
            kept = self._kept.pop(name, None) or _Kept()
            self._kept[name] = kept
            now_ns = self._clock.now_ns()
            if kept.coming is None and self._due(kept, keep_ns, now_ns):
                kept.asked_ns = now_ns
                kept.coming = self._worker.submit(make)
            coming = kept.coming
            for old in [one for one, its in self._kept.items() if its.coming is None][: len(self._kept) - MOST_KEPT]:
                del self._kept[old]
        if coming is not None and wait([coming], timeout=wait_s).done:
            self._take(kept, coming)
        with self._lock:
            return Answer(cast("T | None", kept.value), kept.made_ns, kept.away, pending=kept.coming is not None)

    @staticmethod
    def _due(kept: _Kept, keep_ns: int, now_ns: int) -> bool:
        if kept.asked_ns is None:
            return True
        return now_ns - kept.asked_ns >= (RETRY_NS if kept.away is not None else keep_ns)

    def _take(self, kept: _Kept, coming: Future[object]) -> None:
        with self._lock:
            if kept.coming is not coming:
                return
            kept.coming = None
            asked_ns, kept.asked_ns = kept.asked_ns or 0, None
            try:
                kept.value = coming.result()
            except StoreError as error:
                since_ns = kept.away.since_ns if kept.away is not None else asked_ns
                kept.away, kept.asked_ns = Away(since_ns=since_ns, cause=str(error)), asked_ns
            else:
                kept.made_ns, kept.asked_ns, kept.away = asked_ns, asked_ns, None

    def forget(self, name: Hashable) -> None:
        """Make the answer of a name anew when it is asked for next."""
        with self._lock:
            if kept := self._kept.get(name):
                kept.asked_ns = None

    def close(self) -> None:
        """End the worker."""
        self._worker.shutdown(wait=True, cancel_futures=True)
