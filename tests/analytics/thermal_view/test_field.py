"""The plan of racks: what is shown of each rack, by which limits, and that no sensor is dropped."""

from __future__ import annotations

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from analytics.envelope import inlet_limits
from analytics.overview import State
from analytics.thermal_view import STEP_NS, Layer, Level, Zone, field_of, lanes_of, thermal_day
from analytics.thermal_view.field import zone_of
from analytics.thermal_view.plan import Kind
from greendc.clock import NS_PER_HOUR, from_iso
from greendc.device import DeviceEntry, Height
from greendc.model import Quality, Reading
from greendc.site import Rack, Site, SiteInfo
from greendc.units import NS_PER_SECOND
from tests.analytics.memory_history import MemoryHistory

NOW_NS = from_iso("2026-11-23T04:07:00Z")
PROBES = {"remote/1": Height.LOW, "remote/2": Height.MIDDLE, "remote/3": Height.HIGH}


def room(*, altitude_m: float = 0.0) -> Site:
    """Return four racks of two rows, one of them without a place, and a monitor that hangs at none."""
    racks = [
        Rack(name="r01", room="hall", row="A", position=1, front="next"),
        Rack(name="r02", room="hall", row="A", position=2, front="next"),
        Rack(name="r03", room="hall", row="B", position=1, front="previous"),
        Rack(name="r04", room="hall"),
    ]
    devices = [
        DeviceEntry(
            name=f"env-{rack.name}", profile="geist-environment", address="snmp://h", rack=rack.name, heights=PROBES
        )
        for rack in racks
    ]
    devices.append(DeviceEntry(name="rear-r01", profile="generic-rear-sensor", address="modbus://h", rack="r01"))
    devices.append(DeviceEntry(name="spare", profile="geist-environment", address="snmp://h"))
    return Site(info=SiteInfo(name="s", altitude_m=altitude_m), racks=racks, devices=devices)


def say(history: MemoryHistory, device: str, part: str, celsius: float | None, back_s: float = 5.0) -> None:
    """Keep one reading of an air sensor."""
    quality = Quality.GOOD if celsius is not None else Quality.BAD
    history.write(
        [
            Reading(
                time_ns=NOW_NS - round(back_s * NS_PER_SECOND),
                site="s",
                device=device,
                part=part,
                quantity="air_temperature_c",
                value=celsius,
                quality=quality,
                reason="" if celsius is not None else "not_available",
            )
        ]
    )


def test_each_rack_is_judged_by_its_warmest_inlet() -> None:
    """Cold, inside, warm and hot by the limits; a level looks at its own sensors alone."""
    history, site = MemoryHistory(), room()
    for part, celsius in (("remote/1", 16.0), ("remote/2", 22.0), ("remote/3", 28.5)):
        say(history, "env-r01", part, celsius)
    say(history, "env-r02", "remote/1", 36.0)
    say(history, "env-r03", "remote/1", 17.0)
    day = thermal_day(history, site, NOW_NS)
    hottest = field_of(day, site, Layer.INLET, Level.HOTTEST)
    zones = {name: cell.zone for name, cell in hottest.cells.items()}
    assert zones == {"r01": Zone.WARM, "r02": Zone.HOT, "r03": Zone.COLD, "r04": Zone.UNKNOWN}
    assert [cell.rack for cell in hottest.worst] == ["r02", "r01", "r03"]
    low = field_of(day, site, Layer.INLET, Level.LOW)
    assert low.cells["r01"].value == 16.0
    assert low.cells["r01"].zone is Zone.COLD
    assert (low.sensors, low.known) == (3, 3)


def test_altitude_moves_the_line_between_warm_and_hot() -> None:
    """What is allowable at sea level is not in Kunming: the limits of the field are those of the site's altitude."""
    history = MemoryHistory()
    say(history, "env-r01", "remote/1", 33.0)
    zones = []
    for altitude_m in (0.0, 1892.0):
        site = room(altitude_m=altitude_m)
        zones.append(field_of(thermal_day(history, site, NOW_NS), site, Layer.INLET, Level.HOTTEST).cells["r01"].zone)
    assert zones == [Zone.WARM, Zone.HOT]


@given(celsius=st.floats(-20, 80))
def test_a_warmer_inlet_never_stands_in_a_cooler_zone(celsius: float) -> None:
    """Zones follow each other with the temperature, whatever it is."""
    order = (Zone.COLD, Zone.INSIDE, Zone.WARM, Zone.HOT)
    limits = inlet_limits(1892.0)
    assert order.index(zone_of(celsius, limits)) <= order.index(zone_of(celsius + 0.1, limits))


def test_silence_is_stale_and_a_value_that_fails_is_missing() -> None:
    """An old reading stays with its age; a sensor without a value is no number; a rack without sensors says so."""
    history, site = MemoryHistory(), room()
    say(history, "env-r01", "remote/1", 22.0, back_s=900)
    say(history, "env-r02", "remote/1", None)
    cells = field_of(thermal_day(history, site, NOW_NS), site, Layer.INLET, Level.HOTTEST).cells
    assert (cells["r01"].state, cells["r01"].value) == (State.STALE, 22.0)
    assert (cells["r02"].state, cells["r02"].value, cells["r02"].reason) == (State.MISSING, None, "no_value")
    assert cells["r03"].reason == "no_sensor"
    say(history, "env-r01", "remote/2", 20.0)
    fresh = field_of(thermal_day(history, site, NOW_NS), site, Layer.INLET, Level.HOTTEST).cells["r01"]
    assert (fresh.state, fresh.value) == (State.FRESH, 20.0)


def test_no_sensor_is_dropped() -> None:
    """A sensor at no rack, one whose height nobody entered and a rack without a place are listed."""
    history, site = MemoryHistory(), room()
    say(history, "spare", "internal/1", 25.0)
    say(history, "env-r01", "internal/1", 25.0)
    say(history, "env-r04", "remote/1", 25.0)
    say(history, "gone", "remote/1", 25.0)
    field = field_of(thermal_day(history, site, NOW_NS), site, Layer.INLET, Level.HOTTEST)
    assert [sensor.key.device for sensor in field.loose] == ["spare"]
    assert [sensor.key.label() for sensor in field.heightless] == ["env-r01/internal/1 air_temperature_c"]
    assert field.unplaced == ("r04",)
    assert field.cells["r04"].value == 25.0


def test_the_rise_is_behind_less_before() -> None:
    """The rise is the mean behind less the mean before, and nothing where one side is unknown."""
    history, site = MemoryHistory(), room()
    for part, celsius in (("remote/1", 20.0), ("remote/2", 22.0)):
        say(history, "env-r01", part, celsius)
    say(history, "rear-r01", "rear", 33.0)
    say(history, "env-r02", "remote/1", 20.0)
    field = field_of(thermal_day(history, site, NOW_NS), site, Layer.RISE, Level.HOTTEST)
    assert field.cells["r01"].value == pytest.approx(12.0)
    assert field.cells["r02"].value is None
    assert field.count(Zone.PLAIN) == 1


def test_the_past_is_seen_step_by_step() -> None:
    """A step of the past shows its mean, the trend its change within the hour before; other instants are refused."""
    history, site = MemoryHistory(), room()
    for quarter in range(12):
        for minute in range(0, 15, 5):
            say(history, "env-r01", "remote/1", 20.0 + quarter, back_s=(12 - quarter) * 900 - minute * 60 + 420)
    day = thermal_day(history, site, NOW_NS)
    last = day.moments()[-1]
    assert NOW_NS - last < STEP_NS
    assert len(day.moments()) == 96
    assert field_of(day, site, Layer.INLET, Level.HOTTEST, last).cells["r01"].value == pytest.approx(31.0)
    assert field_of(day, site, Layer.INLET, Level.HOTTEST, last - NS_PER_HOUR).cells["r01"].value == pytest.approx(27.0)
    assert field_of(day, site, Layer.TREND, Level.HOTTEST, last).cells["r01"].value == pytest.approx(4.0)
    assert field_of(day, site, Layer.INLET, Level.HOTTEST, last - 4 * NS_PER_HOUR).cells["r01"].value is None
    with pytest.raises(ValueError, match=str(last + 1)):
        field_of(day, site, Layer.INLET, Level.HOTTEST, last + 1)


def test_aisles_lie_between_rows_as_their_fronts_look() -> None:
    """Two rows that look at each other share a cold aisle, back to back a hot one; else nobody knows."""

    def between(above: str, below: str) -> Kind:
        racks = [Rack(name="a", row="A", position=1, front=above), Rack(name="b", row="B", position=1, front=below)]
        (plan,), _ = lanes_of(racks)
        return plan.lanes[1].kind

    assert between("next", "previous") is Kind.COLD
    assert between("previous", "next") is Kind.HOT
    assert between("next", "next") is Kind.AISLE
    assert between("", "") is Kind.AISLE


def test_two_racks_in_one_place_are_both_there() -> None:
    """The second rack of a place, and one far away, are listed instead of drawn over."""
    racks = [Rack(name=name, row="A", position=place) for name, place in (("a", 1), ("b", 1), ("c", 10**9), ("d", 0))]
    plans, loose = lanes_of(racks)
    assert [rack.name for rack in loose] == ["b", "c", "d"]
    assert plans[0].positions == 1
    assert msgspec.structs.asdict(plans[0].lanes[0])["racks"][1].name == "a"
