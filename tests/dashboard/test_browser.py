"""The overview in a real Chromium, on a phone and on a desk."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING

import pytest

from tests import servers
from tests.dashboard import seeding
from tests.dashboard.browsing import DESK, PHONE, WAIT_MS, assert_sound, opened, served

if TYPE_CHECKING:
    from pathlib import Path

    from playwright.sync_api import Browser, Page

pytestmark = pytest.mark.browser

MOVES_WITHIN_S = 10.0


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
        complaints[:] = [said for said in complaints if "404" not in said]
        assert_sound(page, complaints)


def test_a_store_that_is_down_is_a_state_of_the_page(browser: Browser, tmp_path: Path) -> None:
    """The page opens on a phone, says since when and why, and shows no number as if it were live."""
    site = seeding.write_site(tmp_path)
    with (
        served(site, tmp_path, f"influxdb://127.0.0.1:{servers.free_port()}/greendc") as address,
        opened(browser, address, PHONE, "zh-CN") as (page, complaints),
    ):
        page.wait_for_selector(".g-banner-away", timeout=WAIT_MS)
        assert page.locator(".g-tile .g-fresh").count() == 0
        assert_sound(page, complaints)
