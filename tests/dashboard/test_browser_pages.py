"""Every page in a real Chromium: in Chinese on a phone, in English on a desk; back, keys, wall, a clock that is off."""

from __future__ import annotations

import os
import time
from typing import TYPE_CHECKING

import pytest

from dashboard.pages import PAGES
from greendc.texts import t
from tests.dashboard.browsing import (
    DESK,
    IDLE,
    PHONE,
    TABLET,
    WAIT_MS,
    WALL,
    Scheme,
    assert_sound,
    findings,
    go,
    opened,
)

if TYPE_CHECKING:
    from playwright.sync_api import Browser, Page

pytestmark = pytest.mark.browser

PATHS = [page.path for page in PAGES]
EVERY = os.environ.get("GREENDC_FULL_MATRIX") == "1"
"""`make soak` looks at every size, language and scheme; an ordinary run at two."""
LOOKS: list[tuple[dict[str, int], str, Scheme]] = [(PHONE, "zh", "dark"), (DESK, "en", "light")]
if EVERY:
    schemes: tuple[Scheme, ...] = ("light", "dark")
    LOOKS = [
        (size, lang, scheme) for size in (PHONE, TABLET, DESK, WALL) for lang in ("zh", "en") for scheme in schemes
    ]


@pytest.mark.parametrize(
    ("size", "lang", "scheme"), LOOKS, ids=[f"{size['width']}-{lang}-{scheme}" for size, lang, scheme in LOOKS]
)
def test_every_page_is_sound(browser: Browser, live: str, size: dict[str, int], lang: str, scheme: Scheme) -> None:
    """No complaint in the console, no sideways scroll, no link into the void, nothing serious by axe-core."""
    found = []
    with opened(browser, f"{live}?lang={lang}", size, {"zh": "zh-CN", "en": "en-US"}[lang], scheme) as (
        page,
        complaints,
    ):
        for path in PATHS:
            go(page, path, lang)
            assert_sound(page, complaints)
            assert f"lang={lang}" in page.url
            # The rules are the same at every width; once is enough for an ordinary run.
            if EVERY or size is DESK:
                found += [(path, one) for one in findings(page)]
    assert found == []


def test_the_first_page_has_a_name_too(browser: Browser, live: str) -> None:
    """Who writes its name into the address gets the page, and no word about a page that is not there."""
    with opened(browser, f"{live}overview?lang=en", DESK, "en-US") as (page, _):
        settled(page)
        assert page.locator('[data-tile="facility"]').count() == 1
        assert page.locator('[role="dialog"]').count() == 0
        assert page.locator(".st-key-page_open a").inner_text() == t("dashboard.page.overview", "en")


def test_an_address_without_a_page_says_so(browser: Browser, live: str) -> None:
    """One sentence in the reader's language, the overview beneath it, and no dialog in English."""
    with opened(browser, f"{live}Nonsense?lang=zh", PHONE, "zh-CN") as (page, _):
        settled(page)
        assert page.locator('.g-banner[role="status"]').inner_text() == t("dashboard_shell.lost", "zh")
        assert page.locator('[role="dialog"]').count() == 0
        page.locator('[data-tile="pue"] h2 a').click()
        page.wait_for_url("**/efficiency?*", timeout=WAIT_MS)
        page.locator('.g-banner[role="status"]').wait_for(state="detached", timeout=WAIT_MS)


def test_back_leads_where_one_came_from(browser: Browser, live: str) -> None:
    """Page after page and range after range, the back button undoes each; what is shown is what the address says."""
    with opened(browser, f"{live}?lang=en", DESK, "en-US") as (page, complaints):
        page.wait_for_selector("[data-range='24h']", timeout=WAIT_MS)
        page.locator(".st-key-range").get_by_text("7 d", exact=True).click()
        page.wait_for_selector("[data-range='7d']", timeout=WAIT_MS)
        page.wait_for_url("**range=7d*", timeout=WAIT_MS)
        go(page, "alarms", "en")
        assert "range=7d" in page.url
        page.go_back()
        page.wait_for_selector("[data-range='7d']", timeout=WAIT_MS)
        page.go_back()
        page.wait_for_selector("[data-range='24h']", timeout=WAIT_MS)
        assert "range=" not in page.url
        assert complaints == []


def test_back_keeps_range_and_rack(browser: Browser, live: str) -> None:
    """From a rack to its device and back: the same rack, the same range, in the address and on the page."""
    with opened(browser, f"{live}thermal?lang=en&range=7d&rack=r02", DESK, "en-US") as (page, complaints):
        settled(page)
        page.locator('tr[data-rack="r02"] a').first.click()
        page.wait_for_url("**/rack?*", timeout=WAIT_MS)
        page.locator('.stHtml a[href*="device=env-r02"]').first.click()
        page.wait_for_url("**/device?*device=env-r02*", timeout=WAIT_MS)
        page.wait_for_selector("[data-range='7d']", timeout=WAIT_MS)
        page.locator(".st-key-range").get_by_text("1 h", exact=True).click()
        page.wait_for_url("**range=1h*", timeout=WAIT_MS)
        page.wait_for_selector("[data-range='1h']", timeout=WAIT_MS)
        page.go_back()
        page.wait_for_selector("[data-range='7d']", timeout=WAIT_MS)
        page.go_back()
        page.wait_for_url("**/rack?*rack=r02*", timeout=WAIT_MS)
        page.locator('.stHtml a[href*="device=env-r02"]').first.wait_for(timeout=WAIT_MS)
        assert "range=7d" in page.url
        assert complaints == []


def test_keys_lead_to_pages(browser: Browser, live: str) -> None:
    """`a` and `o` open pages, `?` the help, `/` the search; while a person types they are letters."""
    with opened(browser, f"{live}?lang=en", DESK, "en-US") as (page, complaints):
        settled(page)
        page.keyboard.press("a")
        page.wait_for_url("**/alarms*", timeout=WAIT_MS)
        settled(page)
        page.keyboard.press("o")
        page.wait_for_selector('[data-tile="facility"]', timeout=WAIT_MS)
        settled(page)
        page.keyboard.press("?")
        page.wait_for_selector(".g-keys", timeout=WAIT_MS)
        page.keyboard.press("Escape")
        page.wait_for_selector(".g-keys", state="detached", timeout=WAIT_MS)
        page.keyboard.press("/")
        box = page.locator(".st-key-search_for input")
        box.wait_for(timeout=WAIT_MS)
        box.click()
        page.keyboard.type(t("dashboard.page.alarms", "en"))
        page.keyboard.press("Enter")
        page.wait_for_url("**/alarms*", timeout=WAIT_MS)
        assert complaints == []


def test_a_link_in_the_text_is_followed_without_loading_the_program_anew(browser: Browser, live: str) -> None:
    """The alarms of the head lead to their page within the same document."""
    with opened(browser, f"{live}?lang=en&range=7d", DESK, "en-US") as (page, complaints):
        settled(page)
        page.evaluate("window.same = true")
        page.locator(".g-header a").first.click()
        page.wait_for_url("**/alarms?*range=7d*", timeout=WAIT_MS)
        assert page.evaluate("window.same") is True
        assert complaints == []


def test_the_wall_fits_without_links(browser: Browser, live: str) -> None:
    """At 16:9 the wall has no links among the pages, larger type, and no scroll bar."""
    with opened(browser, f"{live}?lang=zh&wall=1", WALL, "zh-CN") as (page, complaints):
        page.wait_for_selector("canvas", timeout=WAIT_MS)
        settled(page)
        assert page.locator(".st-key-pages").count() == 0
        assert page.evaluate("parseFloat(getComputedStyle(document.documentElement).fontSize)") > 20
        assert (
            page.evaluate("(e => e.scrollHeight - e.clientHeight)(document.querySelector('[data-testid=stMain]'))") <= 0
        )
        assert_sound(page, complaints)


def test_a_browser_whose_clock_is_off_shows_the_site_s_time(browser: Browser, live: str) -> None:
    """Ages and times come from the server; the person is told that the clock of the device is off."""
    context = browser.new_context(viewport={"width": 1440, "height": 900}, locale="en-US")
    page = context.new_page()
    page.clock.install(time=time.time() - 3 * 3600)
    page.goto(f"{live}?lang=en")
    page.wait_for_selector(".g-skew", timeout=WAIT_MS)
    assert "\u2212180 min" in page.inner_text(".g-skew")
    age = page.locator('[data-tile="facility"] .g-when').last.inner_text()
    assert "s ago" in age
    context.close()


def settled(page: Page) -> None:
    """Wait until the script has run and the keys are listened to."""
    page.wait_for_selector(IDLE, timeout=WAIT_MS)
    page.wait_for_function("window.greendcKeysEnd !== undefined", timeout=WAIT_MS)
