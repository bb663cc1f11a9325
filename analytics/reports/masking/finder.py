"""Many names looked for in a text at once, as whole words."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping

_LEAD = re.compile(r"[A-Za-z0-9_]+|[^A-Za-z0-9_]")
_WORD = re.compile(r"[A-Za-z0-9_]+")


class Finder:
    """Names by what they begin with. A name of Latin letters is found between signs that are none, in either case.

    Chinese is written without spaces: a name is found wherever it stands.
    """

    def __init__(self, names: Iterable[str]) -> None:
        """Take the names; the longest that fits is found."""
        self._by_lead: dict[str, list[str]] = {}
        for name in sorted(set(names) - {""}, key=lambda one: (-len(one), one)):
            found = _LEAD.match(name)
            lead = found.group(0) if found else name[0]
            self._by_lead.setdefault(lead.lower(), []).append(name)
        self._words = frozenset(lead for lead in self._by_lead if _WORD.match(lead))
        self._signs = frozenset(self._by_lead) - self._words

    def found(self, text: str) -> Iterator[tuple[int, str]]:
        """Yield where names stand in a text, and which; they do not overlap."""
        # Most texts have no name in them, and some are long: what they begin with is looked for first, all at once.
        words = self._words & {word.lower() for word in set(_WORD.findall(text))}
        signs = self._signs & set(text)
        if not (words or signs):
            return
        leads = [rf"(?<![A-Za-z0-9_]){word}(?![A-Za-z0-9_])" for word in sorted(words)]
        begins = re.compile("|".join([*leads, *(re.escape(sign) for sign in sorted(signs))]), re.IGNORECASE | re.ASCII)
        done = 0
        for begin in begins.finditer(text):
            at = begin.start()
            if at < done:
                continue
            known = self._by_lead.get(begin.group(0).lower(), ())
            name = next((one for one in known if _stands(text, at, one)), None)
            if name is not None:
                done = at + len(name)
                yield at, name

    def replaced(self, text: str, masks: Mapping[str, str]) -> str:
        """Return a text with each name replaced."""
        parts, done = [], 0
        for at, name in self.found(text):
            parts += [text[done:at], masks[name]]
            done = at + len(name)
        return "".join([*parts, text[done:]]) if parts else text


def _stands(text: str, at: int, name: str) -> bool:
    end = at + len(name)
    if text[at:end].lower() != name.lower():
        return False
    return not (_latin(name[-1]) and end < len(text) and _latin(text[end]))


def _latin(sign: str) -> bool:
    return sign == "_" or (sign.isascii() and sign.isalnum())
