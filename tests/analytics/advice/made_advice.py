"""Recommendations made by hand, for tests of what people and the ledger do with them."""

from __future__ import annotations

from typing import TYPE_CHECKING

from analytics.advice.recommendation import Check, OneOff, Plan, Recommendation, Spread
from greendc.clock import NS_PER_HOUR
from greendc.model import Principal

if TYPE_CHECKING:
    from analytics.site_model import Change

DAY_NS = 24 * NS_PER_HOUR
NOW_NS = 1_782_864_000 * 1_000_000_000
OPERATOR = Principal(name="wang", role="operator")
SUPPLY = "supply_air/room"


def made(
    advice_id: str = SUPPLY,
    proposed_ns: int = NOW_NS,
    *,
    to: float | None = 20.0,
    kwh: float = 10_000.0,
    guards: tuple[Check, ...] = (),
    plan: Plan | None = None,
    change: Change | None = None,
    together_kwh: Spread | None = None,
) -> Recommendation:
    """Return a proposal to raise the supply air from 18 degC."""
    return Recommendation(
        id=advice_id,
        advisor="supply_air",
        actuator="crah-1, crah-2",
        change_from=None if to is None else 18.0,
        change_to=to,
        unit="Cel",
        steps=(19.0, 20.0),
        energy_kwh=spread(kwh),
        together_kwh=together_kwh,
        guards=guards,
        preconditions=(),
        coefficients=(),
        evidence_from_ns=proposed_ns - 30 * DAY_NS,
        evidence_to_ns=proposed_ns,
        evidence_coverage=0.98,
        seed=1,
        proposed_ns=proposed_ns,
        expires_ns=proposed_ns + 30 * DAY_NS,
        plan=plan or Plan(option="C", method="baseline", target="site", days=14),
        one_off=OneOff(now_c=24.0, then_c=26.0, limit_c=32.0),
        change=change,
    )


def spread(middle: float) -> Spread:
    """Return a range of a half and one and a half times its middle."""
    return Spread(p10=0.5 * middle, p50=middle, p90=1.5 * middle)
