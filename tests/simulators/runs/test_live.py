"""A live run: files first, then devices, the past behind it newest first, and a second run goes on where it was."""

from __future__ import annotations

import asyncio
import contextlib
import csv
import os
import subprocess
import sys
from typing import TYPE_CHECKING

import msgspec
import numpy as np
import pytest

from greendc.batch_spool import BatchSpool
from greendc.errors import ConfigError
from greendc.site import Role, read_site
from greendc.status import SimulateStatus, read_status
from simulators.runs.behind import Errand, spool_file
from simulators.runs.live import run_live
from simulators.runs.plan import Plan
from simulators.runs.site_state import Moment, StateFiles, only_simulation

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from simulators.runs.site_state import SiteState

HOUR_S = 3600.0


def plan(folder: Path, hours: float = 0.0, truth: str = "") -> Plan:
    """Return a plan for the room."""
    return Plan(preset="room", data_dir=str(folder), seed=3, past_s=hours * HOUR_S, truth=truth)


async def until(wanted: Plan, done: Callable[[], bool], speed: float = 1.0) -> None:
    """Run live until a condition holds."""
    run = asyncio.create_task(run_live(wanted, speed))
    async with asyncio.timeout(60):
        while not run.done() and not done():  # noqa: ASYNC110 (waits for files)
            await asyncio.sleep(0.1)
    assert not run.done()
    run.cancel()
    with contextlib.suppress(asyncio.CancelledError):
        await run


def status(folder: Path) -> SimulateStatus:
    """Return what the run says of itself."""
    return read_status(folder, "simulate", SimulateStatus) or SimulateStatus(time_ns=0)


def state_of(wanted: Plan) -> SiteState | None:
    """Return what the run has left."""
    return StateFiles(wanted.folder, wanted.identity).site()


@pytest.mark.timeout(90)
def test_a_run_writes_files_and_past(tmp_path: Path) -> None:
    """A run leaves a good site file, a spool with the past, its status, and a truth in the order of time."""
    truth = tmp_path / "truth.csv"
    wanted = plan(tmp_path, 3.0, str(truth))

    def done() -> bool:
        now = status(tmp_path)
        return now.ready and now.queued_ratio == 1.0 and len(truth.read_text("utf-8").splitlines()) > 182

    asyncio.run(until(wanted, done, speed=600.0))
    site = read_site(tmp_path / "site.toml")
    assert site.info.simulated
    assert {Role.FACILITY_INPUT, Role.PDU_OUTPUT, Role.COOLING, Role.OTHER} <= {meter.role for meter in site.meters}
    assert status(tmp_path).devices > 30
    # Nobody has taken it yet.
    assert status(tmp_path).backfilled_ratio == 0.0
    spool = BatchSpool.existing(spool_file(tmp_path))
    assert spool.depth() > 20_000
    spool.close()
    with truth.open(encoding="utf-8", newline="") as file:
        times = [row["time"] for row in csv.DictReader(file)]
    assert times == sorted(set(times))


def test_a_restart_goes_on_where_it_was(tmp_path: Path) -> None:
    """A second run has the same addresses, registers that only count up, and writes no second past."""
    wanted = plan(tmp_path, 1.0)
    asyncio.run(until(wanted, lambda: state_of(wanted) is not None and status(tmp_path).queued_ratio == 1.0))
    first, addresses = state_of(wanted), (tmp_path / "site.toml").read_text("utf-8")
    assert first is not None
    spool = BatchSpool.existing(spool_file(tmp_path))
    past = spool.depth()

    def later() -> bool:
        state = state_of(wanted)
        return state is not None and state.last.time_s > first.last.time_s + 1.0

    asyncio.run(until(wanted, later))
    second = state_of(wanted)
    assert second is not None
    assert (tmp_path / "site.toml").read_text("utf-8") == addresses
    assert spool.depth() == past
    spool.close()
    assert second.first == first.first
    for plant, registers in first.last.registers.items():
        for name, before in registers.items():
            grown = np.array(second.last.registers[plant][name]) - np.array(before)
            assert np.all(grown >= 0), (plant, name)


def test_the_past_is_killed_and_done_again(tmp_path: Path) -> None:
    """The process behind is killed again and again; in the end every reading of the past was queued once."""
    site = plan(tmp_path).built(1_780_012_800.0)
    first = Moment(time_s=site.time_s, registers={name: plant.registers() for name, plant in site.plants.items()})
    errand = Errand(plan=plan(tmp_path), first=first, wanted_s=site.time_s - 60 * HOUR_S, parent=os.getpid())
    again = msgspec.structs.replace(errand, plan=plan(tmp_path / "undisturbed"))
    for folder, patience in ((tmp_path, (1.2, 1.6, 2.0, 60.0)), (tmp_path / "undisturbed", (60.0,))):
        folder.mkdir(exist_ok=True)
        for seconds in patience:
            behind = subprocess.Popen([sys.executable, "-m", "simulators.runs.behind"], stdin=subprocess.PIPE)
            with contextlib.suppress(subprocess.TimeoutExpired):
                behind.communicate(msgspec.json.encode(errand if folder == tmp_path else again), timeout=seconds)
            behind.kill()
            behind.wait()
    tallies = []
    for folder in (tmp_path, tmp_path / "undisturbed"):
        spool = BatchSpool.existing(spool_file(folder))
        tallies.append({hour.hour_ns: hour.sampled for hour in spool.standing()[1]})
        spool.close()
    assert len(tallies[0]) == 61
    assert tallies[0] == tallies[1]


def test_the_past_ends_with_its_live_run(tmp_path: Path) -> None:
    """A process behind that finds its live run gone ends by itself and leaves the rest for later."""
    site = plan(tmp_path).built(1_780_012_800.0)
    first = Moment(time_s=site.time_s, registers={name: plant.registers() for name, plant in site.plants.items()})
    errand = Errand(plan=plan(tmp_path), first=first, wanted_s=site.time_s - 400 * 24 * HOUR_S, parent=1)
    behind = subprocess.run(
        [sys.executable, "-m", "simulators.runs.behind"], input=msgspec.json.encode(errand), timeout=60, check=False
    )
    assert behind.returncode == 0
    spool = BatchSpool.existing(spool_file(tmp_path))
    assert spool.depth() == 0
    spool.close()


def test_one_simulation_in_a_directory(tmp_path: Path) -> None:
    """A second simulation in the same directory would fight over registers, and is refused."""
    with only_simulation(tmp_path), pytest.raises(ConfigError), only_simulation(tmp_path):
        pass
    with only_simulation(tmp_path):
        pass
