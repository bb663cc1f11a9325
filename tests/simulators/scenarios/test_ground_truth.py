"""The ground truth of events on a plant that can be reckoned by hand."""

from __future__ import annotations

import csv
from typing import TYPE_CHECKING

import pyarrow.parquet as pq
import pytest

from greendc.clock import iso
from simulators.scenarios.event import Event
from simulators.scenarios.event_truth import COLUMNS, EventTruth, events_path
from simulators.scenarios.ground_truth import GroundTruth
from simulators.scenarios.kinds import KINDS
from simulators.scenarios.span import Span
from simulators.scenarios.timeline import Timeline
from tests.simulators.scenarios.small_plant import RACK_W, SIZES, START_S, SmallPlant, meter, probe, targets

if TYPE_CHECKING:
    from pathlib import Path

HOUR_S = 3600.0
STEP_S = 60.0


def at(hours: float) -> str:
    """Return an offset from the start as a time."""
    return iso(round((START_S + hours * HOUR_S) * 1e9))


def event(number: int, kind: str, target: str, hours: tuple[float, float], severity: float, **keys: str) -> Event:
    """Return an event between two offsets in hours."""
    span = Span(onset_s=START_S + hours[0] * HOUR_S, end_s=START_S + hours[1] * HOUR_S)
    place = targets().place(KINDS[kind].scope, target) if KINDS[kind].move else None
    return Event(
        number=number,
        kind_name=kind,
        target=target,
        span=span,
        severity=severity,
        place=place,
        names=() if place else (target,),
        part=keys.get("part"),
        quantity=keys.get("quantity", ""),
    )


def follow(*events: Event, hours: int = 12, block: int = 60) -> tuple[GroundTruth, SmallPlant]:
    """Run the small plant with events for some hours, in blocks of steps."""
    plant = SmallPlant()
    timeline = Timeline(name="x", events=events)
    plant.disturbances.extend(timeline.disturbances("room"))
    truth = GroundTruth(timeline, {"room": plant}, {"room": [probe(noise_k=0.05), meter()]})
    for _ in range(hours * 60 // block):
        truth.run("room", block, STEP_S)
    return truth, plant


def only(truth: GroundTruth) -> EventTruth:
    """Return the row of the one event."""
    return truth.rows()[0]


@pytest.mark.parametrize("block", [1, 7, 60, 360])
def test_energy_is_what_the_event_adds(block: int) -> None:
    """A chiller that takes 20 % more for 3 h costs 20 % of its energy, whatever the length of the blocks."""
    wrong = event(1, "chiller_degradation", "chiller-1", (2.0, 5.0), 0.2)
    row = only(follow(wrong, block=block, hours=14)[0])
    # From the step that ends at the onset to the last one before the end: 180 steps.
    expected = 0.2 * (SIZES.racks * RACK_W / 2 / 4.0) / 1000 * 3.0
    assert row.energy_impact_kwh == pytest.approx(expected, rel=1e-6)
    assert row.cooling_kwh == pytest.approx(expected, rel=1e-6)
    assert (row.it_kwh, row.loss_kwh, row.generation_kwh, row.peak_inlet_k) == (0.0, 0.0, 0.0, 0.0)
    assert (row.kind, row.event_class, row.target) == ("chiller_degradation", "fault", "chiller-1")
    assert (row.onset, row.end, row.severity, row.severity_unit) == (at(2.0), at(5.0), 0.2, "1")
    assert row.first_visible == at(2.0)
    assert row.visible_in.startswith("meter-main")
    assert row.complete


def test_an_effect_outlasts_its_event() -> None:
    """Inlets need a few steps to come back: what happens until then belongs to the event, and the peak has a sign."""
    row = only(follow(event(1, "recirculation", "r02", (1.0, 2.0), 0.3))[0])
    assert row.peak_inlet_k == pytest.approx(3.0, abs=0.01)
    steady = RACK_W * 0.004 * 3.0 * 1.25 / 1000
    assert row.energy_impact_kwh == pytest.approx(steady * 1.0, rel=0.02)
    assert row.energy_impact_kwh == pytest.approx(row.it_kwh + row.cooling_kwh, rel=1e-9)


def test_what_is_too_small_for_the_sensor_is_seen_late_or_never() -> None:
    """A rise shows once it is more than a step and the noise; one below both never shows at the probe."""
    large = only(follow(event(1, "recirculation", "r02", (1.0, 3.0), 0.3))[0])
    assert large.visible_in == "env-r02 remote/1 air_temperature_c"
    assert large.first_visible == at(1.0)
    small = only(follow(event(1, "recirculation", "r02", (1.0, 3.0), 0.01))[0])
    assert small.peak_inlet_k > 0.05
    assert small.visible_in != large.visible_in
    elsewhere = only(follow(event(1, "recirculation", "r03", (1.0, 3.0), 0.3))[0])
    assert not elsewhere.visible_in.startswith("env-r02")


def test_each_event_is_told_from_the_others() -> None:
    """Two faults of one chiller at one time: each is what it adds to the other, and together they are more."""
    one = event(1, "chiller_degradation", "chiller-1", (1.0, 4.0), 0.2)
    two = event(2, "chiller_degradation", "chiller-1", (2.0, 4.0), 0.5)
    first, second, both = follow(one, two)[0].rows()
    chiller_kw = SIZES.racks * RACK_W / 2 / 4.0 / 1000
    assert first.energy_impact_kwh == pytest.approx(chiller_kw * (0.2 * 1 + (1.8 - 1.5) * 2), rel=1e-6)
    assert second.energy_impact_kwh == pytest.approx(chiller_kw * (1.8 - 1.2) * 2, rel=1e-6)
    assert both.energy_impact_kwh == pytest.approx(chiller_kw * (0.2 * 1 + 0.8 * 2), rel=1e-6)
    assert (both.number, both.kind, both.target) == (0, "all", "room")


def test_a_twin_lives_only_while_it_matters() -> None:
    """Before the onset and an hour after its effect has gone nothing is simulated twice."""
    wrong = event(1, "recirculation", "r02", (10.0, 11.0), 0.3)
    truth, plant = follow(wrong, hours=40)
    twins = [twin._facility for twin in truth._twins]
    done = sum(twin.steps_done - 10 * 60 for twin in twins if isinstance(twin, SmallPlant))
    assert plant.steps_done == 40 * 60
    assert done < 2 * 4 * 60 + 2 * 60
    assert all(row.complete for row in truth.rows())


def test_events_that_have_not_come_or_are_not_over() -> None:
    """A row without effect for what lies ahead; a row that says it is not complete for what goes on."""
    going, ahead = (
        event(1, "recirculation", "r02", (1.0, 99.0), 0.3),
        event(2, "recirculation", "r03", (50.0, 60.0), 0.3),
    )
    rows = follow(going, ahead, hours=3)[0].rows()
    assert not rows[0].complete
    assert rows[0].first_visible
    assert rows[1].first_visible == ""
    assert rows[1].energy_impact_kwh == 0.0
    assert not rows[1].complete


def test_sensor_faults_show_where_they_differ() -> None:
    """No energy; a stuck probe shows once the air moves on, a reset at once, a drift when it is past the step."""
    stuck = event(1, "sensor_stuck", "env-r02", (1.0, 9.0), 0.0, part="remote/1", quantity="air_temperature_c")
    warm = event(2, "recirculation", "r02", (3.0, 5.0), 0.3)
    drift = event(3, "sensor_drift", "env-r02", (1.0, 99.0), 2.4, part="remote/2", quantity="air_temperature_c")
    reset = event(4, "meter_reset", "meter-main", (2.0, 99.0), 0.0)
    rows = follow(stuck, warm, drift, reset)[0].rows()
    assert rows[0].first_visible == at(3.0)
    assert rows[0].visible_in == "env-r02 remote/1 air_temperature_c"
    assert rows[0].target == "env-r02 remote/1 air_temperature_c"
    # 0.1 K a step of the register and three deviations of 0.05 K, at 0.1 K an hour.
    assert at(3.4) < rows[2].first_visible < at(3.7)
    assert rows[3].first_visible == at(2.0)
    assert rows[3].visible_in == "meter-main active_energy_j"
    assert [row.energy_impact_kwh for row in rows[:1]] == [0.0]


def test_network_troubles_are_rows_too() -> None:
    """They show at their onset and cost nothing."""
    rows = follow(event(1, "device_offline", "env-r02", (1.0, 2.0), 0.0))[0].rows()
    assert [(row.event_class, row.first_visible, row.severity) for row in rows] == [("network", at(1.0), None)]


def test_the_same_run_gives_the_same_rows() -> None:
    """Ground truth is deterministic."""
    wrong = event(1, "recirculation", "r02", (1.0, 3.0), 0.3)
    assert follow(wrong)[0].rows() == follow(wrong)[0].rows()


@pytest.mark.parametrize("ending", ["csv", "parquet"])
def test_rows_stand_beside_the_truth(tmp_path: Path, ending: str) -> None:
    """truth.csv gets truth.events.csv, truth.parquet gets truth.events.parquet, with the same columns."""
    path = tmp_path / f"truth.{ending}"
    truth, _ = follow(event(1, "recirculation", "r02", (1.0, 3.0), 0.3), hours=2)
    truth.write(path)
    truth.write(path)
    beside = tmp_path / f"truth.events.{ending}"
    assert events_path(path) == beside
    if ending == "csv":
        with beside.open(encoding="utf-8", newline="") as file:
            rows = list(csv.DictReader(file))
    else:
        rows = pq.read_table(beside).to_pylist()
    assert tuple(rows[0]) == COLUMNS
    assert [row["kind"] for row in rows] == ["recirculation", "all"]
    assert float(rows[0]["energy_impact_kwh"]) == only(truth).energy_impact_kwh
    assert sorted(p.name for p in tmp_path.iterdir()) == [beside.name]
