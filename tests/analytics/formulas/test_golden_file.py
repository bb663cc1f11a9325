"""The formulas against a file of worked cases, where one lies beside the checkout."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import msgspec
import pytest

from tests.analytics.formulas.golden_answers import ANSWERS
from tests.repository import ROOT

if TYPE_CHECKING:
    from pathlib import Path

FILE = ROOT.parent / "shared" / "data" / "golden_kpis.json"
WRONG = "WRONG_"
EXACT = 1e-6
DIGITS = 1e-8
"""The file gives nine digits."""


class _Case(msgspec.Struct, frozen=True, kw_only=True):
    id: str
    title: str
    given: dict[str, Any] = msgspec.field(name="in")
    out: dict[str, Any]


def _cases(file: Path) -> dict[str, _Case]:
    if not file.is_file():
        pytest.skip("no file of worked cases beside the checkout; the same cases stand in test_golden_kpis.py")
    return {case.id: case for case in msgspec.json.decode(file.read_bytes(), type=list[_Case])}


def test_golden_file_has_an_answer_for_every_case() -> None:
    """The cases of the file and the answers here are the same, name for name."""
    cases = _cases(FILE)
    assert sorted(cases) == sorted(ANSWERS)
    for name, case in cases.items():
        assert set(ANSWERS[name](case.given)) == set(case.out), name


@pytest.mark.parametrize("name", sorted(ANSWERS))
def test_golden_case(name: str) -> None:
    """Each answer is the file's to 1e-6, and none is what a common mistake gives."""
    case = _cases(FILE)[name]
    for key, found in ANSWERS[name](case.given).items():
        expected = pytest.approx(case.out[key], rel=EXACT, abs=DIGITS)
        assert (found == expected) is not key.startswith(WRONG), f"{case.title}: {key} {found} {case.out[key]}"
