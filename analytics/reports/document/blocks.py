"""The blocks of a report in one language. Every measured number in it is a `Figure` with a name of its own."""

from __future__ import annotations

from enum import StrEnum
from typing import TYPE_CHECKING

import msgspec

if TYPE_CHECKING:
    from collections.abc import Iterator


class Tone(StrEnum):
    """How something stands on the page.

    ``FAINT`` is printed in grey: below the coverage floor, or beside the point. ``WARNING`` must not be overlooked.
    ``DECLARED`` is what people wrote, not what was measured.
    """

    PLAIN = "plain"
    FAINT = "faint"
    STRONG = "strong"
    WARNING = "warning"
    DECLARED = "declared"


class Figure(msgspec.Struct, frozen=True, kw_only=True):
    """One number of the report, the same in each format and language.

    ``id`` is its name within the report (``kpi.pue``, ``month.2026-03.it_energy``). ``value`` is unrounded and in
    ``unit``, which is also the printed one; ``shown`` is how it is printed, without the unit. A value of None is
    printed as a dash, never as 0.
    """

    id: str
    value: float | None
    unit: str
    shown: str
    tone: Tone = Tone.PLAIN


Span = str | Figure
"""A piece of a line: words, or a number."""


class Cell(msgspec.Struct, frozen=True, kw_only=True):
    """A cell of a table, a value beside a name, or one point of a list."""

    spans: tuple[Span, ...] = ()
    tone: Tone = Tone.PLAIN


class Paragraph(msgspec.Struct, frozen=True, kw_only=True, tag="paragraph"):
    """A paragraph."""

    spans: tuple[Span, ...]
    tone: Tone = Tone.PLAIN


class Declared(msgspec.Struct, frozen=True, kw_only=True, tag="declared"):
    """What a person wrote, marked as declared: never evidence. ``date`` is ISO 8601."""

    text: str
    author: str
    date: str


class KeyValues(msgspec.Struct, frozen=True, kw_only=True, tag="key_values"):
    """Names and what belongs to each."""

    rows: tuple[tuple[str, Cell], ...]


class Bullets(msgspec.Struct, frozen=True, kw_only=True, tag="bullets"):
    """A list of points."""

    points: tuple[Cell, ...]


class Table(msgspec.Struct, frozen=True, kw_only=True, tag="table"):
    """A table; ``id`` names it within the report, ``widths`` are shares of the line (empty: even).

    Columns named in ``numbers`` (by their index) are set to the right.
    """

    id: str
    title: str
    columns: tuple[str, ...]
    rows: tuple[tuple[Cell, ...], ...]
    widths: tuple[float, ...] = ()
    numbers: tuple[int, ...] = ()
    note: str = ""


class Chart(msgspec.Struct, frozen=True, kw_only=True, tag="chart"):
    """A drawing as SVG with a title, and in words what it shows (its alternative text)."""

    id: str
    title: str
    desc: str
    svg: str


class Section(msgspec.Struct, frozen=True, kw_only=True, tag="section"):
    """A section: its ``id``, which is the same in each language, its printed number (``3.2``) and its blocks."""

    id: str
    number: str
    title: str
    blocks: tuple[Block, ...] = ()
    new_page: bool = False


Block = Paragraph | Declared | KeyValues | Bullets | Table | Chart | Section


class Document(msgspec.Struct, frozen=True, kw_only=True):
    """A whole report in one language.

    ``watermark`` is printed across every page, empty for none. ``code`` is what the code on the cover says: where
    the figures of this very report can be looked up. ``cover`` are the facts on the cover.
    """

    kind: str
    lang: str
    title: str
    subtitle: str
    status: str
    watermark: str
    running: str
    code: str
    cover: tuple[tuple[str, Cell], ...]
    sections: tuple[Section, ...]


def figures_of(document: Document) -> list[Figure]:
    """Return every number of a report in the order in which it is printed, each name once.

    Raises:
        ValueError: two numbers that differ have one name.
    """
    found: dict[str, Figure] = {}
    for one in _spans(document):
        if isinstance(one, str):
            continue
        known = found.setdefault(one.id, one)
        if (known.value, known.unit, known.shown) != (one.value, one.unit, one.shown):
            message = f"two numbers are named {one.id}: {known.shown} {known.unit} and {one.shown} {one.unit}"
            raise ValueError(message)
    return list(found.values())


def texts_of(document: Document) -> Iterator[str]:
    """Yield every text of a report that will be printed, the labels within drawings among them."""
    yield from (document.title, document.subtitle, document.status, document.watermark, document.running)
    for one in _spans(document):
        yield one if isinstance(one, str) else f"{one.shown} {one.unit}"
    for section in document.sections:
        yield from _labels(section)


def _spans(document: Document) -> Iterator[Span]:
    for name, cell in document.cover:
        yield name
        yield from cell.spans
    for section in document.sections:
        yield from _spans_of(section)


def _spans_of(block: Block) -> Iterator[Span]:
    match block:
        case Paragraph():
            yield from block.spans
        case Section():
            for part in block.blocks:
                yield from _spans_of(part)
        case KeyValues() | Bullets() | Table():
            for name, cell in _cells(block):
                yield name
                yield from cell.spans
        case Declared() | Chart():
            return


def _cells(block: KeyValues | Bullets | Table) -> list[tuple[str, Cell]]:
    if isinstance(block, KeyValues):
        return list(block.rows)
    if isinstance(block, Bullets):
        return [("", point) for point in block.points]
    return [("", cell) for row in block.rows for cell in row]


def _labels(block: Block) -> Iterator[str]:
    """Yield the texts of a block that are no spans."""
    match block:
        case Section():
            yield block.number
            yield block.title
            for part in block.blocks:
                yield from _labels(part)
        case Table():
            yield from (block.title, block.note, *block.columns)
        case Declared():
            yield from (block.text, block.author, block.date)
        case Chart():
            yield from (block.title, block.desc, block.svg)
        case Paragraph() | KeyValues() | Bullets():
            return
