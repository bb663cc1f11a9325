"""One query a tick for all viewers."""

from __future__ import annotations

import threading
import time
from concurrent.futures import ThreadPoolExecutor
from typing import TYPE_CHECKING

import pytest

from analytics.overview import State
from dashboard.data import HANGS_S, TICK_NS, Watch
from greendc.clock import ManualClock, from_iso
from greendc.errors import StoreAway
from greendc.ledger import SqliteLedger
from greendc.site import read_site
from greendc.storage.embedded import EmbeddedStore
from tests.dashboard import seeding

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping, Sequence
    from pathlib import Path

    from greendc.model import Reading, SeriesKey

NOW_NS = from_iso("2026-11-23T04:00:00Z")
TICK_S = TICK_NS / 1e9


class Flaky(EmbeddedStore):
    """A store that counts what it is asked, and is away when told."""

    away = False
    asked = 0

    def __init__(self, path: Path) -> None:
        """Open the store; it answers until ``free`` is cleared."""
        super().__init__(path, read_only=True)
        self.free = threading.Event()
        self.free.set()

    def latest(self, keys: Sequence[SeriesKey]) -> Mapping[SeriesKey, Reading]:
        """Count; hang when told; fail when away."""
        self.free.wait()
        if self.away:
            raise StoreAway("the disk is busy")
        self.asked += 1
        return super().latest(keys)


@pytest.fixture
def scene(tmp_path: Path) -> Iterator[tuple[Watch, Flaky, ManualClock]]:
    """Return a watch on a seeded site, its store and its clock."""
    site = read_site(seeding.write_site(tmp_path))
    seeding.fill(tmp_path, NOW_NS, hours=1)
    store = Flaky(tmp_path / "store" / "readings.sqlite")
    clock = ManualClock(NOW_NS)
    ledger = SqliteLedger(tmp_path / "ledger.sqlite")
    watch = Watch(lambda: site, lambda: store, ledger, tmp_path, clock)
    yield watch, store, clock
    store.free.set()
    watch.close()


def settled(watch: Watch, clock: ManualClock, done: Callable[[], bool]) -> None:
    """Let ticks pass until something is so."""
    for _ in range(50):
        clock.advance(TICK_S)
        watch.overview()
        if done():
            return
        time.sleep(0.02)
    pytest.fail("it never happened")


def test_viewers_of_a_tick_share_one_query(scene: tuple[Watch, Flaky, ManualClock]) -> None:
    """Thirty viewers within a tick get the same answer; the next tick asks again."""
    watch, store, clock = scene
    watch.overview()
    clock.advance(TICK_S)
    before = store.asked
    with ThreadPoolExecutor(8) as pool:
        pages = list(pool.map(lambda _: watch.overview(), range(30)))
    assert len({id(page) for page in pages}) == 1
    # The background asks for the newest readings too, at most once a window of PUE.
    assert store.asked - before <= 4
    clock.advance(TICK_S)
    assert watch.overview() is not pages[0]


def test_pue_and_history_arrive(scene: tuple[Watch, Flaky, ManualClock]) -> None:
    """What is dear to compute does not hold up the page for long, and is there soon after."""
    watch, _, clock = scene
    settled(watch, clock, lambda: watch.overview().ready)
    assert len(watch.overview().trend.times_ns) > 50
    assert watch.overview().ratios[0].figure.value == pytest.approx(88 / 60, rel=1e-3)


def test_a_page_after_a_time_without_viewers_is_not_an_old_one(scene: tuple[Watch, Flaky, ManualClock]) -> None:
    """The first viewer after an hour gets the PUE of now."""
    watch, _, clock = scene
    settled(watch, clock, lambda: watch.overview().ready)
    clock.advance(3600)
    assert watch.overview().ratios[0].end_ns == clock.now_ns()


def test_an_outage_greys_and_ends(scene: tuple[Watch, Flaky, ManualClock], caplog: pytest.LogCaptureFixture) -> None:
    """Away: the last values in grey with since-when and cause, said once in the log; back: fresh again."""
    watch, store, clock = scene
    store.away = False
    settled(watch, clock, lambda: watch.overview().ready)
    store.away = True
    clock.advance(TICK_S)
    since_ns = clock.now_ns()
    first = watch.overview()
    clock.advance(TICK_S)
    second = watch.overview()
    assert first.away is not None
    assert second.away == first.away
    assert (second.away.since_ns, second.away.cause) == (since_ns, "the disk is busy")
    assert second.facility.state is State.STALE
    assert second.facility.value is not None
    assert [record.message for record in caplog.records].count("the store does not answer: the disk is busy") == 1
    store.away = False
    clock.advance(TICK_S)
    assert watch.overview().away is None


def test_a_store_that_hangs_is_away_and_holds_nobody_up(scene: tuple[Watch, Flaky, ManualClock]) -> None:
    """Its calls block: the first page comes greyed within 3 s, the next ones at once; then it is back."""
    watch, store, clock = scene
    settled(watch, clock, lambda: watch.overview().ready)
    store.free.clear()
    clock.advance(TICK_S)
    begin = time.monotonic()
    page = watch.overview()
    assert time.monotonic() - begin < HANGS_S + 0.5 < 3
    assert page.away is not None
    assert page.facility.state is State.STALE
    assert page.facility.value is not None
    begin = time.monotonic()
    for _ in range(5):
        clock.advance(TICK_S)
        assert watch.overview().away == page.away
        answer = watch.of_store("figure", lambda history, _site, _now_ns: history.latest([]), wait_s=8.0)
        assert answer.value is None
        assert answer.away == page.away
    assert time.monotonic() - begin < 0.5
    store.free.set()
    settled(watch, clock, lambda: watch.overview().away is None)
    assert watch.of_store("figure", lambda history, _site, _now_ns: history.latest([]), wait_s=8.0).value == {}


def test_a_store_that_hangs_from_the_start_is_a_page_without_figures(scene: tuple[Watch, Flaky, ManualClock]) -> None:
    """With nothing known yet the page still opens within 3 s, and says that the store is away."""
    watch, store, _ = scene
    store.free.clear()
    begin = time.monotonic()
    page = watch.overview()
    assert time.monotonic() - begin < 3
    assert page.away is not None
    assert page.facility.value is None
