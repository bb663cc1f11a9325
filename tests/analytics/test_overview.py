"""The overview: figures that say how far they can be trusted."""

from __future__ import annotations

from typing import TYPE_CHECKING

import msgspec
import pytest

from analytics.overview import Away, Overview, State, background, greyed, nothing_known, overview
from greendc.clock import from_iso
from greendc.ledger import SqliteLedger
from greendc.model import Quality, Reading
from greendc.site import Meter, Role, Site, read_site
from greendc.status import CollectStatus, DeviceStatus, EdgeStatus, SimulateStatus, write_status
from greendc.storage import open_store
from greendc.units import NS_PER_SECOND
from tests.dashboard import seeding

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

NOW_NS = from_iso("2026-11-23T04:00:00Z")
MINUTE_NS = 60 * NS_PER_SECOND


@pytest.fixture
def site(tmp_path: Path) -> Site:
    """Return the seeded site."""
    return read_site(seeding.write_site(tmp_path))


@pytest.fixture
def ledger(tmp_path: Path) -> Iterator[SqliteLedger]:
    """Return an empty ledger."""
    book = SqliteLedger(tmp_path / "ledger.sqlite")
    yield book
    book.close()


def seen(site: Site, ledger: SqliteLedger, data_dir: Path, now_ns: int, *more: Reading) -> Overview:
    """Return the overview at an instant, after further readings."""
    store = open_store("embedded", data_dir)
    if more:
        store.write(more)
    page = overview(store, site, ledger, data_dir, now_ns)
    store.close()
    return page


def reading(device: str, quantity: str, value: float | None, part: str = "", **fields: object) -> Reading:
    """Return a reading of this moment."""
    quality = Quality.BAD if value is None else Quality.GOOD
    known = Reading(
        time_ns=NOW_NS, site=seeding.SITE, device=device, part=part, quantity=quantity, value=value, quality=quality
    )
    return msgspec.structs.replace(known, **fields)


def test_powers_and_their_parts(site: Site, ledger: SqliteLedger, tmp_path: Path) -> None:
    """The parts of the facility's power add up to it, and the remainder is what no meter saw."""
    seeding.fill(tmp_path, NOW_NS, hours=2)
    page = seen(site, ledger, tmp_path, NOW_NS)
    parts = {share.key: share.figure.value or 0.0 for share in page.shares}
    assert set(parts) == {"it", "cooling", "rest"}
    assert sum(parts.values()) == pytest.approx(page.facility.value)
    assert parts["rest"] == pytest.approx(seeding.OTHER_W)
    assert page.facility.state is State.FRESH
    assert page.facility.time_ns == NOW_NS


def test_pue_is_that_of_the_counters(site: Site, ledger: SqliteLedger, tmp_path: Path) -> None:
    """Facility over IT energy, from registers, at the PDUs (category 2), nearly all of the window covered."""
    seeding.fill(tmp_path, NOW_NS)
    page = seen(site, ledger, tmp_path, NOW_NS)
    hour = next(ratio for ratio in page.ratios if ratio.window == "hour")
    expected = (seeding.IT_W + seeding.COOLING_W + seeding.OTHER_W) / seeding.IT_W
    assert hour.figure.value == pytest.approx(expected, rel=1e-4)
    assert (hour.category, hour.method) == (2, "register")
    assert hour.coverage > 0.97
    assert [ratio.window for ratio in page.ratios] == ["hour", "today", "start"]
    start = page.ratios[-1]
    assert start.start_ns == NOW_NS - 24 * 60 * MINUTE_NS


def test_the_course_of_pue_has_the_figures_boundary(site: Site, ledger: SqliteLedger, tmp_path: Path) -> None:
    """What the roof generates is part of the facility's power in the course as well."""
    seeding.fill(tmp_path, NOW_NS, hours=2)
    roof = Meter(role=Role.GENERATION, device="roof")
    solar = [reading("roof", "active_power_w", 6_000.0, time_ns=NOW_NS - i * MINUTE_NS) for i in range(121)]
    plain = seen(site, ledger, tmp_path, NOW_NS, *solar).trend
    with_roof = msgspec.structs.replace(site, meters=[*site.meters, roof])
    course = seen(with_roof, ledger, tmp_path, NOW_NS).trend
    assert course.facility_w == [None if w is None else w + 6_000.0 for w in plain.facility_w]
    known = [(a, b, it) for a, b, it in zip(course.pue, plain.pue, course.it_w, strict=True) if a and b and it]
    assert len(known) > 60
    assert all(a == pytest.approx(b + 6_000.0 / it) for a, b, it in known)


def test_today_begins_at_the_sites_midnight(site: Site, ledger: SqliteLedger, tmp_path: Path) -> None:
    """04:00 in UTC is noon in Shanghai: today is 12 hours old."""
    seeding.fill(tmp_path, NOW_NS)
    today = seen(site, ledger, tmp_path, NOW_NS).ratios[1]
    assert today.start_ns == from_iso("2026-11-22T16:00:00Z")


def test_silence_is_stale_and_then_stays_so(site: Site, ledger: SqliteLedger, tmp_path: Path) -> None:
    """After some missed reads a figure keeps its value and says that it is old; nothing is fresh any more."""
    seeding.fill(tmp_path, NOW_NS, hours=2)
    page = seen(site, ledger, tmp_path, NOW_NS + 10 * MINUTE_NS)
    assert page.facility.state is State.STALE
    assert page.facility.value is not None
    assert (page.health.fresh, page.health.devices_ok) == (0, 0)
    assert page.edges[0].state is State.STALE


def test_one_silent_meter_makes_the_sum_stale(site: Site, ledger: SqliteLedger, tmp_path: Path) -> None:
    """A remainder of parts of which one is old is old too."""
    seeding.fill(tmp_path, NOW_NS - 10 * MINUTE_NS, hours=2)
    fresh = [r for r in seeding.instant(NOW_NS, NOW_NS - 3600 * NS_PER_SECOND) if r.device != "meter-mech"]
    page = seen(site, ledger, tmp_path, NOW_NS, *fresh)
    states = {share.key: share.figure.state for share in page.shares}
    assert states == {"it": State.FRESH, "cooling": State.STALE, "rest": State.STALE}
    assert "meter-mech" in page.health.away


def test_a_meter_without_a_value_is_no_zero(site: Site, ledger: SqliteLedger, tmp_path: Path) -> None:
    """A meter that answers without a value leaves its role and the remainder unknown, with the reason."""
    seeding.fill(tmp_path, NOW_NS - MINUTE_NS, hours=2)
    page = seen(site, ledger, tmp_path, NOW_NS, reading("meter-mech", "active_power_w", None, reason="no_answer"))
    assert (page.cooling.value, page.cooling.reason, page.cooling.detail) == (None, "no_value", "meter-mech")
    rest = next(share for share in page.shares if share.key == "rest")
    assert (rest.figure.value, rest.figure.reason, rest.ratio) == (None, "part_missing", None)


def test_parts_above_the_whole_are_a_meter_fault(site: Site, ledger: SqliteLedger, tmp_path: Path) -> None:
    """A negative remainder is never drawn: it is given as a reason."""
    seeding.fill(tmp_path, NOW_NS - MINUTE_NS, hours=2)
    page = seen(site, ledger, tmp_path, NOW_NS, reading("meter-mech", "active_power_w", 90_000.0))
    rest = next(share for share in page.shares if share.key == "rest")
    assert (rest.figure.value, rest.figure.reason) == (None, "parts_exceed_whole")


def test_an_uncertain_reading_is_an_estimate(site: Site, ledger: SqliteLedger, tmp_path: Path) -> None:
    """What a device marks as uncertain is shown as estimated."""
    seeding.fill(tmp_path, NOW_NS - MINUTE_NS, hours=2)
    doubtful = reading("meter-mech", "active_power_w", 20_000.0, quality=Quality.UNCERTAIN, reason="estimated")
    assert seen(site, ledger, tmp_path, NOW_NS, doubtful).cooling.state is State.ESTIMATED


def test_the_hottest_inlet_is_one_that_is_still_measured(site: Site, ledger: SqliteLedger, tmp_path: Path) -> None:
    """An old hotter value does not hide the hottest one of now; air behind a rack does not count."""
    seeding.fill(tmp_path, NOW_NS - 10 * MINUTE_NS, hours=2)
    page = seen(
        site,
        ledger,
        tmp_path,
        NOW_NS,
        reading("env-r01", "air_temperature_c", 24.5, part="remote/1"),
        reading("env-r01", "air_temperature_c", 38.0, part="outlet/1"),
    )
    assert (page.hottest.figure.value, page.hottest.rack) == (24.5, "r01")


def test_a_gap_in_the_history_is_a_gap(site: Site, tmp_path: Path) -> None:
    """Where the facility meter was silent, power and PUE are None while IT goes on; the steps are even."""
    seeding.fill(tmp_path, NOW_NS)
    store = open_store("embedded", tmp_path, read_only=True)
    trend = background(store, site, NOW_NS).trend
    store.close()
    holes = [i for i, value in enumerate(trend.facility_w) if value is None]
    assert 10 <= len(holes) <= 12
    assert all(trend.pue[i] is None and trend.it_w[i] is not None for i in holes)
    assert {b - a for a, b in zip(trend.times_ns, trend.times_ns[1:], strict=False)} == {trend.step_ns}
    assert max(value for value in trend.inlet_c if value is not None) > 29


def test_a_young_history_has_finer_steps(site: Site, ledger: SqliteLedger, tmp_path: Path) -> None:
    """Half an hour of history is drawn in steps of half a minute, not as six points."""
    seeding.fill(tmp_path, NOW_NS, hours=0.5)
    assert seen(site, ledger, tmp_path, NOW_NS).trend.step_ns == 30 * NS_PER_SECOND


def test_an_empty_store_gives_reasons_and_no_numbers(site: Site, ledger: SqliteLedger, tmp_path: Path) -> None:
    """Before the first reading every figure is unknown with a reason."""
    page = seen(site, ledger, tmp_path, NOW_NS)
    assert page.empty
    assert page.configured
    figures = [page.facility, page.it, page.cooling, page.hottest.figure, *(ratio.figure for ratio in page.ratios)]
    assert all(figure.value is None and figure.reason for figure in figures)
    assert page.health.fresh_ratio is None


def test_what_was_known_goes_grey_when_the_store_is_away(site: Site, ledger: SqliteLedger, tmp_path: Path) -> None:
    """Values and their times stay, no figure passes for fresh, and the cause is there."""
    seeding.fill(tmp_path, NOW_NS, hours=2)
    page = seen(site, ledger, tmp_path, NOW_NS)
    grey = greyed(page, NOW_NS + MINUTE_NS, Away(since_ns=NOW_NS + MINUTE_NS, cause="connection refused"))
    figures = [grey.facility, grey.it, grey.cooling, grey.hottest.figure, *(ratio.figure for ratio in grey.ratios)]
    assert {figure.state for figure in figures} == {State.STALE}
    assert grey.facility.value == page.facility.value
    assert grey.facility.time_ns == page.facility.time_ns
    assert grey.away is not None
    assert not grey.empty


def test_without_the_store_alarms_and_progress_are_still_known(
    site: Site, ledger: SqliteLedger, tmp_path: Path
) -> None:
    """The ledger and the status files do not need the store."""
    seeding.raise_alarms(tmp_path, NOW_NS)
    seeding.propose_advice(tmp_path, NOW_NS)
    write_status(tmp_path, "simulate", SimulateStatus(time_ns=NOW_NS, backfilled_ratio=0.4))
    page = nothing_known(site, ledger, tmp_path, NOW_NS, Away(since_ns=NOW_NS, cause="down"))
    assert [alarm.priority for alarm in page.alarms] == ["high", "medium"]
    assert page.alarms[1].acknowledged
    assert page.advice is not None
    assert page.backfill == 0.4
    assert page.facility.value is None


def test_a_device_that_the_poller_calls_away_is_away(site: Site, ledger: SqliteLedger, tmp_path: Path) -> None:
    """The poller knows of a silent device before its last reading is old."""
    seeding.fill(tmp_path, NOW_NS, hours=1)
    write_status(
        tmp_path, "collect", CollectStatus(time_ns=NOW_NS, devices=[DeviceStatus(name="env-r02", state="away")])
    )
    assert seen(site, ledger, tmp_path, NOW_NS).health.away == ["env-r02"]


def test_the_backlog_of_a_node(site: Site, ledger: SqliteLedger, tmp_path: Path) -> None:
    """A node on this machine says it in its status, another one by a reading; an old status counts for nothing."""
    seeding.fill(tmp_path, NOW_NS, hours=1)
    node = tmp_path / "edge-01"
    assert seen(site, ledger, tmp_path, NOW_NS).edges[0].backlog == 12
    write_status(node, "edge", EdgeStatus(time_ns=NOW_NS, waiting=512))
    assert seen(site, ledger, tmp_path, NOW_NS).edges[0].backlog == 512
    write_status(node, "edge", EdgeStatus(time_ns=NOW_NS - 5 * MINUTE_NS, waiting=512))
    assert seen(site, ledger, tmp_path, NOW_NS).edges[0].backlog == 12


def test_the_newest_report_is_found(site: Site, ledger: SqliteLedger, tmp_path: Path) -> None:
    """A report folder is known by its manifest; a broken manifest is an unsigned draft."""
    folder = tmp_path / "reports" / "2026-11"
    folder.mkdir(parents=True)
    (folder / "report.zh.html").write_text("<html>", "utf-8")
    assert seen(site, ledger, tmp_path, NOW_NS).report is None
    (folder / "manifest.json").write_text("{", "utf-8")
    card = seen(site, ledger, tmp_path, NOW_NS).report
    assert card is not None
    assert (card.page("zh"), card.page("en")) == ("report.zh.html", "report.zh.html")
    assert (card.signed, card.draft) == (False, True)


def test_a_small_site_shows_each_device_and_what_it_says(site: Site, ledger: SqliteLedger, tmp_path: Path) -> None:
    """A device that speaks has its newest values, one that never spoke says so and stands first."""
    store = open_store("embedded", tmp_path)
    store.write([reading("pdu-r01-a", "active_power_w", 4200.0), reading("pdu-r01-a", "current_a", None)])
    store.close()
    cells = {cell.name: cell for cell in seen(site, ledger, tmp_path, NOW_NS).devices}
    pdu = cells["pdu-r01-a"]
    assert (pdu.state, pdu.points, pdu.fresh) == (State.FRESH, 2, 1)
    assert [(fact.quantity, fact.figure.value) for fact in pdu.facts] == [("active_power_w", 4200.0)]
    assert cells["env-r01"].state is State.MISSING
    assert list(cells)[-1] == "pdu-r01-a"


def test_a_large_site_is_not_listed_device_by_device(site: Site, ledger: SqliteLedger, tmp_path: Path) -> None:
    """Above a dozen devices the page looks at the site as a whole."""
    more = [msgspec.structs.replace(site.devices[0], name=f"more-{n}") for n in range(12)]
    large = msgspec.structs.replace(site, devices=[*site.devices, *more])
    assert seen(large, ledger, tmp_path, NOW_NS).devices == []
