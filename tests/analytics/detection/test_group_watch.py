"""Groups in the live pipeline: who is in one, a relation that is lost, quiet, one finding for one thing, resuming."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

import msgspec
import numpy as np
import pytest

from analytics.detection import group_finding
from analytics.detection.deviation import STEPS_A_DAY
from analytics.detection.finding import Finding
from analytics.detection.group_members import LOOP_NAME, MOST_SENSORS, members_of
from analytics.detection.group_ring import RING_STEPS, GroupRing
from analytics.detection.group_watch import GroupStep, GroupWatch, Standing, config_for
from analytics.detection.intake import STEP_NS
from analytics.detection.joining import Joining
from analytics.detection.snapshot import SnapshotRefused
from greendc.model import SeriesKey
from tests.analytics.plant import SITE, START
from tests.analytics.room import entry, room

if TYPE_CHECKING:
    from numpy.typing import NDArray

KEYS = [
    SeriesKey(SITE, "crah-1", part, quantity)
    for part, quantity in (
        ("", "fan_speed_ratio"),
        ("", "air_flow_m3_s"),
        ("", "active_power_w"),
        ("filter", "pressure_pa"),
        ("", "supply_air_temperature_c"),
    )
]
FLOORS = np.full(len(KEYS), 0.5)
LEARNED = 5 * STEPS_A_DAY
BROKEN = 2
KEEP = 0.9


def slow(rng: np.random.Generator, rows: int) -> NDArray[np.float64]:
    """Return noise of unit variance that keeps its value for an hour or so."""
    found, last = np.empty(rows), 0.0
    for at, white in enumerate(rng.standard_normal(rows)):
        last = KEEP * last + math.sqrt(1.0 - KEEP**2) * white
        found[at] = last
    return found


def unit(rows: int, *, lost_at: int | None = None, seed: int = 4) -> NDArray[np.float64]:
    """Return residuals of a unit whose fan moves all gauges; from a row on one of them goes its own way as widely."""
    rng = np.random.default_rng(seed)
    fan = slow(rng, rows)
    values = np.column_stack([fan, fan, fan, fan, slow(rng, rows)]) + 0.1 * rng.standard_normal((rows, len(KEYS)))
    if lost_at is not None:
        values[lost_at:, BROKEN] = slow(rng, rows - lost_at) + 0.1 * rng.standard_normal(rows - lost_at)
    return values


def fresh() -> GroupWatch:
    """Return a watch over the one unit."""
    watch = GroupWatch()
    watch.bind(members_of(KEYS, room(), np.ones(len(KEYS), dtype=np.bool_)))
    return watch


def given(watch: GroupWatch, values: NDArray[np.float64], first: int = 0) -> list[list[Standing]]:
    """Give rows to a watch; return what stood after each."""
    found = []
    for at, row in enumerate(values, first):
        watch.step(
            GroupStep(
                time_ns=START + at * STEP_NS,
                residual=row,
                floors=FLOORS,
                seen=np.full(len(KEYS), at),
                active=np.zeros(len(KEYS), dtype=np.bool_),
                open_devices=frozenset(),
            )
        )
        found.append(watch.standing())
    return found


def test_groups_are_units_and_the_loop_that_makes_cold() -> None:
    """Gauges of a unit are a group, chiller and pumps one together, meters none; a wide loop is told apart."""
    site = msgspec.structs.replace(room(), devices=[*room().devices, entry("pump-1", "generic-drive")])
    chiller = [SeriesKey(SITE, "chiller-1", str(i), "active_power_w") for i in range(6)]
    pump = [SeriesKey(SITE, "pump-1", "", name) for name in ("active_power_w", "drive_speed_ratio")]
    meter = [SeriesKey(SITE, "main", str(i), "active_power_w") for i in range(9)]
    keys = [*KEYS, *chiller, *pump, *meter]
    found = members_of(keys, site, np.ones(len(keys), dtype=np.bool_))
    assert [(one.name, len(one.places)) for one in found] == [(LOOP_NAME, 8), ("crah-1", 5)]
    wide = [*keys, *(SeriesKey(SITE, "pump-1", str(i), "active_power_w") for i in range(MOST_SENSORS))]
    found = members_of(wide, site, np.ones(len(wide), dtype=np.bool_))
    assert [one.name for one in found] == ["chiller-1", "crah-1"]


def test_a_sensor_that_loses_its_relation_is_named() -> None:
    """Every gauge keeps its range, one no longer moves with the others: that is found, and told as its."""
    values = unit(LEARNED + STEPS_A_DAY, lost_at=LEARNED)
    assert np.ptp(values[LEARNED:, BROKEN]) <= np.ptp(values[:LEARNED, BROKEN])
    told = given(fresh(), values)
    assert not any(told[:LEARNED])
    after = [standing for (standing,) in filter(None, told[LEARNED:])]
    assert len(after) > STEPS_A_DAY // 4
    assert math.fsum(after[-1].blame.values()) == pytest.approx(1.0)
    finding = group_finding.finding_of(
        after[-1], KEYS, time_ns=START, value=5.0, expected=4.0, unit="W", harmful="both"
    )
    assert finding.series == KEYS[BROKEN]
    assert finding.devices == ("crah-1",)
    assert finding.explanation.sentence("en")
    assert after[-1].since_ns >= START + LEARNED * STEP_NS


@pytest.mark.parametrize("seed", [1, 2, 3])
def test_a_quiet_group_is_silent(seed: int) -> None:
    """A fortnight of normal running says nothing."""
    assert not any(given(fresh(), unit(14 * STEPS_A_DAY, seed=seed)))


def test_it_goes_on_from_a_snapshot_bit_by_bit() -> None:
    """Taken up within an episode it says the same as one that was never stopped, and fits the same models."""
    values = unit(LEARNED + 2 * STEPS_A_DAY, lost_at=LEARNED)
    whole, cut = fresh(), LEARNED + STEPS_A_DAY // 2
    given(whole, values[:cut])
    kept = {name: part.copy() for name, part in whole.snapshot().items()}
    again = GroupWatch.resume(members_of(KEYS, room(), np.ones(len(KEYS), dtype=np.bool_)), kept)
    assert [one.blame for one in again.standing()] == [one.blame for one in whole.standing()]
    given(whole, values[cut:], cut)
    given(again, values[cut:], cut)
    ours, theirs = whole.snapshot(), again.snapshot()
    assert ours.keys() == theirs.keys()
    assert all(ours[name].tobytes() == theirs[name].tobytes() for name in ours)


def test_a_broken_snapshot_is_refused() -> None:
    """A part that is missing is said, not guessed."""
    watch = fresh()
    given(watch, unit(LEARNED))
    kept = {name: part for name, part in watch.snapshot().items() if not name.startswith("detector.0/mean")}
    with pytest.raises(SnapshotRefused):
        GroupWatch.resume(members_of(KEYS, room(), np.ones(len(KEYS), dtype=np.bool_)), kept)


def test_time_out_of_the_ordinary_is_not_learned_from() -> None:
    """Steps that are not clean are no rows; the ring holds a week and no more."""
    ring, places = GroupRing(), [0, 1]
    ring.bind(places)
    for at in range(RING_STEPS + 10):
        ring.add(np.array([at, 1.0]), np.full(2, at % 2 == 0))
    rows = ring.rows_of(places)
    assert len(rows) == RING_STEPS // 2
    assert rows[:2, 0].tolist() == [10.0, 12.0]


def test_more_groups_share_one_allowance() -> None:
    """The limit of each is the higher the more of them there are."""
    assert config_for(2016, 20).calm_spans > config_for(2016, 2).calm_spans > config_for(100_000, 1).calm_spans


def test_what_sensors_show_together_joins_the_case_of_its_device() -> None:
    """A case and a group of one device are one finding, told as the case, under its name."""
    case = Finding(rule="learned", kind="series", series=KEYS[0], group="crah-1", since_ns=START, time_ns=START)
    group = msgspec.structs.replace(case, kind="group", series=KEYS[1], group="together/crah-1", surprise=8.0)
    joining = Joining()
    (alone,) = joining.joined([group])
    (both,) = joining.joined([case, group])
    assert (alone.subject, alone.kind) == ("crah-1", "group")
    assert (both.subject, both.series) == ("crah-1", KEYS[0])
