"""What a device says it would be read for is what the real collectors read from it, series by series."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

import msgspec

from collectors.modbus.line import ModbusLines
from collectors.sources import make_source
from greendc.clock import ManualClock
from greendc.site import read_site
from greendc.units import NS_PER_SECOND
from simulators.front_ends.ports import Ports
from simulators.sites.presets import preset
from simulators.sites.simulated_site import SimulatedSite

if TYPE_CHECKING:
    from pathlib import Path

    from greendc.model import Reading, SeriesKey

START_S = 1_780_000_200


async def _collected(simulated: SimulatedSite, file: Path) -> dict[SeriesKey, Reading]:
    site = read_site(file)
    clock, lines = ManualClock(START_S * NS_PER_SECOND), ModbusLines()
    await simulated.start()
    try:
        sources = [make_source(entry, site.name, site.credentials, clock, lines) for entry in site.devices]
        found = await asyncio.gather(*(source.read() for source in sources))
        return {reading.key: reading for readings in found for reading in readings}
    finally:
        await lines.close()
        await simulated.stop()


def test_collectors_and_devices_agree(tmp_path: Path) -> None:
    """The same series, values, qualities and reasons for every central device of the room, over SNMP and Modbus."""
    simulated = SimulatedSite(preset("room", Ports(), "mqtt://127.0.0.1:1883"), seed=7, start_s=START_S)
    file = tmp_path / "site.toml"
    file.write_text(simulated.preset.files["site.toml"], "utf-8")
    central = [spec.name for spec in simulated.preset.devices if not spec.node]
    site, time_ns = simulated.preset.site, START_S * NS_PER_SECOND
    said = {one.key: one for name in central for one in simulated.devices[name].readings(site, time_ns)}
    live = asyncio.run(_collected(simulated, file))
    assert set(live) == set(said)
    assert len(live) > 900
    for key, reading in live.items():
        assert _rounded(reading) == _rounded(said[key]), key.label()


def _rounded(reading: Reading) -> Reading:
    """Return a reading whose value has lost the last bits, which hang on the order of the arithmetic."""
    value = None if reading.value is None else float(f"{reading.value:.10g}")
    return msgspec.structs.replace(reading, value=value)
