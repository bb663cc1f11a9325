"""Which characters a text may carry into a file, and which of its beginnings a spreadsheet would take for more."""

from __future__ import annotations

import re

from greendc.storage.csv_rows import HAZARD

_ILLEGIBLE = re.compile(
    "[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x84\x86-\x9f\ud800-\udfff\ufdd0-\ufdef\ufffe\uffff\u202a-\u202e\u2066-\u2069]"
)
"""What XML 1.0 forbids or advises against, and what turns the reading direction."""
_LEADING_SPACE = " \u00a0\u3000\ufeff"


def legible(text: str) -> str:
    """Return a text without control characters, halves of characters, and marks that turn the reading direction."""
    return _ILLEGIBLE.sub("", text)


def is_hazard(text: str) -> bool:
    """Tell whether a spreadsheet could take a text for a formula, when it is opened or edited."""
    return text.startswith(HAZARD) or text.lstrip(_LEADING_SPACE).startswith(HAZARD)


def guarded(text: str) -> str:
    """Return a legible text with an apostrophe before what a spreadsheet could take for a formula."""
    clean = legible(text)
    return f"'{clean}" if is_hazard(clean) else clean
