"""One rack: what it draws, what is free, and what is said where it is not known."""

from __future__ import annotations

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from analytics.alarm_view import beside
from analytics.alarms import Alarm
from analytics.alarms.actions import Act
from analytics.alarms.transition import SYSTEM
from analytics.overview import State
from analytics.rack_view import rack_of
from analytics.thermal_view import Zone
from analytics.topology import Topology
from greendc.clock import NS_PER_HOUR, from_iso
from greendc.contracts import Event
from greendc.device import DeviceEntry, Height
from greendc.model import Principal, Reading
from greendc.mounted import Mounted
from greendc.site import Rack, Site, SiteInfo
from greendc.units import NS_PER_SECOND
from tests.analytics.alarms.memory_ledger import MemoryLedger
from tests.analytics.memory_history import MemoryHistory

NOW_NS = from_iso("2026-11-23T04:00:00Z")


def cabinet(mounted: list[Mounted], *, nominal_kw: float | None = 5.0, nominal_kg: float | None = 300.0) -> Site:
    """Return a rack of ten units with two PDUs and a monitor between two other racks."""
    rack = Rack(name="r02", room="hall", row="A", position=2, units=10, nominal_kw=nominal_kw, nominal_kg=nominal_kg)
    racks = [
        Rack(name="r01", room="hall", row="A", position=1),
        rack,
        Rack(name="r03", room="hall", row="A", position=3),
    ]
    devices = [
        DeviceEntry(name=f"pdu-{feed}", profile="apc-rpdu2", address="snmp://h", rack="r02", rated_a=16.0)
        for feed in "ab"
    ]
    env = DeviceEntry(
        name="env", profile="geist-environment", address="snmp://h", rack="r02", heights={"remote/1": Height.LOW}
    )
    return Site(info=SiteInfo(name="s"), racks=racks, devices=[*devices, env], mounted=mounted)


def say(history: MemoryHistory, device: str, part: str, quantity: str, value: float, back_s: float = 2.0) -> None:
    """Keep one reading."""
    at_ns = NOW_NS - round(back_s * NS_PER_SECOND)
    history.write([Reading(time_ns=at_ns, site="s", device=device, part=part, quantity=quantity, value=value)])


def powered(history: MemoryHistory) -> None:
    """Let both PDUs tell what they deliver."""
    for name, watts in (("pdu-a", 1200.0), ("pdu-b", 800.0)):
        say(history, name, "", "active_power_w", watts)


def test_what_a_rack_draws_and_what_is_free() -> None:
    """Power is the sum of the PDUs; what is left of units, power and mass follows from the ratings."""
    history = MemoryHistory()
    powered(history)
    for name, watts in (("pdu-a", 300.0), ("pdu-b", 200.0)):
        say(history, name, "outlet/1", "active_power_w", watts)
    server = Mounted(name="srv", rack="r02", unit=3, units=4, mass_kg=80.0, power=["pdu-a/outlet/1", "pdu-b/outlet/1"])
    switch = Mounted(name="sw", rack="r02", unit=10, face="rear", mass_kg=5.0)
    found = rack_of(history, cabinet([server, switch]), NOW_NS, "r02")
    assert found.power.value == 2000.0
    assert [item.mounted.name for item in found.items] == ["sw", "srv"]
    assert found.items[1].power.value == 500.0
    assert found.items[0].power.reason == "not_measured"
    assert (found.spare.units, found.spare.block) == (5, 3)
    assert found.spare.power.value == 3000.0
    assert found.spare.mass.value == 215.0
    assert [one.name for one in found.plugged] == ["pdu-a", "pdu-b", "env"]
    assert found.beside == ("r01", "r03")


def test_what_is_not_known_is_not_free() -> None:
    """Without a rating, a PDU's reading or a mass nothing is said to be free, and the reason is."""
    history = MemoryHistory()
    say(history, "pdu-a", "", "active_power_w", 1200.0)
    heavy = Mounted(name="srv", rack="r02", unit=1)
    found = rack_of(history, cabinet([heavy]), NOW_NS, "r02")
    assert (found.power.value, found.power.reason) == (None, "never_seen")
    assert found.spare.power.value is None
    assert (found.spare.mass.value, found.spare.mass.reason) == (None, "not_weighed")
    bare = rack_of(history, cabinet([], nominal_kw=None, nominal_kg=None), NOW_NS, "r02")
    assert (bare.spare.power.reason, bare.spare.mass.reason) == ("no_rating", "no_rating")


def test_a_pdu_that_falls_silent_leaves_its_last_value_stale() -> None:
    """The sum keeps the oldest time and says that it is stale."""
    history = MemoryHistory()
    say(history, "pdu-a", "", "active_power_w", 1200.0, back_s=900)
    say(history, "pdu-b", "", "active_power_w", 800.0)
    found = rack_of(history, cabinet([]), NOW_NS, "r02")
    assert (found.power.value, found.power.state) == (2000.0, State.STALE)
    assert {one.name: one.heard for one in found.plugged} == {
        "pdu-a": State.STALE,
        "pdu-b": State.FRESH,
        "env": State.MISSING,
    }


def test_air_and_phases() -> None:
    """Heights come from the site file and are judged by the limits; load is current over the breaker's rating."""
    history = MemoryHistory()
    say(history, "env", "remote/1", "air_temperature_c", 29.0)
    say(history, "env", "remote/2", "air_temperature_c", 20.0)
    say(history, "pdu-a", "phase/l1", "current_a", 8.0)
    found = rack_of(history, cabinet([]), NOW_NS, "r02")
    assert [(line.height, line.zone) for line in found.heights] == [(Height.LOW, Zone.WARM), (None, Zone.INSIDE)]
    (line,) = found.phases
    assert (line.device, line.phase, line.load) == ("pdu-a", "L1", 0.5)
    assert line.voltage.value is None


@given(taken=st.sets(st.integers(1, 10)))
def test_free_units_are_those_that_nothing_takes(taken: set[int]) -> None:
    """Free and taken units make the rack, and the longest run is not longer than all that is free."""
    mounted = [Mounted(name=f"m{unit}", rack="r02", unit=unit, face="front") for unit in taken]
    spare = rack_of(MemoryHistory(), cabinet(mounted), NOW_NS, "r02").spare
    assert spare.units == 10 - len(taken)
    assert (spare.block > 0) == (spare.units > 0)
    assert spare.block <= spare.units


def test_a_rack_that_is_not_there_is_refused() -> None:
    """An unknown name is an error, not an empty rack."""
    with pytest.raises(KeyError):
        rack_of(MemoryHistory(), cabinet([]), NOW_NS, "../r99")


def test_what_stands_about_a_rack() -> None:
    """Alarms of the rack and of a device in it, and the window that covers it; those of others are not among them."""
    ledger, site = MemoryLedger(), cabinet([])
    for place, device in (("r02", "env"), ("r03", "other"), ("", "pdu-a")):
        alarm = Alarm(
            id=f"rule/{place or device}",
            rule="rack_inlet",
            kind="recommended",
            priority="medium",
            place=place,
            device=device,
            part="",
            quantity="",
            value=None,
            unit="Cel",
            limit=None,
            since_ns=NOW_NS,
            raised_ns=NOW_NS,
        )
        body = msgspec.json.encode(alarm).decode()
        ledger.append(Event(time_ns=NOW_NS, kind="alarm.raised", subject=alarm.id, principal=SYSTEM, body=body))
    found = beside(ledger, site, NOW_NS, ("r02", "pdu-a", "env"))
    assert {line.episode.id for line in found.alarms} == {"rule/r02", "rule/pdu-a"}
    assert found.windows == {}
    worst = found.worst("env")
    assert worst is not None
    assert worst.episode.alarm.place == "r02"
    who = Principal(name="operator", role="operator")
    Act(ledger, who, NOW_NS, "new rails").maintenance(Topology(site), "r02", NOW_NS, NOW_NS + NS_PER_HOUR)
    covered = beside(ledger, site, NOW_NS + 1, ("r02", "pdu-a", "r03"))
    assert set(covered.windows) >= {"r02", "pdu-a"}
    assert "r03" not in covered.windows
    assert covered.windows["r02"].until_ns == NOW_NS + NS_PER_HOUR
