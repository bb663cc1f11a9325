"""Whether every letter of a report can be printed: with the fonts that come along, else with one of this system.

A missing letter would be an empty box in somebody's name, so it is an error that names the letter. What is no letter
(a picture, an unusual sign) is printed as its code point in brackets; what is invisible or turns the reading direction
is left out, as `greendc.display.one_line` does.
"""

from __future__ import annotations

import logging
import struct
import unicodedata
from functools import cache
from importlib.resources import as_file, files
from pathlib import Path
from typing import TYPE_CHECKING

import msgspec
from fontTools.ttLib import TTCollection, TTFont, TTLibError

from greendc.errors import ConfigError

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

OWN = ("Greendc Sans SC", "Greendc Sans Latin")
"""The families that come along, in the order in which they are asked for a letter."""
SYSTEM_FOLDERS = (
    Path("/usr/share/fonts"),
    Path("/usr/local/share/fonts"),
    Path("~/.local/share/fonts"),
    Path("~/.fonts"),
    Path("/System/Library/Fonts"),
    Path("/Library/Fonts"),
    Path("C:/Windows/Fonts"),
)
_SUFFIXES = frozenset({".otf", ".ttf", ".ttc", ".otc"})
_INVISIBLE = frozenset({"Cc", "Cf", "Cs"})
_LINE_ENDS = "\r\n\t\v\f\x85\u2028\u2029"
_SIGNS = frozenset({"Sk", "Sm", "So"})
_SELECTORS = frozenset({*range(0xFE00, 0xFE10), *range(0xE0100, 0xE01F0)})
_NEVER_ASSIGNED = 0xFFFE
_NEVER_IN_TEXT = range(0xFDD0, 0xFDF0)
_MAY_NOT_BE_EMBEDDED = 0x0002
_NAMED = 20
"""So many letters are named by an error."""
_BROKEN = (
    OSError,
    TTLibError,
    LookupError,
    ValueError,
    ArithmeticError,
    AttributeError,
    EOFError,
    AssertionError,
    struct.error,
)
"""What reading a font's tables raises where they are not what they should be."""
_LOG = logging.getLogger("greendc.reports")


class Fonts(msgspec.Struct, frozen=True, kw_only=True):
    """Where the fonts of a report are: folders, families in the order of their use, and signs that none of them has."""

    folders: tuple[Path, ...]
    families: tuple[str, ...]
    coded: frozenset[str] = frozenset()

    def printable(self, text: str) -> str:
        """Return a text as it can be printed, its line ends kept as they are."""
        return "".join(f"[U+{ord(mark):04X}]" if mark in self.coded else mark for mark in visible(text))


def visible(text: str) -> str:
    """Return a text without what is invisible or turns the reading direction; line ends become line feeds."""
    text = text.replace("\r\n", "\n")
    kept = (("\n" if mark != "\t" else " ") if mark in _LINE_ENDS else mark for mark in text)
    return "".join(mark for mark in kept if mark == "\n" or not _is_invisible(mark))


def _is_invisible(mark: str) -> bool:
    point = ord(mark)
    never = point & 0xFFFE == _NEVER_ASSIGNED or point in _NEVER_IN_TEXT
    return never or point in _SELECTORS or unicodedata.category(mark) in _INVISIBLE


def check(texts: Iterable[str], folders: Sequence[Path] = SYSTEM_FOLDERS) -> Fonts:
    """Return the fonts that print these texts; ``folders`` are searched for what the own fonts lack.

    Raises:
        ConfigError: letters that no font has, each named.
    """
    missing = {mark for text in texts for mark in visible(text)} - _own_letters() - {"\n"}
    if not missing:
        return Fonts(folders=(own_folder(),), families=OWN)
    found, families = [own_folder()], list(OWN)
    for path in _system_fonts(folders):
        if not missing:
            break
        for family, letters in _faces(path):
            if missing & letters:
                missing -= letters
                found.append(path.parent)
                families.append(family)
                _LOG.info("the report takes letters from %s", path)
    unknown = {mark for mark in missing if unicodedata.category(mark) not in _SIGNS}
    if unknown:
        named = " ".join(f"{mark} (U+{ord(mark):04X})" for mark in sorted(unknown)[:_NAMED])
        more = f" … {len(unknown)}" if len(unknown) > _NAMED else ""
        raise ConfigError.single("report_pdf.letters", hint="report_pdf.letters_hint", letters=named + more)
    return Fonts(folders=tuple(dict.fromkeys(found)), families=tuple(dict.fromkeys(families)), coded=frozenset(missing))


@cache
def own_folder() -> Path:
    """Return the folder of the fonts that come along."""
    with as_file(files("analytics.reports").joinpath("fonts")) as folder:
        return folder


@cache
def _own_letters() -> frozenset[str]:
    letters: set[str] = set()
    for name in sorted(own_folder().glob("*-Regular.*")):
        for _, found in _faces(name):
            letters |= found
    return frozenset(letters)


def _system_fonts(folders: Sequence[Path]) -> list[Path]:
    """Return the font files of a system: upright sans of normal weight first, Noto's before others, else by name."""
    found = {
        path
        for folder in folders
        for path in folder.expanduser().rglob("*")
        if path.suffix.lower() in _SUFFIXES and "emoji" not in path.name.lower()
    }
    wished = ("notosanscjk-regular", "notosans-regular", "-regular", "notosans", "sans")

    def rank(path: Path) -> tuple[int, str]:
        name = path.name.lower()
        return next((i for i, part in enumerate(wished) if part in name), len(wished)), str(path)

    return sorted(found, key=rank)


def _faces(path: Path) -> list[tuple[str, frozenset[str]]]:
    """Return family and letters of each face of a font file, simplified Chinese before other faces."""
    collection = path.suffix.lower() in {".ttc", ".otc"}
    try:
        with path.open("rb") as file:
            fonts = TTCollection(file, lazy=True).fonts if collection else [TTFont(file, lazy=True)]
            named = [
                (family, frozenset(map(chr, face.getBestCmap() or {})))
                for face in fonts
                if _usable(face) and (family := face["name"].getBestFamilyName())
            ]
    except _BROKEN as error:
        _LOG.debug("%s is no font that can be read (%s)", path, type(error).__name__)
        return []
    return sorted(named, key=lambda entry: not entry[0].endswith("SC"))


def _usable(font: TTFont) -> bool:
    """Tell whether a font has outlines and may be embedded in a document."""
    return ("glyf" in font or "CFF " in font) and not font["OS/2"].fsType & _MAY_NOT_BE_EMBEDDED
