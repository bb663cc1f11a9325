"""The edge page: nodes in every standing, one node with all that is known of it, and its maintenance."""

from __future__ import annotations

import json
import re
import time
from typing import TYPE_CHECKING

import pytest

from analytics.alarms.book import book_of
from greendc.ledger import SqliteLedger
from tests.dashboard import edge_seeding
from tests.dashboard.opening import Opener, markup, opener

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path


@pytest.fixture
def run(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Opener]:
    """Return what opens the page on this test's data directory."""
    edge_seeding.seed(tmp_path, time.time_ns())
    with opener("edge_sites", tmp_path, monkeypatch) as opens:
        yield opens


@pytest.mark.parametrize("lang", ["zh", "en"])
def test_nodes_stand_in_groups(run: Opener, lang: str) -> None:
    """Silent, never heard, clock off, behind, up to date: in this order, and being behind is no alarm."""
    page = markup(run(lang))
    assert re.findall('data-group="([a-z]+)"', page) == ["silent", "never", "clock", "behind", "well"]
    assert re.findall('data-node="([^"]+)"', page) == ["lijiang-03", "baoshan-05", "puer-04", "dali-02", "kunming-01"]
    words = {
        "zh": ("不是告警", "落后 36 分钟", "最后上报时", "至少快 1 分钟", "昆明一号", "相差不到 0.5 s"),
        "en": ("no alarm", "36 min behind", "when it was last heard", "at least 1 min ahead", "within 0.5 s"),
    }[lang]
    assert [word for word in words if word not in page] == []
    assert "g-chip" not in page
    assert page.count('class="g-spark g-node-spark"') >= 8


def test_one_node_with_its_account_and_what_was_refused(run: Opener) -> None:
    """The node of the address: its spool, its losses by reason, what was refused as text, and JSON to paste."""
    app = run("en", node="dali-02")
    page = markup(app)
    assert "The account closes" in page
    assert "spool_full 11" in page
    assert "&lt;b&gt;unknown quantity&lt;/b&gt;" in page
    assert '<span class="g-count">3</span>' in page
    assert "device?" in page
    assert "dali-02-meter" in page
    assert re.search(r"Last message</th><td>\d+ s ago<", page)
    pasted = json.loads(app.code[0].value)
    assert pasted["standing"] == "behind"
    assert pasted["waiting"] == 5412
    assert pasted["refused"] == {"future time": 3, "<b>unknown quantity</b>": 2}
    open_account = markup(run("en", node="lijiang-03"))
    assert "3 readings are unaccounted for" in open_account


def test_without_the_store_no_node_is_called_silent(run: Opener, free_port: int) -> None:
    """Nothing is known of readings then, which is not the same as a node that says nothing; the account stays."""
    page = markup(run("en", store=f"influxdb://127.0.0.1:{free_port}/greendc"))
    assert re.findall('data-group="([a-z]+)"', page) == ["unknown"]
    assert "without the store it cannot be told" in page
    assert "The account" in markup(run("en", store=f"influxdb://127.0.0.1:{free_port}/greendc", node="dali-02"))


def test_maintenance_of_a_node(run: Opener, tmp_path: Path) -> None:
    """Refused without a reason, written with person and reason, and the node stands apart with its wrench."""
    app = run("en", node="lijiang-03")
    app.button(key="edge_do").click().run()
    assert "Not done" in markup(app)
    app.text_input(key="edge_reason").set_value("mast <i>down</i>")
    app.button(key="edge_do").click().run()
    page = markup(app)
    assert 'data-group="maintenance"' in page
    assert 'data-group="silent"' not in page
    assert "mast &lt;i&gt;down" in page
    assert "g-node-suppressed" in page
    ledger = SqliteLedger(tmp_path / "ledger.sqlite")
    (window,) = book_of(ledger).fold().windows.values()
    assert (window.node, window.name, window.reason) == ("lijiang-03", "operator", "mast <i>down</i>")
    ledger.close()


def test_who_may_not_act_reads(run: Opener) -> None:
    """Bound to an address that others reach, the page has no form."""
    app = run("zh", bound="0.0.0.0")  # noqa: S104 (what the test is about)
    assert "只读" in markup(app)
    assert not any(button.key == "edge_do" for button in app.button)
