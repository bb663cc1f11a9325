"""Measurement and verification: how much energy a measure saved, from measurements before and after (IPMVP B and C)."""

from __future__ import annotations

from analytics.verification.observations import Observations, observations
from analytics.verification.report import SavingsReport, Verdict
from analytics.verification.savings import verify_savings

__all__ = ["Observations", "SavingsReport", "Verdict", "observations", "verify_savings"]
