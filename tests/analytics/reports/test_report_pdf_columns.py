"""Columns of a printed table: they fill the line, and words stay whole while all of them fit."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from analytics.reports.document import Cell, Table, Tone, figure, plain
from analytics.reports.rendering.columns import LINE_PT, columns_of, length

WORDS = st.text(alphabet="ab 表/-", max_size=60)


def table(columns: tuple[str, ...], *rows: tuple[Cell, ...], widths: tuple[float, ...] = ()) -> Table:
    """Return a table."""
    return Table(id="t", title="", columns=columns, rows=rows, widths=widths)


@given(names=st.lists(WORDS, min_size=1, max_size=12), cells=st.lists(WORDS, max_size=12), even=st.booleans())
def test_columns_fill_the_line(names: list[str], cells: list[str], *, even: bool) -> None:
    """Whatever the cells hold, even where some are absent, the columns together are as wide as the line."""
    widths = (1.0,) * len(names) if even else ()
    found = columns_of(table(tuple(names), tuple(plain(cell) for cell in cells), widths=widths))
    assert len(found.widths) == len(found.fitting) == len(names)
    assert sum(found.widths) == pytest.approx(LINE_PT, abs=0.1)
    assert min(found.widths) > 0


def test_twelve_columns_keep_words_and_numbers_whole() -> None:
    """The table of figures with its twelve columns breaks no word, though one name is two hundred letters long."""
    left = ("KPI", "Value", "Unit", "Baseline", "Target", "Change")
    names = (*left, "Coverage", "Category", "±", "Points", "Standard", "Status")
    row = (
        plain("n" * 200),
        plain(figure("a", 1234567.8, "kWh", 1)),
        *(plain("x") for _ in range(8)),
        plain("GB 40879-2021"),
        plain("Not met", tone=Tone.WARNING),
    )
    found = columns_of(table(names, row))
    assert all(fits >= len(name) for fits, name in zip(found.fitting, names, strict=True))
    assert found.fitting[1] >= len("1 234 567.8 kWh")
    assert found.fitting[10] >= len("40879-2021")


def test_wide_cells_get_more_and_wishes_count() -> None:
    """Room goes to what needs it; a table that names its widths gets them as long as every word fits."""
    row = (plain("a"), plain("one two three four five six"))
    free = columns_of(table(("a", "b"), row)).widths
    assert free[1] > 3 * free[0]
    told = columns_of(table(("a", "b"), row, widths=(3, 1))).widths
    assert told[0] > 2 * free[0]
    alike = columns_of(table(("aaaa", "bbbb", "cccc"), (plain("x"), plain("y y y"), plain("z")))).widths
    assert max(alike) < 1.5 * min(alike)
    tight = columns_of(table(("a", "b"), (plain("a"), plain("unbreakable-word")), widths=(99, 1)))
    assert tight.fitting[1] >= len("unbreakable-word")


def test_a_chinese_character_is_as_wide_as_two_letters() -> None:
    """Short Chinese words stay on one line as Latin ones do."""
    assert length("覆盖率 %") == 8
    narrow = columns_of(table(("不确定度", "b"), (plain("x"), plain("word " * 40))))
    assert narrow.fitting[0] >= 8
