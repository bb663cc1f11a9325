"""The faults that the data-quality gate finds, one by one, in a small room that is healthy otherwise."""

from __future__ import annotations

import numpy as np
import pytest

from analytics.gate import Fault, Gate, traits_of
from greendc.model import SeriesKey
from greendc.units import NS_PER_SECOND
from tests.analytics.gate.streams import START_S, Room

AIR, POWER, ENERGY = "air_temperature_c", "active_power_w", "active_energy_j"


@pytest.fixture
def room() -> Room:
    """Return two healthy days and a half, at a reading each two minutes."""
    return Room(2.5, 120)


@pytest.mark.parametrize(("period_s", "days"), [(60, 2.5), (300, 8.0)])
def test_a_healthy_room_has_no_finding_even_where_readings_are_lost(period_s: int, days: float) -> None:
    """Noise, daily courses and two per cent of lost readings are no fault."""
    room = Room(days, period_s, seed=3)
    rng = np.random.default_rng(4)
    room.rows[rng.random(room.rows.shape) < 0.02] = np.nan
    heard = room.feed(room.gate())
    assert not heard.found
    usable = np.array(heard.usable)
    assert usable.sum() > 0.999 * np.count_nonzero(~np.isnan(room.rows))


def test_a_sensor_that_falls_silent_is_told_and_a_lost_reading_is_not(room: Room) -> None:
    """Silence is a fault from three periods on; it ends with the next reading."""
    column = room.column(2, "top", AIR)
    column[1000:1100] = np.nan
    column[500:502] = np.nan
    heard = room.feed(room.gate())
    where = room.at(2, "top", AIR)
    assert set(heard.found) == {(Fault.DROPOUT, "rack-2/top air_temperature_c")}
    silent = [step for step, fault in enumerate(heard.fault) if fault[where] == Fault.DROPOUT]
    assert silent == list(range(1003, 1100))


@pytest.mark.parametrize("lead", [0, 400], ids=["first", "later"])
def test_a_backlog_that_arrives_at_once_is_no_pace(lead: int) -> None:
    """Readings 60 ms apart, the first of a series or after an hour of silence: silence is told by the pace as ever."""
    gate = Gate(traits_of([SeriesKey("site", "node", "", "spool_rows")]))
    usual = [START_S + 15.0 * n for n in range(lead)]
    begin = (usual[-1] if usual else START_S) + 3600.0
    burst = [begin + 0.06 * n for n in range(500)]
    after = [burst[-1] + 15.0 * (n + 1) for n in range(100)]
    for time_s in (*usual, *burst, *after):
        stepped(gate, time_s, time_s % 7)
        if time_s not in burst[:-1]:
            stepped(gate, time_s + 14.0, np.nan)
        assert gate.findings() == [], time_s - START_S
    stepped(gate, after[-1] + 40.0, np.nan)
    assert gate.findings() == []
    stepped(gate, after[-1] + 600.0, np.nan)
    (found,) = gate.findings()
    assert found.fault is Fault.DROPOUT
    assert found.before == pytest.approx(15.0, rel=0.05)


def test_a_quicker_pace_is_learned_once_it_has_held() -> None:
    """From a reading a minute to one each five seconds: after some minutes silence counts from the new pace."""
    gate = Gate(traits_of([SeriesKey("site", "node", "", "spool_rows")]))
    slow = [START_S + 60.0 * n for n in range(100)]
    quick = [slow[-1] + 5.0 * (n + 1) for n in range(100)]
    for time_s in (*slow, *quick):
        stepped(gate, time_s, time_s % 7)
    stepped(gate, quick[-1] + 60.0, np.nan)
    (found,) = gate.findings()
    assert found.before == pytest.approx(5.0, rel=0.05)


def stepped(gate: Gate, time_s: float, value: float) -> None:
    """Let one reading come, or nothing."""
    gate.step(round(time_s * NS_PER_SECOND), np.array([value]))


def test_a_silent_collector_is_one_finding(room: Room) -> None:
    """When everything falls silent nobody wants to be told of each sensor."""
    room.rows[1200:1300] = np.nan
    gate = room.gate()
    heard = room.feed(gate)
    assert [(one.fault, one.scope) for one in heard.found.values()] == [(Fault.DROPOUT, "node")]


def test_a_silent_device_is_one_finding(room: Room) -> None:
    """A device that falls silent as a whole is told by its name, with how many series it has."""
    room.rows[1200:1300, 8:16] = np.nan
    heard = room.feed(room.gate())
    (found,) = heard.found.values()
    assert (found.scope, found.subject, found.series) == ("device", "rack-1", 8)


def test_a_sensor_that_stands_still_while_its_peers_move_is_stuck(room: Room) -> None:
    """The held value and the time since when are the evidence."""
    column = room.column(3, "middle", AIR)
    column[room.since(1.5)] = column[room.since(1.5)][0]
    heard = room.feed(room.gate())
    key = (Fault.STUCK, "rack-3/middle air_temperature_c")
    assert set(heard.found) == {key}
    assert heard.first[key] - 1.5 < 0.25
    assert abs(heard.found[key].since_ns / NS_PER_SECOND - START_S - 1.5 * 86_400) < 3600


def test_everything_standing_still_at_once_is_not_stuck(room: Room) -> None:
    """Where nothing moves nothing says that a sensor should."""
    room.rows[room.since(1.5)] = room.rows[room.since(1.5)][0]
    found = room.feed(room.gate()).found
    # A register is another thing: the power says that it should count.
    assert all(one.key.quantity == ENERGY for one in found.values())


def test_a_register_that_stands_still_under_load_is_stuck(room: Room) -> None:
    """The power beside it says how often it should have moved."""
    column = room.column(1, "", ENERGY)
    column[room.since(1.5)] = column[room.since(1.5)][0]
    heard = room.feed(room.gate())
    assert set(heard.found) == {(Fault.STUCK, "rack-1 active_energy_j")}


def test_single_spikes_are_left_out_and_only_many_are_told(room: Room) -> None:
    """One reading far off is no finding; it never reaches a detector, and the next one does."""
    where = room.at(0, "top", AIR)
    column = room.rows[:, where]
    column[1000] += 15.0
    column[1400:1402] -= 9.0
    heard = room.feed(room.gate())
    assert not heard.found
    assert [step for step, usable in enumerate(heard.usable) if not usable[where]] == [1000, 1400, 1401]
    again = Room(2.5, 120)
    again.column(0, "top", AIR)[1200::40] += 15.0
    assert set(again.feed(again.gate()).found) == {(Fault.SPIKE, "rack-0/top air_temperature_c")}


def test_what_several_sensors_of_a_room_show_is_no_fault_of_theirs() -> None:
    """Air that swings makes readings jump in every rack: nobody is sent to change sensors."""
    room = Room(2.5, 120)
    for rack in range(3):
        room.column(rack, "top", AIR)[1200 + rack :: 40] += 15.0
    assert not room.feed(room.gate()).found


def test_a_step_is_held_back_for_two_readings_and_then_believed(room: Room) -> None:
    """A real step is nobody's fault."""
    where = room.at(0, "", POWER)
    room.rows[room.since(1.5), where] *= 1.5
    heard = room.feed(room.gate())
    first = room.since(1.5).start
    assert [step for step, usable in enumerate(heard.usable) if not usable[where]] == [first, first + 1]


def test_a_load_that_leaps_with_its_current_is_believed_at_once(room: Room) -> None:
    """What two quantities of a device show alike has happened."""
    for name in (POWER, "current_a"):
        room.column(4, "", name)[1200:1201] *= 3.0
    heard = room.feed(room.gate())
    assert heard.usable[1200][room.at(4, "", POWER)]
    assert not heard.found


def test_impossible_values_are_left_out_at_once(room: Room) -> None:
    """One such value is left out; three are told."""
    cases = [
        ("top", AIR, -127.0, Fault.SENTINEL),
        ("top", AIR, 85.0, Fault.SENTINEL),
        ("", POWER, 65_535.0, Fault.SENTINEL),
        ("top", AIR, 180.0, Fault.RANGE),
        ("top", AIR, np.inf, Fault.RANGE),
        ("", "relative_humidity_ratio", 1.8, Fault.RANGE),
        ("", POWER, -750.0, Fault.RANGE),
    ]
    for device, (part, name, value, _) in enumerate(cases):
        column = room.column(device, part, name)
        column[1000] = column[1200:1203] = value
    heard = room.feed(room.gate())
    for device, (part, name, _, fault) in enumerate(cases):
        where = room.at(device, part, name)
        assert [int(heard.fault[step][where]) for step in (1000, 1200, 1202)] == [fault] * 3
        assert not heard.usable[1000][where]
        assert heard.usable[1001][where]
        assert 1200 / 720 <= heard.first[fault, room.keys[where].label()] <= 1210 / 720
    assert len(heard.found) == len(cases)


def test_mistakes_of_units_are_named(room: Room) -> None:
    """The finding says which conversion explains the leap, with both levels."""
    cases = [
        ("top", AIR, 1.8, 32.0, "fahrenheit"),
        ("top", AIR, 1.0, 273.15, "kelvin"),
        ("", POWER, 0.001, 0.0, "by_1000"),
        ("", POWER, 10.0, 0.0, "times_10"),
        ("", POWER, 3.6, 0.0, "times_3_6"),
        ("", "current_a", 0.1, 0.0, "by_10"),
        ("", ENERGY, 1000.0, 0.0, "times_1000"),
    ]
    tail = room.since(1.5)
    for device, (part, name, factor, offset, _) in enumerate(cases):
        column = room.column(device, part, name)
        column[tail] = column[tail] * factor + offset
    heard = room.feed(room.gate())
    for device, (part, name, factor, offset, conversion) in enumerate(cases):
        where = room.at(device, part, name)
        found = heard.found[Fault.UNIT, room.keys[where].label()]
        assert found.conversion_name == conversion
        assert found.after == pytest.approx(found.before * factor + offset, rel=0.1)
        assert heard.first[Fault.UNIT, found.subject] - 1.5 < 0.05
        assert not heard.usable[-1][where]
    # Kelvins are out of range at once, before anybody can name them.
    assert heard.kinds() == {Fault.UNIT, Fault.RANGE}


def test_a_load_that_becomes_ten_times_as_large_is_no_mistake_of_units(room: Room) -> None:
    """Its current says so."""
    for name in (POWER, "current_a"):
        room.column(6, "", name)[room.since(1.5)] *= 10.0
    assert Fault.UNIT not in room.feed(room.gate()).kinds()


def test_a_drift_shows_against_the_peers() -> None:
    """Half a kelvin a day is found within four days, and peers stay clean."""
    room = Room(9.0, 300)
    column = room.column(2, "bottom", AIR)
    tail = room.since(4.0)
    column[tail] += 0.5 * np.arange(len(column[tail])) * 300 / 86_400
    heard = room.feed(room.gate())
    key = (Fault.DRIFT, "rack-2/bottom air_temperature_c")
    assert set(heard.found) == {key}
    assert heard.first[key] - 4.0 < 4.0


def test_a_zone_that_becomes_warmer_does_not_drift() -> None:
    """What all sensors of a zone, or all of one rack, show alike is no sensor's fault."""
    room = Room(9.0, 300)
    tail = room.since(4.0)
    for device in range(8):
        for part in ("top", "middle", "bottom"):
            room.column(device, part, AIR)[tail] += 3.0
    for part in ("top", "middle", "bottom"):
        room.column(3, part, AIR)[tail] += 2.0
    assert Fault.DRIFT not in room.feed(room.gate()).kinds()


@pytest.mark.parametrize("more", [True, False])
def test_a_change_of_noise_is_found(*, more: bool) -> None:
    """Both a sensor that becomes noisy and one that is suddenly smoothed say something else than before."""
    room = Room(3.0)
    rng = np.random.default_rng(8)
    # Fine sensors: below one count nobody sees noise.
    temperatures = [at for at, key in enumerate(room.keys) if key.quantity == AIR]
    room.rows[:, temperatures] += 0.3 * rng.standard_normal((len(room.rows), len(temperatures)))
    column = room.column(1, "top", AIR)
    tail = room.since(2.0)
    if more:
        column[tail] += 1.5 * rng.standard_normal(len(column[tail]))
    else:
        column[tail] = np.convolve(column, np.full(30, 1 / 30))[: len(column)][tail]
    heard = room.feed(room.gate())
    key = (Fault.NOISE, "rack-1/top air_temperature_c")
    assert set(heard.found) == {key}
    assert heard.first[key] - 2.0 < 0.2
    assert (heard.found[key].after > heard.found[key].before) is more


def test_registers_that_wrap_reset_or_fall_are_told_apart(room: Room) -> None:
    """A wrap is nothing, a reset is a reset, a fall is counting backwards."""
    for device, end in ((0, 1e10), (1, 2.0**32)):
        column = room.column(device, "", ENERGY)
        column[:] = np.mod(column - column[1200] + end, end)
    reset, back = room.column(2, "", ENERGY), room.column(3, "", ENERGY)
    reset[1200:] -= reset[1200]
    back[1200:] -= 1e8
    heard = room.feed(room.gate())
    assert set(heard.found) == {(Fault.RESET, "rack-2 active_energy_j"), (Fault.BACKWARDS, "rack-3 active_energy_j")}


def test_swapped_sensors_are_found_together(room: Room) -> None:
    """Two levels that are exchanged at once; both sensors are told, each with the level it had."""
    one, other = room.at(4, "top", AIR), room.at(4, "bottom", AIR)
    tail = room.since(1.5)
    room.rows[tail, one], room.rows[tail, other] = room.rows[tail, other].copy(), room.rows[tail, one].copy()
    heard = room.feed(room.gate())
    assert set(heard.found) == {(Fault.SWAP, f"rack-4/{part} air_temperature_c") for part in ("top", "bottom")}
    assert min(heard.first.values()) - 1.5 < 0.05


@pytest.mark.parametrize("off_s", [7200, -3600])
def test_a_clock_that_is_set_wrong_is_found(room: Room, off_s: int) -> None:
    """Stamps in the future and stamps that go back are left out, and told of the device once."""

    def stamps(row: int) -> np.ndarray:
        found = np.full(len(room.keys), room.times_s[row], dtype=np.int64)
        if 1200 <= row < 1250:
            found[8:16] += off_s
        return found * NS_PER_SECOND

    heard = room.feed(room.gate(), stamps)
    assert [(one.fault, one.subject) for one in heard.found.values()] == [(Fault.CLOCK, "rack-1")]
    assert not heard.usable[1210][8:16].any()
    assert heard.usable[1210][16:].all()
    assert heard.usable[-1].all()


def test_a_block_that_is_sent_twice_is_left_out(room: Room) -> None:
    """The same hour again, with the same stamps."""

    def stamps(row: int) -> np.ndarray:
        shown = row - 60 if 1200 <= row < 1260 else row
        return np.full(len(room.keys), room.times_s[shown], dtype=np.int64) * NS_PER_SECOND

    heard = room.feed(room.gate(), stamps)
    assert heard.kinds() == {Fault.CLOCK}
    assert not np.array(heard.usable[1200:1260]).any()


def test_losing_half_of_the_readings_is_told(room: Room) -> None:
    """It is no silence, and no use either."""
    rng = np.random.default_rng(6)
    tail = room.since(1.0)
    column = room.column(0, "", "voltage_v")
    column[tail][rng.random(len(column[tail])) < 0.5] = np.nan
    heard = room.feed(room.gate())
    assert (Fault.LOSSY, "rack-0 voltage_v") in heard.found
    assert heard.kinds() == {Fault.LOSSY}
