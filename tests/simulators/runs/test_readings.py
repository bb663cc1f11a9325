"""What is written of the past is what collectors would have read: the same series, values, and an honest resolution."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

import numpy as np
import pytest

from collectors.modbus.line import ModbusLines
from collectors.sources import make_source
from edge_agent.config import read_edge
from greendc.clock import ManualClock
from greendc.errors import DeviceError
from greendc.model import Quality, SeriesKey
from greendc.site import read_site
from greendc.units import NS_PER_SECOND
from simulators.front_ends.ports import Ports
from simulators.runs.readings import METER_KINDS, OLD_S, Readings
from simulators.sites.presets import EDGE_NODES, preset
from simulators.sites.simulated_site import SimulatedSite

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

    from greendc.contracts import Source
    from greendc.device import Credential, DeviceEntry
    from greendc.model import Batch, Reading

START_S = 1_779_998_400
"""A multiple of 3600."""
MINUTE_S = 60.0
FIVE_NS = 300 * NS_PER_SECOND

Identity = tuple[SeriesKey, int]


def room(start_s: float = START_S) -> SimulatedSite:
    """Return the room of the demo."""
    return SimulatedSite(preset("room", Ports(), "mqtt://127.0.0.1:1883"), seed=7, start_s=start_s)


def by_identity(batches: list[Batch]) -> dict[Identity, Reading]:
    """Return readings by series and time; each may be there once."""
    readings = [batch.reading(row) for batch in batches for row in range(len(batch))]
    found = {(reading.key, reading.time_ns): reading for reading in readings}
    assert len(found) == len(readings)
    return found


def slow_series(site: SimulatedSite) -> set[SeriesKey]:
    """Return the series that a collector does not read each time."""
    return {
        SeriesKey(site.preset.site, device.name, wired.part, wired.point.quantity)
        for device in site.devices.values()
        for wired in device.points
        if wired.point.tier == "slow"
    }


async def _poll(sources: list[Source]) -> dict[Identity, Reading]:
    answers = await asyncio.gather(*(source.read() for source in sources), return_exceptions=True)
    found: dict[Identity, Reading] = {}
    for answer in answers:
        if isinstance(answer, BaseException):
            # Now and then a device loses a read; a batch has a gap there too.
            assert isinstance(answer, DeviceError), answer
            continue
        found |= {(reading.key, reading.time_ns): reading for reading in answer}
    return found


def entries_in(folder: Path, simulated: SimulatedSite) -> list[tuple[DeviceEntry, Mapping[str, Credential]]]:
    """Return all devices of the site's files, those of its edge nodes too, with what opens them."""
    for name, text in simulated.preset.files.items():
        (folder / name).write_text(text, "utf-8")
    site = read_site(folder / "site.toml")
    found: list[tuple[DeviceEntry, Mapping[str, Credential]]] = [(entry, site.credentials) for entry in site.devices]
    for node in EDGE_NODES:
        edge = read_edge(folder / f"{node}.toml")
        # The box itself is this machine: no plant knows what it does.
        found += [(entry, edge.credentials) for entry in edge.devices if entry.where().scheme != "host"]
    return found


def read_each_minute(simulated: SimulatedSite) -> list[str]:
    """Return the devices that `_collected` reads each minute."""
    return [
        name
        for name, device in simulated.devices.items()
        if (device.profile.kind in METER_KINDS and not name.startswith("pdu-r"))
        or name.startswith(("pdu-r01", "pdu-r12"))
    ]


async def _collected(simulated: SimulatedSite, folder: Path) -> dict[Identity, Reading]:
    """Read all devices over their own protocols at each fifth minute of an hour, meters each minute.

    Of the many rack PDUs, which are all alike, those of two racks stand for the others between.
    """
    clock, lines = ManualClock(round(simulated.time_s) * NS_PER_SECOND), ModbusLines()
    entries = entries_in(folder, simulated)
    await simulated.start()
    try:
        sources = {
            entry.name: make_source(entry, simulated.preset.site, opened, clock, lines) for entry, opened in entries
        }
        meters = [sources[name] for name in read_each_minute(simulated)]
        found: dict[Identity, Reading] = {}
        for minute in range(1, 61):
            simulated.run(1, MINUTE_S)
            clock.advance(MINUTE_S)
            found |= await _poll(meters if minute % 5 else list(sources.values()))
        return found
    finally:
        await lines.close()
        await simulated.stop()


@pytest.mark.timeout(90)
def test_an_hour_live_and_the_same_hour_written(tmp_path: Path) -> None:
    """Collected live and backfilled, edge sites too: the same series, and at each instant the same readings."""
    live_site, past_site = room(), room()
    live = asyncio.run(_collected(live_site, tmp_path))
    past = by_identity(list(Readings(past_site, START_S + 3600.0).batches(past_site.run(60, MINUTE_S))))
    assert {key.device for key, _ in past} == set(live_site.devices)
    assert len({key for key, _ in past}) > 1000
    served = {
        SeriesKey(live_site.preset.site, device.name, wired.part, wired.point.quantity)
        for device in live_site.devices.values()
        for wired in device.points
    }
    assert {key for key, _ in live} == {key for key, _ in past} == served
    # A collector reads some points at each tenth poll only; a past has them at the pace of all others.
    slow, each_minute = slow_series(past_site), set(read_each_minute(past_site))
    missed = {(key, time_ns) for key, time_ns in set(past) - set(live) if key not in slow}
    assert not {key.label() for key, time_ns in missed if not time_ns % FIVE_NS or key.device in each_minute}
    for identity in set(past) & set(live):
        now, then = live[identity], past[identity]
        assert (now.quality, now.reason) == (then.quality, then.reason), identity
        assert now.value == pytest.approx(then.value, rel=1e-6, abs=1e-6), identity
    good = sum(reading.quality is Quality.GOOD for reading in live.values())
    assert good > 0.99 * len(live)


def test_meters_each_minute_and_the_old_each_quarter() -> None:
    """Meters have a row a minute, all else one in five; what is older than thirty days one in fifteen."""
    simulated = room()
    records = simulated.run(60, MINUTE_S)
    for age_s, meters, others in ((0.0, 60, 12), (OLD_S + 7200.0, 4, 4)):
        rows: dict[tuple[str, str, str], int] = {}
        for key, _time_ns in by_identity(list(Readings(simulated, START_S + 3600.0 + age_s).batches(records))):
            name = (key.device, key.part, key.quantity)
            rows[name] = rows.get(name, 0) + 1
        for name, wanted in (
            (("meter-main", "", "active_energy_j"), meters),
            (("pdu-r03-b", "", "active_power_w"), meters),
            (("pdu-r03-b", "outlet/1", "active_power_w"), others),
            (("env-r03", "remote/1", "air_temperature_c"), others),
        ):
            # A read may be lost.
            assert wanted - 2 <= rows[name] <= wanted, name


def test_batches_are_of_a_bearable_size() -> None:
    """A batch ends with the device that fills it, and all batches together are the whole."""
    simulated = room()
    readings, records = Readings(simulated, START_S + 3600.0), simulated.run(60, MINUTE_S)
    whole = by_identity(list(readings.batches(records)))
    parts = list(readings.batches(records, rows=2000))
    assert len(parts) > 5
    assert min(len(part) for part in parts[:-1]) >= 2000
    assert by_identity(parts) == whole


def test_unknown_values_have_a_reason() -> None:
    """No reading without a value is called good."""
    simulated = room()
    for batch in Readings(simulated, START_S + 3600.0).batches(simulated.run(60, MINUTE_S)):
        unknown = np.isnan(np.frombuffer(batch.value))
        assert np.all(np.frombuffer(batch.quality, np.uint8)[unknown] == Quality.BAD)
        assert np.all(np.frombuffer(batch.reason, np.uint16)[unknown] > 0)
