"""The operator's questions, each answered with an amount and its unit at most three clicks away from the overview."""

from __future__ import annotations

import re
import time
from typing import TYPE_CHECKING

import pytest

from tests.dashboard import power_seeding
from tests.dashboard.browsing import DESK, IDLE, WAIT_MS, go, opened, served

if TYPE_CHECKING:
    from pathlib import Path

    from playwright.sync_api import Browser, Page

pytestmark = pytest.mark.browser

MOST_CLICKS = 3


class Hand:
    """A hand that counts its clicks since it was on the overview."""

    def __init__(self, page: Page) -> None:
        """Stand on the overview."""
        self.page = page
        self.clicks = 0
        page.wait_for_selector(IDLE, timeout=WAIT_MS)
        page.wait_for_function("window.greendcKeysEnd !== undefined", timeout=WAIT_MS)

    def back(self) -> None:
        """Go back to the overview; what was asked there took few clicks."""
        assert self.clicks <= MOST_CLICKS
        go(self.page, "overview", "en")
        self.clicks = 0

    def click(self, selector: str) -> None:
        """Click on the first of what a selector names."""
        self.page.locator(selector).first.click(timeout=WAIT_MS)
        self.clicks += 1

    def reads(self, selector: str, pattern: str) -> None:
        """Wait until what a selector names says something of a form."""
        self.page.locator(selector, has_text=re.compile(pattern)).first.wait_for(timeout=WAIT_MS)


def anything_wrong(hand: Hand) -> None:
    """Is anything wrong: the head says how urgent and how many; one click says what, where, and what to do."""
    hand.reads(".g-header", r"P2 high ×1")
    hand.reads('[data-tile="data"]', r"\d of \d")
    hand.click('.g-list .g-where a:has-text("r01")')
    hand.reads(".st-key-alarm_card", r"31\.9\s°C")
    hand.reads(".st-key-alarm_card", r"29\.0\s°C")
    hand.reads(".st-key-do_it", r"[Aa]cknowledge")


def where_the_energy_goes(hand: Hand) -> None:
    """The tile of the whole leads to the flow: so much in all, and each part with its amount and share."""
    hand.click('[data-tile="facility"] h2 a')
    hand.reads("[data-flow]", r"\d\s[kM]Wh")
    hand.page.locator(".st-key-flow_drawn canvas").wait_for(timeout=WAIT_MS)
    hand.click(".st-key-flow_as_table label")
    hand.reads('[data-ribbon]:has-text("IT")', r"%[\s\S]*\d\s[kM]Wh")


def where_it_is_too_hot(hand: Hand) -> None:
    """The tile of the hottest inlet leads to that rack in the thermal field, and that to its heights."""
    hand.click('[data-tile="inlet"] h2 a')
    hand.page.wait_for_url("**/thermal?*rack=r02*", timeout=WAIT_MS)
    hand.reads('tr[data-rack="r02"]', r"\d\d\.\d\s°C")
    hand.click('tr[data-rack="r02"] a')
    hand.reads(".stHtml", r"env-r02")


def which_node_is_silent(hand: Hand) -> None:
    """The overview names each edge node with its state and age; one click says what waits there."""
    hand.reads(".g-cell", r"Edge site 01[\s\S]*ago")
    hand.click('.g-cell a[href^="edge_sites"]')
    hand.reads(".st-key-card_edge_node", r"Newest reading[\s\S]*ago")


def the_next_saving(hand: Hand) -> None:
    """The card of advice leads to what to change, what it is worth with its range, and what must hold."""
    hand.click('.g-card a[href^="advice"]')
    hand.reads('[data-advice="supply_air/crah"]', r"9\s800\skWh")
    hand.reads(".st-key-advice_card", r"4\s100[\s\S]*15\s300")


def test_questions_of_an_operator(browser: Browser, live: str) -> None:
    """One after the other, each from the overview, in one language and without a complaint of the browser."""
    with opened(browser, f"{live}?lang=en", DESK, "en-US") as (page, complaints):
        hand = Hand(page)
        for ask in (anything_wrong, where_the_energy_goes, where_it_is_too_hot, which_node_is_silent, the_next_saving):
            ask(hand)
            hand.back()
        assert complaints == []


def test_which_feed_is_near_its_limit(browser: Browser, tmp_path: Path) -> None:
    """The tile of IT power leads to the power chain: every UPS and breaker with its load, now and with a feed lost."""
    site = power_seeding.seed(tmp_path, time.time_ns())
    with served(site, tmp_path) as address, opened(browser, f"{address}?lang=en", DESK, "en-US") as (page, complaints):
        hand = Hand(page)
        hand.click('[data-tile="it"] h2 a')
        hand.reads(".g-card", r"If ups-b fails, ups-a goes to 11\d\s%")
        hand.reads(".st-key-power_racks", r"r01[\s\S]*%")
        hand.back()
        assert complaints == []
