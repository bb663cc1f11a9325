"""The whole chain on a simulated room: plant, meters, a real store, rules and ledger; quiet, then five faults."""

from __future__ import annotations

import itertools
from typing import TYPE_CHECKING

import pytest

from analytics.alarms import evaluate
from analytics.alarms.listing import active_alarms
from analytics.alarms.rules import RULES
from analytics.alarms.rules.board import Memory
from analytics.alarms.rules.limits import limits
from greendc.ledger import SqliteLedger
from greendc.site import read_site
from greendc.storage.embedded.store import EmbeddedStore
from greendc.units import NS_PER_SECOND
from simulators.runs.readings import Readings
from simulators.scenarios.scenario_file import Run
from simulators.sites.play import Play
from simulators.sites.presets import preset
from simulators.sites.simulated_site import SimulatedSite

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

START_S = 1_780_272_000.0
HOUR_S = 3600.0
QUIET_H, ALL_H = 60.0, 64.0
FAULTS = {
    ("filter_clog", "crah-1"): "filter_clog/crah-1",
    ("valve_stuck", "crah-2"): "supply_air/crah-2",
    ("recirculation", "r14"): "recirculation/r14",
    ("ups_bypass", "a"): "ups_source/ups-a",
    ("pump_wear", ""): "drive_power/pump-chilled",
}


@pytest.fixture(scope="module")
def room(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[EmbeddedStore, Path]]:
    """Simulate two and a half days of a room, and four hours with five faults at once."""
    folder = tmp_path_factory.mktemp("room")
    chosen = preset("room", itertools.count(1).__next__, "mqtt://127.0.0.1:1883")
    (folder / "site.toml").write_text(chosen.files["site.toml"], encoding="utf-8")
    events = "".join(
        f'\n[[events]]\nkind = "{kind}"\ntarget = "{target}"\nat = "{QUIET_H:g}h"\nduration = "2d"\n'
        for kind, target in FAULTS
    )
    (folder / "faults.toml").write_text(f'schema = 1\nname = "faults"\n{events}', encoding="utf-8")
    site = SimulatedSite(chosen, seed=5, start_s=START_S)
    end_s = START_S + ALL_H * HOUR_S
    play, _ = Play.of_file(site, str(folder / "faults.toml"), Run(start_s=START_S, end_s=end_s, seed=5))
    readings = Readings(site, end_s)
    with_store = EmbeddedStore(folder / "store")
    while site.time_s < end_s - 1.0:
        play.truth.prepare(site.time_s + 4 * HOUR_S)
        records = site.run(240, 60.0)
        play.note(records)
        for batch in readings.batches(records):
            with_store.write_batch(batch)
    yield with_store, folder
    with_store.close()


@pytest.mark.timeout(600)
def test_a_room_is_quiet_until_it_has_faults(room: tuple[EmbeddedStore, Path], tmp_path: Path) -> None:
    """No rule says anything of a healthy room; of five faults each is told by the rule that is made for it."""
    store, folder = room
    site = read_site(folder / "site.toml")
    ledger, memory = SqliteLedger(tmp_path / "ledger.db"), Memory()
    own = {rule.key for rule in RULES if rule.key in limits()}

    def told(hour: float) -> set[str]:
        now_ns = round((START_S + hour * HOUR_S) * NS_PER_SECOND)
        evaluate(store, site, ledger, now_ns, watching_since_ns=now_ns, memory=memory)
        return {alarm.id for alarm in active_alarms(ledger) if alarm.rule in own}

    for hour in (30.0, 42.0, 50.0, 59.9):
        assert told(hour) == set()
    assert told(ALL_H) >= set(FAULTS.values())
    for alarm in active_alarms(ledger):
        assert alarm.title("en")
        assert alarm.detail(site.zone(), "zh")
    ledger.close()
