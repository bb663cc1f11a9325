"""The spool loses nothing that it accepted, and counts what it must drop."""

from __future__ import annotations

import subprocess
import sys
from collections import Counter
from typing import TYPE_CHECKING

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from greendc.clock import NS_PER_HOUR, ManualClock, hour_of
from greendc.errors import StoreAway, StoreError, StoreRefused
from greendc.model import Batch, Quality, Reading
from greendc.spool import DAMAGED, FULL, Spool

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

T0 = 1_700_000_000 * 10**9
CLOCK = ManualClock(T0)

FILL = """
import sys
from pathlib import Path
from greendc.model import Reading
from greendc.spool import Spool
spool = Spool(Path(sys.argv[1]), site="s", node="n")
for cycle in range(int(sys.argv[2])):
    spool.write([
        Reading(time_ns=cycle, site="s", device=f"d{n}", part="", quantity="active_power_w", value=float(cycle))
        for n in range(20)
    ])
    print(cycle, flush=True)
"""


def reading(number: int, hour: int = 0) -> Reading:
    """Return a reading whose value tells it from all others."""
    return Reading(
        time_ns=T0 + hour * NS_PER_HOUR + number,
        site="s",
        device=f"d{number % 3}",
        part="",
        quantity="active_power_w",
        value=float(number),
    )


def spool_at(path: Path, max_rows: int = 10_000) -> Spool:
    """Open the spool that these tests write to."""
    return Spool(path / "edge.sqlite", site="s", node="n", clock=CLOCK, max_rows=max_rows)


def waiting(spool: Spool) -> list[Reading]:
    """Return every waiting reading."""
    return [row.reading for row in spool.pending(100_000)]


def test_readings_come_back_as_they_went(tmp_path: Path) -> None:
    """Values, qualities, reasons and odd names survive, also a reopening."""
    kept = [
        reading(1),
        Reading(
            time_ns=0,
            site="s",
            device="机柜 'A'",
            part="outlet/1",
            quantity="active_power_w",
            value=None,
            quality=Quality.BAD,
            reason="no_answer",
        ),
        Reading(
            time_ns=5,
            site="s",
            device="d",
            part="",
            quantity="active_energy_j",
            value=1e300,
            quality=Quality.UNCERTAIN,
            reason="out_of_range",
        ),
    ]
    spool = spool_at(tmp_path)
    spool.write(kept[:1])
    batch = Batch()
    for each in kept[1:]:
        batch.append(each)
    spool.write_batch(batch)
    assert waiting(spool) == kept
    epoch = spool.epoch
    spool.close()
    again = spool_at(tmp_path)
    assert (waiting(again), again.epoch, again.head(), again.depth()) == (kept, epoch, 3, 3)
    again.close()


def test_pending_pages_both_ways(tmp_path: Path) -> None:
    """Old rows come first, or new rows, and a page goes on where the last one ended."""
    spool = spool_at(tmp_path)
    spool.write([reading(number) for number in range(10)])
    assert [row.seq for row in spool.pending(3)] == [1, 2, 3]
    assert [row.seq for row in spool.pending(3, after_seq=8)] == [9, 10]
    assert [row.seq for row in spool.pending(3, newest_first=True)] == [10, 9, 8]
    assert [row.seq for row in spool.pending(9, newest_first=True, before_seq=3)] == [2, 1]
    spool.close()


def test_confirmed_rows_leave(tmp_path: Path) -> None:
    """A prefix and inclusive ranges go; saying it twice is harmless; the numbers are never given again."""
    spool = spool_at(tmp_path)
    spool.write([reading(number) for number in range(10)])
    assert spool.confirm(spool.epoch, 2, [(5, 6), (9, 10)]) == 6
    assert spool.confirm(spool.epoch, 2, [(5, 6), (9, 10)]) == 0
    assert [row.seq for row in spool.pending(99)] == [3, 4, 7, 8]
    assert [hour.waiting for hour in spool.tally()] == [[(3, 4), (7, 8)]]
    spool.write([reading(11)])
    assert (spool.head(), spool.depth()) == (11, 5)
    spool.close()


@pytest.mark.parametrize(("epoch", "upto"), [("another", 5), ("", 11), ("", 2**62)])
def test_foreign_confirmations_are_ignored(tmp_path: Path, epoch: str, upto: int) -> None:
    """Neither another file's epoch nor a number that was never given makes anything go."""
    spool = spool_at(tmp_path)
    spool.write([reading(number) for number in range(10)])
    assert spool.confirm(epoch or spool.epoch, upto) == 0
    assert spool.depth() == 10
    spool.close()


def test_a_full_spool_drops_the_oldest_and_counts_them(tmp_path: Path) -> None:
    """The newest stay, and each hour's drops are counted under their reason."""
    spool = spool_at(tmp_path, max_rows=10)
    spool.write([reading(number) for number in range(8)])
    spool.write([reading(number, hour=1) for number in range(8, 16)])
    assert [reading.value for reading in waiting(spool)] == [float(number) for number in range(6, 16)]
    first, second = spool.tally()
    assert (first.sampled, first.dropped, first.depth) == (8, {FULL: 6}, 2)
    assert (second.sampled, second.dropped, second.depth) == (8, {}, 8)
    spool.close()


OPERATIONS = st.lists(
    st.one_of(
        st.tuples(st.just("write"), st.lists(st.integers(0, 3), min_size=1, max_size=30)),
        st.tuples(st.just("confirm"), st.lists(st.integers(0, 120), min_size=3, max_size=3)),
        st.tuples(st.just("reopen"), st.just([])),
    ),
    max_size=12,
)


@settings(max_examples=40, deadline=None)
@given(operations=OPERATIONS, max_rows=st.sampled_from((7, 40, 1000)))
def test_the_tally_always_adds_up(
    tmp_path_factory: pytest.TempPathFactory, operations: Sequence[tuple[str, list[int]]], max_rows: int
) -> None:
    """For every hour, sampled = waiting + confirmed + dropped, whatever happened."""
    path = tmp_path_factory.mktemp("spool")
    spool = spool_at(path, max_rows)
    sampled: Counter[int] = Counter()
    confirmed: Counter[int] = Counter()
    for action, numbers in operations:
        if action == "write":
            rows = [reading(place, hour=hour) for place, hour in enumerate(numbers)]
            sampled.update(hour_of(row.time_ns) for row in rows)
            spool.write(rows)
        elif action == "confirm":
            upto, *ends = (min(number, spool.head()) for number in numbers)
            span = (min(ends), max(ends))
            gone = [row for row in spool.pending(1000) if row.seq <= upto or span[0] <= row.seq <= span[1]]
            confirmed.update(hour_of(row.reading.time_ns) for row in gone)
            assert spool.confirm(spool.epoch, upto, [span]) == len(gone)
        else:
            spool.close()
            spool = spool_at(path, max_rows)
    tally = spool.tally()
    assert {hour.hour_ns: hour.sampled for hour in tally} == dict(sampled)
    for hour in tally:
        assert hour.sampled == hour.depth + confirmed[hour.hour_ns] + sum(hour.dropped.values())
    assert spool.depth() == len(spool.pending(10_000)) == sum(hour.depth for hour in tally)
    assert spool.depth() <= max_rows
    spool.close()


def test_times_before_1970_are_tallied_too(tmp_path: Path) -> None:
    """A clock that is wholly wrong does not stop the account."""
    spool = spool_at(tmp_path)
    spool.write([reading(0, hour=-1_000_000)])
    (hour,) = spool.tally()
    assert hour.hour_ns < 0
    assert (hour.sampled, hour.waiting) == (1, [(1, 1)])
    spool.close()


@pytest.mark.parametrize("kill_after", [1, 17, 60])
def test_a_killed_writer_loses_nothing_it_was_told_is_safe(tmp_path: Path, kill_after: int) -> None:
    """After kill -9 every cycle that was acknowledged is whole in the spool, and its tally agrees."""
    path = tmp_path / "edge.sqlite"
    child = subprocess.Popen([sys.executable, "-c", FILL, str(path), "100000"], stdout=subprocess.PIPE, text=True)
    assert child.stdout is not None
    told = [int(child.stdout.readline()) for _cycle in range(kill_after)]
    child.kill()
    told += [int(line) for line in child.stdout.read().split("\n")[:-1]]
    child.stdout.close()
    child.wait()
    spool = spool_at(tmp_path)
    cycles = Counter(int(row.value or 0) for row in waiting(spool))
    assert set(told) <= set(cycles)
    assert set(cycles.values()) == {20}
    assert [hour.sampled for hour in spool.tally()] == [cycles.total()]
    spool.close()


def test_one_process_fills_while_another_drains(tmp_path: Path) -> None:
    """Every reading is seen once by the process that confirms."""
    path = tmp_path / "edge.sqlite"
    Spool(path, site="s", node="n").close()
    child = subprocess.Popen([sys.executable, "-c", FILL, str(path), "200"], stdout=subprocess.DEVNULL)
    drain = Spool.existing(path)
    seen: Counter[tuple[str, int]] = Counter()
    while child.poll() is None or drain.depth():
        rows = drain.pending(70)
        seen.update((row.reading.device, row.reading.time_ns) for row in rows)
        if rows:
            assert drain.confirm(drain.epoch, rows[-1].seq) == len(rows)
    assert child.returncode == 0
    assert len(seen) == seen.total() == 200 * 20
    assert (drain.site, drain.node) == ("s", "n")
    drain.close()


def damage(path: Path, offset: int, length: int) -> None:
    """Overwrite a piece of a file."""
    with path.open("r+b") as file:
        file.seek(offset)
        file.write(b"\xa5" * length)


def test_a_damaged_spool_is_set_aside_and_salvaged(tmp_path: Path) -> None:
    """A broken page costs its rows only; numbers go on, the epoch is new and answers for all that waited."""
    spool = spool_at(tmp_path)
    spool.write([reading(number) for number in range(5000)])
    epoch = spool.epoch
    spool.confirm(epoch, 100)
    spool.close()
    path = tmp_path / "edge.sqlite"
    damage(path, path.stat().st_size // 2 // 4096 * 4096, 4096)
    mended = spool_at(tmp_path)
    assert mended.epoch != epoch
    assert 4000 < mended.depth() < 4900
    values = [each.value for each in waiting(mended)]
    assert len(set(values)) == len(values)
    assert [hour.sampled for hour in mended.tally()] == [4900]
    assert [hour.dropped for hour in mended.tally()] == [{DAMAGED: 4900 - mended.depth()}]
    mended.write([reading(7000)])
    assert mended.head() == 5000 + len(values) + 1
    assert [each.name for each in tmp_path.glob("*.corrupt-*Z")] == ["edge.sqlite.corrupt-20231114T221320.000Z"]
    mended.close()


def test_a_spool_of_garbage_is_set_aside(tmp_path: Path) -> None:
    """A file of which nothing can be read gives way to an empty spool that works."""
    (tmp_path / "edge.sqlite").write_bytes(b"\xa5" * 20_000)
    spool = spool_at(tmp_path)
    spool.write([reading(1)])
    assert (spool.depth(), len(list(tmp_path.glob("*.corrupt-*")))) == (1, 1)
    spool.close()


def test_a_reader_never_mends_or_makes_a_spool(tmp_path: Path) -> None:
    """The draining side is told, and leaves the file to its writer."""
    path = tmp_path / "edge.sqlite"
    with pytest.raises(StoreRefused):
        Spool.existing(path)
    assert not path.exists()
    path.touch()
    with pytest.raises(StoreAway):
        Spool.existing(path)
    path.write_bytes(b"\xa5" * 20_000)
    with pytest.raises(StoreError):
        Spool.existing(path)
    assert list(tmp_path.glob("*.corrupt-*")) == []


def test_a_spool_belongs_to_one_node(tmp_path: Path) -> None:
    """Another node's name is refused: its confirmations would go astray."""
    spool_at(tmp_path).close()
    with pytest.raises(StoreRefused, match=r'node "n"|节点“n”'):
        Spool(tmp_path / "edge.sqlite", site="s", node="other")


def test_a_spool_that_was_moved_away_is_noticed(tmp_path: Path) -> None:
    """Readings are not written into a file that no longer has its name."""
    spool = spool_at(tmp_path)
    spool.write([reading(1)])
    (tmp_path / "edge.sqlite").rename(tmp_path / "elsewhere")
    with pytest.raises(StoreError, match=r"edge\.sqlite"):
        spool.write([reading(2)])
    spool.close()
