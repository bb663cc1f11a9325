"""The whole path once: plant, real protocols, collectors, store, PUE; against the plant's own truth."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

import pytest

from analytics.kpis import compute
from collectors.modbus.line import ModbusLines
from collectors.sources import make_source
from greendc.clock import ManualClock, from_iso
from greendc.errors import GreendcError
from greendc.settings import Secret
from greendc.site import Site, read_site
from greendc.storage import open_store
from greendc.units import NS_PER_SECOND
from simulators.front_ends.ports import Ports
from simulators.sites.presets import preset
from simulators.sites.simulated_site import SimulatedSite

if TYPE_CHECKING:
    from pathlib import Path

    from greendc.contracts import Source, Store
    from simulators.plant.truth import Truth

START = "2026-07-01T06:00:00Z"
MINUTES = 60


@pytest.fixture(params=["embedded", "influx"])
def store_url(request: pytest.FixtureRequest) -> str:
    """Return the address of an empty store of each kind."""
    return "embedded" if request.param == "embedded" else str(request.getfixturevalue("influx_url"))


async def _poll(sources: list[Source], store: Store) -> int:
    """Read every source once, side by side, and store what came; return how many readings that were."""
    answers = await asyncio.gather(*(source.read() for source in sources), return_exceptions=True)
    stored = 0
    for answer in answers:
        if isinstance(answer, GreendcError):
            continue
        if isinstance(answer, BaseException):
            raise answer
        store.write(answer)
        stored += len(answer)
    return stored


async def _hour(simulated: SimulatedSite, site: Site, store: Store) -> tuple[Truth, Truth, int]:
    """Collect an hour of plant time minute by minute; return the truth before and after, and the readings stored."""
    clock = ManualClock(round(simulated.time_s * NS_PER_SECOND))
    lines = ModbusLines()
    sources = [make_source(entry, site.name, site.credentials, clock, lines) for entry in site.devices]
    await simulated.start()
    try:
        before, stored = simulated.truth(), await _poll(sources, store)
        for _ in range(MINUTES):
            simulated.advance(60.0)
            clock.advance(60.0)
            stored += await _poll(sources, store)
        return before, simulated.truth(), stored
    finally:
        await lines.close()
        await simulated.stop()


@pytest.mark.chain
@pytest.mark.timeout(240)
def test_an_hour_of_the_room_gives_the_plants_pue(tmp_path: Path, store_url: str) -> None:
    """PUE, facility and IT energy from the store agree with the plant's truth within the meters' classes."""
    chosen = preset("room", Ports(), "mqtt://127.0.0.1:1883")
    (tmp_path / "site.toml").write_text(chosen.files["site.toml"], "utf-8")
    site = read_site(tmp_path / "site.toml")
    start_ns = from_iso(START)
    simulated = SimulatedSite(chosen, seed=7, start_s=start_ns / NS_PER_SECOND)
    store = open_store(store_url, tmp_path, token=Secret(""))
    before, after, stored = asyncio.run(_hour(simulated, site, store))
    end_ns = start_ns + MINUTES * 60 * NS_PER_SECOND + 1

    supply_j, it_j = after.utility_j - before.utility_j, after.it_j - before.it_j
    facility_j = supply_j + after.generation_j - before.generation_j
    results = {result.kpi: result for result in compute(store, site, start_ns, end_ns)}
    pue = results["pue"]
    assert stored == store.count(site.name, start_ns=start_ns, end_ns=end_ns)
    assert pue.value is not None, pue.reason
    assert pue.method in {"register", "mixed"}
    assert pue.coverage > 0.95
    assert pue.uncertainty is not None
    assert abs(pue.value / (facility_j / it_j) - 1) <= pue.uncertainty
    measured_j = results["facility_energy"].value
    assert measured_j is not None
    assert measured_j == pytest.approx(supply_j, rel=0.006)
    store.close()
