"""Make the fonts of the reports anew from Debian's packages, the same bytes each time.

``apt install fonts-noto-cjk fonts-noto-core unicode-data``, then ``make fonts``. What is kept of the Chinese font:
GB 2312, the 8105 characters of the table of general standard Chinese characters (kTGH of Unihan), and the Latin,
Greek, signs and shapes that it has. The small second font has the Latin and Cyrillic letters that the first one lacks.
A subset is a modified version, so it carries a name of its own and not that of the original.
"""

from __future__ import annotations

import bz2
from pathlib import Path

from fontTools import subset
from fontTools.ttLib import TTCollection, TTFont

SOURCE = Path("/usr/share/fonts")
UNIHAN = Path("/usr/share/unicode/Unihan_OtherMappings.txt.bz2")
TARGET = Path(__file__).parent.parent / "analytics/reports/fonts"
WEIGHTS = ("Regular", "Bold")
SIMPLIFIED = 2
"""Place of the font for simplified Chinese in the collection."""
LETTERS = (
    (0x20, 0x7E),
    (0xA0, 0x24F),  # Latin
    (0x2B0, 0x36F),
    (0x370, 0x45F),  # Greek, Cyrillic
    (0x1E00, 0x1EFF),
    (0x2000, 0x206F),  # punctuation, thin spaces
    (0x2070, 0x20BF),  # superscripts, subscripts, currencies
    (0x2100, 0x215F),  # letter-like signs, fractions
)
SIGNS = (
    (0x2160, 0x22FF),  # arrows, mathematics
    (0x2300, 0x23FF),
    (0x2460, 0x27BF),  # numbers in circles, boxes, shapes, check marks
    (0x3000, 0x30FF),  # Chinese punctuation, kana
    (0x3200, 0x33FF),  # signs as wide as a character
    (0xFE30, 0xFE4F),
    (0xFF00, 0xFFEF),
)
MARKS = ((0x300, 0x36F),)
THIN_SPACES = (0x2009, 0x202F)
WINDOWS, UNICODE, ENGLISH = 3, 1, 0x409
KEPT_NAMES = (0, 5, 7, 13, 14)
"""Copyright, version, trademark, licence and its address."""


def main() -> None:
    """Write both fonts in both weights."""
    latin = _points(LETTERS)
    # A font with marks alone would compose the letters that it lacks out of them, badly, before the next one is asked.
    chinese = latin - _points(MARKS) | _points(SIGNS) | _general_standard() | _gb2312()
    for weight in WEIGHTS:
        collection = TTCollection(SOURCE / f"opentype/noto/NotoSansCJK-{weight}.ttc", recalcTimestamp=False)
        font = _subset(collection.fonts[SIMPLIFIED], chinese)
        # Without them the font of a thousand's gap would differ from that of its digits.
        for table in font["cmap"].tables:
            table.cmap |= dict.fromkeys(THIN_SPACES, table.cmap[ord(" ")]) if table.isUnicode() else {}
        _rename(font, "Greendc Sans SC", weight, "Noto Sans CJK SC 2.004")
        font.save(TARGET / f"GreendcSansSC-{weight}.otf")
        font = TTFont(SOURCE / f"truetype/noto/NotoSans-{weight}.ttf", recalcTimestamp=False)
        font = _subset(font, latin)
        _rename(font, "Greendc Sans Latin", weight, "Noto Sans 2.004")
        font.save(TARGET / f"GreendcSansLatin-{weight}.ttf")


def _points(ranges: tuple[tuple[int, int], ...]) -> set[int]:
    return {point for first, last in ranges for point in range(first, last + 1)}


def _general_standard() -> set[int]:
    with bz2.open(UNIHAN, "rt", encoding="utf-8") as lines:
        points = (line.partition("\t")[0] for line in lines if "\tkTGH\t" in line)
        return {int(point.replace("U+", "0x"), 0) for point in points}


def _gb2312() -> set[int]:
    rows = (bytes([lead, trail]) for lead in range(0xA1, 0xF8) for trail in range(0xA1, 0xFF))
    return {ord(mark) for row in rows for mark in row.decode("gb2312", "ignore")}


def _subset(font: TTFont, points: set[int]) -> TTFont:
    options = subset.Options(
        layout_features=["ccmp", "kern", "locl", "mark", "mkmk"],
        hinting=False,
        recalc_timestamp=False,
        notdef_outline=True,
        name_IDs=["*"],
        drop_tables=["BASE", "DSIG", "VORG", "vhea", "vmtx"],
    )
    maker = subset.Subsetter(options)
    maker.populate(unicodes=points)
    maker.subset(font)
    return font


def _rename(font: TTFont, family: str, weight: str, origin: str) -> None:
    full, postscript = f"{family} {weight}", f"{family.replace(' ', '')}-{weight}"
    table = font["name"]
    table.names = [entry for entry in table.names if entry.nameID in KEPT_NAMES and entry.langID == ENGLISH]
    values = {1: family, 2: weight, 3: f"{full}; made from {origin}", 4: full, 6: postscript}
    for number, value in values.items():
        table.setName(value, number, WINDOWS, UNICODE, ENGLISH)
    if "CFF " in font:
        outlines = font["CFF "].cff
        outlines.fontNames = [postscript]
        outlines.topDictIndex[0].FamilyName = family
        outlines.topDictIndex[0].FullName = full


if __name__ == "__main__":
    main()
