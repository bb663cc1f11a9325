"""Rules of electricity on readings by hand: broken, kept, missing, and back again."""

from __future__ import annotations

import pytest

from tests.analytics.alarms.judging import Bench

NORMAL, BYPASS, BATTERY, NONE, UNKNOWN = 2.0, 3.0, 4.0, 1.0, 0.0


@pytest.mark.parametrize(
    ("state", "found"),
    [
        (NORMAL, []),
        (BYPASS, ["ups_source/ups on_bypass"]),
        (BATTERY, ["ups_source/ups on_battery"]),
        (NONE, ["ups_source/ups no_output"]),
        (UNKNOWN, []),
    ],
)
def test_what_feeds_a_ups_is_told(state: float, found: list[str]) -> None:
    """Each source but the normal one is an alarm of its own kind; an unknown one is none."""
    bench = Bench({"ups": "ups-rfc1628"})
    bench.run(5, {"ups ups_source_state": state})
    assert bench.raised("ups_source") == found


def test_a_ups_is_back_on_mains_for_a_while_before_its_alarm_is_over() -> None:
    """The alarm is over when every reading of the off-delay is normal, and not while the source is unknown."""
    bench = Bench({"ups": "ups-rfc1628"})
    bench.run(5, {"ups ups_source_state": BATTERY})
    standing = bench.judge("ups_source").raised
    bench.run(1, {"ups ups_source_state": NORMAL}, every_s=20.0)
    assert bench.judge("ups_source", standing).over == ["ups_source/ups"]
    bench.run(20, {"ups ups_source_state": UNKNOWN})
    assert bench.judge("ups_source", standing).over == []


def test_a_ups_without_a_source_cannot_be_judged() -> None:
    """What a device does not say is named with the device, and its alarm is not taken back."""
    bench = Bench({"ups": "ups-rfc1628"})
    bench.run(5, {"ups battery_state": 1.0})
    verdicts = bench.judge("ups_source")
    assert [(entry.node, entry.missing) for entry in verdicts.not_evaluated] == [("ups", ("ups_source_state",))]
    assert bench.judge("ups_battery").not_evaluated == ()


def test_an_old_reading_proves_nothing() -> None:
    """A UPS that fell silent on battery is neither raised nor over a quarter of an hour later."""
    bench = Bench({"ups": "ups-rfc1628"})
    bench.run(2, {"ups ups_source_state": BATTERY})
    standing = bench.judge("ups_source").raised
    bench.run(16, {"ups battery_state": 1.0})
    verdicts = bench.judge("ups_source", standing)
    assert (verdicts.raised, verdicts.over) == ([], [])


def test_batteries_say_that_they_are_low_or_empty() -> None:
    """Low is raised first, empty becomes the worse level."""
    bench = Bench({"ups": "ups-rfc1628"})
    bench.run(3, {"ups battery_state": 2.0})
    assert bench.raised("ups_battery") == ["ups_battery/ups low"]
    bench.run(3, {"ups battery_state": 3.0})
    assert bench.raised("ups_battery") == ["ups_battery/ups depleted"]


def test_a_short_runtime_is_told_with_its_deadband() -> None:
    """Below five minutes is short; it is over only well above."""
    bench = Bench({"ups": "ups-rfc1628"})
    bench.run(5, {"ups battery_runtime_s": 290.0})
    standing = bench.judge("ups_runtime").raised
    assert [alarm.kind for alarm in standing] == ["short"]
    bench.run(5, {"ups battery_runtime_s": 310.0})
    assert bench.judge("ups_runtime", standing).over == []
    bench.run(5, {"ups battery_runtime_s": 400.0})
    assert bench.judge("ups_runtime", standing).over == ["ups_runtime/ups"]


def test_the_worst_phase_speaks_for_a_ups() -> None:
    """One alarm a UPS, with the phase that carries most."""
    bench = Bench({"ups": "ups-rfc1628"})
    bench.run(5, {f"ups/output/l{i} load_ratio": load for i, load in ((1, 0.5), (2, 0.95), (3, 0.85))})
    (alarm,) = bench.judge("ups_load").raised
    assert (alarm.kind, alarm.part, alarm.value) == ("high", "output/l2", 0.95)


def test_a_pdu_tells_its_own_overload() -> None:
    """The thresholds that are set in a PDU are trusted, for the unit and its phases."""
    bench = Bench({"r01:pdu": "apc-rpdu2"}, racks={"r01": 5.0})
    bench.run(5, {"pdu load_state": 2.0, "pdu/phase/l1 load_state": 3.0})
    (alarm,) = bench.judge("load_state").raised
    assert (alarm.kind, alarm.place, alarm.part) == ("near_overload", "r01", "phase/l1")


def test_a_device_reports_its_own_fault() -> None:
    """A fault state is worse than alarms that are counted; a standing device without either is well."""
    bench = Bench({"crah": "generic-crah", "genset": "generic-generator", "pump": "generic-drive"})
    bench.run(5, {"crah unit_state": 4.0, "genset alarms_count": 3.0, "pump unit_state": 2.0, "pump alarms_count": 0.0})
    assert bench.raised("device_fault") == ["device_fault/crah fault", "device_fault/genset alarms"]
