"""The account closes exactly at every instant of every history, and does not close when a reading is really gone."""

from __future__ import annotations

from typing import TYPE_CHECKING

from hypothesis import given
from hypothesis import strategies as st

from greendc import spans, wire
from greendc.account import account, close_account
from greendc.clock import NS_PER_HOUR
from greendc.model import Reading
from greendc.receipts import QUARANTINED, STORED, HourReceipts, KnownHour, Outcome, Receipts
from greendc.spool import Spool
from greendc.storage import open_store

if TYPE_CHECKING:
    from pathlib import Path

STEPS = st.lists(
    st.one_of(
        st.tuples(st.just("sample"), st.integers(0, 2)),
        st.tuples(st.sampled_from(["store", "hold", "confirm", "drop", "report", "lose"]), st.integers(0, 30)),
    ),
    max_size=60,
)


class Chain:
    """A spool, receipts and reports as sets of numbers, to compare with."""

    def __init__(self) -> None:
        self.hour: dict[int, int] = {}
        self.waiting: set[int] = set()
        self.dropped: dict[int, int] = {}
        self.receipts: dict[int, str] = {}
        self.lost: dict[int, int] = {}
        self.known: list[KnownHour] = []
        self.reported_lost: dict[int, int] = {}
        self.report()

    def report(self) -> None:
        """Say what the spool holds now."""
        self.known = [
            KnownHour(node="n", epoch="e", time_ns=0, head=len(self.hour), hour=self._hour(hour))
            for hour in sorted(set(self.hour.values()))
        ]
        self.reported_lost = dict(self.lost)

    def _hour(self, hour: int) -> wire.HourReport:
        numbers = {seq for seq, its in self.hour.items() if its == hour}
        dropped = {"spool_full": self.dropped[hour]} if self.dropped.get(hour) else {}
        return wire.HourReport(hour * NS_PER_HOUR, len(numbers), dropped, spans.of_numbers(numbers & self.waiting))

    def step(self, kind: str, pick: int) -> None:
        """Do one thing that can happen."""
        if kind == "sample":
            seq = len(self.hour) + 1
            self.hour[seq] = pick
            self.waiting.add(seq)
        elif kind == "report":
            self.report()
        elif self.waiting:
            seq = sorted(self.waiting)[pick % len(self.waiting)]
            if kind in {"store", "hold"}:
                self.receipts.setdefault(seq, STORED if kind == "store" else QUARANTINED)
            elif kind == "confirm":
                self.waiting -= set(self.receipts)
            else:
                self._remove(kind, seq)

    def _remove(self, kind: str, seq: int) -> None:
        self.waiting.remove(seq)
        hour = self.hour[seq]
        if kind == "drop":
            self.dropped[hour] = self.dropped.get(hour, 0) + 1
        elif seq not in self.receipts:
            self.lost[hour] = self.lost.get(hour, 0) + 1

    def received(self) -> list[HourReceipts]:
        """Return the receipts of every hour."""
        return [
            HourReceipts(
                node="n",
                epoch="e",
                hour_ns=hour * NS_PER_HOUR,
                stored=self._of(hour, STORED),
                quarantined=self._of(hour, QUARANTINED),
            )
            for hour in set(self.hour.values())
        ]

    def _of(self, hour: int, kind: str) -> list[spans.Span]:
        return spans.of_numbers(seq for seq, had in self.receipts.items() if had == kind and self.hour[seq] == hour)


@given(STEPS, STEPS)
def test_closes_at_every_instant(before: list[tuple[str, int]], after: list[tuple[str, int]]) -> None:
    """Receipts newer than the node's report never open the account; a reading that vanished always does."""
    chain = Chain()
    for kind, pick in before:
        if kind == "drop":  # a dropped number that has a receipt too is the next test
            chain.step("confirm", 0)
        chain.step(kind, pick)
    chain.report()
    for kind, pick in after:
        if kind in {"sample", "store", "hold"}:
            chain.step(kind, pick)
    report = close_account("s", chain.known, chain.received())
    for row in report.rows:
        assert row.lost == chain.reported_lost.get(row.hour_ns // NS_PER_HOUR, 0)
        assert row.sampled == row.stored + row.spooled + row.quarantined + sum(row.dropped.values()) + row.lost
        assert min(row.stored, row.spooled, row.quarantined, row.lost) >= 0
    assert report.closes == (not chain.reported_lost)


def test_dropped_after_it_was_stored() -> None:
    """A reading that the spool dropped while its confirmation was on the way is stored, and counted once."""
    known = KnownHour(node="n", epoch="e", time_ns=0, head=5, hour=wire.HourReport(0, 5, {"spool_full": 3}, [(4, 5)]))
    received = HourReceipts(node="n", epoch="e", hour_ns=0, stored=[(3, 3)], quarantined=[])
    (row,) = close_account("s", [known], [received]).rows
    assert (row.stored, row.spooled, row.dropped, row.lost) == (1, 2, {"spool_full": 2}, 0)
    assert row.closes


def test_real_files(tmp_path: Path) -> None:
    """The account of a data directory counts its spools, the nodes' reports, and what the store really holds."""
    spool = Spool(tmp_path / "spool" / "collect.sqlite", site="hall", node="centre")
    readings = [
        Reading(time_ns=i, site="hall", device="pdu-1", part="", quantity="active_power_w", value=1.0)
        for i in range(10)
    ]
    spool.write(readings)
    store = open_store("embedded", tmp_path)
    receipts = Receipts(tmp_path / "receipts.sqlite")
    store.write(readings[:6])
    receipts.record("centre", spool.epoch, [Outcome(i + 1, i, "pdu-1", STORED) for i in range(6)])
    report = wire.NodeReport(
        site="hall", node="edge-01", epoch="e", time_ns=0, head=3, hours=[wire.HourReport(0, 3, {}, [(1, 3)])]
    )
    receipts.keep_report(report)
    centre, edge = account("hall", tmp_path, store).rows
    assert (centre.sampled, centre.stored, centre.spooled, centre.lost, centre.in_store) == (10, 6, 4, 0, 6)
    assert centre.closes
    assert account("hall", tmp_path, None, 1).rows == [], "hours before are left out"
    assert (edge.node, edge.spooled, edge.in_store, edge.closes) == ("edge-01", 3, 0, True)

    again = wire.HourReport(0, 10, {}, [(1, 10)])
    receipts.keep_report(
        wire.NodeReport(site="hall", node="centre", epoch=spool.epoch, time_ns=0, head=10, hours=[again])
    )
    assert account("hall", tmp_path, store).rows[0] == centre, "a spool that is here speaks for itself, once"

    receipts.record("edge-02", "e", [Outcome(i, i, "pdu-2", STORED) for i in range(1, 5)])
    assert account("hall", tmp_path, store).unreported == 4

    receipts.record("centre", spool.epoch, [Outcome(7, 6, "pdu-1", STORED)])
    report_short = account("hall", tmp_path, store)
    assert not report_short.closes, "a receipt for what the store does not hold must show"
    spool.close()
    receipts.close()
    store.close()
