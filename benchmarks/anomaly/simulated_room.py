"""A simulated room in accelerated time before the real chain: its readings into a store, the live pipeline, the alarms.

What a device shows is written hour by hour; the pipeline and the rules then look at the store as they do in service.
"""

from __future__ import annotations

import copy
import shutil
import tempfile
from array import array
from typing import TYPE_CHECKING

import msgspec
import numpy as np

from analytics import alarms
from analytics.alarms.alarm import RAISED, Alarm
from analytics.alarms.rules import Memory
from analytics.alarms.transition import FILED, Filed
from analytics.detection.live import GRACE_NS
from analytics.service.detect_jobs import DetectJobs
from analytics.service.pace import REAL
from benchmarks.anomaly.column_store import ColumnStore
from greendc.clock import ManualClock
from greendc.ledger import SqliteLedger
from greendc.model import Batch
from greendc.profiles import profile
from greendc.site import Site, read_site
from greendc.units import NS_PER_SECOND
from simulators.runs import pieces
from simulators.runs.plan import Plan
from simulators.runs.readings import Readings
from simulators.sites.play import Play

if TYPE_CHECKING:
    from collections.abc import Collection, Iterator
    from pathlib import Path

    from analytics.detection.finding import Finding
    from simulators.plant.weather_year import WeatherYear
    from simulators.scenarios.event_truth import EventTruth
    from simulators.sites.simulated_site import SimulatedSite

PRESET = "room"
START_S = 1_774_137_600.0
"""2026-03-22T00:00Z: spring, in which free cooling, mixed and mechanical cooling all occur."""
DAY_S = 86_400.0
HOUR_S = 3600.0
STEP_S = 60.0
SAMPLED_S = 300.0
LOOPS = frozenset(("crah", "chiller", "drive", "economiser"))
"""Kinds of devices with control loops: they are read each minute, else no swing of theirs could be seen."""
ROWS = 10**9


class Raised(msgspec.Struct, frozen=True, kw_only=True):
    """An alarm and when it was raised [s since 1970]."""

    time_s: float
    alarm: Alarm


class Loss(msgspec.Struct, frozen=True, kw_only=True):
    """Readings that get lost: a share of them at random, and devices that are away [s since 1970]."""

    share: float = 0.0
    seed: int = 0
    away: tuple[tuple[str, float, float], ...] = ()


class Chain:
    """A simulated room, its store, its pipeline and its ledger, all in one folder."""

    def __init__(
        self,
        folder: Path,
        site: SimulatedSite,
        *,
        loss: Loss | None = None,
        store: ColumnStore | None = None,
        minutely: Collection[str] = (),
    ) -> None:
        """Go on where a folder's state stands, or begin anew; ``site`` stands at the same time.

        Devices of the kinds ``minutely`` are read each minute, others every five.
        """
        self.folder, self.simulated, self.minutely = folder, site, minutely
        folder.mkdir(parents=True, exist_ok=True)
        self.site = site_of(site, folder, minutely)
        self.loss = loss or Loss()
        self._chance = np.random.default_rng(self.loss.seed)
        self.store = store or ColumnStore()
        self.ledger = SqliteLedger(folder / "ledger.sqlite")
        self.clock = ManualClock(self.now_ns)
        self.jobs = DetectJobs(self.site, self.ledger, folder, self.clock, REAL)
        self.memory = Memory()
        self.findings: list[Finding] | None = None
        self._watching_since_ns = round(site.time_s * NS_PER_SECOND)

    def learn(self, days: float) -> None:
        """Let days go by in which nobody looks at alarms."""
        for _now_s in self._written(days * DAY_S, DAY_S / 4, None):
            pass
        self._at(self.now_ns)
        while self.findings is None:
            self._detect()
        self.jobs.training(self.store)

    def watch(self, seconds: float, each_s: float = HOUR_S, play: Play | None = None) -> None:
        """Let time go by and judge the alarms at the end of each ``each_s``."""
        for now_s in self._written(seconds, each_s, play):
            now_ns = round(now_s * NS_PER_SECOND)
            self._at(now_ns)
            self._detect()
            alarms.evaluate(
                self.store,
                self.site,
                self.ledger,
                now_ns,
                watching_since_ns=self._watching_since_ns,
                findings=self.findings,
                memory=self.memory,
            )

    def raised(self) -> list[Raised]:
        """Return every alarm that was ever raised, once an episode; one that was filed later bears its cause."""
        filed = {e.subject: msgspec.json.decode(e.body, type=Filed).cause for e in self.ledger.events(kind=FILED)}
        found: dict[tuple[str, int], Raised] = {}
        for event in self.ledger.events(kind=RAISED):
            alarm = msgspec.json.decode(event.body, type=Alarm)
            alarm = msgspec.structs.replace(alarm, cause=alarm.cause or filed.get(alarm.id, ""))
            found.setdefault((alarm.id, alarm.since_ns), Raised(time_s=event.time_ns / NS_PER_SECOND, alarm=alarm))
        return list(found.values())

    @property
    def now_ns(self) -> int:
        """Return the plant's time."""
        return round(self.simulated.time_s * NS_PER_SECOND)

    def copied(self, folder: Path) -> Chain:
        """Return the same room once more in another folder; both go on apart from each other."""
        self.close()
        shutil.copytree(self.folder, folder)
        twin = Chain(
            folder, copy.deepcopy(self.simulated), loss=self.loss, store=self.store.copied(), minutely=self.minutely
        )
        self.ledger = SqliteLedger(self.folder / "ledger.sqlite")
        self.jobs = DetectJobs(self.site, self.ledger, self.folder, self.clock, REAL)
        return twin

    def _at(self, now_ns: int) -> None:
        self.clock.advance((now_ns + GRACE_NS - self.clock.now_ns()) / NS_PER_SECOND)

    def _detect(self) -> None:
        self.jobs.detect(self.store)
        self.findings = self.jobs.findings

    def close(self) -> None:
        """Keep what the pipeline knows and let go of the files."""
        self.jobs.close()
        self.store.close()
        self.ledger.close()

    def _written(self, seconds: float, each_s: float, play: Play | None) -> Iterator[float]:
        """Write what devices show, and yield the end of each stretch once it is in the store."""
        until_s = self.simulated.time_s + seconds
        troubles = play.troubles if play is not None else None
        readings = Readings(self.simulated, self.simulated.time_s, troubles, minutely=self.minutely)
        for records in pieces.onward(self.simulated, until_s, STEP_S, play=play):
            times_s = next(iter(records.values())).times_s
            begin_s, end_s = float(times_s[0]) - STEP_S, float(times_s[-1])
            for batch in readings.batches(records, ROWS):
                for at_s in np.arange(begin_s, end_s, each_s):
                    stretch_s = (at_s, min(at_s + each_s, end_s))
                    self.store.write_batch(self._part(batch, *stretch_s))
                    yield stretch_s[1]

    def _part(self, batch: Batch, begin_s: float, end_s: float) -> Batch:
        """Return the readings in (begin, end] less those that get lost."""
        time_ns = np.frombuffer(batch.time_ns, np.int64)
        index = np.frombuffer(batch.index, np.uint32)
        kept = (time_ns > begin_s * NS_PER_SECOND) & (time_ns <= end_s * NS_PER_SECOND)
        loops = {device.name for device in self.site.devices if device.interval_s < SAMPLED_S}
        often = np.array([key.device in loops for key in batch.series])
        kept &= often[index] | (time_ns % round(SAMPLED_S * NS_PER_SECOND) == 0)
        if self.loss.share:
            kept &= self._chance.random(len(time_ns)) >= self.loss.share
        for device, from_s, to_s in self.loss.away:
            own = np.array([key.device == device for key in batch.series])
            kept &= ~(own[index] & (time_ns >= from_s * NS_PER_SECOND) & (time_ns < to_s * NS_PER_SECOND))
        part = Batch()
        for key in batch.series:
            part.position(key)
        part.reasons = list(batch.reasons)
        part.index = array("I", index[kept].tobytes())
        part.time_ns = array("q", time_ns[kept].tobytes())
        part.value = array("d", np.frombuffer(batch.value, np.float64)[kept].tobytes())
        part.quality = array("B", np.frombuffer(batch.quality, np.uint8)[kept].tobytes())
        part.reason = array("H", np.frombuffer(batch.reason, np.uint16)[kept].tobytes())
        return part


def begun(
    folder: Path,
    seed: int,
    *,
    year: WeatherYear | None = None,
    loss: Loss | None = None,
    minutely: Collection[str] = (),
) -> Chain:
    """Return a room at its first hour."""
    plan = Plan(preset=PRESET, data_dir=str(folder), seed=seed)
    site = plan.built(START_S)
    if year is not None:
        site = type(site)(site.preset, seed=seed, start_s=START_S, year=year)
    return Chain(folder, site, loss=loss, minutely=minutely)


def played(chain: Chain, events: str, length_s: float, seed: int) -> Play:
    """Return a scenario that begins now, given as the text of its events."""
    from simulators.scenarios.scenario_file import Run  # noqa: PLC0415 (only where something is played)

    file = chain.folder / "scenario.toml"
    file.write_text(f'schema = 1\nname = "bench"\n{events}', encoding="utf-8")
    now_s = chain.simulated.time_s
    return Play.of_file(chain.simulated, str(file), Run(start_s=now_s, end_s=now_s + length_s, seed=seed))[0]


def truth_of(play: Play) -> EventTruth:
    """Return what the first event of a play did."""
    return play.truth.rows()[0]


def site_of(site: SimulatedSite, folder: Path, minutely: Collection[str] = ()) -> Site:
    """Return the site file's site, with devices that are read as seldom as accelerated time has readings."""
    file = folder / "site.toml"
    file.write_text(site.preset.files["site.toml"], encoding="utf-8")
    found = read_site(file)
    slow = [
        msgspec.structs.replace(device, interval_s=STEP_S if profile(device.profile).kind in minutely else SAMPLED_S)
        for device in found.devices
    ]
    # The boxes of edge nodes are real machines that nobody simulates.
    simulated = {spec.name for spec in site.preset.devices}
    nodes = [
        msgspec.structs.replace(node, devices=[name for name in node.devices if name in simulated])
        for node in found.edge_nodes
    ]
    return msgspec.structs.replace(found, devices=slow, edge_nodes=nodes)


def scratch() -> tempfile.TemporaryDirectory[str]:
    """Return a folder that goes away."""
    return tempfile.TemporaryDirectory(prefix="greendc-bench-")
