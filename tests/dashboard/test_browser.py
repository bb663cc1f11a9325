"""The overview in a real Chromium, on a phone and on a desk."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING

import pytest

from greendc.units import NS_PER_SECOND
from tests import servers
from tests.dashboard import seeding
from tests.dashboard.browsing import DESK, PHONE, WAIT_MS, assert_sound, go, opened, served

if TYPE_CHECKING:
    from pathlib import Path

    from playwright.sync_api import Browser, Page

pytestmark = pytest.mark.browser

MOVES_WITHIN_S = 10.0
STATES = ("empty", "stale", "down")


def facility(page: Page) -> str:
    """Return the facility power as it is shown."""
    return page.locator('[data-tile="facility"] .g-number').inner_text()


@pytest.mark.parametrize(
    ("viewport", "locale", "word"),
    [(PHONE, "zh-CN", "设施总功率"), (DESK, "en-US", "Facility power")],
    ids=["phone", "desk"],
)
def test_the_page_lives(browser: Browser, live: str, viewport: dict[str, int], locale: str, word: str) -> None:
    """In the browser's language, without an error or a sideways scroll; the number moves; the chart is drawn."""
    with opened(browser, live, viewport, locale) as (page, complaints):
        page.wait_for_selector("canvas", timeout=WAIT_MS)
        assert word in page.inner_text("body")
        before, deadline = facility(page), time.monotonic() + MOVES_WITHIN_S
        while facility(page) == before and time.monotonic() < deadline:
            page.wait_for_timeout(250)
        assert facility(page) != before
        assert_sound(page, complaints)


def test_the_switch_of_language_is_in_the_address(browser: Browser, live: str) -> None:
    """The switch changes every text and the address; that address opens in that language anywhere."""
    with opened(browser, live, DESK, "en-US") as (page, complaints):
        page.get_by_text("中文").click()
        page.wait_for_selector("text=设施总功率", timeout=WAIT_MS)
        page.wait_for_url("**lang=zh*", timeout=WAIT_MS)
        address = page.url
        assert complaints == []
    with opened(browser, address, DESK, "en-US") as (page, _):
        page.wait_for_selector("text=设施总功率", timeout=WAIT_MS)


def test_an_alarm_is_acknowledged_on_the_page(browser: Browser, live: str) -> None:
    """The operator of this machine picks an alarm, acknowledges it with a reason, and reads that it is written down."""
    with opened(browser, f"{live}alarms?alarm=rack_inlet/r01&lang=en", DESK, "en-US") as (page, complaints):
        page.wait_for_selector(".st-key-do_it button", timeout=WAIT_MS)
        page.get_by_label("Reason (if you like)").fill("on my way")
        page.locator(".st-key-do_it button").click()
        page.wait_for_selector("text=Written into the ledger", timeout=WAIT_MS)
        page.wait_for_selector('[data-alarm="rack_inlet/r01"] >> text=by operator', timeout=WAIT_MS)
        assert_sound(page, complaints)


@pytest.mark.parametrize("state", STATES)
def test_three_pages_in_another_state(browser: Browser, tmp_path: Path, state: str) -> None:
    """On a phone they open in order, without a complaint or a sideways scroll, and show no number as if it were live.

    Empty, stale, or with the store away since before the first page.
    """
    store, word = scene(state, tmp_path)
    with (
        served(tmp_path / "site.toml", tmp_path, store) as address,
        opened(browser, f"{address}?lang=zh", PHONE, "zh-CN", "dark") as (page, complaints),
    ):
        for path in ("overview", "thermal", "device"):
            go(page, path, "zh")
            page.wait_for_selector(f"text={word}", timeout=WAIT_MS)
            assert page.locator(".g-value.g-fresh").count() == 0, path
            assert_sound(page, complaints)


def scene(state: str, folder: Path) -> tuple[str, str]:
    """Seed a data directory; return the address of its store and what every page says first of the state."""
    if state == "empty":
        seeding.write_site(folder, seeding.EMPTY_TOML)
        return "embedded", "无数据"
    seeding.write_site(folder)
    if state == "stale":
        seeding.fill(folder, time.time_ns() - 1200 * NS_PER_SECOND, hours=3)
        return "embedded", "数据陈旧"
    return f"influxdb://127.0.0.1:{servers.free_port()}/greendc", "存储自"
