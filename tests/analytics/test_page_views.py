"""The view models of the pages: the course of PUE, days with the worst first, formulas with their numbers."""

from __future__ import annotations

import datetime as dt
from typing import TYPE_CHECKING

import pytest

from analytics.efficiency_view import GROUPS, Span, course, efficiency, fresh_figures, grouped
from analytics.figures import Window
from analytics.kpis import KPIS
from analytics.lineage_view import choices, filled_in, formula, kept_origin, rolling_origin
from analytics.overview import State
from analytics.quality import quality_of_day
from analytics.quality_view import days_shown, device_series, view_of
from greendc.clock import NS_PER_HOUR, from_iso
from greendc.ledger import SqliteLedger
from greendc.site import Site, read_site
from greendc.storage import open_store
from tests.dashboard import seeding

if TYPE_CHECKING:
    from pathlib import Path

    from greendc.contracts import Store

NOW_NS = from_iso("2026-11-23T04:00:00Z")


@pytest.fixture(scope="module")
def scene(tmp_path_factory: pytest.TempPathFactory) -> tuple[Store, Site, Path]:
    """Return a store with a day of history, its site and its folder."""
    folder = tmp_path_factory.mktemp("views")
    path = seeding.write_site(folder)
    seeding.fill(folder, NOW_NS, hours=24)
    seeding.compute(path, folder, NOW_NS)
    return open_store("embedded", folder, read_only=True), read_site(path), folder


def test_the_course_breaks_where_too_little_is_known(scene: tuple[Store, Site, Path]) -> None:
    """Each hour is the ratio of its energies; steps before metering began are left out; the newest is not over."""
    store, site, _ = scene
    found = course(store, site, Span.HOURS, NOW_NS + NS_PER_HOUR // 2)
    assert found.category == 2
    assert 24 <= len(found.points) <= 26
    assert all(point.value == pytest.approx(88 / 60, rel=0.01) for point in found.points if point.value is not None)
    assert found.points[-1].value is None
    assert not found.points[5].provisional
    assert course(store, site, Span.MONTHS, NOW_NS).points[0].value is None


def test_every_figure_has_a_place(scene: tuple[Store, Site, Path]) -> None:
    """Each figure stands in exactly one group, those with a value first; no group names a figure that there is not."""
    store, site, _ = scene
    named = [key for keys in GROUPS.values() for key in keys]
    assert len(named) == len(set(named))
    assert set(named) - {kpi.key for kpi in KPIS} == set()
    made = fresh_figures(store, site, Window.HOUR, NOW_NS)
    parts = grouped(made.figures)
    assert sorted(one.kpi for part in parts for one in part.figures) == sorted(one.kpi for one in made.figures)
    for part in parts:
        known = [one.value is not None for one in part.figures]
        assert known == sorted(known, reverse=True)


def test_kept_figures_grow_stale(scene: tuple[Store, Site, Path]) -> None:
    """Figures that the ledger keeps are fresh, later stale; without any the page is empty."""
    _, site, folder = scene
    ledger = SqliteLedger(folder / "ledger.sqlite")
    assert efficiency(ledger, site, NOW_NS).window(Window.HOUR).state is State.FRESH
    later = efficiency(ledger, site, NOW_NS + 2 * NS_PER_HOUR)
    assert later.window(Window.HOUR).state is State.STALE
    assert not later.empty
    ledger.close()


def test_the_worst_comes_first(scene: tuple[Store, Site, Path]) -> None:
    """Devices and series are sorted by their least score; a device that was never heard of comes before all."""
    store, site, _ = scene
    day = quality_of_day(store, site, dt.date(2026, 11, 23), NOW_NS)
    page = view_of(day, NOW_NS)
    assert not page.kept
    least = [line.worst for line in page.devices if line.worst is not None]
    assert least == sorted(least)
    assert {one.key.device for one in device_series(day, "env-r02")} == {"env-r02"}
    assert days_shown(site, NOW_NS)[:2] == [dt.date(2026, 11, 23), dt.date(2026, 11, 22)]


def test_a_figure_tells_its_formula_and_its_meters(scene: tuple[Store, Site, Path]) -> None:
    """PUE names both sides with signs, meters, register readings and hashes; without closed periods none is offered."""
    store, site, folder = scene
    (found,) = rolling_origin(store, site, "pue", Window.HOUR, NOW_NS)
    assert formula(found.result) == "E_DC ÷ E_IT,2"
    assert filled_in(found.result).count("kWh") == 2
    above, below = found.steps
    assert above.signs == {"facility_input": 1.0}
    assert [source.meter for source in below.sources] == ["pdu-r01-a"]
    assert len(above.sources[0].boundaries) >= 2
    assert found.result.lineage is not None
    ledger = SqliteLedger(folder / "ledger.sqlite")
    assert [choice.name for choice in choices(ledger)] == [window.value for window in Window]
    assert kept_origin(ledger, "pue", "day/2026-11-22") == []
    ledger.close()
