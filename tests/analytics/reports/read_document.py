"""Finding one's way in a report: its blocks by their ids, and what stands in them as plain text."""

from __future__ import annotations

from typing import TYPE_CHECKING, TypeVar

from analytics.reports.document import (
    Block,
    Bullets,
    Cell,
    Chart,
    Declared,
    Document,
    KeyValues,
    Paragraph,
    Section,
    Span,
    Table,
)

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

B = TypeVar("B", bound=Block)


def blocks(document: Document) -> Iterator[Block]:
    """Yield every block, those within sections too."""
    for section in document.sections:
        yield from _within(section)


def of_kind(document: Document, kind: type[B]) -> list[B]:
    """Return every block of a kind."""
    return [block for block in blocks(document) if isinstance(block, kind)]


def names(document: Document) -> list[str]:
    """Return the ids of sections, tables and charts in their order."""
    return [block.id for block in blocks(document) if isinstance(block, (Section, Table, Chart))]


def section(document: Document, name: str) -> Section:
    """Return a section by its id."""
    return next(one for one in of_kind(document, Section) if one.id == name)


def table(document: Document, name: str) -> Table:
    """Return a table by its id."""
    return next(one for one in of_kind(document, Table) if one.id == name)


def rows(document: Document, name: str) -> dict[str, tuple[Cell, ...]]:
    """Return the rows of a table by what stands in their first cell."""
    return {text(row[0]): row for row in table(document, name).rows}


def text(cell: Cell | Paragraph) -> str:
    """Return what a cell or a paragraph says."""
    return said(cell.spans)


def said(spans: Iterable[Span]) -> str:
    """Return spans as text, numbers with their units."""
    return "".join(one if isinstance(one, str) else f"{one.shown} {one.unit}".strip() for one in spans)


def texts(part: Section) -> str:
    """Return everything that a section says, block by block."""
    return "\n".join(_texts(part))


def cells(document: Document) -> Iterator[Cell | Paragraph]:
    """Yield everything that has spans."""
    for block in blocks(document):
        match block:
            case Paragraph():
                yield block
            case Bullets():
                yield from block.points
            case KeyValues():
                yield from (cell for _, cell in block.rows)
            case Table():
                yield from (cell for row in block.rows for cell in row)
            case Section() | Chart() | Declared():
                pass


def _within(block: Block) -> Iterator[Block]:
    yield block
    if isinstance(block, Section):
        for inner in block.blocks:
            yield from _within(inner)


def _texts(block: Block) -> Iterator[str]:
    match block:
        case Section():
            yield block.title
            for inner in block.blocks:
                yield from _texts(inner)
        case Paragraph():
            yield text(block)
        case Bullets():
            yield from (text(point) for point in block.points)
        case KeyValues():
            yield from (f"{name}: {text(cell)}" for name, cell in block.rows)
        case Table():
            yield from (" | ".join(text(cell) for cell in row) for row in block.rows)
            yield block.note
        case Declared():
            yield block.text
        case Chart():
            yield block.title
