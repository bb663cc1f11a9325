"""Each ready-made site hangs together: its files are sound, and every device measures something that there is."""

from __future__ import annotations

import datetime as dt
import re
from collections import Counter
from functools import cache

import pytest

from edge_agent.config import load_edge
from greendc.device import DeviceEntry
from greendc.errors import ConfigError
from greendc.profiles import Profile, profile
from greendc.site import Role, Site, load_site
from greendc.toml_source import TomlSource
from simulators.devices.device import wired_points
from simulators.front_ends.ports import Ports
from simulators.runs.readings import Readings
from simulators.sites.presets import FAULTY_RACK, PRESETS, ROOM, Preset, preset
from simulators.sites.simulated_site import SimulatedSite

START_S = 1_780_000_200.0
PAST_S = 1800
TODAY = dt.date(2026, 6, 1)
BROKER = "mqtt://127.0.0.1:1883"


@cache
def made(name: str) -> Preset:
    """Return a preset, once."""
    return preset(name, Ports(), BROKER)


def site_of(name: str) -> Site:
    """Return the site file of a preset, which must be without any fault."""
    site, problems = load_site(TomlSource("site.toml", made(name).files["site.toml"]))
    assert problems == []
    assert site is not None
    return site


def entries_of(name: str) -> dict[str, DeviceEntry]:
    """Return every device of the site file, of the edge files and of simulated nodes, by name; no real boxes."""
    entries = {device.name: device for device in site_of(name).devices}
    # A simulated node needs no file: the site file names what belongs to it.
    listed = {device for node in site_of(name).edge_nodes for device in node.devices}
    for spec in made(name).devices:
        if spec.node in made(name).nodes and spec.name in listed:
            entries[spec.name] = DeviceEntry(name=spec.name, profile=spec.profile, address=spec.address)
    for file, text in made(name).files.items():
        if file == "site.toml":
            continue
        edge, problems = load_edge(TomlSource(file, text))
        assert problems == []
        assert edge is not None
        entries |= {device.name: device for device in edge.devices if not device.address.startswith("host:")}
    return entries


@pytest.mark.parametrize("name", PRESETS)
def test_files_name_every_device_once(name: str) -> None:
    """Names and addresses are unique, and the files hold exactly the devices that answer."""
    devices = made(name).devices
    assert len({device.name for device in devices}) == len(devices)
    assert len({device.address for device in devices}) == len(devices)
    entries = entries_of(name)
    assert {device.name: device.address for device in devices} == {key: entry.address for key, entry in entries.items()}


@pytest.mark.parametrize("name", PRESETS)
def test_each_wire_leads_to_a_signal(name: str) -> None:
    """No device measures something that its plant does not have, and each of its registers shows something."""
    site = SimulatedSite(made(name), seed=7, start_s=START_S)
    for spec in made(name).devices:
        plant = site.plants[spec.plant]
        points = wired_points(profile(spec.profile), spec.wires)
        for wired in points:
            if wired.signal:
                assert plant.value(wired.signal) is not None, (spec.name, wired.signal)
        served = {(wired.point.quantity, wired.point.part) for wired in points}
        single = {(point.quantity, point.part) for point in profile(spec.profile).points if point.table is None}
        assert single <= served, spec.name


@pytest.mark.parametrize("name", PRESETS)
def test_every_stored_series_is_served_by_a_device(name: str) -> None:
    """A past holds nothing but points of devices that stand in the files, and something of each of them."""
    site = SimulatedSite(made(name), seed=7, start_s=START_S)
    batches = Readings(site, START_S + PAST_S).batches(site.run(PAST_S // 60, 60.0), 10**7)
    series = {key for batch in batches for key in batch.series}
    families = {key: profile(entry.profile) for key, entry in entries_of(name).items()}
    assert {key.site for key in series} == {site_of(name).name}
    assert {key.device for key in series} == set(families)
    points = {(families[key.device].name, key.part, key.quantity) for key in series}
    assert [point for point in points if not serves(profile(point[0]), *point[1:])] == []


def serves(family: Profile, part: str, quantity: str) -> bool:
    """Tell whether a device of a family can have a series."""
    return any(
        point.quantity == quantity and re.fullmatch(re.sub(r"\\\{\w+\\\}", ".+", re.escape(point.part)), part)
        for point in family.points
    )


@pytest.mark.parametrize("name", ["small-edge", "room"])
def test_feeds_make_a_tree_without_loops(name: str) -> None:
    """Whoever follows the feeds upwards comes to the mains, and never to where they came from."""
    above: dict[str, set[str]] = {}
    for feed in site_of(name).feeds:
        above.setdefault(feed.target, set()).add(feed.source)

    def ends(device: str, seen: tuple[str, ...] = ()) -> set[str]:
        assert device not in seen, (*seen, device)
        sources = above.get(device, set())
        return {device} if not sources else set().union(*(ends(source, (*seen, device)) for source in sources))

    for device in site_of(name).devices:
        if device.name.startswith("pdu-"):
            assert "meter-main" in ends(device.name)


def test_the_room_has_every_role() -> None:
    """The demo has a meter for each role that its figures need, and both metering points of IT energy."""
    site = site_of("room")
    roles = Counter(meter.role for meter in site.meters)
    assert roles == {
        Role.FACILITY_INPUT: 1,
        Role.UPS_OUTPUT: 2,
        Role.PDU_OUTPUT: 40,
        Role.COOLING: 1,
        Role.LIGHTING: 1,
        Role.OTHER: 1,
        Role.GENERATION: 2,
        Role.STORAGE: 1,
        Role.WATER_INPUT: 1,
        Role.HEAT_REMOVED: 1,
        Role.HEAT_REUSE: 1,
    }
    (water,) = site.meters_of(Role.WATER_INPUT, TODAY)
    assert water.energy == "water_volume_m3"


def test_the_room_stands_in_two_modules() -> None:
    """Twenty racks in two modules of ten; the rack of the demo's fault is where the plant has it."""
    site = site_of("room")
    assert Counter(rack.module for rack in site.racks) == {"m1": 10, "m2": 10}
    assert [rack.name for rack in site.racks][FAULTY_RACK] == "r04"
    assert {node.name for node in site.edge_nodes} == {"edge-01", "edge-02"}


def test_a_hall_has_two_rooms_and_a_fleet_twenty_edges() -> None:
    """Sizes of the large presets."""
    hall, fleet = site_of("hall"), site_of("fleet")
    assert Counter(rack.room for rack in hall.racks) == {"room-1": 100, "room-2": 100}
    assert len({rack.module for rack in hall.racks}) == 8
    assert hall.edge_nodes == []
    assert len(fleet.edge_nodes) == 20
    assert set(made("fleet").plants) == {ROOM, *(node.name for node in fleet.edge_nodes)}
    assert set(made("fleet").nodes) == {node.name for node in fleet.edge_nodes}
    assert set(made("fleet").files) == {"site.toml"}
    assert made("room").nodes == ()
    assert set(made("room").files) == {"site.toml", "edge-01.toml", "edge-02.toml"}


def test_units_of_a_gateway_share_its_port() -> None:
    """Units behind a gateway have numbers from 1 to 247; each SNMP agent has a port of its own."""
    devices = made("hall").devices
    units = Counter((device.port, device.unit) for device in devices)
    assert set(units.values()) == {1}
    assert all(device.unit <= 247 for device in devices)
    agents = {device.port for device in devices if not device.unit}
    gateways = {device.port for device in devices if device.unit}
    assert len(agents) == sum(not device.unit for device in devices)
    assert len(gateways) == 3
    assert not agents & gateways


def test_an_unknown_name_lists_the_known_ones() -> None:
    """Whoever asks for a preset that is not there is told which there are."""
    with pytest.raises(ConfigError) as caught:
        preset("palace", Ports(), BROKER)
    sentence = caught.value.problems[0].sentence("en")
    assert all(name in sentence for name in PRESETS)
