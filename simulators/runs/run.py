"""The long-running process behind ``greendc simulate``: a site that lives in wall-clock time, and its past."""

from __future__ import annotations

import asyncio
import logging
import re
import time
from typing import TYPE_CHECKING

import msgspec

from greendc.errors import ConfigError
from greendc.spool import Spool
from greendc.status import SimulateStatus, write_status
from greendc.units import NS_PER_SECOND, SECONDS_PER_HOUR
from simulators.front_ends.ports import Ports
from simulators.plant.fault import Recirculation
from simulators.plant.weather import SECONDS_PER_DAY
from simulators.runs.history import History
from simulators.runs.truth_file import TruthFile
from simulators.sites.presets import FAULTY_RACK, preset
from simulators.sites.simulated_site import SimulatedSite, SiteState

if TYPE_CHECKING:
    from pathlib import Path

    from simulators.sites.presets import Preset

logger = logging.getLogger("greendc.simulators")

TICK_S = 0.25
"""Registers move at this pace; a slower one would show as an error of energies over the first minute."""

NOTE_S = 1.0
FAULT_AFTER_S = 1.0
FAULT_RAMP_S = 5.0
HIGHEST_SPEED = 3600.0
MOST_BACKFILL_S = 7 * 86_400.0
_BACKFILL = re.compile(r"(\d+(?:\.\d+)?)([hd])")


async def run_simulate(
    name: str,
    *,
    data_dir: Path,
    seed: int = 1,
    speed: float = 1.0,
    backfill: str = "",
    truth: Path | None = None,
    broker: str = "mqtt://127.0.0.1:1883",
) -> None:
    """Serve a preset until cancelled; first write its files into ``data_dir``, and its past into a spool beside.

    ``speed`` is plant seconds per second. ``backfill`` is a time such as ``24h``, empty for no past.

    Raises:
        ConfigError: unknown preset, or a backfill or speed out of range.
    """
    past_s = backfill_seconds(backfill)
    if not 0.0 < speed <= HIGHEST_SPEED:
        raise ConfigError.single("simulate.bad_speed", speed=f"{speed:g}", most=f"{HIGHEST_SPEED:g}")
    ports = Ports.of_file(data_dir / "ports.json")
    chosen = preset(name, ports, broker)
    _write_files(chosen, ports, data_dir)
    run = _Run(chosen, seed=seed, speed=speed, past_s=past_s, data_dir=data_dir)
    await run.serve(TruthFile(truth) if truth is not None else None)


def backfill_seconds(text: str) -> float:
    """Return the seconds of a time such as ``24h`` or ``2d``; nothing is 0.

    Raises:
        ConfigError: it has another form, or is longer than a week.
    """
    if not text:
        return 0.0
    match = _BACKFILL.fullmatch(text)
    seconds = float(match[1]) * SECONDS_PER_HOUR * (24 if match[2] == "d" else 1) if match else -1.0
    if not 0.0 <= seconds <= MOST_BACKFILL_S:
        raise ConfigError.single("simulate.bad_backfill", text=text, most="7d")
    return seconds


def _write_files(chosen: Preset, ports: Ports, data_dir: Path) -> None:
    data_dir.mkdir(parents=True, exist_ok=True)
    ports.remember(data_dir / "ports.json")
    # The site file comes last: whoever waits for it finds the others.
    for file in sorted(chosen.files, key=lambda file: file == "site.toml"):
        fresh = data_dir / f".{file}.new"
        fresh.write_text(chosen.files[file], encoding="utf-8")
        fresh.replace(data_dir / file)


class _Run:
    """One run of a site: the past at once, then the present second by second."""

    def __init__(self, chosen: Preset, *, seed: int, speed: float, past_s: float, data_dir: Path) -> None:
        self._data_dir = data_dir
        self._seed = seed
        self._speed = speed
        self._begin_s, self._begin_mono_s = time.time(), time.monotonic()
        self._state_file = data_dir / "simulate-state.json"
        self._before = _state_of(self._state_file, seed)
        self._past_s = past_s if self._before is None else 0.0
        # Registers count from a fixed moment of the day, so that a past that is simulated again is the same past.
        first_s = self._begin_s - past_s
        start_s = first_s - first_s % SECONDS_PER_DAY if past_s else first_s
        self._site = SimulatedSite(chosen, seed=seed, start_s=start_s if self._before is None else self._before.time_s)
        self._onset_s = 0.0
        self._ready = False
        self._stopping = False
        self._filled = 0.0 if self._past_s else 1.0
        self._say()

    async def serve(self, truth: TruthFile | None) -> None:
        history = History(self._site, since_s=self._begin_s - self._past_s)
        self._catch_up(history, truth)
        fault = Recirculation(rack=FAULTY_RACK, onset_s=self._onset_s, ramp_s=FAULT_RAMP_S)
        self._site.room.faults.append(fault)
        await self._site.start()
        self._ready = True
        self._say()
        try:
            async with asyncio.TaskGroup() as tasks:
                if len(history):
                    tasks.create_task(asyncio.to_thread(self._fill, history), name="backfill")
                tasks.create_task(self._live(truth), name="live")
        finally:
            self._stopping = True
            await self._site.stop()
            if truth is not None:
                truth.close()

    def _catch_up(self, history: History, truth: TruthFile | None) -> None:
        """Bring the plants to the present: with the past that is wanted, or from where a run before left off."""
        if self._before is None:
            self._onset_s = self._begin_s + FAULT_AFTER_S
            history.run(self._begin_s, truth)
            return
        self._onset_s = self._before.onset_s
        for name, plant in self._site.plants.items():
            plant.restore(self._before.registers[name])
        self._site.advance(min(self._begin_s - self._site.time_s, MOST_BACKFILL_S))

    async def _live(self, truth: TruthFile | None) -> None:
        # From the beginning on, not from now: starting took time too, and registers that miss it would read low.
        last_s = noted_s = self._begin_mono_s
        while True:
            await asyncio.sleep(TICK_S)
            now_s = time.monotonic()
            self._site.advance((now_s - last_s) * self._speed)
            last_s = now_s
            if now_s - noted_s < NOTE_S:
                continue
            noted_s = now_s
            if truth is not None:
                truth.note(self._site.truth())
            self._say()
            self._keep_state()

    def _fill(self, history: History) -> None:
        """Write the past into the spool, newest hour first; runs in a thread of its own."""
        site = self._site.preset.site
        spool = Spool(self._data_dir / "spool" / "backfill.sqlite", site=site, node="backfill")
        try:
            hours = max(1, -(-len(history) // 60) + 1)
            for done, batch in enumerate(history.batches(), start=1):
                if self._stopping:
                    return
                spool.write_batch(batch)
                self._filled = min(1.0, done / hours)
            self._filled = 1.0
        finally:
            spool.close()
        logger.info("the past of %d minutes is in the spool", len(history))

    def _keep_state(self) -> None:
        """Write what a run after this one needs; not before the past is complete, so that it is made again."""
        if self._filled < 1.0:
            return
        state = SiteState(
            seed=self._seed,
            time_s=self._site.time_s,
            onset_s=self._onset_s,
            registers={name: plant.registers() for name, plant in self._site.plants.items()},
        )
        fresh = self._state_file.with_suffix(".new")
        fresh.write_bytes(msgspec.json.encode(state))
        fresh.replace(self._state_file)

    def _say(self) -> None:
        write_status(
            self._data_dir,
            "simulate",
            SimulateStatus(
                time_ns=time.time_ns(),
                ready=self._ready,
                devices=len(self._site.devices),
                backfilled_ratio=self._filled,
                backfill_from_ns=round((self._begin_s - self._past_s) * NS_PER_SECOND),
            ),
        )


def _state_of(file: Path, seed: int) -> SiteState | None:
    """Return what a run of the same seed left behind; None when there was none, or none that helps."""
    try:
        state = msgspec.json.decode(file.read_bytes(), type=SiteState)
    except (OSError, msgspec.DecodeError):
        return None
    return state if state.seed == seed and 0.0 <= time.time() - state.time_s <= MOST_BACKFILL_S else None
