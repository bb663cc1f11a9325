"""Tables from CSV files: times of any usual form, numbers as people write them, and what is said of the rest."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from analytics.detection.table import read_table
from analytics.detection.table_time import NO_TIME, times_of
from greendc.clock import from_iso
from greendc.errors import ConfigError

if TYPE_CHECKING:
    from pathlib import Path

    from analytics.detection.table import Table

MINUTE_NS = 60_000_000_000


def read(folder: Path, text: str, *columns: str, encoding: str = "utf-8") -> Table:
    """Return the table of a text."""
    path = folder / "in.csv"
    path.write_bytes(text.encode(encoding))
    return read_table(path, "time", columns)


def codes(table: Table) -> list[str]:
    """Return the kinds of problems of a table."""
    return [problem.key.removeprefix("detect.") for problem in table.problems]


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("2026-03-01T00:01:00Z", "2026-03-01T00:01:00Z"),
        ("2026-03-01 00:01:00", "2026-03-01T00:01:00Z"),
        ("2026-03-01T08:01:00+08:00", "2026-03-01T00:01:00Z"),
        ("2026/3/1 00:01:00", "2026-03-01T00:01:00Z"),
        ("1772323260", "2026-03-01T00:01:00Z"),
        ("1772323260.0", "2026-03-01T00:01:00Z"),
        ("1772323260000", "2026-03-01T00:01:00Z"),
        ("1772323260000000000", "2026-03-01T00:01:00Z"),
        ("60", "1970-01-01T00:01:00Z"),
    ],
)
def test_forms_of_time(text: str, expected: str) -> None:
    """ISO 8601 with and without offset, slashes, epochs of any unit and plain seconds are times."""
    assert times_of([text]).tolist() == [from_iso(expected)]


def test_fractions_of_a_second() -> None:
    """Decimals of a second are kept to the nanosecond."""
    assert times_of(["1970-01-01T00:00:01.000000002Z"]).tolist() == [1_000_000_002]


@given(st.text(max_size=30))
def test_any_text_is_a_time_or_none(text: str) -> None:
    """No text breaks the reading of times."""
    assert times_of([text, "2026-03-01"])[1] != NO_TIME


@pytest.mark.parametrize("delimiter", [",", ";", "\t"])
def test_delimiters_and_byte_order_mark(tmp_path: Path, delimiter: str) -> None:
    """Comma, semicolon and tab divide cells; a byte order mark is no part of the first name."""
    rows = [["time", "a b", "c"], ["2026-03-01", "1.5", "2"], ["2026-03-02", "", "3"]]
    table = read(tmp_path, "\r\n".join(delimiter.join(row) for row in rows), encoding="utf-8-sig")
    assert table.names == ("a b", "c")
    assert np.array_equal(table.values, [[1.5, 2.0], [np.nan, 3.0]], equal_nan=True)
    assert table.problems == ()


def test_decimal_comma(tmp_path: Path) -> None:
    """Where semicolons divide the cells, a comma may divide the number."""
    assert read(tmp_path, "time;a\n2026-03-01;1,5\n").values.tolist() == [[1.5]]


def test_cells_that_are_no_numbers(tmp_path: Path) -> None:
    """Text and absurd numbers are missing, told once for each column with its place; of empty cells nothing is told."""
    table = read(tmp_path, "time,a,b\n1,1,x\n2,1e308,2\n3,NaN,y\n4,-inf,4\n")
    assert np.isnan(table.values[:, 0]).tolist() == [False, True, True, True]
    assert np.isnan(table.values[:, 1]).tolist() == [True, False, True, False]
    places = [(problem.key, problem.line, problem.column, problem.path) for problem in table.problems]
    assert places == [("detect.too_large", 3, 2, "a"), ("detect.not_number", 2, 3, "b")]


def test_times_out_of_order(tmp_path: Path) -> None:
    """Rows keep the order of the file; the order of time is known beside it, and rows without a time are out of it."""
    table = read(tmp_path, "time,a\n3,3\n1,1\nnever,9\n2,2\n2,2\n")
    assert table.times == ["3", "1", "never", "2", "2"]
    assert table.order().tolist() == [1, 3, 4, 0]
    assert codes(table) == ["time", "unordered", "repeated"]


def test_rows_of_other_length(tmp_path: Path) -> None:
    """What lacks is missing, what is too much is left out, and both are told."""
    table = read(tmp_path, "time,a,b\n1,1\n2,2,2,2\n")
    assert np.array_equal(table.values, [[1.0, np.nan], [2.0, 2.0]], equal_nan=True)
    assert codes(table) == ["cells"]


@pytest.mark.parametrize(
    ("text", "columns", "code"),
    [
        ("", (), "empty"),
        ("\n \n", (), "empty"),
        ("time,a\n", (), "heading_only"),
        ("when,a\n1,2\n", (), "no_column"),
        ("time,a\n1,2\n", ("b",), "no_column"),
        ("time,a,a\n1,2,3\n", (), "column_twice"),
        ("time,a\n1,2\n", ("time",), "time_as_value"),
        ("time\n1\n", (), "no_value_column"),
        ("time,a\nx,2\n", (), "no_times"),
    ],
)
def test_files_that_are_no_tables(tmp_path: Path, text: str, columns: tuple[str, ...], code: str) -> None:
    """What is missing is said with the file."""
    with pytest.raises(ConfigError) as refused:
        read(tmp_path, text, *columns)
    problem = refused.value.problems[0]
    assert (problem.key, problem.file) == (f"detect.{code}", str(tmp_path / "in.csv"))
    assert problem.sentence("zh") != problem.sentence("en")


def test_other_encodings(tmp_path: Path) -> None:
    """A file that is no UTF-8 is refused with what to do."""
    with pytest.raises(ConfigError, match="UTF-8"):
        read(tmp_path, "time,温度\n1,2\n", encoding="gbk")


def test_a_quote_that_stays_open(tmp_path: Path) -> None:
    """A quote that swallows the rest of a file is told with the line it stands on; closed ones may hold line ends."""
    closed = 'time,a,n\n2026-03-01,1,"x\ny"\n2026-03-02,2,z\n'
    assert len(read(tmp_path, closed, "a").times) == 2
    with pytest.raises(ConfigError) as refused:
        read(tmp_path, closed + '2026-03-03,3,"w\n2026-03-04,4,v\n', "a")
    assert [(each.key, each.line) for each in refused.value.problems] == [("detect.open_quote", 5)]


def test_only_line_ends_of_csv_end_a_row(tmp_path: Path) -> None:
    """Marks that Unicode takes for ends of lines are text; what is odd is told with the line its row begins on."""
    table = read(tmp_path, 'time,a,n\n2026-03-01,1,x\u2028y\x0cz\x85\n2026-03-02,2,"p\nq"\n2026-03-03,3\n', "a")
    assert table.values.tolist() == [[1.0], [2.0], [3.0]]
    assert [(each.key, each.line) for each in table.problems] == [("detect.cells", 5)]


def test_a_cell_without_end(tmp_path: Path) -> None:
    """A cell longer than any text is told with its line."""
    with pytest.raises(ConfigError) as refused:
        read(tmp_path, f"time,a\n2026-03-01,1\n2026-03-02,{'9' * 200_000}\n")
    assert [(each.key, each.line) for each in refused.value.problems] == [("detect.long_cell", 3)]
