"""The power tree: what is not tracked, what cannot be true, and who is suspected of it."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from analytics.quality import Dimension
from analytics.quality.power_tree import SITE_GROUP, groups
from greendc.model import SeriesKey
from greendc.site import Role
from greendc.units import J_PER_KWH
from tests.analytics.memory_history import MemoryHistory
from tests.analytics.plant import SITE
from tests.analytics.quality.quality_site import TIMES, add_meter, codes, judged, metered, score, small_site

if TYPE_CHECKING:
    from collections.abc import Callable

    from analytics.quality import Balance, QualityDay
    from greendc.site import Site

METERS = (
    metered(Role.FACILITY_INPUT, "main"),
    metered(Role.UPS_OUTPUT, "ups-a"),
    metered(Role.UPS_OUTPUT, "ups-b"),
    metered(Role.COOLING, "mech"),
    metered(Role.PDU_OUTPUT, "pdu-1", 0.01),
    metered(Role.PDU_OUTPUT, "pdu-2", 0.01),
    metered(Role.PDU_OUTPUT, "pdu-3", 0.01),
)
FEEDS = (
    ("main", "box"),
    ("box", "ups-a"),
    ("box", "ups-b"),
    ("main", "mech"),
    ("ups-a", "pdu-1"),
    ("ups-b", "pdu-2"),
    ("ups-a", "pdu-3"),
    ("ups-b", "pdu-3"),
)
LOADS = {"main": 60.0, "ups-a": 20.0, "ups-b": 20.0, "mech": 15.0, "pdu-1": 12.0, "pdu-2": 14.0, "pdu-3": 13.0}


def _site() -> Site:
    return small_site(feeds=FEEDS, meters=METERS, more=["box"])


def _day(wrong: str = "", shown: Callable[[int], float] = lambda _: 1.0, *, power: bool = False) -> QualityDay:
    history = MemoryHistory()
    for device, kw in LOADS.items():
        add_meter(history, device, kw, shown if device == wrong else lambda _: 1.0, power=power)
    return judged(history, _site())


def _named(day: QualityDay, name: str) -> Balance:
    return next(balance for balance in day.balances if balance.name == name)


def test_groups_follow_the_tree() -> None:
    """Unmetered devices are passed through; two feeds of one load are balanced together."""
    found = {
        group.name: ([b.label for b in group.parents], [b.label for b in group.children]) for group in groups(_site())
    }
    assert found == {
        SITE_GROUP: (["main"], ["mech", "ups-a", "ups-b"]),
        "ups-a + ups-b": (["ups-a", "ups-b"], ["pdu-1", "pdu-2", "pdu-3"]),
    }


def test_the_untracked_remainder() -> None:
    """What the supply counted less all metered branches is a quantity of its own; hours add up to the day."""
    day = _day()
    whole = day.untracked
    assert whole is not None
    assert whole.remainder_j == pytest.approx(24 * 5.0 * J_PER_KWH, rel=1e-6)
    assert whole.share == pytest.approx(5.0 / 60.0, rel=1e-6)
    assert whole.coverage == pytest.approx(1.0)
    assert (whole.faulty, len(whole.hours)) == (False, 24)
    assert sum(hour.remainder_j or 0.0 for hour in whole.hours) == pytest.approx(whole.remainder_j)
    assert _named(day, "ups-a + ups-b").remainder_j == pytest.approx(24.0 * J_PER_KWH, rel=1e-6)
    main = SeriesKey(SITE, "main", "", "active_energy_j")
    assert score(day, main, Dimension.ACCURACY).basis["checks"] == "range, balance"


@pytest.mark.parametrize(
    ("wrong", "shown", "because", "power"),
    [
        ("pdu-2", lambda _: 1.4, "register_and_rate", True),
        ("pdu-2", lambda hour: 1.3 if hour >= 12 else 1.0, "jumped", False),
        ("pdu-1", lambda _: 10.0, "factor", False),
        ("main", lambda _: 0.8, "one_against_many", False),
    ],
)
def test_a_negative_remainder_names_its_suspect(
    wrong: str, shown: Callable[[int], float], because: str, *, power: bool
) -> None:
    """Branches that count more than their parent are a fault; the meter is named, and its accuracy falls."""
    day = _day(wrong, shown, power=power)
    found = next(finding for finding in day.findings if finding.code == "negative_remainder")
    faulty = next(balance for balance in day.balances if balance.faulty)
    assert (found.subject, faulty.suspect, faulty.because) == (wrong, wrong, because)
    key = SeriesKey(SITE, wrong, "", "active_energy_j")
    blamed = score(day, key, Dimension.ACCURACY)
    assert blamed.reason == "balance"
    assert (blamed.ratio or 0.0) < 0.99
    assert wrong in found.text("en")


def test_within_their_class_meters_are_not_blamed() -> None:
    """Branches that count 0.3 % more than a parent of class 0.5 are within what the classes allow."""
    history = MemoryHistory()
    meters = (metered(Role.FACILITY_INPUT, "main"), metered(Role.PDU_OUTPUT, "pdu"))
    add_meter(history, "main", 10.0)
    add_meter(history, "pdu", 10.03)
    day = judged(history, small_site(feeds=[("main", "pdu")], meters=meters))
    assert day.untracked is not None
    assert (day.untracked.faulty, day.findings) == (False, ())


def test_both_sides_cover_the_same_time() -> None:
    """While a branch is silent nothing is balanced; the remainder of the rest is what it is."""
    history = MemoryHistory()
    meters = (metered(Role.FACILITY_INPUT, "main"), metered(Role.PDU_OUTPUT, "pdu"))
    add_meter(history, "main", 10.0)
    pdu = SeriesKey(SITE, "pdu", "", "active_energy_j")
    history.add(pdu, TIMES[:721], [i / 60.0 * 9.0 * J_PER_KWH for i in range(721)])
    day = judged(history, small_site(feeds=[("main", "pdu")], meters=meters))
    whole = day.untracked
    assert whole is not None
    assert whole.coverage == pytest.approx(0.5)
    assert whole.share == pytest.approx(0.1, abs=1e-4)
    assert [hour.remainder_j is None for hour in whole.hours] == [False] * 12 + [True] * 12
    empty = judged(MemoryHistory(), small_site(feeds=[("main", "pdu")], meters=meters)).untracked
    assert empty is not None
    assert (empty.remainder_j, empty.reason) == (None, "no_common_time")


def test_generation_and_storage_stand_on_their_side() -> None:
    """Generation adds to the supply, and so does what storage gives less what it takes."""
    history = MemoryHistory()
    meters = (
        metered(Role.FACILITY_INPUT, "main"),
        metered(Role.GENERATION, "pv"),
        metered(Role.STORAGE, "store"),
        metered(Role.PDU_OUTPUT, "pdu"),
    )
    for device, kw in (("main", 8.0), ("pv", 3.0), ("store", 1.0), ("pdu", 10.0)):
        add_meter(history, device, kw, power=False)
    taken = SeriesKey(SITE, "store", "", "exported_energy_j")
    history.add(taken, TIMES, [i / 60.0 * 2.0 * J_PER_KWH for i in range(len(TIMES))])
    whole = judged(history, small_site(meters=meters)).untracked
    assert whole is not None
    assert whole.parents == ("main", "pv", "store")
    assert whole.remainder_j == pytest.approx(0.0, abs=1e-3)


def test_much_that_nobody_meters() -> None:
    """When more than a quarter is not tracked it is worth a note, and no fault."""
    history = MemoryHistory()
    meters = (metered(Role.FACILITY_INPUT, "main"), metered(Role.COOLING, "mech"))
    add_meter(history, "main", 10.0)
    add_meter(history, "mech", 3.0)
    assert codes(judged(history, small_site(meters=meters))) == {"untracked": "main"}
