"""A simulated room lived through twice: once as it is, with its telemetry stored, and once with something changed."""

from __future__ import annotations

import copy
import itertools
import tempfile
from collections.abc import Callable
from contextlib import closing
from pathlib import Path
from typing import TYPE_CHECKING, TypeAlias

import msgspec
import numpy as np

from analytics import alarms
from analytics.advice import Situation
from analytics.alarms import active_alarms
from analytics.alarms.rules import Memory
from analytics.detection.model_finding import finding_of
from analytics.models.nightly import renew
from benchmarks.anomaly.column_store import ColumnStore
from greendc.clock import NS_PER_HOUR
from greendc.ledger import SqliteLedger
from greendc.site import read_site
from greendc.units import NS_PER_SECOND
from simulators.plant.levers import Levers
from simulators.plant.record import Record
from simulators.plant.variants import variant
from simulators.runs.readings import Readings
from simulators.sites.presets import preset
from simulators.sites.simulated_site import SimulatedSite

if TYPE_CHECKING:
    from analytics.alarms import Alarm
    from analytics.site_model import Change
    from greendc.site import Site

Move: TypeAlias = Callable[[Levers], None]
"""What a person or a fault does to a plant."""

STEP_S = 900.0
DAY_S = 86_400.0
WARM_UP_STEPS = 96
SEASONS = {"winter": 1_768_435_200.0, "spring": 1_776_211_200.0, "summer": 1_782_864_000.0, "autumn": 1_791_936_000.0}
TOTAL = ("truth.it_w", "truth.cooling_w", "truth.loss_w", "truth.other_w")
PLANT = "room"
FEEDS = "ab"


class Case(msgspec.Struct, frozen=True, kw_only=True):
    """A room: which of the structures, when, how long [d], from which seed."""

    number: int = 0
    start_s: float = SEASONS["spring"]
    days: float = 14.0
    seed: int = 3

    @property
    def steps(self) -> int:
        """How many steps of a quarter of an hour it is watched."""
        return round(self.days * DAY_S / STEP_S)


class Lived:
    """A room that was watched: its site file, what the collectors stored, and what it truly did."""

    def __init__(
        self, case: Case, moves: tuple[Move, ...] = (), fault: Move | None = None, *, tariff: str = ""
    ) -> None:
        """Live through a case with some levers moved from the beginning, and a fault that begins half way.

        ``tariff`` is the text of a tariff file in the place of the room's flat price.
        """
        self.case, self.moves = case, moves
        self._fault = fault
        self._folder = tempfile.TemporaryDirectory(prefix="greendc-bench-")
        room = SimulatedSite(
            preset(PLANT, itertools.count(1).__next__, "mqtt://127.0.0.1:1883"),
            seed=case.seed,
            start_s=case.start_s - WARM_UP_STEPS * STEP_S,
            number=case.number,
        )
        parameters = variant(case.number, room.preset.plants[PLANT])
        self.fixed_fans = parameters.air.fan_control == "fixed"
        plant = room.plants[PLANT]
        for move in moves:
            move(plant.levers)
        room.run(WARM_UP_STEPS, STEP_S)
        self._before = copy.deepcopy(plant)
        self.store = ColumnStore(keep_days=case.days + 1.0)
        # All of it is old: one reading in a quarter of an hour.
        readings = Readings(room, case.start_s + 2 * 365.0 * DAY_S)
        healthy = case.steps if fault is None else case.steps // 2
        whole = room.run(healthy, STEP_S)
        for batch in readings.batches(whole):
            self.store.write_batch(batch)
        self.record = whole[PLANT]
        if fault is not None:
            fault(plant.levers)
            rest = room.run(case.steps - healthy, STEP_S)
            for batch in readings.batches(rest):
                self.store.write_batch(batch)
            self.record = _joined(self.record, rest[PLANT])
        self.site = _site(room, Path(self._folder.name), tariff)
        self.energy_kwh = energy_kwh(self.record)
        self.now_ns = round((case.start_s + case.days * DAY_S) * NS_PER_SECOND)

    def close(self) -> None:
        """Let go of the site's files."""
        self._folder.cleanup()

    def situation(self) -> Situation:
        """Return what advisors see at the end, with the alarms that the rules raise on the way."""
        return Situation(self.store, self.site, self.now_ns, alarms=self._alarms(), least_ns=0)

    def _alarms(self) -> list[Alarm]:
        """Return what is active at the end when rules, and models of the first half, have looked each hour of a day."""
        slow = [msgspec.structs.replace(device, interval_s=STEP_S) for device in self.site.devices]
        site = msgspec.structs.replace(self.site, devices=slow, edge_nodes=[])
        begun_ns = self.now_ns - 24 * NS_PER_HOUR
        with closing(SqliteLedger(Path(self._folder.name) / "ledger.sqlite")) as ledger:
            memory, models = Memory(), None
            if self._fault is not None:
                half_ns = self.now_ns - round(self.case.days / 2 * DAY_S) * NS_PER_SECOND
                models = renew(self.store, site, ledger, Path(self._folder.name), half_ns)
            for now_ns in range(begun_ns, self.now_ns + 1, NS_PER_HOUR):
                verdicts = [] if models is None else models.judge(self.store, site, now_ns)
                findings = [finding_of(verdict) for verdict in verdicts if verdict.active]
                alarms.evaluate(self.store, site, ledger, now_ns, findings=findings, memory=memory)
            return active_alarms(ledger)

    def twin(self, *moves: Move) -> Record:
        """Return the same weeks with more levers moved: from their beginning, or beside a fault from its own."""
        plant = copy.deepcopy(self._before)
        healthy = 0 if self._fault is None else self.case.steps // 2
        before = plant.run(healthy, STEP_S) if healthy else None
        for move in moves if self._fault is None else (self._fault, *moves):
            move(plant.levers)
        after = plant.run(self.case.steps - healthy, STEP_S)
        return after if before is None else _joined(before, after)

    def saved_kwh(self, *moves: Move) -> float:
        """Return what moving levers truly saves on everything that runs, over the weeks [kWh]."""
        return self.energy_kwh - energy_kwh(self.twin(*moves))

    def hottest_with_one_off(self, *moves: Move) -> float:
        """Return the 99th percentile [degC] of the hottest inlet with the worst unit off, of the true plant."""
        units = self._before.levers.sizes.units
        return max(hottest_c(self.twin(*moves, _off(unit))) for unit in range(units))


def _joined(first: Record, second: Record) -> Record:
    blocks = {name: np.concatenate([first.blocks[name], second.blocks[name]]) for name in first.blocks}
    return Record(np.concatenate([first.times_s, second.times_s]), blocks)


def change_move(change: Change) -> Move:
    """Return what an operator would set for a change of the site model."""

    def move(levers: Levers) -> None:
        wanted = levers.operator
        wanted.supply_set_c += change.supply_k
        wanted.chilled_set_c += change.chilled_k
        wanted.condenser_set_c += change.condenser_k
        if change.condenser_c is not None:
            wanted.condenser_set_c = change.condenser_c
        wanted.flow_margin *= change.fan_ratio
        wanted.minimum_speed *= change.fan_ratio
        if change.ups_eco is not None:
            # A UPS is named by its feed: ups-a is the first.
            feeds = [FEEDS.index(name[-1]) for name in change.ups] or slice(None)
            wanted.ups_eco[feeds] = float(change.ups_eco)
        if change.economiser is not None:
            wanted.water_economiser = change.economiser
        if change.chillers_on is not None:
            wanted.chillers_on = change.chillers_on

    return move


def energy_kwh(record: Record) -> float:
    """Return the energy of everything that runs, whatever it is fed from."""
    return float(sum(record.signal(name).sum() for name in TOTAL)) * STEP_S / 3.6e6


def hottest_c(record: Record) -> float:
    """Return the 99th percentile of the warmest inlet."""
    return float(np.quantile(record.blocks["rack.inlet_c"].max(axis=(1, 2)), 0.99))


def _off(unit: int) -> Move:
    def move(levers: Levers) -> None:
        levers.operator.unit_on[unit] = 0.0

    return move


def _site(room: SimulatedSite, folder: Path, tariff: str) -> Site:
    for name, text in room.preset.files.items():
        (folder / name).write_text(text, "utf-8")
    if not tariff:
        return read_site(folder / "site.toml")
    (folder / "tariff.toml").write_text(tariff, "utf-8")
    text = (folder / "site.toml").read_text("utf-8").replace("[tariff]\n", '[tariff]\nfile = "tariff.toml"\n')
    (folder / "site.toml").write_text(text, "utf-8")
    return read_site(folder / "site.toml")
