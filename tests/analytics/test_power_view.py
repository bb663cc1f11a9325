"""The power chain: who feeds whom, how loaded each is, and what the loss of a feed would do."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from analytics.alarms import Act
from analytics.alarms import transition as tr
from analytics.overview import State
from analytics.power_view import Chain, chain_of, greyed, marks_of
from analytics.topology import Topology
from greendc.device import DeviceEntry
from greendc.ledger import SqliteLedger
from greendc.model import Principal, SeriesKey
from greendc.site import Site, SiteInfo, read_site
from greendc.units import NS_PER_SECOND
from tests.analytics.memory_history import MemoryHistory
from tests.dashboard import alarm_seeding, power_seeding

if TYPE_CHECKING:
    from pathlib import Path

NOW_NS = 1_790_000_000 * NS_PER_SECOND


@pytest.fixture(scope="module")
def room(tmp_path_factory: pytest.TempPathFactory) -> Site:
    """Return the seeded site."""
    folder = tmp_path_factory.mktemp("power")
    return read_site(power_seeding.seed(folder, NOW_NS))


def chain(room: Site, *, age_s: int = 0) -> Chain:
    """Return the chain of readings that are ``age_s`` old."""
    history = MemoryHistory()
    history.write(power_seeding.readings(NOW_NS - age_s * NS_PER_SECOND))
    return chain_of(history, room, NOW_NS)


def test_the_chain_from_the_supply_to_the_racks(room: Site) -> None:
    """What is no part of the chain is passed through; PDUs below one UPS are one box; each hangs on its UPS."""
    found = {box.name: box for box in chain(room).boxes}
    assert found["ups-a"].feeds == ("meter-main",)
    assert (found["meter-main"].level, found["ups-b"].level) == (0, 1)
    assert found["pdu:ups-a"].devices == ("pdu-r01-a", "pdu-r02-a", "pdu-r03-a")
    assert found["pdu:ups-a"].lane == "ups-a"
    assert found["ups-a"].power.value == pytest.approx(40_000.0)
    assert found["ups-a"].source == "normal"
    assert found["ups-a"].runtime is not None
    assert found["ups-a"].runtime.value == 1500.0


def test_the_loss_of_a_ups(room: Site) -> None:
    """The other takes over all of it: both loads over its rating."""
    by = {box.name: box for box in chain(room).boxes}
    assert by["ups-b"].then == pytest.approx(70 / 60)
    assert by["ups-b"].lost == "ups-a"
    assert by["ups-a"].load.value == pytest.approx(40 / 60)


def test_the_loss_of_a_feed_at_the_racks(room: Site) -> None:
    """Each phase takes over its own of the other PDU; a silent other and a lone feed say nothing of it."""
    racks = {rack.rack: rack for rack in chain(room).racks}
    first, second = racks["r01"].feeds
    assert first.load.value == pytest.approx(9 / 16)
    assert first.then == pytest.approx(14 / 16)
    assert second.then == pytest.approx(14 / 16)
    assert first.imbalance == pytest.approx(9 / 7 - 1)
    assert racks["r02"].feeds[0].then is None
    assert racks["r02"].feeds[1].load.value is None
    assert not racks["r03"].redundant
    assert chain(room).racks[0].rack == "r01"
    assert racks["r01"].share == pytest.approx(36 * 230 / 5000)


def test_states(room: Site) -> None:
    """What is old is stale, what was never heard of is missing with a reason, and without the store all is stale."""
    old = {box.name: box for box in chain(room, age_s=900).boxes}
    assert old["ups-a"].power.state is State.STALE
    fresh = chain(room)
    assert fresh.box("pdu:ups-b") is not None
    assert {box.power.state for box in fresh.boxes if box.name == "pdu:ups-b"} == {State.MISSING}
    away = greyed(fresh)
    assert {box.power.state for box in away.boxes} == {State.STALE, State.MISSING}
    assert away.racks[0].feeds[0].load.state is State.STALE


@settings(max_examples=60, deadline=None)
@given(units=st.lists(st.tuples(st.floats(10e3, 200e3), st.floats(0.1, 1.0)), min_size=2, max_size=5))
def test_no_load_is_lost_with_a_ups(units: list[tuple[float, float]]) -> None:
    """Whichever is lost, no survivor is told less than it would carry if all that there is were shared by rating."""
    site = Site(
        info=SiteInfo(name="s"),
        devices=[
            DeviceEntry(name=f"u{i}", profile="ups-rfc1628", address="snmp://127.0.0.1") for i in range(len(units))
        ],
    )
    history = MemoryHistory()
    for i, (power_w, load) in enumerate(units):
        for quantity, value in (("active_power_w", power_w), ("load_ratio", load)):
            history.add(SeriesKey("s", f"u{i}", "output/l1", quantity), [NOW_NS], [value])
    boxes = {box.name: box for box in chain_of(history, site, NOW_NS).boxes}
    ratings = [power_w / load for power_w, load in units]
    for i, (power_w, load) in enumerate(units):
        others = {
            f"u{j}": load + units[j][0] * ratings[i] / (sum(ratings) - ratings[j]) / ratings[i]
            for j in range(len(units))
            if j != i
        }
        assert boxes[f"u{i}"].then == pytest.approx(max(others.values()))
        assert (boxes[f"u{i}"].then or 0.0) >= load, power_w


def test_alarms_and_windows_by_device(room: Site, tmp_path: Path) -> None:
    """The worst alarm of a box with their number; a window on a UPS covers the PDUs that hang on it alone."""
    now_ns = time.time_ns()
    alarms = [
        alarm_seeding.made("ups_load", kind, priority, name, now_ns)
        for kind, priority, name in (("high", "medium", "ups-a"), ("overload", "critical", "ups-b"))
    ]
    ledger = SqliteLedger(tmp_path / "ledger.sqlite")
    for alarm in alarms:
        ledger.append(tr.event(tr.RAISED, alarm.id, now_ns, alarm, reason=tr.NEW))
    person = Principal(name="operator", role="operator")
    Act(ledger, person, now_ns, "battery change").maintenance(Topology(room), "ups-a", now_ns, now_ns + 10**12)
    marks = marks_of(ledger, room, now_ns + 1)
    worst = marks.worst(("ups-a", "ups-b"))
    assert worst is not None
    assert worst.priority == "critical"
    assert marks.window(("pdu-r01-a", "pdu-r03-a")) is not None
    assert marks.window(("pdu-r01-a", "pdu-r01-b")) is None
    assert marks.open["ups-a"].reason == "battery change"
    assert "pdu-r01-a" in marks.covers["ups-a"]
    ledger.close()
