"""A served dashboard and a real browser on it: what the tests in Chromium share."""

from __future__ import annotations

import importlib.resources
import threading
import time
from contextlib import contextmanager
from typing import TYPE_CHECKING, Literal

import msgspec

from dashboard.navigation import section_of
from dashboard.pages import PAGES
from dashboard.serve import command
from greendc.storage import open_store
from greendc.texts import t
from greendc.units import NS_PER_SECOND
from tests import servers
from tests.dashboard import seeding

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from playwright.sync_api import Browser, ConsoleMessage, Page

CHROMIUM = ("--no-sandbox", "--disable-gpu", "--disable-background-networking", "--disable-component-update")
WAIT_MS = 30_000
PHONE = {"width": 390, "height": 844}
TABLET = {"width": 768, "height": 1024}
DESK = {"width": 1440, "height": 900}
WALL = {"width": 1920, "height": 1080}
IDLE = '[data-testid="stApp"][data-test-script-state="notRunning"]'
AXE_RULES = ("wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa")
SERIOUS = ("serious", "critical")
NOT_OURS = ("iframe", ".stDataFrame", '[data-testid="stDataFrame"]', '[data-testid="stSkeleton"]')
"""What Streamlit draws by itself, which no page of ours can change."""
WIDTHS = """() => {
  const main = document.querySelector('[data-testid="stMain"]');
  return [document.documentElement.scrollWidth - window.innerWidth, main ? main.scrollWidth - main.clientWidth : 0];
}"""
PROBES = ("/_stcore/health", "/_stcore/host-config")
Scheme = Literal["light", "dark"]


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


@contextmanager
def served(site: Path, folder: Path, store: str = "embedded") -> Iterator[str]:
    """Run the dashboard's own command line."""
    port = servers.free_port()
    argv, environ = command(site, folder, store, "127.0.0.1", port)
    with servers.ServerProcess(argv, ready=lambda: servers.tcp_answers(port), env=environ, timeout_s=40):
        yield f"http://127.0.0.1:{port}/"


@contextmanager
def opened(
    browser: Browser, address: str, viewport: dict[str, int], locale: str, scheme: Scheme = "light"
) -> Iterator[tuple[Page, list[str]]]:
    """Open a page and collect what the console complains of."""
    context = browser.new_context(
        viewport={"width": viewport["width"], "height": viewport["height"]},
        locale=locale,
        timezone_id="UTC",
        color_scheme=scheme,
    )
    page = context.new_page()
    complaints: list[str] = []
    page.on("console", lambda message: complaints.append(message.text) if _counts(message) else None)
    page.on("pageerror", lambda error: complaints.append(str(error)))
    page.goto(address)
    page.wait_for_selector(".g-header", timeout=WAIT_MS)
    yield page, complaints
    context.close()


def _counts(message: ConsoleMessage) -> bool:
    """Tell whether a message is a complaint: Streamlit's own script looks below each page's address for its server."""
    return message.type == "error" and not message.location["url"].endswith(PROBES)


def go(page: Page, path: str, lang: str) -> None:
    """Follow the links at the head to a page, through its section where the window is narrow."""
    link = page.locator(f'.st-key-page_{path} a, .st-key-page_open a:has-text("{t(f"dashboard.page.{path}", lang)}")')
    if not link.first.is_visible():
        page.locator(f'[class*="st-key-head_"][class*="_{section_of(path)}"] a').click()
        link.first.wait_for(timeout=WAIT_MS)
    link.first.click()
    page.locator(f'.st-key-page_open a:has-text("{t(f"dashboard.page.{path}", lang)}")').wait_for(timeout=WAIT_MS)
    page.wait_for_selector(".g-header", timeout=WAIT_MS)
    page.wait_for_selector(IDLE, timeout=WAIT_MS)


def assert_sound(page: Page, complaints: list[str]) -> None:
    """Nothing in the console, no traceback, no sideways scroll, every link leads to a page."""
    assert complaints == []
    text = page.inner_text("body")
    assert "Traceback" not in text
    assert "Error:" not in text
    assert "encountered an error" not in text
    assert max(page.evaluate(WIDTHS)) <= 0
    here = page.evaluate("window.location.origin")
    paths = {f"{here}/", *(f"{here}/{entry.path}" for entry in PAGES)}
    addresses = page.evaluate("[...document.querySelectorAll('.stHtml a[href]')].map(link => link.href)")
    assert [address for address in addresses if address.partition("?")[0] not in paths] == []
    assert [address for address in addresses if "lang=" not in address] == []


class Finding(msgspec.Struct, frozen=True):
    """What axe-core found against one rule: how bad it is, and where."""

    id: str
    impact: str
    nodes: list[str]


def findings(page: Page) -> list[Finding]:
    """Return what axe-core finds that is serious or worse."""
    script = importlib.resources.files("axe_playwright_python") / "axe.min.js"
    page.evaluate(script.read_text("utf-8"))
    found = page.evaluate(
        """async ([tags, without]) => {
          const result = await axe.run({exclude: without.map(one => [one])}, {runOnly: {type: 'tag', values: tags}});
          return result.violations.map(one => ({id: one.id, impact: one.impact || '',
            nodes: one.nodes.slice(0, 3).map(node => node.target.join(' ') + ' ' + node.html.slice(0, 160))}));
        }""",
        [list(AXE_RULES), list(NOT_OURS)],
    )
    return [one for one in msgspec.convert(found, list[Finding]) if one.impact in SERIOUS]
