"""The data-quality gate that every reading passes before a learned detector sees it."""

from __future__ import annotations

from analytics.gate.fault import FAULTS, Conversion, Fault, conversions
from analytics.gate.finding import GateFinding
from analytics.gate.gate import Gate, GateResult
from analytics.gate.traits import Traits, traits_of

__all__ = [
    "FAULTS",
    "Conversion",
    "Fault",
    "Gate",
    "GateFinding",
    "GateResult",
    "Traits",
    "conversions",
    "traits_of",
]
