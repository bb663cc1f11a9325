"""One device: what it says with quality and raw unit, how it is read, and its course with marks."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from analytics.alarm_view.beside import Beside
from analytics.alarm_view.standing import Line
from analytics.alarms import Alarm
from analytics.alarms.episode import Episode, Note
from analytics.alarms.episode import State as Standing
from analytics.device_view import course_of, device_of, devices_of, marks_of, polling_of
from analytics.overview import State
from greendc.clock import NS_PER_HOUR, from_iso
from greendc.device import DeviceEntry
from greendc.model import Quality, Reading, SeriesKey
from greendc.site import EdgeNode, Site, SiteInfo
from greendc.status import CollectStatus, DeviceStatus, write_status
from greendc.units import NS_PER_SECOND
from tests.analytics.memory_history import MemoryHistory

if TYPE_CHECKING:
    from pathlib import Path

NOW_NS = from_iso("2026-11-23T04:00:00Z")
STEP_NS = 10 * NS_PER_SECOND
SITE = Site(
    info=SiteInfo(name="s"),
    devices=[
        DeviceEntry(name="pdu", profile="apc-rpdu2", address="snmp://h"),
        DeviceEntry(name="pv", profile="sunspec-inverter", address="modbus://h"),
    ],
    edge_nodes=[EdgeNode(name="edge-01", devices=["edge-01-meter"])],
)
ENERGY = SeriesKey("s", "pdu", "", "active_energy_j")
POWER = SeriesKey("s", "pdu", "", "active_power_w")


def reading(key: SeriesKey, time_ns: int, value: float | None, reason: str = "") -> Reading:
    """Return a reading: bad without a value, uncertain with a value and a reason."""
    quality = Quality.BAD if value is None else Quality.UNCERTAIN if reason else Quality.GOOD
    return Reading(
        time_ns=time_ns,
        site=key.site,
        device=key.device,
        part=key.part,
        quantity=key.quantity,
        value=value,
        quality=quality,
        reason=reason,
    )


def test_a_measurement_carries_its_raw_value_quality_and_age() -> None:
    """The profile's unit and step give back the raw value; a failed point keeps its reason and has no number."""
    history = MemoryHistory()
    outlets = [SeriesKey("s", "pdu", f"outlet/{i}", "active_power_w") for i in (10, 9)]
    history.write([reading(POWER, NOW_NS - STEP_NS, 1620.0), *(reading(key, NOW_NS, 5.0) for key in outlets)])
    history.write([reading(ENERGY, NOW_NS, None, "not_available")])
    found = device_of(history, SITE, NOW_NS, "pdu")
    assert [one.key.part for one in found.measurements] == ["", "", "outlet/9", "outlet/10"]
    energy, power = found.measurements[:2]
    assert power.scale is not None
    assert (power.scale.unit, power.scale.step) == ("kW", 0.01)
    assert power.scale.raw == pytest.approx(162.0)
    assert (power.stored, power.figure.state) == (1620.0, State.FRESH)
    assert (energy.stored, energy.quality, energy.reason) == (None, Quality.BAD, "not_available")
    assert energy.scale is not None
    assert energy.scale.raw is None
    assert found.first == POWER


def test_a_scale_that_the_device_decides_is_not_guessed() -> None:
    """A device with scale factors of its own has no raw value that a profile could tell."""
    history = MemoryHistory()
    history.write([reading(SeriesKey("s", "pv", "", "active_power_w"), NOW_NS, 900.0)])
    (only,) = device_of(history, SITE, NOW_NS, "pv").measurements
    assert only.scale is not None
    assert only.scale.varies
    assert only.scale.raw is None


def test_what_an_edge_node_reads_is_shown_without_a_profile() -> None:
    """Devices of edge nodes are among the devices; an unknown name is an error."""
    assert devices_of(SITE) == ["pdu", "pv", "edge-01", "edge-01-meter"]
    found = device_of(MemoryHistory(), SITE, NOW_NS, "edge-01-meter")
    assert (found.entry, found.profile, found.measurements, found.first) == (None, None, (), None)
    with pytest.raises(KeyError):
        device_of(MemoryHistory(), SITE, NOW_NS, "<script>")


def test_how_a_device_is_read(tmp_path: Path) -> None:
    """The status of the process that reads it says state, last answer and error; without it nothing is claimed."""
    silent = polling_of(tmp_path, SITE, "pdu")
    assert (silent.owner, silent.interval_s, silent.said_ns, silent.latency_s) == ("centre", 10.0, 0, None)
    away = DeviceStatus(name="pdu", state="away", error="no answer from h:161 within 2 s")
    write_status(tmp_path, "collect", CollectStatus(time_ns=NOW_NS, devices=[away]))
    told = polling_of(tmp_path, SITE, "pdu")
    assert (told.state, told.error, told.said_ns) == ("away", "no answer from h:161 within 2 s", NOW_NS)
    assert told.latency_s is None
    assert polling_of(tmp_path, SITE, "edge-01-meter").owner == "edge-01"


def test_a_course_keeps_gaps_and_tells_doubtful_stretches() -> None:
    """Readings that fail leave a gap and a stretch with the reason; doubtful ones a stretch without a gap."""
    history = MemoryHistory()
    for i in range(120):
        at_ns = NOW_NS - (120 - i) * STEP_NS
        value = None if 40 <= i < 60 else 1000.0 + i
        history.write([reading(POWER, at_ns, value, "no_answer" if value is None else "first_sample" * (80 <= i < 90))])
    found = course_of(history, POWER, NOW_NS - NS_PER_HOUR, NOW_NS, interval_ns=STEP_NS)
    assert found.unit == "kW"
    assert found.values.count(None) == 1
    assert found.values[0] == 1.0
    stretches = [(one.quality, one.reason, one.readings) for one in found.stretches]
    assert stretches == [(2, "no_answer", 20), (1, "first_sample", 10)]
    assert found.readings == 120
    assert found.single_ns == found.start_ns


def test_a_counter_that_began_anew_is_marked_where_it_did() -> None:
    """A reset is a mark with both values, an even climb is none, and a gauge that falls has no reset."""
    history = MemoryHistory()
    for i in range(100):
        value = 3.6e6 * (500 + i if i < 70 else i - 70)
        at_ns = NOW_NS - (100 - i) * 60 * NS_PER_SECOND
        history.write([reading(ENERGY, at_ns, value), reading(POWER, at_ns, value)])
    found = course_of(history, ENERGY, NOW_NS - 2 * NS_PER_HOUR, NOW_NS)
    (reset,) = found.resets
    assert reset.kind == "reset"
    assert reset.time_ns == NOW_NS - 30 * 60 * NS_PER_SECOND
    assert (reset.before, reset.after) == (569.0, 0.0)
    assert course_of(history, POWER, NOW_NS - 2 * NS_PER_HOUR, NOW_NS).resets == ()


def test_a_long_range_goes_on_with_the_extremes_of_each_hour() -> None:
    """Before what is drawn one by one, each hour keeps its least and its greatest; hours without any are a gap."""
    history = MemoryHistory()
    start_ns = NOW_NS - 90 * 24 * NS_PER_HOUR
    for hour in range(0, 90 * 24, 6):
        if 240 <= hour < 480:
            continue
        for minute, watts in ((0, 100.0), (20, 9000.0 if hour == 600 else 110.0), (40, 90.0)):
            history.write([reading(POWER, start_ns + hour * NS_PER_HOUR + minute * 60 * NS_PER_SECOND, watts)])
    found = course_of(history, POWER, start_ns, NOW_NS)
    assert found.single_ns > start_ns
    known = [value for value in found.values if value is not None]
    assert (min(known), max(known)) == (0.09, 9.0)
    assert None in found.values
    nothing = course_of(history, SeriesKey("s", "pdu", "", "current_a"), start_ns, NOW_NS)
    assert not nothing.known


def test_a_count_is_no_per_cent() -> None:
    """A bare number stays as it is, a ratio is drawn in per cent, a state has its names."""
    history = MemoryHistory()
    for quantity, value in (("alarms_count", 3.0), ("relative_humidity_ratio", 0.43), ("load_state", 2.0)):
        history.write([reading(SeriesKey("s", "pdu", "", quantity), NOW_NS - STEP_NS, value)])

    def drawn(quantity: str) -> tuple[str, float | None, bool]:
        found = course_of(history, SeriesKey("s", "pdu", "", quantity), NOW_NS - NS_PER_HOUR, NOW_NS)
        return found.unit, found.values[0], bool(found.states)

    assert drawn("alarms_count") == ("", 3.0, False)
    assert drawn("relative_humidity_ratio") == ("%", 43.0, False)
    assert drawn("load_state") == ("", 2.0, True)


def test_alarms_and_notes_are_marks_of_their_time() -> None:
    """What came, went or was said within the range is marked, in order; what lies outside is not."""
    alarm = Alarm(
        id="a",
        rule="rack_inlet",
        kind="recommended",
        priority="medium",
        place="",
        device="pdu",
        part="",
        quantity="",
        value=None,
        unit="W",
        limit=None,
        since_ns=NOW_NS - NS_PER_HOUR,
        raised_ns=NOW_NS - NS_PER_HOUR,
    )
    notes = (Note(NOW_NS - NS_PER_HOUR // 2, "operator", "seen"), Note(NOW_NS + 5, "operator", "later"))
    episode = Episode(alarm=alarm, own="medium", state=Standing.ACTIVE_UNACKED, raised_ns=alarm.raised_ns, notes=notes)
    found = Beside(alarms=(Line(episode=episode, state="unacknowledged"),), windows={})
    marks = marks_of(found, NOW_NS - 2 * NS_PER_HOUR, NOW_NS)
    assert [(mark.kind, mark.text) for mark in marks] == [("raised", ""), ("note", "operator: seen")]
    assert marks_of(found, NOW_NS - NS_PER_HOUR // 4, NOW_NS) == []
