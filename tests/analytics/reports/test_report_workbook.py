"""The workbook of a report: numbers are numbers, ratios can be followed, texts are never more than texts."""

from __future__ import annotations

import ast
import io
import operator
import re
import zipfile
from typing import TYPE_CHECKING
from xml.etree import ElementTree as ET

import msgspec
import openpyxl
import pytest

from analytics.reports.rendering.characters import is_hazard, legible
from analytics.reports.rendering.formula import live
from analytics.reports.rendering.workbook import workbook
from tests.analytics.reports import sheet_samples as samples

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

Cells = dict[str, dict[str, object]]
MANIFEST = [("input", "main", "ab" * 32), *((text, "x") for text in samples.HOSTILE)]
_OPERATORS: Mapping[type[ast.operator], Callable[[float, float], float]] = {
    ast.Add: operator.add,
    ast.Mult: operator.mul,
    ast.Div: operator.truediv,
}


@pytest.fixture(scope="module")
def made() -> bytes:
    """Return the workbook."""
    return workbook(samples.facts(), samples.documents(), MANIFEST)


def cells(made: bytes, *, calculated: bool) -> Cells:
    """Return what is in each cell of each sheet: formulas, or what they were written to give."""
    book = openpyxl.load_workbook(io.BytesIO(made), data_only=calculated)
    return {
        sheet.title: {
            cell.coordinate: cell.value for row in sheet.iter_rows() for cell in row if cell.value is not None
        }
        for sheet in book
    }


def formulas(made: bytes) -> list[tuple[str, str, str]]:
    """Return (sheet, cell, formula)."""
    found = []
    for sheet in openpyxl.load_workbook(io.BytesIO(made)):
        found += [(sheet.title, c.coordinate, c.value) for row in sheet.iter_rows() for c in row if c.data_type == "f"]
    return found


def given(formula: str, sheet: Mapping[str, object]) -> float:
    """Return what a formula gives over the numbers of its sheet."""

    def of(node: ast.AST) -> float:
        match node:
            case ast.BinOp():
                return _OPERATORS[type(node.op)](of(node.left), of(node.right))
            case ast.Name():
                return float(str(sheet[node.id]))
            case ast.Constant():
                return float(str(node.value))
            case _:
                raise AssertionError(ast.dump(node))

    return of(ast.parse(formula.removeprefix("="), mode="eval").body)


def column(sheet: Mapping[str, object], heading: str) -> str:
    """Return the letter of a column by the end of its heading."""
    at = next(name for name, value in sheet.items() if str(value).endswith(heading))
    return at.rstrip("0123456789")


def test_sheets_are_there_and_their_headings_stay_in_sight(made: bytes) -> None:
    """Eight sheets in their order, bilingual headings, frozen where rows are many, and a notice on each."""
    book = openpyxl.load_workbook(io.BytesIO(made))
    assert book.sheetnames == [
        *("Readme", "KPIs", "Monthly", "Hourly", "Data quality", "EU 2024-1364", "Figures", "Manifest"),
    ]
    frozen = {sheet.title: sheet.freeze_panes for sheet in book}
    assert frozen["KPIs"] == "C3"
    assert frozen["Monthly"] == "B4"
    assert frozen["Hourly"] == frozen["Figures"] == "B3"
    assert all(sheet["A1"].value == "模拟数据 / simulated data" for sheet in book)
    assert book["KPIs"]["A2"].value == "代码\nKey"


def test_every_formula_gives_what_the_report_states(made: bytes) -> None:
    """Formulas over the amounts give the written results; months, the period and the regulation have them."""
    written = cells(made, calculated=True)
    found = formulas(made)
    assert {sheet for sheet, *_ in found} == {"KPIs", "Monthly", "Hourly", "EU 2024-1364"}
    for sheet, at, formula in found:
        assert given(formula, written[sheet]) == pytest.approx(float(str(written[sheet][at])), rel=1e-9)


def test_the_ratios_of_the_period_are_live_and_exact(made: bytes) -> None:
    """Each ratio of two amounts is a formula, and its written result is the figure to the last digit."""
    sheet, written = cells(made, calculated=False)["KPIs"], cells(made, calculated=True)["KPIs"]
    value, rows = column(sheet, "\nValue"), {str(v): re.sub(r"\D", "", at) for at, v in sheet.items() if at[0] == "A"}
    known = {one.kpi: one for one in samples.facts().figures if one.value is not None}
    for kpi in ("pue", "ppue_cooling", "ppue_power", "erf", "ere", "cer", "wue"):
        assert live(known[kpi]) is not None
        assert str(sheet[f"{value}{rows[kpi]}"]).startswith("=")
        assert written[f"{value}{rows[kpi]}"] == known[kpi].value
    assert sheet[f"{value}{rows['ref']}"] == known["ref"].value


def test_every_month_and_the_period_have_a_live_pue(made: bytes) -> None:
    """The sheet of months divides E_DC by E_IT in each row."""
    sheet, written = cells(made, calculated=False)["Monthly"], cells(made, calculated=True)["Monthly"]
    facts = samples.facts()
    stated = [month.figures[0].value for month in facts.months] + [facts.figures[0].value]
    for row, value in zip((4, 5, 6), stated, strict=True):
        assert sheet[f"F{row}"] == f"=D{row}/E{row}"
        assert written[f"F{row}"] == value


def test_an_hour_that_is_not_known_is_a_dash_and_has_no_ratio(made: bytes) -> None:
    """Unknown is never 0, and nothing is divided by it."""
    sheet = cells(made, calculated=False)["Hourly"]
    assert [sheet[at] for at in ("C3", "D3", "E3")][2] == "=C3/D3"
    assert [sheet[at] for at in ("D4", "E4")] == ["—", "—"]


def test_a_figure_without_a_value_has_its_reason(made: bytes) -> None:
    """What is not metered is a dash beside the reason, in both languages."""
    sheet = cells(made, calculated=True)["KPIs"]
    row = next(re.sub(r"\D", "", at) for at, value in sheet.items() if at[0] == "A" and value == "rci_high")
    assert sheet[f"{column(sheet, 'Value')}{row}"] == "—"
    assert " / " in str(sheet[f"{column(sheet, 'Reason')}{row}"])


def test_hostile_texts_stay_texts_that_can_be_read(made: bytes) -> None:
    """Nothing but our own ratios is a formula, nothing is a link, and editing a cell does not make it one."""
    book = openpyxl.load_workbook(io.BytesIO(made))
    assert all(re.fullmatch(r"=[A-Z0-9()+*/]+", formula) for *_, formula in formulas(made))
    sheet = book["Manifest"]
    lines = {cell.value: cell for row in sheet.iter_rows(min_row=3, max_col=1) for cell in row}
    for text in samples.HOSTILE:
        cell = lines[legible(text).replace("\r", "\n")]
        assert cell.data_type == "s"
        assert cell.hyperlink is None
        assert cell.quotePrefix == is_hazard(legible(text))
    for name in zipfile.ZipFile(io.BytesIO(made)).namelist():
        assert not re.search(r"vba|externalLink|hyperlink|connection", name)


def test_every_part_is_sound_xml_without_forbidden_characters(made: bytes) -> None:
    """Any reader can open it."""
    with zipfile.ZipFile(io.BytesIO(made)) as parts:
        for name in parts.namelist():
            ET.fromstring(parts.read(name))  # noqa: S314 (made by the test itself)


def test_same_report_same_bytes(made: bytes) -> None:
    """The time in the file is the period's end."""
    assert workbook(samples.facts(), samples.documents(), MANIFEST) == made
    with zipfile.ZipFile(io.BytesIO(made)) as parts:
        assert parts.read("docProps/core.xml").count(b"2026-03-01T02:00:00Z") == 2
        assert {entry.date_time[0] for entry in parts.infolist()} == {1980}


def test_a_ratio_that_its_amounts_do_not_make_stays_a_number() -> None:
    """A formula that would give something else than the report states is not written."""
    pue = samples.facts().figures[0]
    assert live(pue) is not None
    assert live(msgspec.structs.replace(pue, value=1.2500001)) is None
    assert live(msgspec.structs.replace(pue, value=None)) is None
    assert live(msgspec.structs.replace(pue, inputs=pue.inputs[:1])) is None


def test_a_text_longer_than_a_cell_is_cut() -> None:
    """A text of forty thousand characters neither stops the report nor vanishes."""
    made = workbook(samples.facts(), samples.documents(), [("n" * 40_000,)])
    longest = max(len(str(value)) for value in cells(made, calculated=True)["Manifest"].values())
    assert longest == 32_000
