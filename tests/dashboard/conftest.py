"""What the tests in Chromium share: one browser and one served site that lives."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING

import pytest
from playwright.sync_api import Browser, sync_playwright

from tests import servers
from tests.dashboard import seeding
from tests.dashboard.browsing import CHROMIUM, Writer, served

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path


@pytest.fixture(scope="module")
def browser(require_server: Callable[[str, str], Path]) -> Iterator[Browser]:
    """Return Debian's Chromium."""
    program = require_server("chromium", "chromium")
    with sync_playwright() as playwright:
        chromium = playwright.chromium.launch(executable_path=program, args=CHROMIUM)
        yield chromium
        chromium.close()


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
