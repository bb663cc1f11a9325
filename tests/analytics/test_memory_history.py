"""The store in memory answers as the embedded one does."""

from __future__ import annotations

import tempfile
from pathlib import Path

from hypothesis import given, settings
from hypothesis import strategies as st

from greendc.model import Quality, Reading, SeriesKey
from greendc.storage import open_store
from tests.analytics.memory_history import MemoryHistory
from tests.analytics.plant import MINUTE, SITE, START

KEYS = [SeriesKey(SITE, device, part, "active_power_w") for device in ("a", "b") for part in ("", "outlet/1")]
READINGS = st.lists(
    st.tuples(st.sampled_from(KEYS), st.integers(0, 60), st.one_of(st.none(), st.integers(-1000, 1000))), max_size=40
)


def _readings(rows: list[tuple[SeriesKey, int, int | None]]) -> list[Reading]:
    unique = {(key, at): value for key, at, value in rows}
    return [
        Reading(
            time_ns=START + at * MINUTE,
            site=key.site,
            device=key.device,
            part=key.part,
            quantity=key.quantity,
            value=None if value is None else float(value),
            quality=Quality.BAD if value is None else Quality.GOOD,
            reason="no_answer" if value is None else "",
        )
        for (key, at), value in unique.items()
    ]


@settings(max_examples=20, deadline=None)
@given(rows=READINGS, start=st.integers(0, 60), length=st.integers(1, 60))
def test_both_stores_answer_alike(rows: list[tuple[SeriesKey, int, int | None]], start: int, length: int) -> None:
    """Series, raw rows, steps, spans, newest readings and counts agree for any readings and window."""
    window = START + start * MINUTE, START + (start + length) * MINUTE
    with tempfile.TemporaryDirectory() as folder:
        real, fake = open_store("embedded", Path(folder)), MemoryHistory()
        for store in (real, fake):
            store.write(_readings(rows))
        assert list(real.series(SITE)) == list(fake.series(SITE))
        assert real.raw(KEYS, *window).to_pylist() == fake.raw(KEYS, *window).to_pylist()
        assert (
            real.aggregated(KEYS, *window, 7 * MINUTE).to_pylist()
            == fake.aggregated(KEYS, *window, 7 * MINUTE).to_pylist()
        )
        assert real.latest(KEYS) == fake.latest(KEYS)
        assert [real.counter(key, *window) for key in KEYS] == [fake.counter(key, *window) for key in KEYS]
        assert real.count(SITE) == fake.count(SITE)
        real.close()
