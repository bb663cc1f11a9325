"""Thermal limits and their altitude."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from analytics.envelope import inlet_limits


@pytest.mark.parametrize("name", ["A1", "A2", "A3", "A4"])
def test_golden_g14_altitude(name: str) -> None:
    """G14: allowable maxima of the four classes at 1890 m; the recommended one does not move."""
    cases = json.loads(Path(__file__).with_name("golden_kpis.json").read_text("utf-8"))
    case = next(case for case in cases if case["id"] == "G14")
    limits = inlet_limits(case["in"]["elevation_m"], name)
    assert limits.allowable_high_c == pytest.approx(case["out"][name], rel=1e-6)
    assert limits.recommended_high_c == 27.0


def test_sea_level_is_not_derated() -> None:
    """Below 900 m the class's own maximum holds, and an unknown class is refused."""
    assert inlet_limits(100.0, "A1").allowable_high_c == 32.0
    with pytest.raises(KeyError):
        inlet_limits(0.0, "B9")
