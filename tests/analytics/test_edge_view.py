"""How a node stands follows from what is known of it, and nothing that is not known is taken for something bad."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as hst

from analytics.alarms.fold import Window
from analytics.edge_view import Seen, Standing, Told, covered_by, edge_view, greyed, seen_of, told_of
from analytics.overview import State
from greendc.site import Site, read_site
from greendc.storage import open_store
from greendc.units import NS_PER_SECOND
from tests.dashboard import edge_seeding

NOW_NS = 1_700_000_000 * NS_PER_SECOND
NODE = "kunming-01"
AGES = hst.none() | hst.floats(0, 1e6)


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory) -> Site:
    """Return the site of nodes."""
    path = tmp_path_factory.mktemp("edge") / "site.toml"
    path.write_text(edge_seeding.site_text(), "utf-8")
    return read_site(path)


def ago(seconds: float | None) -> int:
    """Return the instant so long before now, 0 for never."""
    return 0 if seconds is None else NOW_NS - round(seconds * NS_PER_SECOND)


@given(age_s=AGES, heard_s=AGES, waiting=hst.none() | hst.integers(0, 10**6), ahead_s=hst.none() | hst.floats(-9, 9))
def test_a_node_that_speaks_is_never_silent(
    site: Site, age_s: float | None, heard_s: float | None, waiting: int | None, ahead_s: float | None
) -> None:
    """Silent needs old readings and nothing heard; behind needs a link or a backlog; what is well is fresh."""
    told = Told(heard_ns=ago(heard_s), waiting=waiting, ahead_s=ahead_s)
    known = {node.name: Seen() for node in site.edge_nodes} | {NODE: Seen(seen_ns=ago(age_s))}
    page = edge_view(site, known, {NODE: told}, {}, NOW_NS)
    line = next(line for line in page.nodes if line.name == NODE)
    speaks = heard_s is not None and heard_s <= 60
    old = age_s is None or age_s > 120
    expected = {
        Standing.NEVER: age_s is None and heard_s is None,
        Standing.SILENT: old and not speaks,
        Standing.CLOCK: ahead_s is not None and abs(ahead_s) > 5,
        Standing.BEHIND: old or (waiting or 0) > 2000,
    }
    assert line.standing is next((standing for standing, holds in expected.items() if holds), Standing.WELL)
    assert line.behind_s is None or line.behind_s >= 0


def test_what_is_not_known_is_not_bad(site: Site) -> None:
    """Without the store every node is unknown; what was known before is grey; a window comes before all of it."""
    unknown = edge_view(site, None, {}, {}, NOW_NS)
    assert {line.standing for line in unknown.nodes} == {Standing.UNKNOWN}
    fresh = edge_view(site, {node.name: Seen(seen_ns=NOW_NS) for node in site.edge_nodes}, None, {}, NOW_NS)
    assert {line.state for line in fresh.nodes} == {State.FRESH}
    assert {line.state for line in greyed(fresh).nodes} == {State.STALE}
    window = Window(node=NODE, start_ns=0, until_ns=NOW_NS + 1, name="operator", reason="x")
    kept = edge_view(site, {node.name: Seen() for node in site.edge_nodes}, {}, {NODE: window}, NOW_NS)
    assert kept.nodes[-1].standing is Standing.MAINTENANCE
    assert covered_by(site, NODE) == (f"{NODE}-host", f"{NODE}-meter")
    assert covered_by(site, "nobody") == ()


def test_account_and_log_are_told_by_node(tmp_path_factory: pytest.TempPathFactory) -> None:
    """The account has what waits, was dropped and is missing; a line of the log that was cut off does no harm."""
    folder = tmp_path_factory.mktemp("told")
    known = read_site(edge_seeding.seed(folder, NOW_NS))
    told = told_of(folder, known, NOW_NS)
    behind, silent, never = told["dali-02"], told["lijiang-03"], told["baoshan-05"]
    assert behind.waiting == 5412
    assert behind.month is not None
    assert behind.month.dropped == {"spool_full": 11}
    assert behind.month.closes
    assert [(one.reason, one.count) for one in behind.refused] == [
        ("future time", 3),
        ("<b>unknown quantity</b>", 2),
    ]
    assert silent.month is not None
    assert silent.month.lost == 3
    assert len(silent.open_hours_ns) == 1
    assert never == Told()
    # What a writer that is gone said of nodes counts no more.
    assert told_of(folder, known, NOW_NS + 61 * NS_PER_SECOND)["dali-02"].heard_ns == 0


def test_a_gap_of_the_backlog_stays_a_gap(tmp_path_factory: pytest.TempPathFactory) -> None:
    """Steps without a word of the node are None; shares of the machine come from its own readings."""
    folder = tmp_path_factory.mktemp("seen")
    known = read_site(edge_seeding.seed(folder, NOW_NS))
    store = open_store("embedded", folder)
    seen = seen_of(store, known, NOW_NS)
    store.close()
    silent = seen["lijiang-03"]
    assert len(silent.backlog) == len(silent.times_ns) == 48
    assert silent.backlog[-9:] == (None,) * 9
    assert None not in silent.backlog[:-11]
    assert silent.disk.value == pytest.approx(0.7)
    assert silent.disk.state is State.STALE
    assert seen["kunming-01"].memory.state is State.FRESH
    assert seen["baoshan-05"].cpu.value is None
