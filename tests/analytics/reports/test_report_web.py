"""The page of a report: one file, no script, nothing from elsewhere; hostile words stay words."""

from __future__ import annotations

import itertools
import subprocess
from typing import TYPE_CHECKING, Literal

import msgspec
import pytest
from playwright.sync_api import sync_playwright

from analytics.reports.document import figures_of
from analytics.reports.rendering import web
from analytics.reports.rendering.characters import legible
from tests import servers
from tests.analytics.reports import sheet_samples as samples
from tests.analytics.reports.page_outline import Outline
from tests.dashboard.browsing import findings

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from playwright.sync_api import Browser

PRINTED_PX = 688
"""182 mm at 96 px an inch."""


@pytest.fixture(scope="module")
def outline() -> Outline:
    """Return the page in Chinese."""
    return Outline(web.page(samples.document("zh")))


def test_the_page_needs_nothing_else_and_runs_nothing(outline: Outline) -> None:
    """No script, no link outwards, no image, no frame, and a policy that forbids them."""
    assert not outline.every("script", "link", "img", "iframe", "object", "form", "base")
    assert all(str(link["href"]).startswith("#") for link in outline.every("a"))
    policy = next(one["content"] for one in outline.every("meta") if one.get("http-equiv") == "Content-Security-Policy")
    assert policy == "default-src 'none'; style-src 'unsafe-inline'; img-src data:"
    assert not [name for _, attrs in outline.elements for name in attrs if name.startswith("on")]


def test_hostile_words_are_read_as_they_are(outline: Outline) -> None:
    """What looks like markup, a formula or an address is text, without characters that cannot be written."""
    words = "".join(outline.words)
    for text in samples.HOSTILE:
        assert legible(text) in words
    assert "alert(1)" in words
    assert not {"\x00", "\x0b", "\ufffe", "\u202e"} & set(words)


def test_the_running_title_cannot_leave_its_string() -> None:
    """Quotes, brackets and tags in a running title stay within the style sheet's string."""
    style = web.page(samples.document("en")).decode().split("</style>")[0]
    line = next(line for line in style.splitlines() if line.startswith("@page"))
    assert line.count('"') % 2 == 0
    assert "<script" not in line
    assert "\\3c script\\3e " in line


def test_tables_and_headings_say_what_they_are(outline: Outline) -> None:
    """Tables have a caption and headings of columns and rows, headings leave out no level, the language is named."""
    levels = [int(tag[1]) for tag, _ in outline.elements if tag in {"h1", "h2", "h3", "h4"}]
    assert levels[0] == 1
    assert levels.count(1) == 1
    assert all(after - before <= 1 for before, after in itertools.pairwise(levels))
    assert outline.every("html")[0]["lang"] == "zh-CN"
    assert len(outline.every("caption")) == len(outline.every("table")) == 1
    assert {one.get("scope") for one in outline.every("th")} == {"col", "row"}
    assert len(outline.every("figcaption")) == len(outline.every("figure")) == 2


def test_every_link_of_the_contents_leads_somewhere(outline: Outline) -> None:
    """Each name of an element is there once, and the contents link to sections."""
    names = [attrs["id"] for _, attrs in outline.elements if "id" in attrs]
    assert len(set(names)) == len(names)
    links = [str(one["href"])[1:] for one in outline.every("a")]
    assert links == ["summary", "figures", "inner"]
    assert set(links) <= set(names)


def test_every_number_of_the_report_is_on_the_page(outline: Outline) -> None:
    """Each number is named, shown as it is printed, and given unrounded."""
    numbers = figures_of(samples.document("zh"))
    assert len(numbers) > 30
    for one in numbers:
        assert outline.figures[one.id].split("\u00a0")[0] == one.shown
        assert outline.exact[one.id] == ("" if one.value is None else repr(one.value))


def test_same_report_same_bytes() -> None:
    """A page does not know when it was made; without a watermark there is no mark on it."""
    document = samples.document("en")
    assert web.page(document) == web.page(samples.document("en"))
    assert b'class="mark"' in web.page(document)
    assert b'class="mark"' not in web.page(msgspec.structs.replace(document, watermark=""))


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    """Return Debian's Chromium."""
    program = servers.require_server("chromium", "chromium")
    with sync_playwright() as playwright:
        chromium = playwright.chromium.launch(executable_path=program, args=("--no-sandbox", "--disable-gpu"))
        yield chromium
        chromium.close()


@pytest.mark.browser
@pytest.mark.parametrize("width", [390, 1440])
def test_the_page_never_scrolls_sideways(browser: Browser, tmp_path: Path, width: int) -> None:
    """A phone and a desk show the whole page; wide tables and charts scroll within themselves."""
    (tmp_path / "report.html").write_bytes(web.page(samples.document("zh")))
    page = browser.new_page(viewport={"width": width, "height": 900}, color_scheme="dark")
    told: list[str] = []
    page.on("console", lambda message: told.append(message.text))
    page.goto((tmp_path / "report.html").as_uri())
    assert page.evaluate("document.documentElement.scrollWidth - window.innerWidth") <= 0
    # A word that cannot be broken must not stick out either.
    assert page.evaluate("[...document.querySelectorAll('h1,h2,p,li,dd')].every(e => e.scrollWidth <= e.clientWidth)")
    assert told == []
    page.close()


@pytest.mark.browser
@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_nothing_serious_keeps_anybody_from_reading(
    browser: Browser, tmp_path: Path, scheme: Literal["light", "dark"]
) -> None:
    """The rules of WCAG 2.2 AA find nothing on the page but the watermark, which is to be faint."""
    (tmp_path / "report.html").write_bytes(web.page(samples.document("zh")))
    page = browser.new_page(viewport={"width": 390, "height": 844}, color_scheme=scheme, bypass_csp=True)
    page.goto((tmp_path / "report.html").as_uri())
    found = [node for one in findings(page) for node in one.nodes if not node.startswith(".mark")]
    assert found == []
    page.close()


@pytest.mark.browser
def test_nothing_is_cut_off_in_print(browser: Browser, tmp_path: Path) -> None:
    """On the width of A4 less its margins, tables of eleven columns and names of 200 letters stay on the sheet."""
    (tmp_path / "report.html").write_bytes(web.page(samples.document("en")))
    page = browser.new_page(viewport={"width": PRINTED_PX, "height": 1000})
    page.emulate_media(media="print")
    page.goto((tmp_path / "report.html").as_uri())
    right = "[...document.querySelectorAll('table,figure,p,dl,li')].map(e => e.getBoundingClientRect().right)"
    assert max(page.evaluate(right)) <= PRINTED_PX
    page.close()


@pytest.mark.browser
def test_the_watermark_is_on_every_printed_page(browser: Browser, tmp_path: Path) -> None:
    """Printed on A4, each page carries the watermark and nothing is cut off."""
    pdftotext = servers.require_server("pdftotext", "poppler-utils")
    (tmp_path / "report.html").write_bytes(web.page(samples.document("en")))
    page = browser.new_page()
    page.goto((tmp_path / "report.html").as_uri())
    page.pdf(path=tmp_path / "report.pdf", prefer_css_page_size=True)
    page.close()
    argv = [str(pdftotext), "-raw", str(tmp_path / "report.pdf"), "-"]
    sheets = subprocess.run(argv, check=True, capture_output=True, text=True).stdout.split("\f")[:-1]
    assert len(sheets) > 2
    for number, sheet in enumerate(sheets, 1):
        lines = ["".join(line.split()) for line in sheet.splitlines()]
        assert "simulateddata" in lines
        assert f"{number}/{len(sheets)}" in lines
