"""A printed number that is not the figure it stands for is found, whoever made the hashes."""

from __future__ import annotations

from typing import TYPE_CHECKING

import msgspec
import pytest

from analytics.reports.package.printed import MOST_NAMED, printed_findings
from analytics.reports.package.recompute import FIGURES
from analytics.reports.package.said import SaidFile
from analytics.reports.rendering.values import figures_json
from analytics.reports.sections import document
from tests.analytics.reports import report_facts

if TYPE_CHECKING:
    from analytics.reports.package.finding import Finding


@pytest.fixture(scope="module")
def stated() -> bytes:
    """Return the figures of a report with what is printed of them."""
    facts = report_facts.facts()
    return figures_json(facts, {lang: document(facts, lang) for lang in ("zh", "en")})


def found(stated: bytes, name: str, **changed: object) -> list[Finding]:
    """Return what is found when one printed number is changed."""
    data = msgspec.json.decode(stated)
    (one,) = [figure for figure in data["figures"] if figure["id"] == name]
    one |= changed
    return list(printed_findings(msgspec.convert(data, SaidFile), FIGURES))


def test_what_is_printed_is_what_is_stated(stated: bytes) -> None:
    """Every value, coverage and error of the period and of each month is printed as it is stated."""
    file = msgspec.json.decode(stated, type=SaidFile)
    names = {one.id for one in file.figures}
    assert {"kpi.pue", "kpi.facility_energy.uncertainty", f"month.{file.months[0].name}.pue"} <= names
    assert list(printed_findings(file, FIGURES)) == []


@pytest.mark.parametrize(
    ("name", "changed"),
    [
        ("kpi.facility_energy", {"value": 1.0}),
        ("kpi.facility_energy", {"unit": "kW"}),
        ("kpi.facility_energy", {"shown": {"zh": "1.00", "en": "1.00"}}),
        ("kpi.facility_energy.uncertainty", {"value": 0.1}),
        ("month.2026-01.facility_energy", {"value": 1.0}),
    ],
)
def test_another_number_in_print_is_found(stated: bytes, name: str, changed: dict[str, object]) -> None:
    """A value, a unit, the digits shown or an error that was changed is named."""
    assert [(one.key, one.params["figure"]) for one in found(stated, name, **changed)] == [("printed_otherwise", name)]


def test_many_are_counted(stated: bytes) -> None:
    """A file in which everything is printed otherwise does not fill the screen."""
    file = msgspec.json.decode(stated, type=SaidFile)
    other = [msgspec.structs.replace(one, unit="?") for one in file.figures]
    told = list(printed_findings(msgspec.structs.replace(file, figures=other), FIGURES))
    assert [one.key for one in told] == ["printed_otherwise"] * MOST_NAMED + ["more_differences"]
