"""The live pipeline: steps from readings, what drives a site taken out, cases, and a state that survives."""

from __future__ import annotations

import logging
from typing import TYPE_CHECKING

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from analytics.detection.cases import Cases
from analytics.detection.deviation import Deviations, deviations_for
from analytics.detection.drivers import SHARED, DriverModel
from analytics.detection.intake import SLOT_NS, STEP_NS, Rates, read_block
from analytics.detection.live import FILE, GRACE_NS, LEARN_NS, Live
from analytics.detection.series_class import series_classes
from analytics.detection.snapshot import SnapshotRefused, load, save
from greendc.model import SeriesKey
from greendc.quantities import quantities
from greendc.site import CENTRE
from greendc.units import NS_PER_SECOND
from tests.analytics.memory_history import MemoryHistory
from tests.analytics.plant import SITE, START, power_key
from tests.analytics.room import inlet, room

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from analytics.detection.finding import Finding

DAY_STEPS = 288
MINUTE_NS = 60 * NS_PER_SECOND


def test_every_quantity_has_one_class() -> None:
    """No quantity is forgotten."""
    assert set(quantities()) <= set(series_classes())


def test_a_block_has_means_and_rounds() -> None:
    """Readings fall into the step that holds their time; rounds give them one by one; what is unknown is left out."""
    history, key, other = MemoryHistory(), inlet("r01"), inlet("r02")
    history.add(key, [START, START + MINUTE_NS, START + STEP_NS], [20.0, 22.0, 30.0])
    history.add(other, [START + 2 * MINUTE_NS, START + 3 * MINUTE_NS], [None, 25.0])
    block = read_block(history, [key, other], START, 2)
    assert block.mean[0].tolist() == [21.0, 25.0]
    assert block.mean[1][0] == 30.0
    assert np.isnan(block.mean[1][1])
    rounds = [(now_ns, times.tolist(), values.tolist()) for now_ns, times, values in block.rounds(0)]
    assert rounds[0][:2] == (START + SLOT_NS, [START, 0])
    assert rounds[1][0] == START + MINUTE_NS + SLOT_NS
    assert [np.nansum(values) for _, _, values in rounds] == [20.0, 22.0, 25.0]
    assert block.time_ns(1) == START + 2 * STEP_NS


@given(
    rises=st.lists(st.floats(0.0, 100.0), min_size=3, max_size=40),
    falls=st.sets(st.integers(1, 39)),
    gaps=st.sets(st.integers(1, 39)),
)
def test_a_rate_is_never_negative_and_never_a_jump(rises: list[float], falls: set[int], gaps: set[int]) -> None:
    """Whatever resets and gaps there are, a rate is between nothing and the fastest rise, or not known."""
    rates, value = Rates(1), 1000.0
    for at, rise in enumerate(rises):
        value = 0.0 if at in falls else value + rise
        last = np.array([np.nan if at in gaps else value])
        found = rates.step(last, np.array([START + at * STEP_NS]))[0]
        assert np.isnan(found) or 0.0 <= found <= max(rises) / 300.0 + 1e-9


def test_a_reset_costs_one_step() -> None:
    """After a fall the next rise counts again."""
    rates = Rates(1)
    told = [
        rates.step(np.array([v]), np.array([START + i * STEP_NS]))[0] for i, v in enumerate([300.0, 600.0, 0.0, 300.0])
    ]
    assert np.isnan(told[0])
    assert np.isnan(told[2])
    assert (told[1], told[3]) == (1.0, 1.0)


def test_drivers_explain_what_moves_with_the_site() -> None:
    """A series that follows the load is foretold from it; one that is held learns nothing."""
    rng, model = np.random.default_rng(1), DriverModel(2)
    for _ in range(500):
        shared = np.append(1.0, rng.normal(size=SHARED - 1))
        value = 50.0 + 7.0 * shared[1] + 2.0 * shared[3]
        model.learn(np.array([value, value]), shared, np.zeros(2), held=np.array([False, True]))
    shared = np.zeros(SHARED)
    shared[:2] = 1.0, 2.0
    expected = model.expected(shared, np.zeros(2))
    assert expected[0] == pytest.approx(64.0, abs=0.2)
    assert np.isnan(expected[1])
    assert model.terms(0, shared, 0.0)["load"] == pytest.approx(14.0, abs=0.2)


def test_more_series_ask_for_more_deviations() -> None:
    """One step of three thousand series at one alarm a week lies near five sigma."""
    assert deviations_for(3115, alarms_per_week=1.0) == pytest.approx(5.0, abs=0.2)
    assert deviations_for(10, alarms_per_week=1.0) < deviations_for(10_000, alarms_per_week=1.0)


def test_noise_is_silent_and_a_shift_is_not() -> None:
    """Ten series of noise never alarm in four weeks; a lasting shift of one does within the hour, and once."""
    rng, state = np.random.default_rng(2), Deviations(10)
    sigmas = deviations_for(10, alarms_per_week=0.01)
    begun: list[tuple[int, int]] = []
    for at in range(29 * DAY_STEPS):
        residual = rng.normal(size=10)
        if at >= 28 * DAY_STEPS:
            residual[3] += 6.0
        judged = state.step(residual, np.zeros(10), sigmas)
        begun += [(at - 28 * DAY_STEPS, int(place)) for place in np.flatnonzero(judged.begins)]
    assert [place for _, place in begun] == [3]
    assert 0 <= begun[0][0] <= 12


def test_a_deviation_below_the_floor_is_nothing() -> None:
    """What does not matter raises nothing, however regular a series was before."""
    state = Deviations(1)
    for at in range(3 * DAY_STEPS):
        judged = state.step(np.array([0.4 if at > 2 * DAY_STEPS else 0.0]), np.array([0.5]), 5.0)
        assert not judged.active[0]


def test_what_begins_together_is_one_case() -> None:
    """Series that begin within half an hour are one case; one that begins hours later is another."""
    cases, hour = Cases(), 12 * STEP_NS
    cases.step(START, [(1, "crah-1"), (2, "crah-1")], {1, 2})
    cases.step(START + STEP_NS, [(7, "env-r01")], {1, 2, 7})
    cases.step(START + 3 * hour, [(9, "ups-a")], {1, 9})
    assert [(case.key, case.members) for case in cases.open] == [("crah-1", [1, 2, 7]), ("ups-a", [9])]
    cases.step(START + 4 * hour, [], {9})
    assert [case.key for case in cases.open] == ["ups-a"]


def test_a_changed_snapshot_is_refused(tmp_path: Path) -> None:
    """One byte that differs, a cut file and another form are refused; the whole one comes back."""
    file = tmp_path / "state"
    save(file, {"a": np.arange(5.0)}, "note")
    arrays, text = load(file)
    assert (arrays["a"].tolist(), text) == ([0.0, 1.0, 2.0, 3.0, 4.0], "note")
    whole = file.read_bytes()
    for broken in (whole[:-1], whole[:200] + b"x" + whole[201:], b"something else", b""):
        file.write_bytes(broken)
        with pytest.raises(SnapshotRefused):
            load(file)


class Plant:
    """Racks whose inlets follow the outdoor air and the load; one of them can be made to go its own way."""

    def __init__(self, racks: int = 6) -> None:
        self.history = MemoryHistory()
        self.rng = np.random.default_rng(3)
        self.racks = [f"r{i + 1:02}" for i in range(racks)]
        self.at = 0

    def run(self, steps: int, *, off_k: float = 0.0) -> int:
        """Add steps of readings, the first rack off by so much; return the time of the end."""
        times = [START + (self.at + i) * STEP_NS for i in range(steps)]
        angle = 2 * np.pi * (np.arange(self.at, self.at + steps) % DAY_STEPS) / DAY_STEPS
        load = 50e3 * (1.0 + 0.2 * np.sin(angle) + 0.05 * self.rng.normal(size=steps))
        self.history.add(power_key("pdu"), times, load.tolist())
        for place, rack in enumerate(self.racks):
            warm = 22.0 + load / 50e3 + 0.05 * self.rng.normal(size=steps) + (off_k if place == 0 else 0.0)
            self.history.add(inlet(rack), times, warm.tolist())
        self.at += steps
        return START + self.at * STEP_NS + GRACE_NS


def _ticks(live: Live, plant: Plant, now_ns: int) -> list[Finding] | None:
    """Tick until nothing is left to do."""
    found, before_ns = live.tick(plant.history, now_ns), -1
    while live.next_ns != before_ns:
        before_ns = live.next_ns
        found = live.tick(plant.history, now_ns)
    return found


def _subjects(findings: Sequence[Finding] | None) -> list[str]:
    return [finding.subject for finding in findings or ()]


def test_a_rack_that_goes_its_own_way_is_found_and_explained() -> None:
    """Load that moves all racks raises nothing; two kelvins in one rack do, with the band that was used."""
    plant, live = Plant(), Live(room(6))
    assert _ticks(live, plant, plant.run(3 * DAY_STEPS)) == []
    (finding,) = _ticks(live, plant, plant.run(12, off_k=2.0)) or []
    explained = finding.explanation
    assert (finding.subject, finding.direction, finding.is_harmful) == ("env-r01", "high", True)
    assert explained.value is not None
    assert explained.high is not None
    assert explained.expected is not None
    assert explained.value > explained.high > explained.expected
    assert explained.provisional
    assert explained.peers is not None
    assert explained.peers.count == 6
    assert "unexplained" in {share.name for share in explained.shares}
    assert _ticks(live, plant, plant.run(60)) == []


def test_in_ticks_or_at_once_it_says_the_same() -> None:
    """One that ticked along and one that looked at everything later end in the same state, bit by bit."""
    plant, along, later = Plant(), Live(room(6)), Live(room(6))
    for _ in range(6):
        said = _ticks(along, plant, plant.run(DAY_STEPS // 2 - 1))
    said = _ticks(along, plant, plant.run(9, off_k=2.0))
    end_ns = START + plant.at * STEP_NS + GRACE_NS
    assert _ticks(later, plant, end_ns) == said
    assert said


def test_it_goes_on_from_its_snapshot(tmp_path: Path) -> None:
    """After a restart it knows what it knew, and says what it would have said."""
    plant, first = Plant(), Live(room(6), tmp_path)
    _ticks(first, plant, plant.run(3 * DAY_STEPS))
    first.close()
    second = Live(room(6), tmp_path)
    assert second.next_ns == first.next_ns
    now_ns = plant.run(6, off_k=2.0)
    assert _ticks(second, plant, now_ns) == _ticks(first, plant, now_ns)
    assert _subjects(_ticks(second, plant, now_ns)) == ["env-r01"]


def test_a_damaged_snapshot_is_said_once_and_learned_anew(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    """Detection begins anew from the store."""
    plant, first = Plant(), Live(room(6), tmp_path)
    _ticks(first, plant, plant.run(2 * DAY_STEPS))
    first.close()
    file = tmp_path / FILE
    file.write_bytes(file.read_bytes()[:-7])
    with caplog.at_level(logging.WARNING):
        second = Live(room(6), tmp_path)
    assert sum("begins anew" in record.message for record in caplog.records) == 1
    assert second.next_ns == 0
    assert _ticks(second, plant, START + plant.at * STEP_NS + GRACE_NS) == []


def test_nothing_is_told_before_a_day_is_learned() -> None:
    """None says that there is nothing to judge yet; in the first half day nothing is out of the ordinary."""
    plant, live = Plant(), Live(room(6))
    assert live.tick(plant.history, START) is None
    plant.run(DAY_STEPS // 3)
    assert _ticks(live, plant, plant.run(DAY_STEPS // 6, off_k=9.0)) == []


def test_a_series_that_comes_later_is_taken_up() -> None:
    """A new device is watched from its first reading on; a long gap is skipped."""
    plant, live = Plant(), Live(room(6))
    _ticks(live, plant, plant.run(3 * DAY_STEPS))
    now_ns = plant.run(12)
    fresh = SeriesKey(SITE, "crah-1", "", "supply_air_temperature_c")
    plant.history.add(fresh, [now_ns - GRACE_NS - STEP_NS], [18.0])
    assert _ticks(live, plant, now_ns) == []
    (silent,) = _ticks(live, plant, now_ns + 2 * LEARN_NS) or []
    assert (silent.rule, silent.kind, silent.subject) == ("data_gap", "dropout", CENTRE)
    assert live.next_ns == (now_ns + 2 * LEARN_NS - GRACE_NS) // STEP_NS * STEP_NS


def test_a_past_that_comes_later_is_learned_from_its_beginning() -> None:
    """A pipeline that is young begins anew when days of older readings have come."""
    whole, late = Plant(), Plant()
    now_ns = whole.run(3 * DAY_STEPS)
    keys = [power_key("pdu"), *(inlet(rack) for rack in whole.racks)]
    live = Live(room(6))
    for key in keys:
        late.history.write(whole.history.readings(key)[-6:])
    assert _ticks(live, late, now_ns) == []
    for key in keys:
        late.history.write(whole.history.readings(key))
    assert live.tick(late.history, now_ns + 10 * MINUTE_NS) is None
    assert live.next_ns < START + 2 * DAY_STEPS * STEP_NS
