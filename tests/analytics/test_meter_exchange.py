"""Exchanges of meters: who may record one, what it must say, and what the ledger gives back."""

from __future__ import annotations

import threading
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing, suppress
from typing import TYPE_CHECKING

import pytest

from analytics.meter_exchange import EXCHANGED, ExchangeRefused, Registers, exchanges_of, record_exchange
from analytics.system_view import audit_of
from greendc.clock import from_iso
from greendc.contracts import Event
from greendc.ledger import SqliteLedger
from greendc.model import Principal, SeriesKey
from greendc.site import read_site
from tests.dashboard import seeding

if TYPE_CHECKING:
    from collections.abc import Collection, Iterator, Sequence
    from pathlib import Path

    from greendc.site import Site

NOW_NS = from_iso("2026-11-23T04:00:00Z")
HOUR_NS = 3600 * 10**9
KEY = SeriesKey(seeding.SITE, "meter-main", "", "active_energy_j")
READ = Registers(NOW_NS - HOUR_NS, 4.2e12, 3.6e6)
OPERATOR = Principal(name="wang", role="operator")


@pytest.fixture
def ledger(tmp_path: Path) -> Iterator[SqliteLedger]:
    """Return an empty ledger."""
    found = SqliteLedger(tmp_path / "ledger.sqlite")
    yield found
    found.close()


@pytest.fixture
def site(tmp_path: Path) -> Site:
    """Return the small site."""
    return read_site(seeding.write_site(tmp_path))


def test_an_exchange_is_written_with_person_reason_and_both_registers(ledger: SqliteLedger, site: Site) -> None:
    """The newest exchange comes first, whenever it was written down; other devices have theirs."""
    record_exchange(ledger, site, KEY, READ, OPERATOR, NOW_NS, " calibration due ")
    earlier = Registers(NOW_NS - 9 * HOUR_NS, 1.0, 2.0)
    record_exchange(ledger, site, KEY, earlier, OPERATOR, NOW_NS + 1, "found in the papers")
    newest, oldest = exchanges_of(ledger, "meter-main")
    assert (newest.key, newest.time_ns, newest.noted_ns) == (KEY, READ.time_ns, NOW_NS)
    assert (newest.old_final, newest.new_initial) == (4.2e12, 3.6e6)
    assert (newest.by, newest.reason) == ("wang", "calibration due")
    assert oldest.time_ns == earlier.time_ns
    assert exchanges_of(ledger, "meter-mech") == ()
    assert len(exchanges_of(ledger)) == 2


@pytest.mark.parametrize(
    ("why", "changed"),
    [
        ("reason", {"reason": "  "}),
        ("role", {"by": Principal(name="bai", role="evaluator")}),
        ("no_counter", {"key": SeriesKey(seeding.SITE, "meter-main", "", "active_power_w")}),
        ("no_counter", {"key": SeriesKey(seeding.SITE, "nobody", "", "active_energy_j")}),
        ("time", {"read": Registers(NOW_NS + HOUR_NS, 1.0, 0.0)}),
        ("register", {"read": Registers(NOW_NS, -1.0, 0.0)}),
        ("register", {"read": Registers(NOW_NS, 1.0, float("nan"))}),
    ],
)
def test_what_cannot_be_is_refused_in_words(
    ledger: SqliteLedger, site: Site, why: str, changed: dict[str, object]
) -> None:
    """Nothing is written, and the refusal has its text in both languages."""
    asked = {"key": KEY, "read": READ, "by": OPERATOR, "reason": "broken"} | changed
    with pytest.raises(ExchangeRefused) as refused:
        record_exchange(ledger, site, now_ns=NOW_NS, **asked)  # type: ignore[arg-type]  # one field each is replaced
    assert refused.value.key.endswith(why)
    assert refused.value.text("zh") != refused.value.text("en")
    assert ledger.events() == []


def test_what_another_version_wrote_is_left_out(ledger: SqliteLedger, site: Site) -> None:
    """A record of another form does not hide the others."""
    ledger.append(Event(time_ns=1, kind=EXCHANGED, subject="meter-main", principal=OPERATOR, body='{"old": 1}'))
    record_exchange(ledger, site, KEY, READ, OPERATOR, NOW_NS, "broken")
    assert len(exchanges_of(ledger)) == 1


class MetLedger(SqliteLedger):
    """A ledger that two threads read at the same time, wherever they may."""

    both = threading.Barrier(2)

    def events(
        self,
        *,
        kind: str | None = None,
        kinds: Collection[str] = (),
        subject: str | None = None,
        after_seq: int = 0,
        besides: str | None = None,
    ) -> Sequence[Event]:
        """Return events once another thread asks too, or nobody else can."""
        found = super().events(kind=kind, kinds=kinds, subject=subject, after_seq=after_seq, besides=besides)
        with suppress(threading.BrokenBarrierError):
            self.both.wait(0.2)
        return found


def test_two_pages_at_once_see_each_exchange_once(tmp_path: Path, site: Site) -> None:
    """Pages of several people are drawn by several threads of one process, with one ledger."""
    with closing(MetLedger(tmp_path / "met.sqlite")) as met, ThreadPoolExecutor(2) as people:
        record_exchange(met, site, KEY, READ, OPERATOR, NOW_NS, "broken")
        for found in people.map(lambda _: exchanges_of(met), range(2)):
            assert len(found) == 1
        met.both.reset()
        for deeds in people.map(lambda _: audit_of(met), range(2)):
            assert len(deeds) == 1
        assert (len(exchanges_of(met)), len(audit_of(met))) == (1, 1)
