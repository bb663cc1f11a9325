"""A store that answered and then hangs: pages open at once with what was last known, greyed, and say since when."""

from __future__ import annotations

import re
import threading
import time
from contextlib import contextmanager
from typing import TYPE_CHECKING

import pytest

import greendc.storage
from dashboard.data import TICK_NS
from greendc.storage.embedded import EmbeddedStore
from greendc.units import NS_PER_SECOND
from tests.dashboard import seeding
from tests.dashboard.opening import markup, opener

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence
    from pathlib import Path

    import pyarrow as pa

    from greendc.model import Reading, SeriesKey

OPENS_WITHIN_S = 3.0


class Hanging(EmbeddedStore):
    """A store whose answers wait while ``free`` is not set."""

    def __init__(self, path: Path) -> None:
        """Open the store, free to answer."""
        super().__init__(path, read_only=True)
        self.free = threading.Event()
        self.free.set()

    @contextmanager
    def free_at_last(self) -> Iterator[None]:
        """Answer again whatever happens: what waits would never end."""
        try:
            yield
        finally:
            self.free.set()

    def latest(self, keys: Sequence[SeriesKey]) -> Mapping[SeriesKey, Reading]:
        """Answer once free."""
        self.free.wait()
        return super().latest(keys)

    def raw(self, keys: Sequence[SeriesKey], start_ns: int, end_ns: int) -> pa.Table:
        """Answer once free."""
        self.free.wait()
        return super().raw(keys, start_ns, end_ns)


@pytest.fixture
def store(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Hanging:
    """Return the store that the pages open."""
    seeding.write_site(tmp_path)
    seeding.fill(tmp_path, time.time_ns(), hours=1)
    found = Hanging(tmp_path / "store" / "readings.sqlite")
    monkeypatch.setattr(greendc.storage, "open_store", lambda *_, **__: found)
    return found


def test_what_was_known_stays_greyed(store: Hanging, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Within 3 s the overview shows its last figures as stale, a device its last values, and both that it is away."""
    with (
        opener("overview", tmp_path, monkeypatch) as overview,
        opener("device", tmp_path, monkeypatch) as device,
        store.free_at_last(),
    ):
        assert "g-banner-away" not in markup(overview("zh"))
        assert "g-banner-away" not in markup(device("zh", device="meter-main"))
        store.free.clear()
        time.sleep(TICK_NS / NS_PER_SECOND)
        begin = time.monotonic()
        first = markup(overview("zh"))
        second = markup(device("zh", device="meter-main"))
        assert time.monotonic() - begin < OPENS_WITHIN_S
    assert "g-banner-away" in first
    assert "g-banner-away" in second
    assert re.search(r'data-tile="facility".*?<span class="g-value g-stale"', first)
    assert 'class="g-value g-fresh"' not in first
    assert "有功功率" in second
