"""Every kind of event does what its name says to the levers of its target, and to no others."""

from __future__ import annotations

from collections import Counter

import numpy as np
import pytest

from greendc.texts import catalogue
from simulators.plant.levers import Levers, Setpoints
from simulators.scenarios.event import Event, PlantEvent
from simulators.scenarios.kind import EventClass, Kind
from simulators.scenarios.kinds import KINDS
from simulators.scenarios.span import Span
from simulators.scenarios.targets import Place, Scope
from tests.simulators.scenarios.small_plant import SIZES, targets

PLANT_KINDS = [kind for kind in KINDS.values() if kind.move is not None]
GROUPS = ("operator", "work", "air", "water", "power")


def positions(levers: Levers) -> dict[str, np.ndarray]:
    """Return the position of every lever."""
    return {
        f"{group}.{name}": np.array(value, dtype=np.float64)
        for group in GROUPS
        for name, value in vars(getattr(levers, group)).items()
    }


def moved_by(kind: Kind, time_s: float, ramp_s: float = 0.0) -> dict[str, tuple[np.ndarray, np.ndarray]]:
    """Return the levers that a kind moves, before and after."""
    known = targets()
    target = known.known(kind.scope)[0] if kind.scope is not Scope.SITE else ""
    place = known.place(kind.scope, target)
    assert place is not None
    severity = kind.severity.usual if kind.severity else 0.0
    if kind.name == "water_economiser":
        severity = 0.0
    if kind.name == "storage_schedule":
        severity = 0.0
    span = Span(onset_s=100.0, end_s=200.0, ramp_s=ramp_s)
    event = Event(number=1, kind_name=kind.name, target=target, span=span, severity=severity, place=place)
    levers = Levers(SIZES, Setpoints())
    before = positions(levers)
    PlantEvent(event, place).apply(levers, time_s)
    after = positions(levers)
    return {
        name: (value, after[name]) for name, value in before.items() if not np.array_equal(value, after[name], True)
    }


def test_there_are_enough_kinds() -> None:
    """At least 25 faults of a plant, 10 of sensors, 7 of networks and 12 measures, each with its texts."""
    counts = Counter(kind.event_class for kind in KINDS.values())
    assert counts[EventClass.FAULT] >= 25
    assert counts[EventClass.SENSOR] >= 10
    assert counts[EventClass.NETWORK] >= 7
    assert counts[EventClass.MEASURE] >= 12
    for lang in ("zh", "en"):
        assert len({kind.title(lang) for kind in KINDS.values()}) == len(KINDS)
        assert all(bool(kind.meaning(lang)) == (kind.severity is not None) for kind in KINDS.values())
    named = {key.split(".")[2] for key in catalogue() if key.startswith(("scenario.kind.", "scenario.severity."))}
    assert named == set(KINDS)


def test_usual_severities_are_within_bounds() -> None:
    """What is used when nothing is said is allowed."""
    for kind in KINDS.values():
        if kind.severity is not None:
            assert kind.severity.low <= kind.severity.usual <= kind.severity.high, kind.name


@pytest.mark.parametrize("kind", PLANT_KINDS, ids=lambda kind: kind.name)
def test_a_kind_moves_its_levers_while_it_lasts(kind: Kind) -> None:
    """It moves the levers that it names, in a part of their arrays, and only between onset and end."""
    moved = moved_by(kind, 150.0)
    assert kind.move is not None
    assert moved
    assert set(moved) <= set(kind.move.levers)
    assert not moved_by(kind, 99.0)
    assert not moved_by(kind, 200.0)
    for before, after in moved.values():
        if before.ndim and before.shape[0] > 2 and kind.scope is not Scope.SITE:
            assert np.array_equal(before[-1], after[-1], equal_nan=True), "the last of many is not the target"


@pytest.mark.parametrize("kind", [kind for kind in PLANT_KINDS if kind.may_ramp], ids=lambda kind: kind.name)
def test_a_ramp_is_continuous(kind: Kind) -> None:
    """At the begin of a ramp nothing is moved, and half way less than at its end."""
    assert not moved_by(kind, 100.0, ramp_s=50.0)
    half, whole = moved_by(kind, 125.0, ramp_s=50.0), moved_by(kind, 150.0, ramp_s=50.0)
    for name, (before, after) in whole.items():
        way = np.nansum(np.abs(after - before))
        assert 0.3 * way < np.nansum(np.abs(half[name][1] - half[name][0])) < 0.9 * way


def test_events_work_together() -> None:
    """Two losses multiply, two additions add up."""
    levers = Levers(SIZES, Setpoints())
    place = targets().place(Scope.UNIT, "crah-2")
    assert place is not None
    for kind, severity in (("fan_failure", 0.5), ("fan_failure", 0.5), ("supply_air", 1.0), ("supply_air", 1.5)):
        span = Span(onset_s=0.0)
        event = Event(number=1, kind_name=kind, target="crah-2", span=span, severity=severity, place=place)
        PlantEvent(event, place).apply(levers, 10.0)
    assert levers.air.fan_capacity.tolist() == [1.0, 0.25, 1.0]
    assert levers.operator.supply_set_c.tolist() == [18.0, 20.5, 18.0]


EVERY_SERVER = tuple(range(SIZES.outlets))


@pytest.mark.parametrize(
    ("scope", "text", "place"),
    [
        (Scope.RACK, "r04", Place(plant="room", racks=(3,))),
        (Scope.RACK, "edge-01/r01", Place(plant="edge-01", racks=(0,))),
        (Scope.SERVER, "r02/3", Place(plant="room", racks=(1,), outlets=(2,))),
        (Scope.SERVER, "r02", Place(plant="room", racks=(1,), outlets=EVERY_SERVER)),
        (Scope.SUPPLY, "r02/b", Place(plant="room", racks=(1,), outlets=EVERY_SERVER, feeds=(1,))),
        (Scope.PHASE, "r03/a/l2", Place(plant="room", racks=(2,), outlets=EVERY_SERVER, feeds=(0,), phases=(1,))),
        (
            Scope.PHASE,
            "pdu-r03-a/phase/l2",
            Place(plant="room", racks=(2,), outlets=EVERY_SERVER, feeds=(0,), phases=(1,)),
        ),
        (Scope.UNIT, "crah-1, crah-3", Place(plant="room", units=(0, 2))),
        (Scope.ZONE, "all", Place(plant="room", zones=(0, 1))),
        (Scope.FEED, "ups-b", Place(plant="room", feeds=(1,))),
        (Scope.FEED, "feed a", Place(plant="room", feeds=(0,))),
        (Scope.SITE, "", Place(plant="room")),
        (Scope.SITE, "edge-01", Place(plant="edge-01")),
        (Scope.RACK, "r05", None),
        (Scope.RACK, "", None),
        (Scope.SERVER, "r02/9", None),
        (Scope.SUPPLY, "r02/3", None),
        (Scope.CHILLER, "edge-01/all", None),
        (Scope.SITE, "hall", None),
    ],
)
def test_targets_are_found_by_the_names_that_people_see(scope: Scope, text: str, place: Place | None) -> None:
    """Racks, servers, supplies, phases, units and feeds, alone, in lists, all of them, and at another plant."""
    assert targets().place(scope, text) == place
