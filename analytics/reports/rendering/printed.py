"""The numbers of a report as every format lists them: once each, alike in all languages, with where they stand."""

from __future__ import annotations

from typing import TYPE_CHECKING

import msgspec

from analytics.reports.document import Bullets, Figure, KeyValues, Paragraph, Section, Table, figures_of

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from analytics.reports.document import Block, Document, Span

_STEP = " \u203a "


class PrintedFigure(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A number that the report prints.

    ``value`` is unrounded and in ``unit``, null where it is not known. ``shown`` is how it is printed, without its
    unit, and ``label`` where it stands first, both by language.
    """

    id: str
    value: float | None
    unit: str
    shown: dict[str, str]
    label: dict[str, str]


def printed_figures(documents: Mapping[str, Document]) -> list[PrintedFigure]:
    """Return every number of a report's documents, in the order of the first language.

    Raises:
        ValueError: the languages do not print the same numbers, or two that differ have one name.
    """
    by_lang = {lang: {one.id: one for one in figures_of(document)} for lang, document in documents.items()}
    labels = {lang: dict(reversed(list(_labelled(document)))) for lang, document in documents.items()}
    first = next(iter(by_lang.values()), {})
    for lang, others in by_lang.items():
        _agree(lang, first, others)
    return [
        PrintedFigure(
            id=one.id,
            value=one.value,
            unit=one.unit,
            shown={lang: figures[one.id].shown for lang, figures in by_lang.items()},
            label={lang: known[one.id] for lang, known in labels.items()},
        )
        for one in first.values()
    ]


def _agree(lang: str, first: Mapping[str, Figure], others: Mapping[str, Figure]) -> None:
    only = sorted(first.keys() ^ others.keys())
    if only:
        message = f"{lang} does not print the same numbers as the first language: {', '.join(only[:5])}"
        raise ValueError(message)
    for name, one in first.items():
        other = others[name]
        if (one.value, one.unit) != (other.value, other.unit):
            message = f"{name} is {other.value} {other.unit} in {lang} and {one.value} {one.unit} elsewhere"
            raise ValueError(message)


def _labelled(document: Document) -> Iterator[tuple[str, str]]:
    for name, cell in document.cover:
        yield from _named(cell.spans, name)
    for section in document.sections:
        yield from _of_block(section, "")


def _of_block(block: Block, where: str) -> Iterator[tuple[str, str]]:
    match block:
        case Section():
            title = f"{block.number} {block.title}".strip()
            for part in block.blocks:
                yield from _of_block(part, title)
        case Table():
            yield from _of_table(block, where)
        case KeyValues():
            for name, cell in block.rows:
                yield from _named(cell.spans, _joined(where, name))
        case Bullets():
            for point in block.points:
                yield from _named(point.spans, _joined(where, _words(point.spans)))
        case Paragraph():
            yield from _named(block.spans, where)
        case _:
            return


def _of_table(table: Table, where: str) -> Iterator[tuple[str, str]]:
    for row in table.rows:
        head = _words(row[0].spans) if row else ""
        for place, cell in enumerate(row):
            column = table.columns[place] if place < len(table.columns) else ""
            yield from _named(cell.spans, _joined(where, table.title, head, column if place else ""))


def _named(spans: tuple[Span, ...], label: str) -> Iterator[tuple[str, str]]:
    yield from ((one.id, label) for one in spans if isinstance(one, Figure))


def _words(spans: tuple[Span, ...]) -> str:
    return next((one.strip() for one in spans if isinstance(one, str) and one.strip()), "")


def _joined(*parts: str) -> str:
    return _STEP.join(part for part in parts if part)
