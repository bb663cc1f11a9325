"""A sheet of a workbook: texts stay texts whatever they look like, numbers are numbers, unknown is a dash."""

from __future__ import annotations

import datetime as dt
import math
import unicodedata
from functools import cached_property
from typing import TYPE_CHECKING

import msgspec

from analytics.reports.rendering.characters import is_hazard, legible
from greendc import display
from greendc.texts import LANGUAGES, t
from greendc.units import NS_PER_SECOND

if TYPE_CHECKING:
    from collections.abc import Sequence

    from xlsxwriter.format import Format
    from xlsxwriter.workbook import Workbook
    from xlsxwriter.worksheet import Worksheet

LONGEST = 32_000
"""A cell takes 32 767 characters."""
PLAIN, EXACT, PERCENT, AMOUNT, RATIO, WHOLE = "General", "0.0###############", "0.0%", "#,##0.0", "0.0000", "#,##0"
MOMENT = "yyyy-mm-dd hh:mm"
_NARROWEST, _WIDEST = 7, 46
_A4 = 9


def both(key: str, **params: str) -> str:
    """Return a text in both languages, Chinese first."""
    texts = [t(key, lang, **params) for lang in LANGUAGES]
    return " / ".join(dict.fromkeys(texts))


OPTIONS = {
    "in_memory": True,
    "strings_to_numbers": False,
    "strings_to_formulas": False,
    "strings_to_urls": False,
    "remove_timezone": True,
}
"""Of a workbook: what is written as a text stays one, whatever it looks like."""


class Exact(float):
    """A number that is written with all its digits, where the library would keep sixteen of seventeen."""

    def __format__(self, _form: str) -> str:
        """Return the shortest text that gives this very number."""
        return repr(float(self))


class Style(msgspec.Struct, frozen=True, kw_only=True):
    """How a cell looks. ``quoted`` keeps a text a text when a person edits its cell."""

    number: str = PLAIN
    bold: bool = False
    faint: bool = False
    warning: bool = False
    head: bool = False
    quoted: bool = False
    wrapped: bool = False


class Styles:
    """The styles of one workbook, each made once."""

    def __init__(self, book: Workbook) -> None:
        """Take the workbook that the styles belong to."""
        self._book = book
        self._made: dict[Style, Format] = {}

    def __getitem__(self, style: Style) -> Format:
        """Return a style as the workbook knows it."""
        if style not in self._made:
            self._made[style] = self._book.add_format(_properties(style))
        return self._made[style]


def _properties(style: Style) -> dict[str, object]:
    found: dict[str, object] = {"num_format": style.number, "valign": "top"}
    if style.bold or style.head:
        found["bold"] = True
    if style.head:
        found |= {"bottom": 1, "bg_color": "#EEF1F3", "text_wrap": True, "valign": "vcenter"}
    if style.wrapped:
        found["text_wrap"] = True
    if style.faint:
        found["font_color"] = "#6B7884"
    if style.warning:
        found |= {"font_color": "#8F3A00", "bold": True}
    if style.quoted:
        found["quote_prefix"] = True
    return found


class Sheet:
    """Writes one sheet and keeps its columns wide enough."""

    def __init__(self, book: Workbook, styles: Styles, name: str, notice: str) -> None:
        """Add a sheet; ``notice`` stands above everything and on each printed page, empty for none."""
        self._styles = styles
        self._sheet: Worksheet = book.add_worksheet(name)
        self._widths: dict[int, int] = {}
        self.row = 0
        self._sheet.set_landscape()
        self._sheet.set_paper(_A4)
        self._sheet.fit_to_pages(1, 0)
        self._sheet.set_footer("&L&A&R&P / &N")
        if notice:
            self._sheet.set_header(f"&C&B{legible(notice).replace('&', '&&')[:200]}")
            self.text(0, notice, Style(warning=True), wide=False)
            self.row = 1

    @cached_property
    def name(self) -> str:
        """Return the sheet's name."""
        return str(self._sheet.get_name())

    def text(self, column: int, text: str, style: Style = Style(), *, wide: bool = True) -> None:  # noqa: B008 (frozen)
        """Write a text into the row; ``wide`` lets its column grow."""
        clean = legible(text).replace("\r\n", "\n").replace("\r", "\n")
        if not clean:
            return
        clean = clean if len(clean) <= LONGEST else f"{clean[: LONGEST - 1]}…"
        quoted = msgspec.structs.replace(style, quoted=True) if is_hazard(clean) else style
        self._sheet.write_string(self.row, column, clean, self._styles[quoted])
        if wide:
            longest = max(len(word) for word in clean.split("\n")) if style.head else _cells(clean)
            self._widen(column, min(longest, 18) if style.head else longest)

    def number(self, column: int, value: float | None, number: str = PLAIN, *, faint: bool = False) -> None:
        """Write a number, a dash where it is not known."""
        if value is None or not math.isfinite(value):
            self.text(column, display.UNKNOWN, Style(faint=True))
            return
        self._sheet.write_number(self.row, column, Exact(value), self._styles[Style(number=number, faint=faint)])
        self._widen(column, 12)

    def formula(self, column: int, formula: str, value: float, number: str, *, faint: bool = False) -> None:
        """Write a formula and what it gives, for readers that do not calculate."""
        style = self._styles[Style(number=number, faint=faint)]
        self._sheet.write_formula(self.row, column, formula, style, value)
        self._widen(column, 12)

    def moment(self, column: int, time_ns: int, zone: dt.tzinfo) -> None:
        """Write an instant as the time of a zone."""
        local = dt.datetime.fromtimestamp(time_ns // NS_PER_SECOND, tz=dt.UTC).astimezone(zone)
        self._sheet.write_datetime(self.row, column, local, self._styles[Style(number=MOMENT)])
        self._widen(column, len(MOMENT) + 1)

    def head(self, names: Sequence[str], *, freeze: int | None = None) -> None:
        """Write a line of headings and go on below it; ``freeze`` keeps it and so many columns in sight."""
        for column, name in enumerate(names):
            self.text(column, name, Style(head=True))
        self._sheet.set_row(self.row, 45)
        self.row += 1
        if freeze is not None:
            self._sheet.freeze_panes(self.row, freeze)
            self._sheet.repeat_rows(self.row - 1)

    def line(self, *texts: str, style: Style = Style(), wide: bool = True) -> None:  # noqa: B008 (frozen)
        """Write a row of texts and go on below it."""
        for column, text in enumerate(texts):
            self.text(column, text, style, wide=wide)
        self.row += 1

    def span(self, column: int, columns: int, text: str) -> None:
        """Write a heading over several columns."""
        clean, style = legible(text), self._styles[Style(head=True)]
        if columns > 1:
            self._sheet.merge_range(self.row, column, self.row, column + columns - 1, "", style)
        self._sheet.write_string(self.row, column, clean, style)

    def close(self) -> None:
        """Set the widths of the columns."""
        for column, width in self._widths.items():
            self._sheet.set_column(column, column, width)

    def _widen(self, column: int, cells: int) -> None:
        wanted = min(_WIDEST, max(_NARROWEST, cells + 2))
        self._widths[column] = max(self._widths.get(column, 0), wanted)


def _cells(text: str) -> int:
    """Return how wide a text is, in digits: Chinese characters take two."""
    return sum(2 if unicodedata.east_asian_width(mark) in "WF" else 1 for mark in text[:_WIDEST])
