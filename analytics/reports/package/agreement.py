"""Whether the files that people read say what the file of figures says: pages, CSV, the PDF's attachment, the manifest.

The words of a page or of a PDF are not read: they rest on the signature alone.
"""

from __future__ import annotations

import csv
import io
import re
import zlib
from html.parser import HTMLParser
from typing import TYPE_CHECKING

import msgspec

from analytics.reports.package.finding import Finding, error
from analytics.reports.package.said import SaidHead
from greendc import display

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from analytics.reports.package.manifest import Manifest
    from analytics.reports.package.said import SaidPrinted

FIGURES, TABLE = "figures.json", "figures.csv"
_PAGE = re.compile(r"report\.(\w+)\.html")
_PDF = re.compile(r"report\.\w+\.pdf")
_STREAM = re.compile(rb"stream\r?\n(.*?)endstream", re.DOTALL)
_BOM = "\ufeff"


def read_files(names: Mapping[str, str]) -> list[str]:
    """Return which files of a package are compared."""
    return [name for name in names if name in {FIGURES, TABLE} or _PAGE.fullmatch(name) or _PDF.fullmatch(name)]


def agreement_findings(files: Mapping[str, bytes], manifest: Manifest) -> Iterator[Finding]:
    """Yield each file, and each entry of the manifest, that says something else than the figures of the package."""
    try:
        said = msgspec.json.decode(files[FIGURES], type=SaidHead)
    except (KeyError, msgspec.DecodeError, UnicodeDecodeError, RecursionError):
        # That it is missing or broken is told where figures are computed again.
        return
    for name in ("kind", "status", "version", "masking", "start", "end"):
        if getattr(manifest, name) != getattr(said, name):
            yield error("manifest_otherwise", FIGURES, what=name)
    if (manifest.site, manifest.simulated) != (said.site.name, said.site.simulated):
        yield error("manifest_otherwise", FIGURES, what="site")
    figures = {one.id: one for one in said.figures}
    for name, content in sorted(files.items()):
        page = _PAGE.fullmatch(name)
        if page is not None:
            yield from _page_findings(name, content, figures, page.group(1))
        elif name == TABLE:
            yield from _table_findings(content, figures)
        elif _PDF.fullmatch(name) and not _attached(content, files[FIGURES]):
            yield error("other_attachment", name)


class _Numbers(HTMLParser):
    """The numbers of a page: the id, the exact value and the text of each."""

    def __init__(self) -> None:
        super().__init__(convert_charrefs=True)
        self.found: list[tuple[str, str, list[str]]] = []
        self._within = False

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        if tag == "data":
            given = dict(attrs)
            self.found.append((given.get("data-figure") or "", given.get("value") or "", []))
            self._within = True

    def handle_endtag(self, tag: str) -> None:
        self._within = self._within and tag != "data"

    def handle_data(self, data: str) -> None:
        if self._within:
            self.found[-1][2].append(data)


def _page_findings(name: str, content: bytes, figures: Mapping[str, SaidPrinted], lang: str) -> Iterator[Finding]:
    numbers = _Numbers()
    numbers.feed(content.decode("utf-8", "replace"))
    numbers.close()
    for figure, value, text in numbers.found:
        known = figures.get(figure)
        if known is None or value != _exact(known) or "".join(text).strip() != _shown(known, lang):
            yield error("page_otherwise", name, figure=figure)
            return
    if {one.id for one in figures.values()} - {figure for figure, _, _ in numbers.found}:
        yield error("page_otherwise", name, figure="")


def _exact(one: SaidPrinted) -> str:
    return "" if one.value is None else repr(float(one.value))


def _shown(one: SaidPrinted, lang: str) -> str:
    return str(display.Shown(one.shown.get(lang, ""), one.unit))


def _table_findings(content: bytes, figures: Mapping[str, SaidPrinted]) -> Iterator[Finding]:
    rows = csv.DictReader(io.StringIO(content.decode("utf-8", "replace").removeprefix(_BOM), newline=""))
    found = {row["id"]: row["value"] for row in rows if row.get("record") == "figure"}
    wrong = [name for name, one in figures.items() if not _is(found.get(name), one.value)]
    if wrong:
        yield error("page_otherwise", TABLE, figure=wrong[0])


def _is(text: str | None, value: float | None) -> bool:
    """Tell whether a cell holds a value; whole numbers stand there without a point."""
    if text is None or value is None or not text:
        return text == "" and value is None
    try:
        return float(text) == value
    except ValueError:
        return False


def _attached(content: bytes, wanted: bytes) -> bool:
    """Tell whether a PDF carries a file; no stream is unpacked further than that file is long."""
    for found in _STREAM.finditer(content):
        packed = found.group(1)
        try:
            plain = zlib.decompressobj().decompress(packed, len(wanted) + 1)
        except zlib.error:
            plain = packed
        if plain.rstrip(b"\r\n") == wanted.rstrip(b"\r\n"):
            return True
    return False
