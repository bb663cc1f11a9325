"""What a stretch of time brought, and how it stands to the one before."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from analytics.period_view import change, period_view
from greendc.clock import NS_PER_HOUR, from_iso
from greendc.site import read_site
from greendc.storage import open_store
from greendc.units import kwh
from tests.dashboard import seeding

if TYPE_CHECKING:
    from collections.abc import Iterator

    from greendc.contracts import Store
    from greendc.site import Site

END_NS = from_iso("2026-11-23T04:00:00Z")


@pytest.fixture(scope="module")
def scene(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[Store, Site]]:
    """Return a store with a day of history, and its site."""
    folder = tmp_path_factory.mktemp("period")
    site = read_site(seeding.write_site(folder))
    seeding.fill(folder, END_NS)
    store = open_store("embedded", folder, read_only=True)
    yield store, site
    store.close()


def test_a_period_has_energy_and_pue(scene: tuple[Store, Site]) -> None:
    """Three hours of 88 kW are 264 kWh, and PUE is 88 / 60."""
    page = period_view(*scene, END_NS - 3 * NS_PER_HOUR, END_NS)
    energy_j = page.figures["facility"].value
    assert energy_j is not None
    assert kwh(energy_j) == pytest.approx(264, rel=1e-3)
    assert page.figures["pue"].value == pytest.approx(88 / 60, rel=1e-3)
    assert page.coverage["pue"] == pytest.approx(1.0, abs=0.01)
    peak = page.figures["peak"].value
    assert peak is not None
    assert peak == max(value for value in page.trend.facility_w if value is not None)


def test_a_gap_is_no_fall_in_energy(scene: tuple[Store, Site]) -> None:
    """Where the meter was silent for an hour of three, its register still counted; the course has a gap."""
    page = period_view(*scene, END_NS - 11 * NS_PER_HOUR, END_NS - 8 * NS_PER_HOUR)
    energy_j = page.figures["facility"].value
    assert energy_j is not None
    assert kwh(energy_j) == pytest.approx(264, rel=1e-3)
    assert None in page.trend.facility_w


def test_the_change_is_relative_and_unknown_when_one_side_is(scene: tuple[Store, Site]) -> None:
    """Equal periods differ by nothing; against a time without data there is no change at all, least of all -100 %."""
    now = period_view(*scene, END_NS - 2 * NS_PER_HOUR, END_NS)
    same = {one.key: one for one in change(now, now)}
    assert same["facility"].ratio == 0
    assert same["inlet"].ratio is None
    empty = period_view(*scene, END_NS - 60 * NS_PER_HOUR, END_NS - 58 * NS_PER_HOUR)
    assert {one.ratio for one in change(now, empty)} == {None}
    assert empty.figures["facility"].value is None


@pytest.mark.parametrize(("hours", "most"), [(1, 60), (24, 300), (24 * 30, 400), (24 * 366, 400)])
def test_a_course_has_some_hundreds_of_steps(scene: tuple[Store, Site], hours: int, most: int) -> None:
    """Whatever the length, a page draws no more than some hundreds of points."""
    page = period_view(*scene, END_NS - hours * NS_PER_HOUR, END_NS)
    assert len(page.trend.times_ns) <= most


def test_the_newest_step_counts(scene: tuple[Store, Site]) -> None:
    """The step that is not over yet belongs to the period: what is hottest right now is not left out."""
    page = period_view(*scene, END_NS - 20 * NS_PER_HOUR, END_NS)
    assert page.trend.times_ns[-1] + page.trend.step_ns >= END_NS
