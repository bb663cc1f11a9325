"""Thermal limits and their altitude."""

from __future__ import annotations

import pytest

from analytics.envelope import inlet_limits


@pytest.mark.parametrize(("name", "high_c"), [("A1", 28.7), ("A2", 31.7), ("A3", 34.342857), ("A4", 37.08)])
def test_golden_altitude(name: str, high_c: float) -> None:
    """Allowable maxima of the four classes at 1890 m; the recommended one does not move."""
    limits = inlet_limits(1890.0, name)
    assert limits.allowable_high_c == pytest.approx(high_c, rel=1e-6)
    assert limits.recommended_high_c == 27.0


def test_high_up_the_recommended_limit_gives_way() -> None:
    """At 3000 m class A1 allows 25 degC only, and more than that is not recommended."""
    assert inlet_limits(3000.0, "A1").recommended_high_c == pytest.approx(25.0)


def test_sea_level_is_not_derated() -> None:
    """Below 900 m the class's own maximum holds, and an unknown class is refused."""
    assert inlet_limits(100.0, "A1").allowable_high_c == 32.0
    with pytest.raises(KeyError):
        inlet_limits(0.0, "B9")
