"""How wide the columns of a printed table are: no word and no number is broken as long as all of them fit."""

from __future__ import annotations

import re
import unicodedata
from typing import TYPE_CHECKING

import msgspec

from analytics.reports.document import Tone

if TYPE_CHECKING:
    from collections.abc import Sequence

    from analytics.reports.document import Cell, Table

LINE_PT = 481.9
"""The line of a page [pt]: A4 without its margins of 20 mm."""
GAP_PT = 7.0
"""What stands free beside the text of a cell, left and right together [pt]."""
_SIZES = ((5, 8.5), (8, 7.5), (99, 6.6))
"""Type sizes [pt], each for tables of up to so many columns."""
_LETTER = 0.53
"""Width of a Latin letter or a digit in parts of the type size."""
_LONGEST_WORD, _LONGEST_TEXT = 16, 48
"""From here on a word may be broken, and a text asks for no more room."""
_LONGEST_CHINESE = 8
"""So much of a Chinese text stays on one line, though it could be broken after every character."""
_WORD = re.compile(r"[^ \n/]+/?")
_CHINESE = re.compile(r"[\u2e80-\ua4cf\uf900-\ufaff\uff00-\uffef]+")


class Columns(msgspec.Struct, frozen=True, kw_only=True):
    """A table's type ``size`` [pt], the ``widths`` of its columns [pt], the Latin letters of each, and of the table."""

    size: float
    widths: tuple[float, ...]
    fitting: tuple[int, ...]
    letters: int


def columns_of(table: Table) -> Columns:
    """Return the measures of a table; every word fits if all can, its own widths weigh as much as its texts."""
    count = len(table.columns)
    size = next(size for most, size in _SIZES if count <= most or most == _SIZES[-1][0])
    letter = size * _LETTER
    texts = [[name, *(_text(row[i]) for row in table.rows if i < len(row))] for i, name in enumerate(table.columns)]
    needed = [GAP_PT + letter * _longest_word(column) for column in texts]
    wished = [GAP_PT + letter * min(_LONGEST_TEXT, max(map(length, column))) for column in texts]
    if len(table.widths) == count and sum(table.widths) > 0:
        given = LINE_PT / sum(table.widths)
        wished = [(wish + given * share) / 2 for wish, share in zip(wished, table.widths, strict=True)]
    widths = _shared(needed, wished)
    return Columns(
        size=size,
        widths=tuple(round(width, 2) for width in widths),
        fitting=tuple(int((width - GAP_PT) / letter + 0.01) for width in widths),
        letters=sum(length(text) for column in texts for text in column),
    )


def length(text: str) -> int:
    """Return the length of a text in Latin letters: a Chinese one counts twice."""
    return sum(2 if unicodedata.east_asian_width(mark) in "WF" else 1 for mark in text)


def _shared(needed: Sequence[float], wished: Sequence[float]) -> list[float]:
    """Return widths that fill the line: what is needed, and of the rest what each wishes beyond that."""
    rest = LINE_PT - sum(needed)
    more = [max(0.0, wish - need) for need, wish in zip(needed, wished, strict=True)]
    part = min(1.0, max(0.0, rest) / sum(more)) if sum(more) > 0 else 0.0
    widths = [need + part * wish for need, wish in zip(needed, more, strict=True)]
    return [LINE_PT * width / sum(widths) for width in widths]


def _longest_word(column: Sequence[str]) -> int:
    words = (word for text in column for word in _WORD.findall(text))
    return min(_LONGEST_WORD, max((_unbroken(word) for word in words), default=1))


def _unbroken(word: str) -> int:
    """Return the length of the longest part of a word that should stay on one line."""
    chinese = (min(_LONGEST_CHINESE, length(run)) for run in _CHINESE.findall(word))
    return max(0, *map(len, _CHINESE.split(word)), *chinese)


def _text(cell: Cell) -> str:
    spans = (one if isinstance(one, str) else f"{one.shown}\u00a0{one.unit}".rstrip() for one in cell.spans)
    return ("⚠\u00a0" if cell.tone is Tone.WARNING else "") + "".join(spans)
