"""What is forecast."""

from __future__ import annotations

from enum import StrEnum

UNITS = {"site": "W", "it": "W", "cooling": "W", "pv": "W", "inlet": "Cel"}


class Target(StrEnum):
    """A quantity of the whole site."""

    SITE = "site"
    IT = "it"
    COOLING = "cooling"
    PV = "pv"
    INLET = "inlet"

    @property
    def unit(self) -> str:
        """Return the stored unit."""
        return UNITS[self.value]

    @property
    def least(self) -> float | None:
        """Return what it never falls below, None when there is no such value."""
        return None if self is Target.INLET else 0.0
