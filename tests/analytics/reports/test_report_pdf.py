"""The printed report: what PDF/A-3b asks for as far as it can be looked up, and every number where it can be read."""

from __future__ import annotations

import io
import re
import time
from typing import TYPE_CHECKING

import pytest
from pypdf import PdfReader
from pypdf.generic import ArrayObject, Destination, DictionaryObject, IndirectObject, StreamObject

from analytics.reports.document import (
    Bullets,
    Chart,
    Declared,
    Document,
    Figure,
    KeyValues,
    Paragraph,
    Section,
    Table,
    Tone,
    figure,
    figures_of,
    plain,
)
from analytics.reports.rendering.pdf import pdf
from analytics.reports.sections import document as report_of
from greendc.drawing import framed
from tests.analytics.reports.report_facts import facts

if TYPE_CHECKING:
    from collections.abc import Iterator

    from analytics.reports.document import Block

WHEN_NS = 1_798_761_600 * 10**9
FIGURES = '{"name": "垚昇喆镕", "value": 1.4237}'.encode()
HOSTILE = (
    '#panic("no") $x^2$ *bold* _it_ @ref <label> `raw` // no /* no */ \\ = no',
    "</text><script>alert(1)</script>",
    "垚昇喆镕",
    "Łukasz Šimon",
    "n" * 200,
    "/" * 200,
    "名" * 200,
)
DRAWING = framed(320, 40, "PUE", "", '<text x="4" y="20" font-size="12" font-family="sans-serif">峰值 1.987</text>')


def section(name: str, *blocks: Block, number: str = "1") -> Section:
    """Return a section with blocks."""
    return Section(id=name, number=number, title=f"Title of {name}", blocks=blocks)


def document(*sections: Section, lang: str = "en", watermark: str = "", code: str = "greendc:x") -> Document:
    """Return a report of sections."""
    return Document(
        kind="acceptance",
        lang=lang,
        title="验收报告" if lang == "zh" else "Acceptance report",
        subtitle="2026",
        status="草稿" if lang == "zh" else "Draft",
        watermark=watermark,
        running="hall",
        code=code,
        cover=(("PUE", plain(figure("kpi.pue", 1.4237, "", 2))),),
        sections=sections,
    )


def whole(lang: str) -> Document:
    """Return a report that has every kind of block."""
    table = Table(
        id="t",
        title="Months",
        columns=("Month", "Energy", "PUE"),
        rows=tuple(
            (
                plain(f"2026-{i:02d}"),
                plain(figure(f"e.{i}", 12345.6 * i, "kWh", 1)),
                plain(figure(f"p.{i}", None if i == 3 else 1.3 + i / 100, "", 3, Tone.FAINT)),
            )
            for i in range(1, 13)
        ),
        numbers=(1, 2),
        note="A note.",
    )
    blocks: tuple[Block, ...] = (
        Paragraph(spans=("Heat reused: ", figure("heat", -7654.321, "MWh", 2), "."), tone=Tone.WARNING),
        KeyValues(rows=(("Water", plain(figure("water", 88.8, "m³", 1))),)),
        Bullets(points=(plain("Carbon ", figure("co2", 912, "t CO₂", 0), tone=Tone.STRONG),)),
        Chart(id="c", title="A day", desc="The PUE of a day rises to 1.987", svg=DRAWING),
        Declared(text="An interface\nis open.", author="王喆", date="2026-03-01"),
        section("inner", table, number="1.1"),
    )
    return document(section("one", *blocks), lang=lang, watermark="模拟数据")


def text_of(reader: PdfReader) -> str:
    """Return the text of all pages, every kind of space and line end as one space."""
    return " ".join(" ".join(page.extract_text() for page in reader.pages).split())


def read(content: bytes) -> PdfReader:
    """Return a reader of a file in memory."""
    return PdfReader(io.BytesIO(content))


def nodes(node: object, seen: set[int]) -> Iterator[DictionaryObject]:
    """Yield every dictionary that can be reached from one."""
    if isinstance(node, IndirectObject):
        if node.idnum in seen:
            return
        seen.add(node.idnum)
        node = node.get_object()
    if isinstance(node, DictionaryObject):
        yield node
        for value in node.values():
            yield from nodes(value, seen)
    elif isinstance(node, ArrayObject):
        for value in node:
            yield from nodes(value, seen)


def part(node: DictionaryObject, *names: str) -> DictionaryObject:
    """Return what lies within a dictionary under names, one in the other; of a list its first entry."""
    for name in names:
        found = node[name].get_object()
        found = found[0].get_object() if isinstance(found, ArrayObject) else found
        assert isinstance(found, DictionaryObject)
        node = found
    return node


def stream(node: DictionaryObject) -> bytes:
    """Return what a stream holds."""
    assert isinstance(node, StreamObject)
    return bytes(node.get_data())


def everything(reader: PdfReader) -> list[DictionaryObject]:
    """Return every dictionary of a file."""
    return list(nodes(reader.trailer["/Root"], set()))


@pytest.fixture(scope="module", params=["zh", "en"])
def made(request: pytest.FixtureRequest) -> tuple[Document, PdfReader]:
    """Return a report with every kind of block, and how it was printed."""
    given = whole(str(request.param))
    return given, read(pdf(given, {"figures.json": FIGURES}, WHEN_NS))


def test_every_number_can_be_read_from_the_pages(made: tuple[Document, PdfReader]) -> None:
    """A number is printed as the data say, with its unit; one that is not known is a dash."""
    given, reader = made
    text = text_of(reader)
    for one in figures_of(given):
        shown = one.shown if one.value is None or not one.unit else f"{one.shown} {one.unit}"
        assert " ".join(shown.split()) in text, one
    assert "1.987" in text
    assert f"{figure('x', -7654.321, '', 2).shown}"[0] == "−"


@pytest.mark.parametrize("lang", ["zh", "en"])
def test_a_whole_report_shows_every_number_it_knows(lang: str) -> None:
    """Every number of an acceptance report, as it comes from facts, stands on its pages."""
    given = report_of(facts(), lang)
    reader = read(pdf(given, {"figures.json": FIGURES}, WHEN_NS))
    text = text_of(reader).replace(" ", "")
    found = figures_of(given)
    assert len(found) > 100
    missing = [one for one in found if "".join(f"{one.shown}{one.unit}".split()) not in text and one.value is not None]
    assert missing == []


def test_it_declares_itself_pdf_a_3b(made: tuple[Document, PdfReader]) -> None:
    """The metadata name part 3, conformance B; colours have a profile; nothing is encrypted, and nothing runs."""
    _, reader = made
    root = reader.root_object
    about = reader.xmp_metadata
    assert about is not None
    xml = stream(part(root, "/Metadata")).decode()
    assert "<pdfaid:part>3</pdfaid:part>" in xml
    assert "<pdfaid:conformance>B</pdfaid:conformance>" in xml
    intent = part(root, "/OutputIntents")
    assert str(intent["/S"]) == "/GTS_PDFA1"
    assert stream(part(intent, "/DestOutputProfile"))
    assert not reader.is_encrypted
    assert "/ID" in reader.trailer
    found = everything(reader)
    assert not [one for one in found if {"/JS", "/AA", "/OpenAction", "/XFA"} & set(one)]
    assert not [one for one in found if one.get("/S") in {"/JavaScript", "/Launch", "/URI", "/SubmitForm"}]


def test_every_font_is_in_the_file(made: tuple[Document, PdfReader]) -> None:
    """Each font descriptor has its font program, and each font says which letters its glyphs are."""
    _, reader = made
    found = everything(reader)
    descriptors = [one for one in found if one.get("/Type") == "/FontDescriptor"]
    assert len(descriptors) >= 3
    assert all({"/FontFile", "/FontFile2", "/FontFile3"} & set(one) for one in descriptors)
    fonts = [one for one in found if one.get("/Subtype") == "/Type0"]
    assert fonts
    assert all("/ToUnicode" in one for one in fonts)


def test_it_is_tagged(made: tuple[Document, PdfReader]) -> None:
    """A screen reader finds headings, tables with header cells, lists, and the words for a drawing."""
    given, reader = made
    root = reader.root_object
    assert part(root, "/MarkInfo")["/Marked"]
    assert part(root, "/StructTreeRoot")
    assert str(root["/Lang"]) == ("zh-CN" if given.lang == "zh" else "en")
    assert reader.metadata is not None
    assert reader.metadata.title == given.title
    found = everything(reader)
    roles = {one["/S"] for one in found if "/S" in one and "/P" in one}
    assert {"/H1", "/H2", "/P", "/Table", "/TR", "/TH", "/TD", "/L", "/LI", "/Figure"} <= roles
    assert "The PUE of a day rises to 1.987" in [one.get("/Alt") for one in found]


def test_the_data_are_attached(made: tuple[Document, PdfReader]) -> None:
    """The file carries the figures as they were given, and says that they are its data."""
    _, reader = made
    assert reader.attachments == {"figures.json": [FIGURES]}
    one = part(reader.root_object, "/AF")
    assert str(one["/AFRelationship"]) == "/Data"
    assert str(part(one, "/EF", "/F")["/Subtype"]) == "/application/json"


def test_bookmarks_follow_the_sections(made: tuple[Document, PdfReader]) -> None:
    """The sections are bookmarks, one within the other."""
    _, reader = made
    outer, inner = reader.outline
    assert isinstance(outer, Destination)
    assert isinstance(inner, list)
    assert isinstance(inner[0], Destination)
    assert str(outer.title).split() == ["1", "Title", "of", "one"]
    assert str(inner[0].title).split() == ["1.1", "Title", "of", "inner"]


def test_the_watermark_is_on_every_page(made: tuple[Document, PdfReader]) -> None:
    """Simulated data are named on the cover as on every other page; without a watermark nothing is."""
    _, reader = made
    assert len(reader.pages) >= 2
    assert all("模拟数据" in page.extract_text() for page in reader.pages)
    clean = read(pdf(document(section("one", Paragraph(spans=("x",)))), {}, WHEN_NS))
    assert "模拟数据" not in text_of(clean)


def test_declared_words_are_set_apart(made: tuple[Document, PdfReader]) -> None:
    """What people wrote is marked as declared, with author and date."""
    given, reader = made
    label = "填报" if given.lang == "zh" else "Declared"
    assert re.search(rf"{label} 王喆 ?· ?2026-03-01 An interface is open\.", text_of(reader))


def test_the_same_report_is_the_same_file() -> None:
    """Nothing but the report, what is attached and its date decides on the bytes."""
    given = whole("zh")
    first = pdf(given, {"figures.json": FIGURES}, WHEN_NS)
    assert first == pdf(given, {"figures.json": FIGURES}, WHEN_NS)
    assert first != pdf(given, {"figures.json": FIGURES}, WHEN_NS + 10**9)
    assert b"/home" not in first
    about = read(first).metadata
    assert about is not None
    assert about.creation_date is not None
    assert about.creation_date.timestamp() == WHEN_NS // 10**9


def test_no_name_can_do_more_than_be_printed() -> None:
    """Markup of any kind in a name is printed as it stands: in a table, a paragraph, a title and a declared text."""
    blocks: list[Block] = []
    for name in HOSTILE:
        wide = tuple(plain(name if i == 0 else figure(f"n.{i}", i, "", 0)) for i in range(12))
        blocks += [
            Paragraph(spans=(name,)),
            KeyValues(rows=((name, plain(name)),)),
            Table(id="t", title=name, columns=(name, *"bcdefghijkl"), rows=(wide,), note=name),
            Declared(text=name, author=name, date="2026-01-01"),
            Section(id="s", number="1", title=name, blocks=(Paragraph(spans=(name,)),)),
        ]
    reader = read(pdf(document(section("one", *blocks)), {}, WHEN_NS))
    text = text_of(reader).replace(" ", "")
    for name in HOSTILE[:-3]:
        assert text.count(name.replace(" ", "")) >= 7, name
    lines = [line for page in reader.pages for line in page.extract_text().splitlines()]
    assert max(len(run) for line in lines for run in re.findall(r"n{3,}|名{3,}", line)) < 110
    assert max(len(run) for line in lines for run in re.findall(r"/{3,}", line)) < 180


def test_what_cannot_be_printed_has_an_outcome() -> None:
    """Control characters and turned reading directions vanish, from names as from drawings; none ends a report."""
    name = "a\u202eb\x00c\ufffed\u200be\ud800\nf"
    drawing = Chart(id="c", title=name, desc=name, svg=DRAWING.replace("峰值", name))
    text = text_of(read(pdf(document(section("one", Paragraph(spans=(name,)), drawing)), {}, WHEN_NS)))
    assert text.count("abcde f") == 3


def test_a_long_table_repeats_its_header() -> None:
    """Whoever reads the third page of a table still knows what its columns are; pages are counted."""
    rows = tuple((plain(f"row {i}"), plain(figure(f"v.{i}", i, "kWh", 0))) for i in range(150))
    table = Table(id="t", title="Long", columns=("Name", "Reading"), rows=rows, numbers=(1,))
    reader = read(pdf(document(section("one", table)), {}, WHEN_NS))
    with_rows = [page.extract_text() for page in reader.pages if "row " in page.extract_text()]
    assert len(with_rows) >= 3
    assert all("Reading" in text for text in with_rows)
    assert f"Page 2 of {len(reader.pages)}" in reader.pages[1].extract_text()


def test_a_cell_higher_than_a_page_goes_on_on_the_next() -> None:
    """Nothing of a long text in a narrow column is cut off at the foot of the page."""
    row = (plain("".join(f"<{i}>" for i in range(900))), *(plain("column of a table") for _ in range(11)))
    table = Table(id="t", title="T", columns=tuple("abcdefghijkl"), rows=(row,))
    text = text_of(read(pdf(document(section("one", table)), {}, WHEN_NS))).replace(" ", "")
    at = [text.find(f"<{i}") for i in (0, 300, 600, 899)]
    assert -1 not in at
    assert at == sorted(at)


def test_blocks_without_content_are_no_error() -> None:
    """A table without rows or columns, a list without points, a report without sections: each is printed."""
    blocks: tuple[Block, ...] = (
        Table(id="a", title="", columns=(), rows=()),
        Table(id="b", title="Empty", columns=("one", "two"), rows=(), widths=(0, 0)),
        Table(id="c", title="Uneven", columns=("one", "two"), rows=((plain("x"),), (plain("y"),) * 3)),
        KeyValues(rows=()),
        Bullets(points=()),
        Declared(text="", author="", date=""),
        section("empty"),
    )
    assert "Uneven" in text_of(read(pdf(document(section("one", *blocks)), {}, WHEN_NS)))
    assert len(read(pdf(document(), {}, WHEN_NS)).pages) >= 1


@pytest.mark.parametrize("lines", range(31, 43, 2))
def test_no_heading_is_left_behind(lines: int) -> None:
    """A heading stands on the page of what it heads, wherever the page happens to end."""
    filler: tuple[Block, ...] = tuple(Paragraph(spans=(f"filler {i}",)) for i in range(lines))
    table = Table(id="t", title="Its table", columns=("a",), rows=((plain("first"),), (plain("second"),)))
    parts = (*filler, section("left", table, number="1.1"), section("right", Paragraph(spans=("last",)), number="1.2"))
    reader = read(pdf(document(section("one", *parts)), {}, WHEN_NS))
    pages = [page.extract_text() for page in reader.pages]
    assert [i for i, text in enumerate(pages) if "Title of left" in text] == [
        i for i, text in enumerate(pages) if "first" in text
    ]
    assert [i for i, text in enumerate(pages) if "Title of right" in text] == [
        i for i, text in enumerate(pages) if "last" in text
    ]


def test_a_code_that_is_too_long_is_words_only() -> None:
    """The cover still says where the figures can be looked up when no picture can hold it."""
    code = "greendc:" + "x" * 3000
    reader = read(pdf(document(section("one", Paragraph(spans=("x",))), code=code), {}, WHEN_NS))
    assert "greendc:x" in text_of(reader)


def test_what_is_attached_must_be_text() -> None:
    """A file that is no text is refused before anything is made."""
    with pytest.raises(ValueError, match="utf-8"):
        pdf(document(), {"x.bin": b"\xff\xfe"}, WHEN_NS)


def test_forty_pages_take_no_time() -> None:
    """A report of forty pages and four thousand numbers is made in seconds."""
    rows = tuple(
        tuple(plain(Figure(id=f"v.{i}.{x}", value=i + x / 9, unit="kWh", shown=f"{i + x / 9:.3f}")) for x in range(4))
        for i in range(1000)
    )
    tables = [Table(id=f"t{i}", title="T", columns=tuple("abcd"), rows=rows[i::10]) for i in range(10)]
    parts = [Section(id=t.id, number="1", title="S", blocks=(t,), new_page=True) for t in tables]
    start = time.process_time()
    reader = read(pdf(document(*parts, *parts), {"figures.json": FIGURES}, WHEN_NS))
    assert time.process_time() - start < 10
    assert len(reader.pages) >= 40
