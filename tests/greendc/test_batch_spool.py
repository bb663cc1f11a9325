"""The queue of batches loses nothing, counts by the hour, and takes no batch twice."""

from __future__ import annotations

import subprocess
import sys
from collections import Counter
from typing import TYPE_CHECKING

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from greendc.batch_spool import BatchSpool, PackedLot, numbers_of
from greendc.clock import NS_PER_HOUR, hour_of
from greendc.errors import PayloadError, StoreAway, StoreError, StoreRefused
from greendc.model import Batch, Quality, Reading

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

T0 = 1_700_000_000 * 10**9

FILL = """
import sys
from pathlib import Path
from greendc.batch_spool import BatchSpool
from greendc.model import Batch, Reading
spool = BatchSpool(Path(sys.argv[1]), site="s", node="backfill")
for cycle in range(1000):
    batch = Batch()
    for n in range(20):
        batch.append(Reading(time_ns=cycle, site="s", device=f"d{n}", part="", quantity="active_power_w", value=1.0))
    spool.write_batch(batch, mark=str(cycle))
    print(cycle, flush=True)
"""


def batch_of(hours: Sequence[int]) -> Batch:
    """Return a batch with a reading in each of these hours, in this order."""
    batch = Batch()
    for number, hour in enumerate(hours):
        batch.append(
            Reading(
                time_ns=T0 + hour * NS_PER_HOUR + number,
                site="s",
                device=f"d{number % 3}",
                part="",
                quantity="active_power_w",
                value=float(number),
            )
        )
    return batch


def spool_at(path: Path, max_bytes: int = 1_000_000) -> BatchSpool:
    """Open the spool that these tests write to."""
    return BatchSpool(path / "backfill.lots.sqlite", site="s", node="backfill", max_bytes=max_bytes)


def first_lot(spool: BatchSpool) -> PackedLot:
    """Return the oldest lot, which must be there."""
    lot = spool.oldest()
    assert lot is not None
    return lot


def test_batches_come_back_as_they_went(tmp_path: Path) -> None:
    """Values, unknowns, qualities and reasons survive a reopening, oldest lot first."""
    batch = batch_of([0, 0, 1])
    batch.append(
        Reading(
            time_ns=T0,
            site="s",
            device="机柜 'A'",
            part="outlet/1",
            quantity="current_a",
            value=None,
            quality=Quality.BAD,
            reason="no_answer",
        )
    )
    spool = spool_at(tmp_path)
    spool.write_batch(batch)
    spool.write_batch(batch_of([5]))
    spool.close()
    spool = spool_at(tmp_path)
    back = first_lot(spool).batch()
    assert [back.reading(row) for row in range(len(back))] == [batch.reading(row) for row in range(len(batch))]
    assert spool.depth() == 5
    assert spool.confirm(first_lot(spool).first) == 4
    assert first_lot(spool).first == 5
    assert spool.confirm(5) == 1
    assert spool.confirm(5) == 0
    assert spool.oldest() is None
    spool.close()


@settings(max_examples=30, deadline=None)
@given(lots=st.lists(st.lists(st.integers(0, 5), min_size=1, max_size=30), max_size=6), settled=st.integers(0, 6))
def test_every_hour_adds_up(tmp_path_factory: pytest.TempPathFactory, lots: list[list[int]], settled: int) -> None:
    """Sampled is what was written, waiting what was not confirmed, and no number is given twice."""
    spool = spool_at(tmp_path_factory.mktemp("lots"))
    for hours in lots:
        spool.write_batch(batch_of(hours))
    for _ in range(min(settled, len(lots))):
        spool.confirm(first_lot(spool).first)
    head, tallies = spool.standing()
    hour0 = hour_of(T0)
    assert head == sum(map(len, lots))
    assert {(t.hour_ns - hour0) // NS_PER_HOUR: t.sampled for t in tallies} == Counter(h for lot in lots for h in lot)
    left = Counter(h for lot in lots[settled:] for h in lot)
    assert {(t.hour_ns - hour0) // NS_PER_HOUR: t.depth for t in tallies if t.depth} == left
    numbers = [n for t in tallies for first, last in t.waiting for n in range(first, last + 1)]
    assert sorted(numbers) == list(range(head - sum(left.values()) + 1, head + 1))
    spool.close()


def test_the_share_that_is_settled(tmp_path: Path) -> None:
    """Of two lots of three and of one reading, the first is three quarters; an empty spool owes nothing."""
    spool = spool_at(tmp_path)
    assert spool.settled_ratio() == 1.0
    for hours in ([0, 1, 2], [3]):
        spool.write_batch(batch_of(hours))
    assert spool.settled_ratio() == 0.0
    spool.confirm(1)
    assert spool.settled_ratio() == 0.75
    spool.close()


def test_an_hour_of_a_lot_is_one_range(tmp_path: Path) -> None:
    """Each row's number lies in the range of its hour, whatever the order of the rows."""
    spool = spool_at(tmp_path)
    spool.write_batch(batch_of([9]))
    spool.write_batch(batch_of([2, 0, 1, 0, 2]))
    spool.confirm(1)
    lot = first_lot(spool)
    assert [(span.first, span.last) for span in lot.hours] == [(2, 3), (4, 4), (5, 6)]
    assert numbers_of(lot.batch(), lot.first).tolist() == [5, 2, 4, 3, 6]
    spool.close()


def test_a_mark_is_kept_once(tmp_path: Path) -> None:
    """The same piece of the past, written again after a restart, changes nothing, even when it has left the spool."""
    spool = spool_at(tmp_path)
    assert not spool.holds("2026-11-01")
    spool.write_batch(batch_of([0, 1]), mark="2026-11-01")
    spool.confirm(1)
    spool.write_batch(batch_of([0, 1]), mark="2026-11-01")
    assert spool.holds("2026-11-01")
    assert spool.depth() == 0
    assert sum(tally.sampled for tally in spool.standing()[1]) == 2
    spool.close()


def test_a_full_spool_says_so_and_drops_nothing(tmp_path: Path) -> None:
    """The writer is told to try again, with its mark still free, and can go on when there is room."""
    spool = spool_at(tmp_path, max_bytes=100)
    spool.write_batch(batch_of([0] * 50), mark="a")
    with pytest.raises(StoreAway) as full:
        spool.write_batch(batch_of([1] * 50), mark="b")
    assert full.value.retry_after_s
    assert (spool.depth(), spool.holds("b")) == (50, False)
    spool.confirm(1)
    spool.write_batch(batch_of([1] * 50), mark="b")
    assert spool.depth() == 50
    spool.close()


def test_one_process_fills_while_another_drains(tmp_path: Path) -> None:
    """The writer is killed at some point; what it said is kept is there, once, and nothing of it is half."""
    path = tmp_path / "backfill.lots.sqlite"
    writer = subprocess.Popen([sys.executable, "-c", FILL, str(path)], stdout=subprocess.PIPE, text=True)
    assert writer.stdout is not None
    told = [int(writer.stdout.readline()) for _ in range(15)]
    reader, drained = BatchSpool.existing(path), 0
    while drained < 10 and (lot := reader.oldest()) is not None:
        assert len(lot.batch()) == 20
        drained += reader.confirm(lot.first) // 20
    writer.kill()
    told += [int(line) for line in writer.stdout.read().splitlines()]
    writer.wait()
    writer.stdout.close()
    ((tally),) = reader.standing()[1]
    reader.close()
    again = BatchSpool(path, site="s", node="backfill")
    assert all(again.holds(str(cycle)) for cycle in told)
    assert tally.sampled - 20 * len(told) in {0, 20}
    assert tally.depth == tally.sampled - 20 * drained == again.depth()
    again.close()


def test_damage_is_noticed(tmp_path: Path) -> None:
    """A lot whose bytes have changed is not taken for readings; a ruined file is set aside by its writer only."""
    spool = spool_at(tmp_path)
    spool.write_batch(batch_of([0, 1]))
    whole = first_lot(spool).data
    for damaged in (bytes(len(whole)), whole.replace(b"d1", b"d9")):
        spool._connection.execute("UPDATE lots SET data = ?", (damaged,))
        with pytest.raises(PayloadError):
            first_lot(spool).batch()
    epoch = spool.epoch
    spool.close()
    spool.path.write_bytes(b"no database at all" * 1000)
    with pytest.raises(StoreError):
        BatchSpool.existing(spool.path)
    spool = spool_at(tmp_path)
    assert spool.depth() == 0
    assert spool.epoch != epoch
    assert len(list(tmp_path.glob("*.corrupt-*"))) == 1
    spool.close()


def test_a_spool_belongs_to_one_node(tmp_path: Path) -> None:
    """Another site's or node's spool is refused, and a file that was moved away is not written to."""
    spool = spool_at(tmp_path)
    with pytest.raises(StoreRefused):
        BatchSpool(spool.path, site="other", node="backfill")
    with pytest.raises(StoreRefused):
        BatchSpool.existing(tmp_path / "none.lots.sqlite")
    spool.path.rename(tmp_path / "moved.lots.sqlite")
    with pytest.raises(StoreError):
        spool.write_batch(batch_of([0]))
    spool.close()
