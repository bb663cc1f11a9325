"""The repository's own rules, as far as no linter knows them."""

from __future__ import annotations

import ast
import re
from typing import TYPE_CHECKING

import pytest

from tests.repository import ROOT, package_files, python_files, shown

if TYPE_CHECKING:
    from pathlib import Path

JUNK_DRAWERS = re.compile(r"(^|_)(utils?|helpers?|common|misc|managers?)$")
LONGEST_FILE = 500
SUPPRESSION = re.compile(r"# *(noqa|type: *ignore)\b(?P<rest>.*)")
REASONED = re.compile(r"(: *[A-Z]+[0-9]+(, *[A-Z]+[0-9]+)*|\[[a-z-]+(, *[a-z-]+)*\]) *(-|–|#|\().{3,}")
MUTABLE = frozenset({"Client", "Event", "Lock", "Queue", "defaultdict", "deque", "dict", "list", "set"})
OBJECT_IDENTIFIER = re.compile(r"\b1\.3\.6\.1\.\d|\b1, *3, *6, *1, *\d")
SCALE_BY_HAND = re.compile(r"(?<!\d )[*/] ?(0\.1|0\.01|0\.001|1000(\.0)?|1e3|1_000|3600(\.0)?|3_600|3\.6e6)\b")


def lines_with(pattern: re.Pattern[str], files: list[Path]) -> list[str]:
    """Return place and text of every line that the pattern finds."""
    return [
        f"{shown(file)}:{number}: {line.strip()}"
        for file in files
        for number, line in enumerate(file.read_text("utf-8").splitlines(), start=1)
        if pattern.search(line)
    ]


def module_level_mutables(source: str) -> list[str]:
    """Return the assignments of a module that bind an empty container or a live client at import."""
    found = []
    for node in ast.parse(source).body:
        if not isinstance(node, (ast.Assign, ast.AnnAssign)) or node.value is None:
            continue
        value = node.value
        empty = (isinstance(value, ast.List) and not value.elts) or (isinstance(value, ast.Dict) and not value.keys)
        live = isinstance(value, ast.Call) and ast.unparse(value.func).split(".")[-1] in MUTABLE
        if empty or live:
            found.append(ast.unparse(node))
    return found


def unreasoned(line: str) -> bool:
    """Tell whether a line suppresses a check without naming it or without saying why."""
    found = SUPPRESSION.search(line)
    return found is not None and not REASONED.match(found["rest"])


def test_no_junk_drawers() -> None:
    """A module is named after what it holds."""
    assert [shown(file) for file in python_files() if JUNK_DRAWERS.search(file.stem)] == []


def test_no_file_is_too_long() -> None:
    """A file that nobody can read in one go is split."""
    lengths = {shown(file): len(file.read_text("utf-8").splitlines()) for file in python_files()}
    assert {name: length for name, length in lengths.items() if length > LONGEST_FILE} == {}


def test_test_files_have_unique_names() -> None:
    """A test file's name says which one it is, and tests are no packages."""
    names = [file.name for file in (ROOT / "tests").rglob("test_*.py")]
    assert sorted(names) == sorted(set(names))
    assert list((ROOT / "tests").rglob("__init__.py")) == []


@pytest.mark.parametrize(
    ("line", "bad"),
    [
        ("x = 1  # " + "noqa", True),
        ("x = 1  # " + "noqa: S101", True),
        ("x = 1  # " + "noqa: S101 (a test asserts)", False),
        ("x = 1  # " + "noqa: S101, E501 - both on purpose", False),
        ("x = 1  # " + "type: ignore", True),
        ("x = 1  # " + "type: ignore[misc]", True),
        ("x = 1  # " + "type: ignore[misc] # the library is untyped", False),
        ("x = 1  # an ordinary comment", False),
    ],
)
def test_the_check_of_suppressions_sees(line: str, bad: bool) -> None:  # noqa: FBT001 (pytest passes it by name)
    """The next test would notice a suppression without code or reason."""
    assert unreasoned(line) is bad


def test_suppressions_carry_code_and_reason() -> None:
    """Whoever switches a check off says which one and why, on the same line."""
    found = [entry for entry in lines_with(SUPPRESSION, python_files()) if unreasoned(entry.split(": ", 1)[1])]
    assert [entry for entry in found if not entry.startswith("tests/project/test_repository.py")] == []


def test_nothing_live_at_module_level() -> None:
    """Importing a module makes no client, lock or buffer that outlives its user."""
    assert module_level_mutables("import queue\nA = queue.Queue()\nB: dict[str, int] = {}\nC = {1: 2}\n") == [
        "A = queue.Queue()",
        "B: dict[str, int] = {}",
    ]
    found = {shown(file): module_level_mutables(file.read_text("utf-8")) for file in package_files()}
    assert {name: lines for name, lines in found.items() if lines} == {}


def test_devices_are_data() -> None:
    """No object identifier stands in the code of collectors and edge agent: they live in profiles."""
    readers = [file for file in package_files() if shown(file).startswith(("collectors/", "edge_agent/"))]
    assert lines_with(OBJECT_IDENTIFIER, readers) == []


def test_units_are_converted_in_one_place() -> None:
    """What reads devices and what judges them scales by named units, never by a number."""
    files = [file for file in package_files() if shown(file).startswith(("collectors/", "edge_agent/", "analytics/"))]
    assert lines_with(SCALE_BY_HAND, files) == []


def test_collectors_only_read() -> None:
    """No code path of a collector writes to a device."""
    writers = re.compile(r"\.(write_coils?|write_registers?|mask_write_register|set_cmd|setCmd)\(|\bset_cmd\b")
    readers = [file for file in package_files() if shown(file).startswith(("collectors/", "edge_agent/"))]
    assert lines_with(writers, readers) == []


def test_no_pickles() -> None:
    """A file from outside is never executed as a pickle."""
    assert lines_with(re.compile(r"\b(pickle|joblib|dill)\.loads?\("), package_files()) == []


def test_the_path_is_left_alone() -> None:
    """Nothing edits sys.path: what is installed is what is imported."""
    mine = ROOT / "tests/project/test_repository.py"
    assert lines_with(re.compile(r"\bsys\.path\b"), [file for file in python_files() if file != mine]) == []
