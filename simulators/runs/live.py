"""A site that lives in wall-clock time and answers over its protocols, while its past is filled in behind it."""

from __future__ import annotations

import asyncio
import contextlib
import logging
import math
import os
import sys
import time
from pathlib import Path
from typing import TYPE_CHECKING

import msgspec

from greendc.broker import Broker
from greendc.status import SimulateStatus, write_status
from greendc.units import NS_PER_SECOND
from simulators.front_ends.troubles import CALM
from simulators.runs import registers
from simulators.runs.behind import PAST_TRUTH, Errand, settled_ratio
from simulators.runs.fleet import Fleet
from simulators.runs.site_state import Moment, PastState, StateFiles
from simulators.runs.truth_file import TruthFile

if TYPE_CHECKING:
    from collections.abc import Callable

    from greendc.errors import Problem
    from simulators.runs.plan import Plan
    from simulators.sites.presets import Preset

log = logging.getLogger("greendc.simulators")

TICK_S = 0.25
"""Registers move at this pace; a slower one would show as an error of energies over the first minute."""
MANY_PLANTS = 5
"""With more plants than that they move at a slower pace, so that there is time to answer."""
NOTE_S = 1.0
MINUTE_S = 60.0
LEAD_S = 60.0
"""A new site lives so long before anyone looks, so that what begins with it shows at once."""
FILL_AFTER_S = 3.0
SHORT_S = 300.0
LONGEST_CATCH_UP_S = 7 * 86_400.0
CATCH_UP_STEP_S = 60.0


class Live:
    """One live run: where the run before left off, or from now on."""

    def __init__(self, plan: Plan, chosen: Preset, speed: float, broker: Broker | None = None) -> None:
        """Build the site as it stands now; ``speed`` is in seconds of the plant per second.

        Simulated edge nodes publish to ``broker``, when none is given to the one that the plan names.
        """
        self._plan = plan
        self._broker = broker or Broker(url=plan.broker)
        self._tick_s = TICK_S * max(1.0, len(chosen.plants) / MANY_PLANTS)
        self._speed = speed
        self._files = StateFiles(plan.folder, plan.identity)
        self._begin_s, self._begin_mono_s = time.time(), time.monotonic()
        state = self._files.site()
        last = state.last if state is not None else None
        start_s = math.floor(self._begin_s / MINUTE_S) * MINUTE_S - LEAD_S
        if last is not None:
            start_s = min(max(last.time_s, self._begin_s - LONGEST_CATCH_UP_S), self._begin_s)
        self._site = plan.built(start_s, chosen)
        if last is not None:
            registers.restore(self._site.plants, last.registers)
        self._first = state.first if state is not None else self._now()
        self._wanted_s = math.floor((self._begin_s - plan.past_s) / MINUTE_S) * MINUTE_S
        self._past = self._files.past(self._first.time_s) or PastState(
            identity=plan.identity, first_s=self._first.time_s, wanted_s=self._wanted_s, reached=self._first
        )
        self.warnings: list[Problem] = []
        self._play = plan.played(self._site, self._first.time_s, warn=self.warnings.extend)
        self._ready = False
        self._stored_ratio = 0.0 if plan.past_s else 1.0
        # From here on the registers that are shown are the ones that any past has to end at.
        self._keep()
        self._say()

    async def serve(self) -> None:
        """Answer until cancelled."""
        truth = TruthFile(Path(self._plan.truth), self._plan.truth_step_s) if self._plan.truth else None
        gap_s = self._begin_s - self._site.time_s
        self._site.advance(gap_s, 1.0 if gap_s <= SHORT_S else CATCH_UP_STEP_S)
        troubles = self._play.troubles if self._play is not None else CALM
        await self._site.start(troubles)
        self._ready = True
        self._say()
        try:
            async with asyncio.TaskGroup() as tasks:
                if self._wanted_s < self._past.reached.time_s - MINUTE_S:
                    tasks.create_task(self._fill(truth), name="backfill")
                tasks.create_task(self._live(truth), name="live")
                if self._site.preset.nodes:
                    fleet = Fleet(self._site, self._plan.folder, self._broker, troubles)
                    tasks.create_task(fleet.run(), name="fleet")
        finally:
            await self._site.stop()
            if truth is not None:
                truth.close()
                if self._play is not None:
                    self._play.truth.write(Path(self._plan.truth))

    async def _live(self, truth: TruthFile | None) -> None:
        # From the beginning on, not from now: starting took time too, and registers that miss it would read low.
        last_s = noted_s = self._begin_mono_s
        while True:
            await asyncio.sleep(self._tick_s)
            now_s = time.monotonic()
            step_s = (now_s - last_s) * self._speed
            last_s = now_s
            # A plant steps by a minute at most.
            steps = max(1, math.ceil(step_s / CATCH_UP_STEP_S))
            self._move(steps, step_s / steps, truth)
            if now_s - noted_s >= NOTE_S:
                noted_s = now_s
                await asyncio.to_thread(self._say)
                self._keep()

    def _move(self, steps: int, dt_s: float, truth: TruthFile | None) -> None:
        """Move the plants on; their twins run along only where someone wants the truth."""
        followed = self._play if truth is not None else None
        if followed is not None:
            followed.truth.prepare(self._site.time_s + steps * dt_s)
        records = self._site.run(steps, dt_s)
        if truth is not None:
            truth.note(records[self._site.main], dt_s)
        if followed is not None:
            followed.note(records)

    async def _fill(self, truth: TruthFile | None) -> None:
        """Have the past filled in by a process of its own, once what serves the present has started."""
        await asyncio.sleep(FILL_AFTER_S)
        errand = Errand(plan=self._plan, first=self._first, wanted_s=self._wanted_s, parent=os.getpid())
        self._files.keep_past(self._first.time_s, self._wanted_s, self._past.reached)
        child = await asyncio.create_subprocess_exec(
            sys.executable, "-m", "simulators.runs.behind", stdin=asyncio.subprocess.PIPE
        )
        try:
            await child.communicate(msgspec.json.encode(errand))
        finally:
            if child.returncode is None:
                with contextlib.suppress(ProcessLookupError):
                    child.kill()
                await child.wait()
        if child.returncode:
            log.error("the past could not be filled in: exit code %d", child.returncode)
            return
        self._say()
        log.info("the past is complete")
        rows = self._plan.folder / PAST_TRUTH
        if truth is not None and rows.exists():
            truth.take(rows)

    def _now(self) -> Moment:
        return Moment(time_s=self._site.time_s, registers=registers.of_plants(self._site.plants))

    def _keep(self) -> None:
        self._files.keep_site(self._first, self._now(), was_live=True)

    def _say(self) -> None:
        past = self._files.past(self._first.time_s) or self._past
        if self._stored_ratio < 1.0:
            self._stored_ratio = past.ratio * settled_ratio(self._plan.folder)
        write_status(
            self._plan.folder,
            "simulate",
            SimulateStatus(
                time_ns=time.time_ns(),
                ready=self._ready,
                devices=len(self._site.devices),
                backfilled_ratio=self._stored_ratio,
                queued_ratio=past.ratio if self._plan.past_s else 1.0,
                backfill_from_ns=round(self._wanted_s * NS_PER_SECOND),
            ),
        )


async def run_live(
    plan: Plan, speed: float, warn: Callable[[Problem], object] = str, broker: Broker | None = None
) -> None:
    """Serve a plan's site until cancelled, and fill in its past behind it.

    ``warn`` is told what is worth saying about its scenario; simulated edge nodes publish to ``broker``.

    Raises:
        ConfigError: the weather or the scenario cannot be used.
    """
    chosen = plan.chosen()
    live = Live(plan, chosen, speed, broker)
    for problem in live.warnings:
        warn(problem)
    # Not before: whoever finds the site file soon finds its devices.
    plan.write(chosen)
    await live.serve()
