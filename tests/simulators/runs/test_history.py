"""The past that a site brings is what its collectors would have read, and goes on smoothly into the present."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

import numpy as np
import pytest

from collectors.modbus.line import ModbusLines
from collectors.sources import make_source
from greendc.clock import ManualClock
from greendc.model import Quality
from greendc.site import read_site
from greendc.units import NS_PER_SECOND
from simulators.front_ends.ports import Ports
from simulators.runs.history import History
from simulators.sites.presets import preset
from simulators.sites.simulated_site import SimulatedSite

if TYPE_CHECKING:
    from pathlib import Path

    from greendc.model import Batch, Reading, SeriesKey

END_S = 1_780_000_200
"""A multiple of 300, so that all series have a row."""


def _site(past_s: float) -> SimulatedSite:
    chosen = preset("room", Ports(), "mqtt://127.0.0.1:1883")
    return SimulatedSite(chosen, seed=7, start_s=END_S - past_s)


def _at(batch: Batch, time_ns: int) -> dict[SeriesKey, Reading]:
    readings = (batch.reading(row) for row in range(len(batch)) if batch.time_ns[row] == time_ns)
    return {reading.key: reading for reading in readings}


async def _collected(simulated: SimulatedSite, site_file: Path) -> dict[SeriesKey, Reading]:
    site = read_site(site_file)
    clock, lines = ManualClock(END_S * NS_PER_SECOND), ModbusLines()
    await simulated.start()
    try:
        found: dict[SeriesKey, Reading] = {}
        for entry in site.devices:
            source = make_source(entry, site.name, site.credentials, clock, lines)
            found |= {reading.key: reading for reading in await source.read()}
        return found
    finally:
        await lines.close()
        await simulated.stop()


def test_past_and_present_are_the_same(tmp_path: Path) -> None:
    """Collected live and backfilled for the same instant: the same series, all good, and the same values."""
    simulated = _site(600.0)
    history = History(simulated)
    history.run(END_S)
    file = tmp_path / "site.toml"
    file.write_text(simulated.preset.files["site.toml"], "utf-8")
    live = asyncio.run(_collected(simulated, file))
    past = _at(next(history.batches()), END_S * NS_PER_SECOND)
    central = {key: reading for key, reading in past.items() if not key.device.startswith("edge-")}
    assert len(live) > 900
    assert set(live) == set(central)
    assert {reading.quality for reading in (*live.values(), *past.values())} == {Quality.GOOD}
    for key, reading in live.items():
        assert reading.value == pytest.approx(central[key].value, rel=1e-9, abs=1e-9), key.label()


def test_newest_hour_comes_first_and_meters_each_minute() -> None:
    """Hours come newest first; meters have a row a minute, all else one in five."""
    simulated = _site(3 * 3600.0)
    history = History(simulated)
    history.run(END_S)
    batches = list(history.batches())
    newest = [max(batch.time_ns) for batch in batches]
    assert newest == sorted(newest, reverse=True)
    assert newest[0] == END_S * NS_PER_SECOND
    times: dict[tuple[str, str], set[int]] = {}
    for batch in batches:
        for row in range(len(batch)):
            key = batch.series[batch.index[row]]
            times.setdefault((key.device, key.quantity), set()).add(batch.time_ns[row])
    assert len(times["meter-main", "active_energy_j"]) == 180
    assert len(times["pdu-r03-b", "active_power_w"]) == 180
    assert len(times["env-r03", "air_temperature_c"]) == 36


def test_registers_never_step_back_into_the_present() -> None:
    """A meter's register at the end of the past, and a second later, keeps counting up by what flowed."""
    simulated = _site(3600.0)
    history = History(simulated)
    history.run(END_S)
    rows = next(history.batches())
    energy = [
        rows.value[row]
        for row in range(len(rows))
        if rows.series[rows.index[row]].device == "meter-main"
        and rows.series[rows.index[row]].quantity == "active_energy_j"
        and not rows.series[rows.index[row]].part
    ]
    assert np.all(np.diff(energy) > 0)
    before = simulated.truth()
    simulated.advance(1.0)
    after = simulated.truth()
    assert after.utility_j - before.utility_j == pytest.approx(after.utility_w, rel=1e-6)


def test_a_past_of_nothing() -> None:
    """Without a past there is nothing to write."""
    history = History(_site(0.0))
    history.run(END_S)
    assert len(history) == 0
    assert list(history.batches()) == []


def test_the_same_day_again_is_the_same_past() -> None:
    """Two runs that begin at different minutes of a day have the same rows where they overlap."""
    day_s = END_S - END_S % 86_400
    rows = []
    for end_s in (day_s + 3 * 3600, day_s + 3 * 3600 + 1234.5):
        chosen = preset("room", Ports(), "mqtt://127.0.0.1:1883")
        simulated = SimulatedSite(chosen, seed=7, start_s=day_s)
        history = History(simulated, since_s=day_s + 2 * 3600)
        history.run(end_s)
        rows.append(_at(list(history.batches())[-1], (day_s + 2 * 3600 + 600) * NS_PER_SECOND))
    assert len(rows[0]) > 1000
    assert rows[0] == rows[1]
