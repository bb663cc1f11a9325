"""Where a number comes from, in the reader's language: sources stand in data files and ledgers in English."""

from __future__ import annotations

import re
from functools import cache

from greendc.texts import catalogue, t

BETWEEN = "; "
_NAMED = ("origins.named.", "origins.profile.")
_CONFIDENCE = "origins.confidence."
_FITTED = re.compile(r"fitted on (\d+) steps")
_PRIOR = "prior: "


@cache
def _keys() -> dict[str, str]:
    return {texts["en"]: key for key, texts in catalogue().items() if key.startswith(_NAMED)}


def origin(said: str, lang: str) -> str:
    """Return a source, or the title of a profile, in a language; several sources are told apart by `BETWEEN`.

    What has no text, such as a person's own words, stays as it is written.
    """
    key = _keys().get(said)
    if key is not None:
        return t(key, lang)
    if known := _FITTED.fullmatch(said):
        return t(f"{_CONFIDENCE}fitted", lang, n=known[1])
    parts = said.split(BETWEEN)
    return said if len(parts) == 1 else BETWEEN.join(origin(part, lang) for part in parts)


def confidence(said: str, lang: str) -> str:
    """Return how sure a number is; ``prior: CODE`` is one that this site's data do not tell, and why."""
    prior = said.startswith(_PRIOR)
    key = _CONFIDENCE + said.removeprefix(_PRIOR)
    words = t(key, lang) if key in catalogue() else said.removeprefix(_PRIOR)
    return t(f"{_CONFIDENCE}prior", lang, why=words) if prior else words
