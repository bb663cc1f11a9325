"""Words that every report may say: those of the catalogue, of profiles, data files and of the reports' own code.

A device that is called ``main`` or ``pdu`` has a name that says nothing about whose it is. It is replaced wherever
it stands as a name, and is not looked for in the words of a report.
"""

from __future__ import annotations

import re
from functools import cache
from importlib.resources import files
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator
    from importlib.resources.abc import Traversable

LEAST = 3
"""Shorter names cannot be told from units, cells and abbreviations."""
_DOTS = 3
"""A number with so many is an address."""
_WORD = re.compile(r"\w+(?:[-.]\w+)*")
_PIECE = re.compile(r"[^\W_]+")
_DATA = (".toml", ".json")
_CODE = (*_DATA, ".py", ".css", ".typ", ".j2")


@cache
def vocabulary() -> frozenset[str]:
    """Return the words in lower case, whole (``mid-term``) and in their pieces."""
    words: set[str] = set()
    for text in _texts():
        words.update(_WORD.findall(text))
    words.update([piece for word in words for piece in _PIECE.findall(word)])
    return frozenset(word.lower() for word in words)


def telling(name: str) -> bool:
    """Tell whether a name, where it stands among words, says whose it is."""
    worded = any(sign.isalpha() for sign in name) or name.count(".") == _DOTS
    return len(name) >= LEAST and worded and name.lower() not in vocabulary()


def ordinary(part: str) -> bool:
    """Tell whether each word of a name is one that every report may say."""
    return all(piece.isdecimal() or piece.lower() in vocabulary() for piece in _LETTERS.findall(part))


_LETTERS = re.compile(r"[^\W\d_]+")


def _texts() -> Iterator[str]:
    for package, endings in (("greendc", _DATA), ("analytics", _DATA), ("analytics.reports", _CODE)):
        for file in _below(files(package)):
            if file.name.endswith(endings):
                yield file.read_text("utf-8")


def _below(folder: Traversable) -> Iterator[Traversable]:
    for entry in sorted(folder.iterdir(), key=lambda one: one.name):
        if entry.is_dir():
            yield from _below(entry)
        else:
            yield entry
