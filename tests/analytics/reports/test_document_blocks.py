"""The blocks of a report: each number is found once, by its name, wherever it stands."""

from __future__ import annotations

import pytest

from analytics.reports.document import (
    Bullets,
    Declared,
    Document,
    Figure,
    Paragraph,
    Section,
    Table,
    figure,
    figures_of,
    plain,
    said,
    shown_figure,
    texts_of,
)
from greendc import display
from greendc.units import J_PER_KWH

PUE = figure("kpi.pue", 1.4237, "", 2)


def document(*sections: Section) -> Document:
    """Return a report of sections."""
    return Document(
        kind="monthly",
        lang="en",
        title="Title",
        subtitle="",
        status="draft",
        watermark="",
        running="",
        code="",
        cover=(("PUE", plain(PUE)),),
        sections=sections,
    )


def test_numbers_are_found_in_every_block_once() -> None:
    """A number that is printed in several places is one number."""
    energy = shown_figure("kpi.it_energy", 3 * J_PER_KWH, "J", display.energy(3 * J_PER_KWH))
    inner = Section(id="b", number="1.1", title="B", blocks=(Bullets(points=(plain("x", energy),)),))
    table = Table(id="t", title="T", columns=("c",), rows=((plain(PUE),),))
    outer = Section(id="a", number="1", title="A", blocks=(Paragraph(spans=("p", PUE)), table, inner))
    assert figures_of(document(outer)) == [PUE, energy]
    assert (energy.value, energy.unit, energy.shown) == (3.0, "kWh", "3.00")


def test_two_numbers_of_one_name_are_refused() -> None:
    """A name that stands for two values would make one of them unprovable."""
    other = Figure(id="kpi.pue", value=1.5, unit="", shown="1.50")
    with pytest.raises(ValueError, match=r"kpi\.pue"):
        figures_of(document(Section(id="a", number="1", title="A", blocks=(Paragraph(spans=(other,)),))))


def test_every_text_is_told_for_the_check_of_its_letters() -> None:
    """Titles, columns, declared words and names are all among the texts that a font must be able to print."""
    declared = Declared(text="words", author="somebody", date="2026-01-02")
    table = Table(id="t", title="T", columns=("col",), rows=(), note="note")
    found = set(texts_of(document(Section(id="a", number="7", title="A", blocks=(declared, table)))))
    assert {"Title", "words", "somebody", "2026-01-02", "T", "col", "note", "7", "A", "PUE", "1.42 "} <= found


def test_a_sentence_keeps_its_numbers_apart() -> None:
    """A number in a sentence stays a number, for it must be found again in the data."""
    spans = said("report_alarms.raised", "en", raised=figure("alarms.raised", 3, "", 0), cleared="4")
    assert [one for one in spans if isinstance(one, Figure)] == [figure("alarms.raised", 3, "", 0)]
    assert (
        "".join(one if isinstance(one, str) else one.shown for one in spans) == "Raised in the period: 3; cleared: 4."
    )


def test_what_is_not_known_is_a_dash() -> None:
    """A value that is not known has no number in any unit."""
    assert shown_figure("kpi.it_energy", None, "J", display.energy(None)) == Figure(
        id="kpi.it_energy", value=None, unit="", shown=display.UNKNOWN
    )
