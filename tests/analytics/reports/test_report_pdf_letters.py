"""Letters of a report: those that come along, those of the system, and those that nobody has."""

from __future__ import annotations

import logging
import unicodedata
from typing import TYPE_CHECKING

import pytest
from fontTools.fontBuilder import FontBuilder
from fontTools.pens.ttGlyphPen import TTGlyphPen
from fontTools.ttLib import TTFont
from hypothesis import given
from hypothesis import strategies as st
from msgspec.structs import replace

from analytics.reports.document import texts_of
from analytics.reports.rendering import letters
from analytics.reports.sections import document
from greendc.errors import ConfigError
from greendc.texts import catalogue
from tests.analytics.reports import report_facts

if TYPE_CHECKING:
    from pathlib import Path

RARE = "\u3402"
"""A character of extension A that is in no list of common ones."""


def small_font(path: Path, family: str, mark: str) -> None:
    """Write a font that has one letter."""
    pen = TTGlyphPen(None)
    pen.moveTo((0, 0))
    pen.lineTo((500, 700))
    pen.lineTo((500, 0))
    pen.closePath()
    builder = FontBuilder(1000, isTTF=True)
    builder.setupGlyphOrder([".notdef", "one"])
    builder.setupCharacterMap({ord(mark): "one"})
    builder.setupGlyf({".notdef": pen.glyph(), "one": pen.glyph()})
    builder.setupHorizontalMetrics({".notdef": (600, 0), "one": (600, 0)})
    builder.setupHorizontalHeader(ascent=800, descent=-200)
    builder.setupNameTable({"familyName": family, "styleName": "Regular"})
    builder.setupOS2()
    builder.setupPost()
    builder.save(path)


def test_the_own_fonts_have_every_letter_of_the_catalogue() -> None:
    """Nothing that greendc itself says needs a font of the system, in either language."""
    texts = [text for entry in catalogue().values() for text in entry.values()]
    assert letters.check(texts, folders=()) == letters.Fonts(folders=(letters.own_folder(),), families=letters.OWN)


@pytest.mark.parametrize("name", ["垚", "昇", "喆", "镕", "CO₂", "1\u202f234\u00a0kWh", "m³ ℃ ≥ ± → ✓ ⚠ ①", "Łódź Ğ Ж"])
def test_names_and_units_need_no_font_of_the_system(name: str) -> None:
    """Characters of names beyond GB 2312, units and signs come along."""
    assert letters.check([name], folders=()).families == letters.OWN


def test_both_weights_have_the_same_letters() -> None:
    """A name in a heading is printed if it is printed in a paragraph, and no subset bears a name that is reserved."""
    for family in ("GreendcSansSC", "GreendcSansLatin"):
        found = []
        for path in sorted(letters.own_folder().glob(f"{family}-*")):
            with TTFont(path) as font:
                found.append(set(font.getBestCmap()))
                names = [str(font["name"].getDebugName(number)) for number in (1, 4, 6)]
            assert not [name for name in names if "Noto" in name or "Source" in name]
        assert len(found) == 2
        assert found[0] == found[1]
    assert "Reserved Font Name 'Source'" in (letters.own_folder() / "OFL.txt").read_text("utf-8")


def test_a_font_of_the_system_helps_out(tmp_path: Path) -> None:
    """A letter that does not come along is taken from a font under the usual folders."""
    (tmp_path / "deep").mkdir()
    small_font(tmp_path / "deep" / "rare.ttf", "Rare Sans", RARE)
    (tmp_path / "broken.ttf").write_bytes(b"no font")
    found = letters.check([f"名{RARE}"], folders=(tmp_path, tmp_path / "absent"))
    assert found.families == (*letters.OWN, "Rare Sans")
    assert found.folders == (letters.own_folder(), tmp_path / "deep")


def _cut(font: bytes, tag: bytes, length: int) -> bytes:
    """Return a font whose directory says that a table is shorter than it is."""
    entry = font.index(tag)
    return font[: entry + 12] + length.to_bytes(4, "big") + font[entry + 16 :]


def _spoilt(font: bytes) -> list[bytes]:
    """Return fonts with tables that end too early, and with a wrong byte in the table of letters."""
    cut = [_cut(font, tag, length) for tag in (b"cmap", b"name", b"OS/2") for length in range(0, 80, 3)]
    entry = font.index(b"cmap")
    start, length = (int.from_bytes(font[entry + at : entry + at + 4], "big") for at in (8, 12))
    places = range(start, start + length)
    return cut + [font[:at] + wrong + font[at + 1 :] for at in places for wrong in (b"\0", b"\x01", b"\xff")]


def test_broken_fonts_of_the_system_are_passed_over(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    """A broken font is asked first; the one that is whole is found all the same."""
    small_font(tmp_path / "whole.ttf", "Rare Sans", RARE)
    broken = tmp_path / "broken-regular.ttf"
    for font in _spoilt((tmp_path / "whole.ttf").read_bytes()):
        broken.write_bytes(font)
        with caplog.at_level(logging.DEBUG, "greendc.reports"):
            assert letters.check([RARE], folders=(tmp_path,)).families == (*letters.OWN, "Rare Sans")
    said = {record.getMessage().rpartition("(")[2] for record in caplog.records}
    assert {"error)", "AssertionError)", "TTLibError)"} <= said


def test_letters_that_nobody_has_are_named() -> None:
    """The error names each of them with its code point and says what to install."""
    with pytest.raises(ConfigError) as caught:
        letters.check([f"机房{RARE}", "שלום"], folders=())
    sentence = caught.value.problems[0].sentence("en")
    assert f"{RARE} (U+3402)" in sentence
    assert "(U+05E9)" in sentence
    assert "fonts-noto-cjk" in sentence


@pytest.mark.parametrize(("letter", "named"), [("\ue123", "(U+E123)"), ("\u0378", "(U+0378)")])
def test_a_letter_of_ones_own_in_the_title_is_named(letter: str, named: str) -> None:
    """A letter of private use and an unassigned one reach the check as part of the site's title."""
    facts = report_facts.facts()
    info = replace(facts.site.info, title_zh=f"垚昇喆镕 {letter} 中心")
    called = document(replace(facts, site=replace(facts.site, info=info)), "zh")
    with pytest.raises(ConfigError) as caught:
        letters.check(texts_of(called), folders=())
    assert named in caught.value.problems[0].sentence("zh")


def test_many_unknown_letters_do_not_fill_a_screen() -> None:
    """Twenty are named and the rest counted."""
    with pytest.raises(ConfigError) as caught:
        letters.check(["".join(map(chr, range(0xAC00, 0xAC64)))], folders=())
    sentence = caught.value.problems[0].sentence("zh")
    assert sentence.count("U+") == 20
    assert "… 100" in sentence


def test_signs_that_nobody_has_are_shown_by_their_code() -> None:
    """A picture in a name does not end a report, and does not vanish either."""
    found = letters.check(["a😀", "b\U0001f469\u200d\U0001f4bb"], folders=())
    assert found.printable("a😀") == "a[U+1F600]"
    assert found.printable("b\U0001f469\u200d\U0001f4bb") == "b[U+1F469][U+1F4BB]"


@given(st.text(alphabet=st.characters(max_codepoint=0x2FFF) | st.characters()))
def test_what_is_invisible_never_arrives(text: str) -> None:
    """Whatever a name is made of, no control character and no mark of direction reaches the page."""
    seen = letters.visible(text)
    assert not [mark for mark in seen if unicodedata.category(mark) in {"Cc", "Cf", "Cs"} and mark != "\n"]
    assert letters.visible(seen) == seen
    try:
        found = letters.check([text], folders=())
    except ConfigError:
        return
    assert letters.check([found.printable(text)], folders=()).coded == frozenset()
