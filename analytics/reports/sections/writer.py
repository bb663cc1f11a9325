"""The words of one language around the facts of one report; sections ask it instead of the catalogue."""

from __future__ import annotations

import datetime as dt
from typing import TYPE_CHECKING

from analytics.reports.document import Cell, KeyValues, Paragraph, Section, Span, Table, Tone, plain, said
from analytics.reports.request import Masking
from greendc import display
from greendc.texts import catalogue, t
from greendc.units import NS_PER_SECOND

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from analytics.reports.document import Block
    from analytics.reports.facts import Facts, Hour

EN_DASH = " \u2013 "
LONGEST = 400
MANY = 20


class Writer:
    """Facts, a language, and what every section needs of both. Keys are given without their first ``report_``.

    ``coarse`` says that readers may see no step shorter than a month.
    """

    def __init__(self, facts: Facts, lang: str) -> None:
        """Take what is told and the language in which it is."""
        self.facts = facts
        self.lang = lang
        self.zone = facts.site.zone()
        self.coarse = facts.request.masking is Masking.PUBLIC

    @property
    def hours(self) -> tuple[Hour, ...]:
        """The hours of the period, none where no step shorter than a month may be told."""
        return () if self.coarse else self.facts.hours

    def text(self, key: str, **params: str) -> str:
        """Return a text."""
        return t(f"report_{key}", self.lang, **params)

    def has(self, key: str) -> bool:
        """Tell whether there is such a text."""
        return f"report_{key}" in catalogue()

    def say(self, key: str, **spans: Span) -> tuple[Span, ...]:
        """Return a text with words and numbers in its places."""
        return said(f"report_{key}", self.lang, **spans)

    def line(self, key: str, *, tone: Tone = Tone.PLAIN, **spans: Span) -> Paragraph:
        """Return a paragraph of one text."""
        return Paragraph(spans=self.say(key, **spans), tone=tone)

    def cell(self, key: str, *, tone: Tone = Tone.PLAIN, **spans: Span) -> Cell:
        """Return a cell of one text."""
        return Cell(spans=self.say(key, **spans), tone=tone)

    def section(self, key: str, blocks: Iterable[Block], *, new_page: bool = False) -> Section:
        """Return a section without its number; its id is its key, its title the text ``document.section.<key>``."""
        title = self.text(f"document.section.{key}")
        return Section(id=key, number="", title=title, blocks=tuple(blocks), new_page=new_page)

    def table(
        self,
        name: str,
        columns: Iterable[str],
        rows: Iterable[Iterable[Cell]],
        *,
        widths: tuple[float, ...] = (),
        numbers: tuple[int, ...] = (),
        note: str = "",
    ) -> Table:
        """Return a table: its title is the text ``document.table.<name>``, its columns ``document.column.<column>``."""
        return Table(
            id=name,
            title=self.text(f"document.table.{name}"),
            columns=tuple(self.text(f"document.column.{column}") for column in columns),
            rows=tuple(tuple(row) for row in rows),
            widths=widths,
            numbers=numbers,
            note=note,
        )

    def pairs(self, rows: Mapping[str, Cell]) -> KeyValues:
        """Return names, which are texts ``document.column.<name>``, and what belongs to each."""
        return KeyValues(rows=tuple((self.text(f"document.column.{name}"), cell) for name, cell in rows.items()))

    def moment(self, time_ns: int) -> str:
        """Return date and time of an instant in the site's zone, its month only where no more may be told."""
        return f"{self._local(time_ns):%Y-%m}" if self.coarse else display.moment(time_ns, self.zone)

    def day(self, day: dt.date) -> str:
        """Return a day on which something of the site changed, its month only where no more may be told."""
        return f"{day:%Y-%m}" if self.coarse else day.isoformat()

    def span(self, start_ns: int, end_ns: int) -> str:
        """Return a stretch of time within the report, its months only where no more may be told."""
        if not self.coarse:
            return self._span(start_ns, end_ns)
        first, last = f"{self._local(start_ns):%Y-%m}", f"{self._local(end_ns - 1):%Y-%m}"
        return first if first == last else f"{first}{EN_DASH}{last}"

    def _local(self, time_ns: int) -> dt.datetime:
        return dt.datetime.fromtimestamp(time_ns // NS_PER_SECOND, tz=self.zone)

    def _span(self, start_ns: int, end_ns: int) -> str:
        """Return the days of a stretch of time where it consists of whole ones, else its instants."""
        start, end = self._local(start_ns), self._local(end_ns)
        if start.time() == end.time() == dt.time():
            first, last = start.date().isoformat(), (end.date() - dt.timedelta(days=1)).isoformat()
            return first if first == last else f"{first}{EN_DASH}{last}"
        return f"{start:%Y-%m-%d %H:%M}{EN_DASH}{end:%Y-%m-%d %H:%M}"

    @property
    def period(self) -> str:
        """The period of the report."""
        return self._span(self.facts.request.start_ns, self.facts.request.end_ns)

    def names(self, names: Iterable[str], most: int = MANY) -> str:
        """Return names one after another, each on one line and not endlessly long; of many the first and how many."""
        known = list(names)
        said = self.text("document.comma").join(display.one_line(name, 80) for name in known[:most])
        return said if len(known) <= most else self.text("document.and_more", names=said, all=str(len(known)))


def words(text: str, tone: Tone = Tone.PLAIN) -> Cell:
    """Return a cell of one text that people wrote or a file holds, on one line."""
    return plain(display.one_line(text, LONGEST), tone=tone) if text else plain(display.UNKNOWN, tone=Tone.FAINT)
