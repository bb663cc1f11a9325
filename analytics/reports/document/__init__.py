"""What a report says, block by block, before any format: PDF, page, workbook and data place the same."""

from __future__ import annotations

from analytics.reports.document.blocks import (
    Block,
    Bullets,
    Cell,
    Chart,
    Declared,
    Document,
    Figure,
    KeyValues,
    Paragraph,
    Section,
    Span,
    Table,
    Tone,
    figures_of,
    texts_of,
)
from analytics.reports.document.saying import figure, plain, said, shown_figure

__all__ = [
    "Block",
    "Bullets",
    "Cell",
    "Chart",
    "Declared",
    "Document",
    "Figure",
    "KeyValues",
    "Paragraph",
    "Section",
    "Span",
    "Table",
    "Tone",
    "figure",
    "figures_of",
    "plain",
    "said",
    "shown_figure",
    "texts_of",
]
