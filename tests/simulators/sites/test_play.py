"""Scenarios play at the ready-made sites: their targets are there, and what happens is served and known."""

from __future__ import annotations

import numpy as np
import pytest

from simulators.front_ends.ports import Ports
from simulators.scenarios.event import Event, PlantEvent
from simulators.scenarios.scenario_file import Run, library, read_scenario
from simulators.scenarios.span import Span
from simulators.scenarios.targets import Place
from simulators.sites.play import Play, targets_of
from simulators.sites.presets import preset
from simulators.sites.simulated_site import SimulatedSite

START_S = 1_780_000_000.0
DAY_S = 86_400.0


def _site() -> SimulatedSite:
    return SimulatedSite(preset("room", Ports(), "mqtt://127.0.0.1:1883"), seed=1, start_s=START_S)


@pytest.mark.parametrize("name", library())
def test_scenarios_of_the_library_fit_the_room(name: str) -> None:
    """Every target of every scenario is there, and nothing contradicts itself."""
    timeline, problems = read_scenario(name, targets_of(_site()), Run(start_s=START_S))
    assert problems == []
    assert timeline.events


def test_parts_are_called_as_their_devices() -> None:
    """A cooling unit is named like the device that shows it, whatever that is called."""
    site = _site()
    names = targets_of(site)
    cooling = {name for name in site.devices if name.startswith(("crah-", "crac-"))}
    assert set(names.plants[site.main].units) == cooling
    assert "r04" in names.plants[site.main].racks
    assert names.nodes


def test_a_played_fault_is_served_and_known() -> None:
    """A rack's probes show its recirculation, and the ground truth says since when."""
    site = _site()
    play, _ = Play.of_file(site, "recirculation", Run(start_s=START_S))
    before = site.plants[site.main].value
    cool = before("rack.inlet_c/3/2")
    for _ in range(2):
        play.truth.prepare(site.time_s + 1800.0)
        play.note(site.run(30, 60.0))
    assert site.plants[site.main].value("rack.inlet_c/3/2") > cool + 2.0
    row = play.truth.rows()[0]
    assert row.visible_in.startswith("env-r04 ")
    assert row.first_visible
    assert row.peak_inlet_k > 2.0


def test_swapped_sensors_show_each_other() -> None:
    """While they are swapped the low probe shows what the high one measures, live and in a column."""
    site = _site()
    play, _ = Play.of_file(site, "sensor-faults", Run(start_s=START_S - 3.5 * DAY_S))
    site.plants[site.main].disturbances.append(_warm_top())
    records = site.run(60, 60.0)
    play.note(records)
    device, record = site.devices["env-r04"], records[site.main]
    low = next(wired for wired in device.points if wired.part == "remote/1")
    shown, _ = device.stored(low, record.signal(low.signal), record.times_s)
    high = record.signal("rack.inlet_c/3/2")
    assert np.nanmin(high - record.signal(low.signal)) > 2.0
    # The device's own offset, noise and register stay.
    assert np.nanmax(np.abs(shown - high)[30:]) < 0.6
    live = {(r.part, r.quantity): r.value for r in device.readings("x", round(site.time_s * 1e9))}
    assert live["remote/1", "air_temperature_c"] == pytest.approx(high[-1], abs=0.6)


def _warm_top() -> PlantEvent:
    place = Place(plant="room", racks=(3,))
    event = Event(
        number=99, kind_name="recirculation", target="r04", span=Span(onset_s=START_S), severity=0.3, place=place
    )
    return PlantEvent(event, place)
