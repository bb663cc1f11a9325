"""What is written of the past is what collectors would have read: the same series, values, and an honest resolution."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

import numpy as np
import pytest

from collectors.modbus.line import ModbusLines
from collectors.sources import make_source
from greendc.clock import ManualClock
from greendc.errors import DeviceError
from greendc.model import Quality, SeriesKey
from greendc.site import read_site
from greendc.units import NS_PER_SECOND
from simulators.front_ends.ports import Ports
from simulators.runs.readings import OLD_S, Readings
from simulators.sites.presets import preset
from simulators.sites.simulated_site import SimulatedSite

if TYPE_CHECKING:
    from pathlib import Path

    from greendc.contracts import Source
    from greendc.model import Batch, Reading

START_S = 1_779_998_400
"""A multiple of 3600."""
MINUTE_S = 60.0

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


async def _collected(simulated: SimulatedSite, site_file: Path) -> dict[Identity, Reading]:
    """Read every device at each fifth minute of an hour, over its own protocol."""
    site = read_site(site_file)
    clock, lines = ManualClock(round(simulated.time_s) * NS_PER_SECOND), ModbusLines()
    await simulated.start()
    try:
        sources = [make_source(entry, site.name, site.credentials, clock, lines) for entry in site.devices]
        found: dict[Identity, Reading] = {}
        for _ in range(12):
            simulated.run(5, MINUTE_S)
            clock.advance(5 * MINUTE_S)
            found |= await _poll(sources)
        return found
    finally:
        await lines.close()
        await simulated.stop()


@pytest.mark.timeout(90)
def test_an_hour_live_and_the_same_hour_written(tmp_path: Path) -> None:
    """Collected live and backfilled: the same series and times, the same qualities, and the same values."""
    live_site, past_site = room(), room()
    file = tmp_path / "site.toml"
    file.write_text(live_site.preset.files["site.toml"], "utf-8")
    live = asyncio.run(_collected(live_site, file))
    written = by_identity(list(Readings(past_site, START_S + 3600.0).batches(past_site.run(60, MINUTE_S))))
    past = {
        identity: reading
        for identity, reading in written.items()
        if reading.time_ns % (300 * NS_PER_SECOND) == 0 and not reading.device.startswith("edge-")
    }
    assert len({key for key, _ in live}) > 900
    assert {key for key, _ in live} == {key for key, _ in past}
    # A collector reads some points at each tenth poll only; a past has them at the pace of all others.
    slow = slow_series(past_site)
    assert set(live) <= set(past)
    assert {key for key, _ in set(past) - set(live)} <= slow
    for identity, reading in live.items():
        twin = past[identity]
        assert reading.quality == twin.quality, identity
        assert reading.value == pytest.approx(twin.value, rel=1e-6, abs=1e-6), identity
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
