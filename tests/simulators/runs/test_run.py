"""The simulate process: files first, then devices, then the past; and what it refuses."""

from __future__ import annotations

import asyncio
import contextlib
import csv
from typing import TYPE_CHECKING

import msgspec
import numpy as np
import pytest

from greendc.errors import ConfigError
from greendc.site import Role, read_site
from greendc.spool import Spool
from greendc.status import SimulateStatus, read_status
from simulators.front_ends.ports import Ports
from simulators.plant.plant import Plant
from simulators.runs.run import backfill_seconds, run_simulate
from simulators.runs.truth_file import COLUMNS, TruthFile
from simulators.sites.presets import EDGE_NODES, preset
from simulators.sites.simulated_site import SiteState

if TYPE_CHECKING:
    from pathlib import Path

START_S = 1_780_000_000.0


def _rows(truth: Path) -> int:
    return len(truth.read_text("utf-8").splitlines()) if truth.exists() else 0


async def _until_filled(data_dir: Path, truth: Path) -> SimulateStatus:
    """Run until the past is written, then stop."""
    run = asyncio.create_task(run_simulate("room", data_dir=data_dir, seed=3, speed=600.0, backfill="2h", truth=truth))
    status: SimulateStatus | None = None
    async with asyncio.timeout(30):
        while not run.done():
            await asyncio.sleep(0.1)
            status = read_status(data_dir, "simulate", SimulateStatus)
            if status is not None and status.backfilled_ratio == 1.0 and _rows(truth) > 122:
                break
    run.cancel()
    with contextlib.suppress(asyncio.CancelledError):
        await run
    assert status is not None
    return status


def test_run_writes_files_and_past(tmp_path: Path) -> None:
    """A run leaves a good site file, edge files, a spool with the past, its status, and the truth."""
    status = asyncio.run(_until_filled(tmp_path, tmp_path / "truth.csv"))
    site = read_site(tmp_path / "site.toml")
    assert site.info.simulated
    hosts = [name for node in site.edge_nodes for name in node.devices if name.endswith("-host")]
    listed = len(site.devices) + sum(len(node.devices) for node in site.edge_nodes)
    assert status.devices == listed - len(hosts) == 35
    assert len(hosts) == len(EDGE_NODES)
    assert {meter.role for meter in site.meters} == {Role.FACILITY_INPUT, Role.PDU_OUTPUT, Role.COOLING, Role.OTHER}
    assert all((tmp_path / f"{node}.toml").exists() for node in EDGE_NODES)
    spool = Spool.existing(tmp_path / "spool" / "backfill.sqlite")
    assert spool.depth() > 20_000
    spool.close()
    assert status.ready
    with (tmp_path / "truth.csv").open(encoding="utf-8", newline="") as file:
        rows = list(csv.DictReader(file))
    assert tuple(rows[0]) == COLUMNS
    parts = sum(float(rows[0][name]) for name in ("it_kw", "cooling_kw", "loss_kw", "other_kw"))
    assert parts == pytest.approx(float(rows[0]["utility_kw"]), rel=1e-6)


def _state(data_dir: Path) -> SiteState | None:
    file = data_dir / "simulate-state.json"
    return msgspec.json.decode(file.read_bytes(), type=SiteState) if file.exists() else None


async def _until_state_is_newer(data_dir: Path, than_s: float) -> SiteState:
    run = asyncio.create_task(run_simulate("room", data_dir=data_dir, seed=3, backfill="1h"))
    state: SiteState | None = None
    async with asyncio.timeout(30):
        while state is None or state.time_s <= than_s:
            assert not run.done()
            await asyncio.sleep(0.1)
            state = _state(data_dir)
    run.cancel()
    with contextlib.suppress(asyncio.CancelledError):
        await run
    return state


def _waiting(data_dir: Path) -> int:
    spool = Spool.existing(data_dir / "spool" / "backfill.sqlite")
    try:
        return spool.depth()
    finally:
        spool.close()


def test_a_restart_goes_on_where_it_was(tmp_path: Path) -> None:
    """A second run has the same addresses, registers that only count up, the same fault, and writes no second past."""
    first = asyncio.run(_until_state_is_newer(tmp_path, 0.0))
    addresses, past = (tmp_path / "site.toml").read_text("utf-8"), _waiting(tmp_path)
    second = asyncio.run(_until_state_is_newer(tmp_path, first.time_s))
    assert (tmp_path / "site.toml").read_text("utf-8") == addresses
    assert _waiting(tmp_path) == past
    assert second.onset_s == first.onset_s
    for plant, registers in first.registers.items():
        for name, before in registers.items():
            grown = np.array(second.registers[plant][name]) - np.array(before)
            assert np.all(grown > 0), (plant, name)
            assert np.all(grown < 100_000.0 * (second.time_s - first.time_s)), (plant, name)


def test_ports_stay_over_a_restart(tmp_path: Path) -> None:
    """Free ports of the run before are used again, so that the site file still holds."""
    first = Ports()
    given = [first() for _ in range(5)]
    assert len(set(given)) == 5
    first.remember(tmp_path / "ports.json")
    again = Ports.of_file(tmp_path / "ports.json")
    assert [again() for _ in range(5)] == given
    assert Ports.of_file(tmp_path / "none.json")() > 0


def test_truth_as_parquet(tmp_path: Path) -> None:
    """The Parquet form has the same columns, a row a minute, and adds up to the registers."""
    pq = pytest.importorskip("pyarrow.parquet")
    plant = Plant(1, START_S)
    file = TruthFile(tmp_path / "truth.parquet")
    file.note(plant.truth())
    before = plant.truth()
    for _ in range(180):
        plant.step(1.0)
        file.note(plant.truth())
    file.close()
    table = pq.read_table(tmp_path / "truth.parquet")
    assert tuple(table.column_names) == COLUMNS
    assert table.num_rows == 3
    energy_j = sum(table.column("utility_kw").to_pylist()) * 60_000.0
    assert energy_j == pytest.approx(plant.truth().utility_j - before.utility_j, rel=1e-9)


@pytest.mark.parametrize(("text", "seconds"), [("", 0.0), ("24h", 86_400.0), ("2d", 172_800.0), ("0.5h", 1800.0)])
def test_backfill_times(text: str, seconds: float) -> None:
    """A backfill is a number of hours or days."""
    assert backfill_seconds(text) == seconds


@pytest.mark.parametrize("text", ["24", "h", "-1h", "8d", "1 week"])
def test_bad_backfill(text: str) -> None:
    """Another form, or more than a week, is refused in one sentence that names the limit."""
    with pytest.raises(ConfigError, match="7d"):
        backfill_seconds(text)


@pytest.mark.parametrize(("name", "speed"), [("palace", 1.0), ("room", 0.0), ("room", 1e9)])
def test_bad_run(tmp_path: Path, name: str, speed: float) -> None:
    """An unknown preset and an impossible speed are refused before anything is written."""
    with pytest.raises(ConfigError):
        asyncio.run(run_simulate(name, data_dir=tmp_path, speed=speed))
    assert not list(tmp_path.iterdir())


def test_edge_files_name_their_own_devices() -> None:
    """An edge file names its node, its broker and the devices near it, and no others."""
    chosen = preset("room", Ports(), "mqtt://127.0.0.1:1999")
    text = chosen.files["edge-02.toml"]
    assert 'node = "edge-02"' in text
    assert "mqtt://127.0.0.1:1999" in text
    assert "edge-02-pdu" in text
    assert "edge-01" not in text
