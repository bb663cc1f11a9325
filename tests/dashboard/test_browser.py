"""The overview in a real Chromium, on a phone and on a desk."""

from __future__ import annotations

import threading
import time
from contextlib import contextmanager
from typing import TYPE_CHECKING

import pytest
from playwright.sync_api import Browser, Page, sync_playwright

from dashboard.pages import PAGES
from dashboard.serve import command
from greendc.storage import open_store
from greendc.units import NS_PER_SECOND
from tests import servers
from tests.dashboard import seeding

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

pytestmark = pytest.mark.browser

CHROMIUM = ("--no-sandbox", "--disable-gpu", "--disable-background-networking", "--disable-component-update")
WAIT_MS = 30_000
MOVES_WITHIN_S = 10.0
PHONE = {"width": 390, "height": 844}
DESK = {"width": 1440, "height": 900}


class Writer(threading.Thread):
    """Writes a reading of every point each second, as the real ingest would."""

    def __init__(self, data_dir: Path) -> None:
        """Prepare to write into the store of ``data_dir``."""
        super().__init__(name="writer")
        self._data_dir = data_dir
        self._begin_ns = time.time_ns() - 3600 * NS_PER_SECOND
        self.ended = threading.Event()

    def run(self) -> None:
        """Write until told to end."""
        store = open_store("embedded", self._data_dir)
        while not self.ended.wait(1.0):
            store.write(seeding.instant(time.time_ns(), self._begin_ns))
        store.close()


@pytest.fixture(scope="module")
def live(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """Serve a seeded site whose readings go on, and return the page's address."""
    servers.require_server("chromium", "chromium")
    folder = tmp_path_factory.mktemp("live")
    path = seeding.write_site(folder)
    now_ns = time.time_ns()
    seeding.fill(folder, now_ns)
    seeding.raise_alarms(folder, now_ns)
    seeding.propose_advice(folder, now_ns)
    seeding.compute(path, folder, now_ns)
    with served(path, folder) as address:
        writer = Writer(folder)
        writer.start()
        yield address
        writer.ended.set()
        writer.join()


@contextmanager
def served(site: Path, folder: Path, store: str = "embedded") -> Iterator[str]:
    """Run the dashboard's own command line."""
    port = servers.free_port()
    argv, environ = command(site, folder, store, "127.0.0.1", port)
    with servers.ServerProcess(argv, ready=lambda: servers.tcp_answers(port), env=environ, timeout_s=40):
        yield f"http://127.0.0.1:{port}/"


@pytest.fixture(scope="module")
def browser(require_server: Callable[[str, str], Path]) -> Iterator[Browser]:
    """Return Debian's Chromium."""
    program = require_server("chromium", "chromium")
    with sync_playwright() as playwright:
        chromium = playwright.chromium.launch(executable_path=program, args=CHROMIUM)
        yield chromium
        chromium.close()


@contextmanager
def opened(browser: Browser, address: str, viewport: dict[str, int], locale: str) -> Iterator[tuple[Page, list[str]]]:
    """Open a page and collect what the console complains of."""
    context = browser.new_context(
        viewport={"width": viewport["width"], "height": viewport["height"]}, locale=locale, timezone_id="UTC"
    )
    page = context.new_page()
    complaints: list[str] = []
    page.on("console", lambda message: complaints.append(message.text) if message.type == "error" else None)
    page.on("pageerror", lambda error: complaints.append(str(error)))
    page.goto(address)
    page.wait_for_selector(".g-header", timeout=WAIT_MS)
    yield page, complaints
    context.close()


def facility(page: Page) -> str:
    """Return the facility power as it is shown."""
    return page.locator('[data-tile="facility"] .g-number').inner_text()


def assert_sound(page: Page, complaints: list[str]) -> None:
    """Nothing in the console, no traceback, no sideways scroll, nothing wider than the window."""
    assert complaints == []
    text = page.inner_text("body")
    assert "Traceback" not in text
    assert "Error:" not in text
    width = page.evaluate("window.innerWidth")
    assert page.evaluate("document.documentElement.scrollWidth") <= width
    inner = "[...document.querySelectorAll('.stHtml *')].map(e => e.getBoundingClientRect().right)"
    assert page.evaluate(f"Math.max(...{inner})") <= width
    switch = page.locator(".st-key-language [role=radiogroup]").bounding_box()
    assert switch is not None
    for item in page.locator(".g-header > *").all():
        box = item.bounding_box()
        assert box is not None
        beside = box["x"] + box["width"] <= switch["x"] or box["y"] >= switch["y"] + switch["height"]
        assert beside or "g-site" in (item.get_attribute("class") or "")


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


@pytest.mark.parametrize(
    ("path", "viewport", "locale", "word"),
    [
        ("alarms", PHONE, "zh-CN", "当前告警"),
        ("alarm_performance", PHONE, "en-US", "Alarms per day"),
        ("efficiency", PHONE, "zh-CN", "PUE · 近 12 个月"),
        ("quality", PHONE, "en-US", "Completeness"),
        ("lineage", DESK, "zh-CN", "边界与输入"),
    ],
    ids=["alarms", "alarm_performance", "efficiency", "quality", "lineage"],
)
def test_the_pages_behind_the_figures(
    browser: Browser, live: str, path: str, viewport: dict[str, int], locale: str, word: str
) -> None:
    """A page opens by its address, fits the window, and the links lead on in the same language."""
    with opened(browser, f"{live}{path}", viewport, locale) as (page, complaints):
        page.wait_for_selector(f"text={word}", timeout=WAIT_MS)
        # The browser asks below the page's own address first, where Streamlit does not answer.
        complaints[:] = [said for said in complaints if "404" not in said]
        assert_sound(page, complaints)
        assert page.locator(".st-key-pages a").count() == len(PAGES)
        page.locator(".st-key-pages a").first.click()
        page.wait_for_selector('[data-tile="facility"]', timeout=WAIT_MS)
        assert {"zh-CN": "lang=zh", "en-US": "lang=en"}[locale] in page.url


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
