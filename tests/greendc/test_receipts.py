"""Receipts count every number once, whatever arrives twice, late or out of order."""

from __future__ import annotations

import itertools
from typing import TYPE_CHECKING

from hypothesis import given, settings
from hypothesis import strategies as st

from greendc import spans, wire
from greendc.clock import NS_PER_HOUR
from greendc.receipts import QUARANTINED, STORED, Outcome, Receipts, ack_of

if TYPE_CHECKING:
    from pathlib import Path

    import pytest

NUMBERS = st.lists(st.integers(1, 60), max_size=40)


def as_set(ranges: list[spans.Span]) -> set[int]:
    """Return the numbers that ranges hold."""
    return {number for first, last in ranges for number in range(first, last + 1)}


@given(NUMBERS, NUMBERS, st.integers(0, 60))
def test_spans_are_sets(left: list[int], right: list[int], head: int) -> None:
    """Union, difference and cut agree with Python's sets."""
    a, b = spans.of_numbers(left), spans.of_numbers(right)
    assert as_set(spans.merged([*a, *b])) == {*left, *right}
    assert as_set(spans.without(a, b)) == set(left) - set(right)
    assert as_set(spans.upto(a, head)) == {number for number in left if number <= head}
    assert spans.size(a) == len(set(left))
    assert all(after[0] > before[1] + 1 for before, after in itertools.pairwise(a))


@given(
    st.lists(st.lists(st.tuples(st.integers(1, 50), st.sampled_from([STORED, QUARANTINED])), max_size=10), max_size=4)
)
@settings(max_examples=25, deadline=None)
def test_first_receipt_counts(tmp_path_factory: pytest.TempPathFactory, lots: list[list[tuple[int, str]]]) -> None:
    """Each number has one receipt, also after the file is opened again."""
    path = tmp_path_factory.mktemp("receipts") / "receipts.sqlite"
    seen: dict[int, set[str]] = {}
    for lot in lots:
        receipts = Receipts(path)
        fresh: dict[int, set[str]] = {}
        for seq, kind in lot:
            if seq not in seen:
                fresh.setdefault(seq, set()).add(kind)
        receipts.record("n", "e", [Outcome(seq, (seq % 3) * NS_PER_HOUR, "d", kind) for seq, kind in lot])
        seen.update(fresh)
        receipts.close()
    receipts = Receipts(path)
    hours, _ = receipts.snapshot()
    stored = [seq for hour in hours for seq in as_set(hour.stored)]
    quarantined = [seq for hour in hours for seq in as_set(hour.quarantined)]
    assert sorted([*stored, *quarantined]) == sorted(seen)
    assert all(STORED in seen[seq] for seq in stored)
    assert all(seq % 3 * NS_PER_HOUR == hour.hour_ns for hour in hours for seq in as_set(hour.stored))
    assert as_set(receipts.covered("n", "e")) == set(seen)
    receipts.close()


def test_not_made_yet(tmp_path: Path) -> None:
    """A reader that comes before the writer, or between the file and its tables, finds no receipts and no error."""
    path = tmp_path / "receipts.sqlite"
    assert Receipts.existing(path) is None
    path.touch()
    assert Receipts.existing(path) is None
    Receipts(path).close()
    receipts = Receipts.existing(path)
    assert receipts is not None
    assert receipts.snapshot() == ([], [])
    receipts.close()


def test_ack() -> None:
    """The acknowledgement names what has no gap below it, then the newest ranges that fit."""
    assert ack_of("e", []) == wire.Ack("e", 0, [])
    assert ack_of("e", [(1, 4), (6, 7)]) == wire.Ack("e", 4, [(6, 7)])
    assert ack_of("e", [(6, 7)]) == wire.Ack("e", 0, [(6, 7)])
    many = [(2 * i, 2 * i) for i in range(1, 1000)]
    assert ack_of("e", many).also == many[-wire.MAX_RANGES :]
    assert ack_of("e", many, [(6, 6)]).also == [(6, 6), *many[1 - wire.MAX_RANGES :]]


def test_reports_do_not_go_back(tmp_path: Path) -> None:
    """A report that was made before the kept one is not taken; devices are remembered by node."""
    receipts = Receipts(tmp_path / "receipts.sqlite")
    for head, sampled in ((10, 5), (8, 4), (10, 6)):
        hours = [wire.HourReport(0, sampled)]
        receipts.keep_report(wire.NodeReport(site="s", node="n", epoch="e", time_ns=1, head=head, hours=hours))
    receipts.record("n", "e", [Outcome(1, 0, "pdu-1", STORED), Outcome(2, 0, "", QUARANTINED)])
    assert [known.hour.sampled for known in receipts.snapshot()[1]] == [6]
    assert receipts.devices() == {"n": ["pdu-1"]}
    receipts.close()
