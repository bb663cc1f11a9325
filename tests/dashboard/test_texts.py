"""The texts of the pages: none is missing, none is left over, both languages say the same."""

from __future__ import annotations

import re
import string
from pathlib import Path

import pytest

import analytics.overview
import dashboard
from greendc.texts import catalogue

AREAS = {"overview"} | {key.partition(".")[0] for key in catalogue() if key.startswith("dashboard")}
OVERVIEW = Path(analytics.overview.__file__).parent
FOLDERS = (Path(dashboard.__file__).parent, OVERVIEW, *sorted(OVERVIEW.parent.glob("*_view")))
FILES = [path for folder in FOLDERS for path in sorted(folder.rglob("*.py")) if path.name != "__main__.py"]
SOURCE = "\n".join(path.read_text("utf-8") for path in FILES)
KEYS = sorted(key for key in catalogue() if key.partition(".")[0] in AREAS)
# Reasons and windows are named by their last part alone in the code that gives them.
CODES = set(re.findall(r'"([a-z0-9_]+)"', SOURCE))


def patterns() -> list[re.Pattern[str]]:
    """Return the keys that the code names, an inserted part standing for anything."""
    named = re.findall(r"""(["'])((?:dashboard(?:_[a-z_]+)?|overview)\.(?:[a-z0-9_.]|\{[^}]*\})+)\1""", SOURCE)
    parts = (re.split(r"\{[^}]*\}", name) for _, name in named)
    return [re.compile("[a-z0-9_]+".join(re.escape(part) for part in pieces)) for pieces in parts]


def test_every_named_text_exists() -> None:
    """A key in the code that names no text would raise before a viewer's eyes."""
    assert len(patterns()) > 60
    missing = [pattern.pattern for pattern in patterns() if not any(pattern.fullmatch(key) for key in KEYS)]
    assert missing == []


def test_no_text_is_left_over() -> None:
    """Every text is named by the code."""
    known = patterns()
    unused = [key for key in KEYS if not any(pattern.fullmatch(key) for pattern in known)]
    assert unused == []


@pytest.mark.parametrize("area", ["overview.reason.", "overview.window.", "overview.share."])
def test_codes_of_the_overview_have_a_text(area: str) -> None:
    """What a text names is a code that the overview gives."""
    names = {key.removeprefix(area) for key in KEYS if key.startswith(area)}
    assert names - CODES - {"unknown"} == set()


@pytest.mark.parametrize("key", KEYS)
def test_both_languages_take_the_same_values(key: str) -> None:
    """A number that is shown in one language is shown in the other."""
    fields = [
        {name for _, name, _, _ in string.Formatter().parse(catalogue()[key][lang]) if name} for lang in ("zh", "en")
    ]
    assert fields[0] == fields[1]
