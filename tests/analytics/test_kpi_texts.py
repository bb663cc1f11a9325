"""Every figure, reason and remark has its words in both languages."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

import analytics
from analytics.kpis import KPIS
from analytics.kpis.side import COOLING, FACILITY, HEAT_REMOVED, IT, REUSE, WATER
from analytics.limits import Verdict
from greendc.texts import catalogue

FOLDER = Path(analytics.__file__).parent
SOURCE = "\n".join(path.read_text("utf-8") for path in (*FOLDER.glob("kpis/*.py"), FOLDER / "eu_report.py"))
REMARKS = sorted(set(re.findall(r'Remark\(code="([a-z0-9_]+)"', SOURCE)))
REASONS = sorted(
    set(re.findall(r'reason="([a-z0-9_]+)"', SOURCE))
    | set(re.findall(r'refused\([^)]*"([a-z0-9_]+)"(?:, "\w+")?\)', SOURCE))
    | set(re.findall(r'return "(no_[a-z0-9_]+)"', SOURCE))
    | {side.missing for side in (*IT, FACILITY, COOLING, REUSE, WATER, HEAT_REMOVED)}
)


@pytest.mark.parametrize("kpi", KPIS, ids=lambda kpi: kpi.key)
def test_every_figure_has_a_name_and_a_definition(kpi: object) -> None:
    """A page that shows a figure can say what it is."""
    key = getattr(kpi, "key", "")
    assert f"kpis.{key}.title" in catalogue()
    assert f"kpis.{key}.definition" in catalogue()


@pytest.mark.parametrize("code", REMARKS)
def test_every_remark_can_be_read(code: str) -> None:
    """A remark without words would raise before a reader's eyes."""
    assert f"kpis.remark.{code}" in catalogue()


@pytest.mark.parametrize("code", REASONS)
def test_every_reason_can_be_read(code: str) -> None:
    """A refusal says what would cure it."""
    assert f"kpis.reason.{code}" in catalogue()


def test_codes_were_found() -> None:
    """The source names dozens of them, and every verdict has its word."""
    assert len(REMARKS) > 20
    assert {"edge_site", "no_outlet_sensor", "double_counted", "no_it_meter"} <= set(REASONS)
    assert {f"kpis.verdict.{verdict}" for verdict in Verdict} <= catalogue().keys()
