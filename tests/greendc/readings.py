"""Readings for tests of stores, and what a plain list of them says: the measure for every answer of a store."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, cast

from hypothesis import strategies as st

from greendc.contracts import CounterSpan
from greendc.model import Quality, Reading

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from greendc.contracts import Store
    from greendc.model import SeriesKey

SECOND = 10**9
HOUR = 3600 * SECOND
T0 = 1_700_000_000 * SECOND
END = T0 + 3 * HOUR
PARTS = ("", "outlet/12", "-", "phase l1")
QUANTITIES = ("active_power_w", "active_energy_j")


def reading(
    site: str,
    time_ns: int,
    value: float | None = 1.0,
    device: str = "meter",
    part: str = "",
    quantity: str = "active_power_w",
    reason: str = "",
) -> Reading:
    """Return a reading that is good, or bad when it has no value."""
    return Reading(
        time_ns=time_ns,
        site=site,
        device=device,
        part=part,
        quantity=quantity,
        value=value,
        quality=Quality.BAD if value is None else Quality.GOOD,
        reason=reason,
    )


def stored(store: Store, keys: Iterable[SeriesKey], start_ns: int = 0, end_ns: int = 2**63 - 1) -> list[Reading]:
    """Return the readings of some series of one site as the store tells them."""
    keys = list(keys)
    rows = store.raw(keys, start_ns, end_ns).to_pylist()
    return [Reading(site=keys[0].site, **{**row, "quality": Quality(row["quality"])}) for row in rows]


def span(rows: Sequence[Reading]) -> CounterSpan | None:
    """Return the counter span of the rows of one series, sorted by time."""
    known = [(row.time_ns, row.value) for row in rows if row.value is not None]
    if not known:
        return None
    (first_ns, first), (last_ns, last) = known[0], known[-1]
    return CounterSpan(first_ns=first_ns, first=first, last_ns=last_ns, last=last, samples=len(known))


def assert_steps(told: Sequence[dict[str, object]], rows: Sequence[Reading], step: int) -> None:
    """Compare aggregated rows with what the readings, sorted as the contract says, add up to."""
    steps: dict[tuple[str, str, str, int], list[Reading]] = {}
    for row in rows:
        steps.setdefault((row.device, row.part, row.quantity, row.time_ns - row.time_ns % step), []).append(row)
    assert [(row["device"], row["part"], row["quantity"], row["time_ns"]) for row in told] == list(steps)
    for seen, members in zip(told, steps.values(), strict=True):
        values = [each.value for each in members if each.value is not None]
        assert (seen["count"], seen["known"]) == (len(members), len(values))
        if not values:
            assert [seen[name] for name in ("sum", "mean", "min", "max", "first", "last", "increase")] == [None] * 7
            continue
        assert [seen[name] for name in ("min", "max", "first", "last")] == [
            min(values),
            max(values),
            values[0],
            values[-1],
        ]
        assert math.isclose(cast("float", seen["sum"]), math.fsum(values), rel_tol=1e-9, abs_tol=1e-3)
        assert math.isclose(cast("float", seen["mean"]), math.fsum(values) / len(values), rel_tol=1e-9, abs_tol=1e-4)


def readings_of(site: str) -> st.SearchStrategy[list[Reading]]:
    """Make batches with duplicates, gaps, any order and every kind of quality."""
    value = st.one_of(st.none(), st.floats(-1e9, 1e9))
    offsets = st.one_of(st.integers(0, 8).map(lambda step: step * 10 * SECOND), st.integers(0, 2 * HOUR))
    return st.lists(
        st.builds(
            _reading,
            st.just(site),
            offsets.map(lambda offset: T0 + offset),
            st.sampled_from(("pdu 1", "机柜")),
            st.sampled_from(PARTS[:2]),
            st.sampled_from(QUANTITIES),
            value,
            st.sampled_from(list(Quality)),
            st.sampled_from(("", "no_answer", "out_of_range")),
        ),
        max_size=60,
    )


def _reading(
    site: str,
    time_ns: int,
    device: str,
    part: str,
    quantity: str,
    value: float | None,
    quality: Quality,
    reason: str,
) -> Reading:
    if value is None and quality is Quality.GOOD:
        quality = Quality.BAD
    return Reading(
        time_ns=time_ns,
        site=site,
        device=device,
        part=part,
        quantity=quantity,
        value=value,
        quality=quality,
        reason="" if quality is Quality.GOOD else reason,
    )
